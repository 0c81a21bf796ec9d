//! Nothing of a partner is believed beyond its own log, and nothing that it writes hurts.

use std::fs;

use serde_json::{Value, json};

use crate::support::partners::{FIXED, Houses, forge};

/// The put that a partner's log refuses, and what it says; a check of the same goes on with a warning.
fn refused(houses: &Houses) -> String {
    fs::remove_dir_all(houses.path("tmp/ours")).ok();
    let before = houses.bytes("ours");
    let put = houses.containing("ours", "app", "2.0.0", &["rootfs-1.297.0"]);
    assert!(!put.is_success(), "{}", put.stderr);
    assert_eq!(houses.bytes("ours"), before, "nothing was recorded");
    let check = houses.check("ours", "app", "releases");
    assert_eq!(check.json(), json!([{"release": "1.0.0"}]));
    assert!(check.stderr.contains("rootfs of the partner foundation can't be read"), "{}", check.stderr);
    put.stderr
}

fn member() -> Houses {
    let houses = Houses::new();
    houses.containing("ours", "app", "1.0.0", &["rootfs-1.290.0"]).json();
    houses
}

#[test]
fn a_log_that_was_changed_cut_or_rewritten_is_refused_as_an_own_one_is() {
    let houses = member();
    let files = houses.event_files("theirs", "rootfs");
    let kept: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).expect("a file")).collect();
    let restore = || files.iter().zip(&kept).for_each(|(file, bytes)| fs::write(file, bytes).expect("written"));
    // A word that was changed.
    let text = String::from_utf8(kept[1].clone()).expect("text").replace("GnuPG", "GnuPQ").replace("Python", "Pyth0n");
    let text = if text.as_bytes() == kept[1] { text.replacen("jammy", "jammi", 1) } else { text };
    fs::write(&files[1], text).expect("written");
    let said = refused(&houses);
    assert!(said.contains("00000002.json") && said.contains("(partner foundation)"), "{said}");
    restore();
    // One in the middle is gone.
    fs::remove_file(&files[1]).expect("removed");
    let said = refused(&houses);
    assert!(said.contains("it is missing"), "{said}");
    restore();
    // The packages of the release are others.
    for (path, _) in houses.bytes("theirs").iter().filter(|(path, _)| path.to_string_lossy().contains("packages/")) {
        let bytes = fs::read(path).expect("a file");
        fs::write(path, b"a=1\n").expect("written");
        fs::remove_dir_all(houses.path("tmp/ours")).ok();
        let put = houses.containing("ours", "app", "2.0.0", &["rootfs-1.297.0"]);
        let other = houses.containing("ours", "app", "2.0.0", &["rootfs-1.290.0"]);
        assert!(!put.is_success() || !other.is_success());
        assert!(format!("{}{}", put.stderr, other.stderr).contains("were changed: their digest is"), "{}", put.stderr);
        fs::write(path, bytes).expect("written");
        fs::remove_dir_all(houses.path("ours/app")).ok();
        houses.containing("ours", "app", "1.0.0", &["rootfs-1.290.0"]).json();
    }
    // It was cut off.
    houses.containing("ours", "app", "1.5.0", &["rootfs-1.290.0"]).json();
    fs::remove_file(files.last().expect("a file")).expect("removed");
    let put = houses.containing("ours", "app", "2.0.0", &["rootfs-1.297.0"]);
    let is_told =
        ["the log was cut off or replaced", "has no release 1.297.0"].iter().any(|said| put.stderr.contains(said));
    assert!(!put.is_success() && is_told, "{}", put.stderr);
    restore();
    houses.containing("ours", "app", "2.0.0", &["rootfs-1.297.0"]).json();
}

#[test]
fn an_event_of_a_newer_davos_says_so() {
    let houses = member();
    let files = houses.event_files("theirs", "rootfs");
    forge(&files, files.len() - 1, |event| event["schema"] = json!(7));
    let said = refused(&houses);
    assert!(said.contains("it has schema 7, and this davos reads up to 2"), "{said}");
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let houses = member();
    let last = houses.event_files("theirs", "rootfs").pop().expect("a file");
    fs::write(&last, vec![b' '; 7 << 20]).expect("written");
    let said = refused(&houses);
    assert!(said.contains("larger than 6 MiB"), "{said}");
}

#[test]
fn facts_that_are_too_large_are_not_taken_over() {
    let houses = Houses::new();
    let files = houses.event_files("theirs", "rootfs");
    let events = houses.events("theirs", "rootfs");
    let nth = events.iter().position(|event| event["opened"]["notice"]["id"] == "USN-7946-1").expect("an event");
    forge(&files, nth, |event| event["opened"]["notice"]["description"] = json!("x".repeat(2 << 20)));
    let put = houses.containing("ours", "app", "1.0.0", &["rootfs-1.297.0"]);
    assert!(put.stderr.contains("USN-7946-1 in the log of foundation/rootfs has"), "{}", put.stderr);
    assert!(houses.events("ours", "app").is_empty());
}

