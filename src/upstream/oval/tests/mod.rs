//! What the budget promises, on small files made by hand.

mod definitions;

use std::fs;
use std::path::Path;

use super::fixture::{INVENTORY, LIBSSH, LIBSSH_TESTS, URL, cache, libssh, origin, oval, pack, soon, try_edition};
use super::{CachedNotice, OvalCache};
use crate::notice::{Fix, Notice, NoticeId, Priority, Severity, UbuntuRelease};

fn id(text: &str) -> NoticeId {
    text.parse().expect("an id")
}

fn fix(package: &str, version: &str, pro: bool) -> Fix {
    Fix::deb(package.parse().expect("a name"), version.parse().expect("a version"), pro)
}

/// The only notice of a file.
fn only(oval: &str) -> Notice {
    let (cache, _folder) = cache(oval);
    let mut notices: Vec<_> = cache.facts().map(|record| record.and_then(|r| r.notice()).expect("a notice")).collect();
    assert_eq!(notices.len(), 1);
    notices.remove(0)
}

/// Why a packed file is refused, with all its causes.
fn refusal(packed: &[u8]) -> String {
    format!("{:#}", try_edition(packed).map(|(cache, _)| cache.count()).expect_err("refused"))
}

#[test]
fn a_notice_is_told_whole() {
    let notice = only(&libssh());
    assert_eq!((notice.id, &*notice.title), (id("USN-6561-1"), "libssh vulnerability"));
    assert_eq!(notice.release.as_ref().map(UbuntuRelease::codename), Some("jammy"));
    assert_eq!(notice.published.to_string(), "2023-12-19");
    assert_eq!(
        notice.oval_description.as_deref(),
        Some("Handshakes could be cut short.  Ask Bäumer & others.  Update Instructions:  Run it.")
    );
    assert_eq!(notice.description, "Handshakes could be cut short.\n\nAsk Bäumer & others.");
    assert_eq!(notice.references, ["https://launchpad.net/bugs/1"]);
    assert_eq!(notice.cves.len(), 1);
    assert_eq!(notice.cves[0].id.as_str(), "CVE-2023-48795");
    assert_eq!((notice.priority(), notice.severity()), (Priority::Medium, Some(Severity::Medium)));
    let version = "0.9.6-2ubuntu0.22.04.2";
    assert_eq!(notice.fixes, [fix("libssh-4", version, false), fix("libssh-gcrypt-4", version, false)]);
}

#[test]
fn facts_say_the_same_as_the_notice() {
    let (cache, folder) = cache(&libssh());
    let reopened = OvalCache::open(folder.path(), URL).expect("a cache");
    for cache in [cache, reopened] {
        assert_eq!((cache.count(), cache.origin()), (1, &origin()));
        assert_eq!(cache.generated().map(|time| time.to_string()).as_deref(), Some("2024-07-12T09:32:48Z"));
        assert!(cache.contains(id("USN-6561-1")) && !cache.contains(id("USN-6561-2")));
        let notice = cache.notice(id("USN-6561-1")).expect("intact").expect("a notice");
        let record: CachedNotice<'_> = cache.facts().next().expect("a record").expect("intact");
        assert_eq!(record.facts().expect("intact"), notice.facts());
        assert_eq!(cache.notice(id("USN-6561-2")).expect("intact"), None);
    }
}

#[test]
fn sections_may_come_in_any_order() {
    let backwards = oval(&format!("{LIBSSH_TESTS}<definitions>{LIBSSH}{INVENTORY}</definitions>"));
    assert_eq!(only(&backwards), only(&libssh()));
}

#[test]
fn prefixes_quotes_and_attribute_order_do_not_matter() {
    let other = libssh()
        .replace("linux:", "")
        .replace("<reference ", "<x:reference ")
        .replace('\'', "&apos;")
        .replace('"', "'")
        .replace("id='oval:com.ubuntu.jammy:def:65611000000' version='1' class='patch'", "class='patch' id='x'");
    let declared = format!("<?xml version=\"1.0\"?>\n<!-- made anew -->\n{other}");
    assert_eq!(only(&declared), only(&libssh()));
}

