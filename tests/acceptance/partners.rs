//! A product that contains a release of a partner's inherits what their log shows, and nothing of theirs is ever written.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::git_server::{self, git, has_git};
use crate::support::partners::{FIXED, Houses};

#[test]
fn what_a_partners_release_fixes_is_inherited_with_its_evidence_and_the_way() {
    let houses = Houses::new();
    let before = houses.bytes("theirs");
    let outcome = houses.containing("ours", "app", "1.0.0", &["rootfs-1.297.0"]);
    assert!(outcome.json()["metadata"].to_string().contains("foundation/rootfs 1.297.0"), "{}", outcome.stdout);
    let fixed = houses.fixed("app", "1.0.0");
    let theirs = houses.fixed("rootfs", "1.297.0");
    for id in FIXED {
        assert_eq!(fixed[id]["via"], "rootfs", "{id}");
        let way = json!([{"product": "rootfs", "version": "1.297.0", "partner": "foundation"}]);
        assert_eq!(fixed[id]["path"], way, "{id}");
        assert_eq!(fixed[id]["evidence"], theirs[id]["evidence"], "{id}");
    }
    // The own log tells all of it by itself, and an older davos says that it is too old for it.
    let events = houses.events("ours", "app");
    let opened: Vec<&Value> = events.iter().filter_map(|event| event.get("opened")).collect();
    assert_eq!(opened.len(), fixed.len());
    let last = events.last().expect("an event");
    assert_eq!((&last["schema"], &last["released"]["partners"]), (&json!(2), &json!({"rootfs": "foundation"})));
    assert_eq!(last["released"]["includes"], json!({"rootfs": "1.297.0"}));
    assert_eq!(houses.check("ours", "app", "notices").json(), json!([]), "nobody is asked to look at what is fixed");
    assert_eq!(houses.bytes("theirs"), before, "a partner's tracker is never written to");
    // The same again changes nothing.
    houses.containing("ours", "app", "1.0.0", &["rootfs-1.297.0"]).json();
    assert_eq!(houses.events("ours", "app"), events);
}

#[test]
fn every_document_names_the_partner() {
    let houses = Houses::new();
    houses.containing("ours", "app", "1.0.0", &["rootfs-1.297.0"]).json();
    let file = |name: &str| houses.file("app", "1.0.0", name);
    let notes = file("release-notes.md");
    assert!(notes.contains("From **foundation/rootfs 1.297.0**:"), "{notes}");
    assert!(notes.contains("- foundation/rootfs `1.297.0`"), "{notes}");
    let openvex = file("openvex.json");
    let told = "USN-7946-1: the fix is installed in rootfs 1.297.0 (told by the partner foundation): gpgv";
    assert!(openvex.contains(told), "{openvex}");
    let folder = houses.path("build").join("app-1.0.0/csaf");
    for csaf in fs::read_dir(folder).into_iter().flatten() {
        let csaf = fs::read_to_string(csaf.expect("an entry").path()).expect("a file");
        assert!(csaf.contains(told), "{csaf}");
    }
    let advisory = file("advisories/USN-7946-1.md");
    assert!(advisory.contains("has the fix from rootfs 1.297.0 (told by the partner foundation)"), "{advisory}");
}

#[test]
fn what_a_partners_release_leaves_open_is_told_and_a_check_says_what_to_pick_up() {
    let houses = Houses::new();
    let outcome = houses.containing("ours", "app", "1.0.0", &["rootfs-1.290.0"]);
    assert!(outcome.stderr.contains("4 are open in what it contains"), "{}", outcome.stderr);
    let notes = houses.file("app", "1.0.0", "release-notes.md");
    assert!(notes.contains("In **foundation/rootfs 1.290.0**:"), "{notes}");
    // A product around that one finds its way through the own log.
    let outcome = houses.containing("ours", "suite", "7", &["app-1.0.0"]);
    assert!(outcome.stderr.contains("4 are open in what it contains"), "{}", outcome.stderr);
    let said = houses.check("ours", "suite", "releases").stderr;
    assert!(
        said.contains("suite 7 contains app 1.0.0, which contains foundation/rootfs 1.290.0, and 1.297.0"),
        "{said}"
    );
    for emit in ["releases", "notices"] {
        let said = houses.check("ours", "app", emit).stderr;
        let expected = "app 1.0.0 contains foundation/rootfs 1.290.0, and 1.297.0 of that fixes";
        assert!(said.contains(expected) && said.contains("USN-7946-1"), "{emit}: {said}");
    }
    let event = houses.events("ours", "suite").pop().expect("an event");
    let way = &event["released"]["open_inside"][0]["path"];
    assert_eq!(way[1]["partner"], "foundation", "{event:#}");
    assert_eq!((&event["schema"], event["released"].get("partners")), (&json!(2), None), "the way has a partner in it");
}