#[test]
fn markup_in_a_partners_texts_is_text() {
    let houses = Houses::new();
    let files = houses.event_files("theirs", "rootfs");
    let events = houses.events("theirs", "rootfs");
    let nth = events.iter().position(|event| event["opened"]["notice"]["id"] == "USN-7946-1").expect("an event");
    let evil = "<script>alert(1)</script> [x](javascript:alert(1)) \u{1b}[31m\u{202e} ::error::";
    forge(&files, nth, |event| {
        event["opened"]["notice"]["title"] = json!(evil);
        event["opened"]["notice"]["summary"] = json!(evil);
        event["by"]["url"] = json!("javascript:alert(1)");
        event["by"]["job"] = json!(evil);
    });
    let put = houses.containing("ours", "app", "1.0.0", &["rootfs-1.297.0"]);
    put.json();
    assert!(!put.stderr.contains('\u{1b}') && !put.stderr.contains('\u{202e}'), "{}", put.stderr);
    let notes = houses.file("app", "1.0.0", "release-notes.md");
    assert!(!notes.contains("<script>") && !notes.contains("[x](javascript:"), "{notes}");
    assert!(!houses.file("app", "1.0.0", "advisories/USN-7946-1.md").contains("<script>"));
}

#[test]
fn a_partner_that_claims_a_circle_is_refused_and_names_of_ours_in_it_are_theirs() {
    let houses = Houses::new();
    houses.containing("theirs", "middle", "3", &["rootfs-1.297.0"]).json();
    let files = houses.event_files("theirs", "rootfs");
    let events = houses.events("theirs", "rootfs");
    let releases: Vec<usize> = (0..events.len()).filter(|nth| !events[*nth]["released"].is_null()).collect();
    let last = *releases.last().expect("a release");
    forge(&files, last, |event| event["released"]["includes"] = json!({"middle": "3"}));
    for (folder, words) in [
        (
            "rootfs-1.297.0",
            "app would contain foundation/rootfs 1.297.0, which contains foundation/middle 3, which contains foundation/rootfs",
        ),
        ("middle-3", "which contains foundation/middle"),
    ] {
        let put = houses.containing("ours", "app", "1.0.0", &[folder]);
        assert!(!put.is_success());
        assert!(put.stderr.contains("a product can't contain itself") && put.stderr.contains(words), "{}", put.stderr);
    }
    // Its name for a product inside is no name of ours: the own log is not asked, and can't be contained so.
    forge(&files, last, |event| event["released"]["includes"] = json!({"app": "0.1"}));
    houses.release("ours", "app", "0.1", json!({})).json();
    let put = houses.containing("ours", "app", "1.0.0", &["rootfs-1.297.0"]);
    assert!(put.stderr.contains("the tracker of the partner foundation has no log of app"), "{}", put.stderr);
    // A check doesn't run in circles either.
    forge(&files, last, |event| event["released"]["includes"] = json!({}));
    houses.containing("ours", "app", "1.0.0", &["rootfs-1.290.0"]).json();
    forge(&files, last, |event| event["released"]["includes"] = json!({"middle": "3"}));
    forge(&files, releases[0], |event| event["released"]["includes"] = json!({"middle": "3"}));
    let check = houses.check("ours", "app", "releases");
    assert!(check.is_success(), "{}", check.stderr);
}

#[test]
fn what_a_partner_claims_without_packages_is_a_claim_and_what_its_packages_contradict_is_no_fix() {
    let houses = Houses::new();
    let files = houses.event_files("theirs", "rootfs");
    let events = houses.events("theirs", "rootfs");
    // The first release claims in words what its packages don't have.
    let claimed =
        json!([{"notice": FIXED[1], "via": null, "evidence": [{"package": "gpgv", "have": "9", "need": "9"}]}]);
    let first = events.iter().position(|event| !event["released"].is_null()).expect("a release");
    forge(&files, first, |event| event["released"]["fixed"] = claimed);
    houses.containing("ours", "app", "1.0.0", &["rootfs-1.290.0"]).json();
    assert!(houses.fixed("app", "1.0.0").is_empty(), "the packages that they keep say otherwise");
}

#[test]
fn mistakes_in_partners_are_told_at_once_and_show_no_secret() {
    let mut houses = Houses::empty();
    let own = json!({"driver": "file", "path": houses.path("ours")});
    let theirs = json!({"driver": "file", "path": houses.path("theirs")});
    let git = json!({"driver": "git", "uri": "https://u:hunt3rhunt3r@git.example.org/x.git", "nonsense": 1});
    for (partners, words) in [
        (json!([{"name": "a/b", "tracker": theirs}]), vec!["source.partners[0].name: \"a/b\" is no name of a partner"]),
        (
            json!([{"name": "a", "tracker": own}]),
            vec!["source.partners[0].tracker: it is the tracker of this source itself"],
        ),
        (
            json!([{"name": "a", "tracker": theirs}, {"name": "a", "tracker": theirs}]),
            vec!["partners[1].name: a stands here twice", "partners[1].tracker: it is that of the partner a"],
        ),
        (json!([{}]), vec!["partners[0].name: needed", "partners[0].tracker: needed"]),
        (json!([{"name": "a", "tracker": git}]), vec!["partners[0].tracker.nonsense: unknown key"]),
        (json!({"name": "a"}), vec!["source.partners: an object is not allowed; write a list"]),
        (Value::Array(vec![json!({"name": "a", "tracker": theirs}); 17]), vec!["17 are named, and 16 are allowed"]),
    ] {
        houses.partners = partners;
        for emit in ["notices", "releases", "status"] {
            let said = houses.check("ours", "app", emit);
            assert!(!said.is_success());
            words.iter().for_each(|words| assert!(said.stderr.contains(words), "{words}: {}", said.stderr));
            assert!(!said.stderr.contains("hunt3r"), "{}", said.stderr);
        }
    }
}