#[test]
fn older_files_call_the_priority_severity_and_tell_only_a_score() {
    let cve = |attributes: &str| {
        let file = libssh();
        let (start, end) = (file.find("<cve").expect("a CVE"), file.find("</cve>").expect("its end"));
        let text = format!("<cve {attributes}>CVE-2023-48795");
        only(&format!("{}{text}{}", &file[..start], &file[end..])).cves.remove(0)
    };
    let rated = |attributes| (cve(attributes).priority, cve(attributes).severity);
    assert_eq!(rated(r#"severity="high" cvss_score="9.8""#), (Priority::High, Some(Severity::Critical)));
    assert_eq!(rated(r#"priority="low" severity="high""#), (Priority::Low, None));
    assert_eq!(rated(r#"priority="untriaged" cvss_severity="none""#), (Priority::Unknown, Some(Severity::None)));
    assert_eq!(rated(r#"cvss_severity="high" cvss_score="1.0""#), (Priority::Unknown, Some(Severity::High)));
    assert_eq!(rated(r#"cvss_severity="" cvss_score="7.5""#), (Priority::Unknown, Some(Severity::High)));
    assert_eq!(rated(r#"cvss_score="much""#), (Priority::Unknown, None));
}

#[test]
fn what_only_pro_has_is_marked() {
    // USN-5181-1, as the file of October 2024 had it, with a text of our own.
    let jquery = oval(
        &format!("<definitions>{LIBSSH}</definitions>{LIBSSH_TESTS}")
            .replace("USN-6561-1 -- libssh vulnerability", "USN-5181-1 -- jQuery UI vulnerability")
            .replace("USN-6561-1", "USN-5181-1")
            .replace("Long Term Support", "Available with Ubuntu Pro: https://ubuntu.com/pro")
            .replace("<value>libssh-4</value>", "<value>node-jquery-ui</value>\n<value>libjs-jquery-ui-docs</value>")
            .replace("libssh-gcrypt-4", "libjs-jquery-ui")
            .replace("0:0.9.6-2ubuntu0.22.04.2", "0:1.13.1+dfsg-1ubuntu0.1~esm1"),
    );
    let version = "1.13.1+dfsg-1ubuntu0.1~esm1";
    let expected = ["libjs-jquery-ui", "libjs-jquery-ui-docs", "node-jquery-ui"].map(|name| fix(name, version, true));
    assert_eq!(only(&jquery).fixes, expected);
    assert!(only(&libssh().replace("Long Term Support", "Ubuntu 22.04 ESM")).fixes.iter().all(|fix| fix.pro));
}

#[test]
fn an_epoch_stays_and_an_added_zero_goes() {
    assert_eq!(only(&libssh().replace(">0:0.9.6", ">2:0.9.6")).fixes[0].version.as_str(), "2:0.9.6-2ubuntu0.22.04.2");
    assert_eq!(only(&libssh().replace(">0:0.9.6", ">0.9.6")).fixes[0].version.as_str(), "0.9.6-2ubuntu0.22.04.2");
}

#[test]
fn what_cannot_be_a_package_is_left_out() {
    assert_eq!(only(&libssh().replace(">libssh-4<", ">../../libssh<")).fixes.len(), 1);
    for nobody_tells in [">0:0.9.6 or so<", "><"] {
        let file = libssh().replace(">0:0.9.6-2ubuntu0.22.04.2<", nobody_tells);
        assert_eq!(only(&file).fixes, []);
    }
    assert_eq!(only(&libssh().replace("operation=\"less than\"", "operation=\"equals\"")).fixes, []);
    assert_eq!(only(&libssh().replace("var:656110000000\" var_check", "var:1\" var_check")).fixes, []);
}

#[test]
fn livepatch_and_hidden_notices_are_skipped() {
    let others = LIBSSH.replace("USN-6561-1", "LSN-0108-1") + &LIBSSH.replace("USN-6561-1", "SSN-1-1");
    let file = oval(&format!("<definitions>{others}{LIBSSH}</definitions>{LIBSSH_TESTS}"));
    assert_eq!(only(&file).id, id("USN-6561-1"));
    let untold = file.replace("source=\"USN\"", "source=\"X\"");
    assert_eq!(only(&untold).id, id("USN-6561-1"));
}

#[test]
fn a_notice_that_comes_twice_is_one() {
    let again = LIBSSH.replace("tst:656110000000", "tst:7");
    let test = r#"<tests><t id="tst:7"><object object_ref="obj:7"/><state state_ref="ste:656110000000"/></t></tests>
        <objects><dpkginfo_object id="obj:7"><name>libssh-doc</name></dpkginfo_object></objects>"#;
    let file = oval(&format!("<definitions>{LIBSSH}{again}</definitions>{LIBSSH_TESTS}{test}"));
    assert_eq!(only(&file).fixes.len(), 3);
}

#[test]
fn a_kernel_notice_takes_its_packages_from_the_confirmed_list() {
    let list = "following package versions:  linux-image-6.5.0-1017-laptop - 6.5.0-1017.20 linux-laptop-23.10 - \
                6.5.0.1017.20 linux-image-6.5.0-1017-aws - 6.5.0-1017.20 No subscription required";
    let criteria = r#"<criterion test_ref="tst:1" comment="Interim Release"/>
        <criterion test_ref="tst:2" comment="Interim Release"/>"#;
    let tests = r#"<tests><uname_test id="tst:1"><object object_ref="obj:1"/><state state_ref="ste:1"/></uname_test>
        <variable_test id="tst:2"><object object_ref="obj:2"/><state state_ref="ste:2"/></variable_test></tests>
        <states><uname_state id="ste:1"><os_release operation="pattern match">6.5.0-\d+(-laptop)</os_release></uname_state>
        <variable_state id="ste:2"><value operation="less than">0:6.5.0-1017</value></variable_state></states>"#;
    let kernel =
        LIBSSH.replace("Run it.", list).replace("<criteria operator=\"OR\">", &format!("<criteria>{criteria}"));
    let mixed = oval(&format!("<definitions>{kernel}</definitions>{LIBSSH_TESTS}{tests}"));
    let names = |file: &str| only(file).fixes.iter().map(|fix| fix.package.to_string()).collect::<Vec<_>>();
    let (laptop, meta) = ("linux-image-6.5.0-1017-laptop", "linux-laptop-23.10");
    assert_eq!(names(&mixed), ["libssh-4", "libssh-gcrypt-4", laptop, meta]);
    let kernel_only = mixed.replace("tst:656110000000\" comment", "tst:3\" comment");
    assert_eq!(names(&kernel_only), [laptop, meta]);
    let unconfirmed = kernel_only.replace("0:6.5.0-1017<", "0:6.5.0-1018<");
    assert_eq!(names(&unconfirmed), [""; 0]);
}

#[test]
fn what_is_no_oval_file_is_refused_in_a_sentence() {
    for (body, says) in [
        (b"".to_vec(), "the answer is empty"),
        (b" \n".to_vec(), "the answer is empty"),
        (b"<html>504</html>".to_vec(), "a page of HTML"),
        (b"Not found".to_vec(), "no bzip2 file"),
        (pack(""), "the file is empty"),
        (pack("<html><body/></html>"), "no OVAL: its root element is \"html\""),
        (pack(oval("")), "the file has no notices"),
        (pack(oval(&format!("<definitions>{INVENTORY}</definitions>"))), "the file has no notices"),
        (
            pack(libssh().replace("<issued date=\"2023-12-19\"/>", "")),
            "most of its definitions can't be read, 1 of 1: USN-6561-1 (it has no date)",
        ),
        (pack(libssh().replace("2023-12-19", "soon")), "USN-6561-1 (\"soon\" is no date)"),
        (pack(libssh().replace("USN-6561-1", "USN-1234567-1")), "USN-1234567-1 (no notice's id)"),
        (pack(libssh().replace("&amp;", "&boom;")), "unknown entity, &boom;"),
        (pack(libssh() + "<oval_definitions/>"), "a second root element"),
        (pack(libssh() + "and more"), "outside of the XML's root"),
        (pack(libssh().replace("Run it.", &"<a>".repeat(40))), "nests deeper"),
        (pack(libssh().replace("Run it.", &"all work and no play ".repeat(100_000))), "text of more than 1024 KiB"),
        (pack(libssh().replace("class=\"patch\"", &format!("class='{}'", "x".repeat(2 << 20)))), "more than 1024 KiB"),
    ] {
        let refusal = refusal(&body);
        assert!(refusal.contains(says) && refusal.contains(URL), "{says}: {refusal}");
    }
}

#[test]
fn a_file_that_is_cut_off_is_refused_wherever_the_cut_is() {
    let text = libssh();
    for cut in (0..text.rfind("</oval").expect("the end")).filter(|&cut| text.is_char_boundary(cut)) {
        assert!(try_edition(&pack(&text[..cut])).is_err(), "cut at {cut} of {}", text.len());
    }
    let packed = pack(&text);
    for cut in 0..packed.len() {
        assert!(try_edition(&packed[..cut]).is_err(), "cut at {cut} of {}", packed.len());
    }
}

#[test]
fn a_flipped_bit_gives_an_error_or_changes_nothing() {
    let packed = pack(libssh());
    let notice = only(&libssh());
    for bit in 0..8 * packed.len() {
        let mut damaged = packed.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        if let Ok((cache, _folder)) = try_edition(&damaged) {
            assert_eq!(cache.notice(notice.id).expect("intact").as_ref(), Some(&notice), "bit {bit}");
        }
    }
}

#[test]
fn a_damaged_edition_is_noticed_wherever_the_damage_is() {
    let (cache, folder) = cache(&libssh());
    let notice = cache.notice(id("USN-6561-1")).expect("intact");
    let path = only_file(folder.path());
    let intact = fs::read(&path).expect("read");
    let read = || OvalCache::open(folder.path(), URL).and_then(|cache| cache.notice(id("USN-6561-1")).ok());
    assert_eq!(read(), Some(notice));
    for at in 0..intact.len() {
        let mut damaged = intact.clone();
        damaged[at] ^= 0x40;
        fs::write(&path, &damaged).expect("written");
        assert_eq!(read(), None, "byte {at} of {}", intact.len());
        fs::write(&path, &intact[..at]).expect("written");
        assert_eq!(read(), None, "cut at {at} of {}", intact.len());
    }
}

#[test]
fn an_edition_of_another_file_is_none() {
    let (_edition, folder) = cache(&libssh());
    let elsewhere = "https://mirror.example/com.ubuntu.jammy.usn.oval.xml.bz2";
    assert!(OvalCache::open(folder.path(), elsewhere).is_none());
    assert!(OvalCache::open(Path::new("/nowhere"), URL).is_none());
}

#[test]
fn builds_at_once_do_not_disturb_each_other_and_leave_one_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let packed = pack(libssh());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let release = "jammy".parse().expect("a release");
                    let cache =
                        OvalCache::build(&packed, &origin(), &release, folder.path(), 0, soon()).expect("a cache");
                    assert!(cache.notice(id("USN-6561-1")).expect("intact").is_some());
                    assert_eq!(OvalCache::open(folder.path(), URL).expect("a cache").count(), 1);
                }
            });
        }
    });
    only_file(folder.path());
}

#[test]
fn a_refused_file_leaves_the_old_edition() {
    let (cache, folder) = cache(&libssh());
    let release = "jammy".parse().expect("a release");
    let packed = pack(libssh());
    let outcome = OvalCache::build(&packed[..packed.len() - 1], &origin(), &release, folder.path(), 0, soon());
    assert!(outcome.is_err());
    let kept = OvalCache::open(folder.path(), URL).expect("the old cache");
    assert_eq!(kept.count(), cache.count());
    only_file(folder.path());
}

/// The one file in a folder.
fn only_file(folder: &Path) -> std::path::PathBuf {
    let files: Vec<_> = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

#[test]
fn a_file_that_lost_most_notices_is_not_believed() {
    let folder = tempfile::tempdir().expect("a folder");
    let release = "jammy".parse().expect("a release");
    let build = |had| OvalCache::build(&pack(libssh()), &origin(), &release, folder.path(), had, soon());
    let has = build(0).expect("a cache").count();
    assert_eq!(build(2 * has).expect("half of what there was").count(), has);
    let error = build(2 * has + 2).expect_err("less than half").to_string();
    assert!(error.contains("it lost most of them, so it is not believed"), "{error}");
    let kept = OvalCache::open(folder.path(), URL).expect("the old cache");
    assert_eq!(kept.count(), has);
}