#[test]
fn a_partner_that_is_away_is_a_warning_for_a_check_and_fails_a_put_that_needs_it() {
    let mut houses = Houses::new();
    houses.containing("ours", "app", "1.0.0", &["rootfs-1.290.0"]).json();
    let before = houses.bytes("ours");
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", gone.local_addr().expect("an address"));
    drop(gone);
    let keys = json!({"access_key_id": "AKIDOFTHEIRS", "secret_access_key": "theirs3cr3tkey"});
    let mut tracker = json!({"driver": "s3", "bucket": "logs", "endpoint": endpoint});
    tracker.as_object_mut().expect("keys").extend(keys.as_object().expect("keys").clone());
    houses.partners = json!([{"name": "foundation", "tracker": tracker}]);
    let started = Instant::now();
    let outcome = houses.check("ours", "app", "releases");
    assert_eq!(outcome.json(), json!([{"release": "1.0.0"}]));
    assert!(outcome.stderr.contains("rootfs of the partner foundation can't be read"), "{}", outcome.stderr);
    assert!(started.elapsed() < Duration::from_secs(16), "{:?}", started.elapsed());
    // What needs no partner goes on.
    houses.release("ours", "app", "0.9.0", json!({})).json();
    let before = if before == houses.bytes("ours") { before } else { houses.bytes("ours") };
    let refused = houses.containing("ours", "app", "1.1.0", &["rootfs-1.297.0"]);
    assert!(!refused.is_success());
    for words in ["params.includes", "rootfs of the partner foundation can't be read", "try again when it can"] {
        assert!(refused.stderr.contains(words), "{words}: {}", refused.stderr);
    }
    assert!(
        !refused.stderr.contains("theirs3cr3tkey") && !refused.stderr.contains("AKIDOFTHEIRS"),
        "{}",
        refused.stderr
    );
    assert_eq!(houses.bytes("ours"), before, "nothing was recorded");
}

#[test]
fn a_silent_partner_holds_nobody_up() {
    let mut houses = Houses::new();
    houses.containing("ours", "app", "1.0.0", &["rootfs-1.290.0"]).json();
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let uri = format!("http://{}/theirs.git", silent.local_addr().expect("an address"));
    houses.partners = json!([{"name": "foundation", "tracker": {"driver": "git", "uri": uri}}]);
    let started = Instant::now();
    let outcome = houses.check("ours", "app", "notices");
    outcome.json();
    assert!(outcome.stderr.contains("(partner foundation) didn't answer within 10 seconds"), "{}", outcome.stderr);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn a_product_in_both_is_the_own_one_and_of_several_partners_the_first_counts() {
    let mut houses = Houses::new();
    fs::create_dir(houses.path("others")).expect("a folder");
    let of =
        |name: &str, folder: &str| json!({"name": name, "tracker": {"driver": "file", "path": houses.path(folder)}});
    let both = json!([of("others", "others"), of("foundation", "theirs")]);
    houses.partners = both;
    houses.containing("ours", "app", "1", &["rootfs-1.297.0"]).json();
    assert_eq!(
        houses.events("ours", "app").last().expect("an event")["released"]["partners"],
        json!({"rootfs": "foundation"})
    );
    // The first one has it now, too.
    houses.release("others", "rootfs", "1.297.0", json!({})).json();
    houses.containing("ours", "tool", "2", &["rootfs-1.297.0"]).json();
    assert_eq!(
        houses.events("ours", "tool").last().expect("an event")["released"]["partners"],
        json!({"rootfs": "others"})
    );
    assert!(houses.fixed("tool", "2").is_empty());
    // And the own tracker.
    let receipt = json!({"packages_file": "cflinuxfs4-1.297.0.receipt"});
    houses.release("ours", "rootfs", "1.297.0", receipt).json();
    let outcome = houses.containing("ours", "app", "3", &["rootfs-1.297.0"]);
    outcome.json();
    let said = "rootfs is in this tracker and in that of the partners others, foundation: this one counts";
    assert_eq!(outcome.stderr.matches(said).count(), 1, "{}", outcome.stderr);
    assert_eq!(houses.events("ours", "app").last().expect("an event")["released"].get("partners"), None);
    // What was recorded stays so: an outer product finds the partner's release that is inside.
    houses.partners = Value::Null;
    let refused = houses.containing("ours", "suite", "1", &["app-1"]);
    assert!(refused.stderr.contains("source.partners names no partner foundation"), "{}", refused.stderr);
}

#[test]
fn what_neither_the_tracker_nor_a_partner_has_is_refused_with_a_sentence() {
    let houses = Houses::new();
    let stack = houses.artifact("stack", "1");
    let refused = houses.release("ours", "app", "1", json!({"includes": {"stack": stack}}));
    assert!(
        refused.stderr.contains(
            "the tracker has no log of stack, of which stack 1 is a release, and no partner has one (foundation)"
        ),
        "{}",
        refused.stderr
    );
    let unknown = houses.artifact("rootfs", "1.999.0");
    let refused = houses.release("ours", "app", "1", json!({"includes": {"rootfs": unknown}}));
    assert!(
        refused.stderr.contains(
            "the log of foundation/rootfs has no release 1.999.0; take one that the partner foundation has recorded"
        ),
        "{}",
        refused.stderr
    );
    assert!(houses.events("ours", "app").is_empty());
}

#[test]
fn what_a_partner_has_from_partners_of_theirs_is_taken_as_they_recorded_it() {
    // The foundation contains the root filesystem of somebody else, whom we don't know.
    let houses = Houses::new();
    fs::create_dir(houses.path("middle")).expect("a folder");
    let mut members = houses;
    let known = members.partners.clone();
    members.containing("ours", "stack", "5", &["rootfs-1.297.0"]).json();
    members.containing("ours", "stack", "4", &["rootfs-1.290.0"]).json();
    let inherited = members.fixed("stack", "5");
    // Now the member's own tracker is that of a partner for somebody further out.
    fs::rename(members.path("ours"), members.path("middle")).ok();
    fs::create_dir_all(members.path("ours")).expect("a folder");
    let middle = json!([{"name": "vendor", "tracker": {"driver": "file", "path": members.path("middle")}}]);
    members.partners = middle;
    members.containing("ours", "app", "1", &["stack-5"]).json();
    let fixed = members.fixed("app", "1");
    assert_eq!(fixed.keys().collect::<Vec<_>>(), inherited.keys().collect::<Vec<_>>());
    let way = json!([{"product": "stack", "version": "5", "partner": "vendor"},
        {"product": "rootfs", "version": "1.297.0", "partner": "vendor"}]);
    for id in FIXED {
        assert_eq!((&fixed[id]["path"], &fixed[id]["evidence"]), (&way, &inherited[id]["evidence"]), "{id}");
    }
    let outcome = members.containing("ours", "other", "1", &["stack-4"]);
    assert!(outcome.stderr.contains("4 are open in what it contains"), "{}", outcome.stderr);
    drop(known);
}

#[test]
fn a_partner_in_git_is_fetched_and_never_pushed_to() {
    if !has_git() {
        return;
    }
    let mut houses = Houses::new();
    let bare = houses.path("theirs.git");
    git_server::repository(&bare);
    let work = houses.path("work");
    git(&houses.path(""), &["clone", "--quiet", &bare.display().to_string(), &work.display().to_string()]);
    fs::rename(houses.path("theirs/rootfs"), work.join("rootfs")).expect("moved");
    git(&work, &["add", "."]);
    git(&work, &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "logs"]);
    git(&work, &["push", "--quiet", "origin", "HEAD:main"]);
    let hook = bare.join("hooks/pre-receive");
    fs::create_dir_all(bare.join("hooks")).expect("a folder");
    fs::write(&hook, "#!/bin/sh\ntouch \"$(dirname \"$0\")/pushed\"\nexit 1\n").expect("a file");
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("permissions");
    let uri = format!("file://{}", bare.display());
    houses.partners = json!([{"name": "foundation", "tracker": {"driver": "git", "uri": uri}}]);
    houses.containing("ours", "app", "1.0.0", &["rootfs-1.290.0"]).json();
    houses.containing("ours", "app", "1.1.0", &["rootfs-1.297.0"]).json();
    assert!(FIXED.iter().all(|id| houses.fixed("app", "1.1.0").contains_key(*id)));
    houses.check("ours", "app", "notices").json();
    houses.check("ours", "app", "status").json();
    assert!(!bare.join("hooks/pushed").exists(), "somebody pushed");
    // What is kept of it has a place of its own, and nothing of it is among what is kept of the own tracker.
    let kept = houses.path("tmp/ours/davos/partner-foundation");
    let names = |folder: &std::path::Path| -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        entries.map(|name| name.to_string_lossy().into_owned()).collect()
    };
    assert!(names(&kept).iter().any(|name| name.starts_with("git-")), "{:?}", names(&kept));
    assert!(names(&kept.join("..")).iter().all(|name| !name.starts_with("git-")), "{:?}", names(&kept.join("..")));
}

#[test]
fn without_partners_nothing_is_other_than_before() {
    let mut houses = Houses::new();
    let receipt = json!({"packages_file": "cflinuxfs4-1.297.0.receipt"});
    houses.release("ours", "rootfs", "1.297.0", receipt).json();
    let (with, mut without) = (houses.partners.clone(), Vec::new());
    for partners in [Value::Null, json!([]), with] {
        houses.partners = partners;
        fs::remove_dir_all(houses.path("ours/app")).ok();
        fs::remove_dir_all(houses.path("tmp/ours")).ok();
        houses.containing("ours", "app", "1.0.0", &["rootfs-1.297.0"]).json();
        let asked = houses.path("tmp/ours/davos/partner-foundation").exists();
        let files = (
            houses.bytes("ours"),
            houses.file("app", "1.0.0", "release.json"),
            houses.file("app", "1.0.0", "release-notes.md"),
        );
        without.push((files, asked));
    }
    assert_eq!(without[0], without[1]);
    assert_eq!(without[0].0, without[2].0, "the own tracker has all that is inside");
    assert!(!without[0].1 && without[2].1);
    let released = &houses.events("ours", "app").pop().expect("an event")["released"];
    assert!(released.get("partners").is_none() && !released.to_string().contains("partner"), "{released}");
}
