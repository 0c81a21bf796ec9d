//! How far a partner is believed, and what it costs to ask: what their logs say is held against our own facts, and against
//! itself.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::partners::{FIXED, Houses, append, forge};

fn open_inside(houses: &Houses, product: &str) -> Vec<String> {
    let event = houses.events("ours", product).pop().expect("an event");
    let inside = event["released"]["open_inside"].as_array().cloned().unwrap_or_default();
    inside.iter().map(|open| open["notice"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn what_was_withdrawn_in_a_log_is_neither_inherited_from_there_nor_open() {
    for house in ["theirs", "ours"] {
        let houses = Houses::empty();
        houses.alpha(house, "rootfs", "1", "1");
        houses.open_alpha(house, "rootfs", "2");
        houses.alpha(house, "rootfs", "2", "2");
        let old = houses.artifact("rootfs", "1");
        let new = houses.artifact("rootfs", "2");
        houses.release("ours", "before", "1", json!({"includes": {"rootfs": old}})).json();
        houses.release("ours", "after", "1", json!({"includes": {"rootfs": new}})).json();
        assert_eq!(open_inside(&houses, "before"), ["x_ALPHA-1"]);
        assert_eq!(houses.events("ours", "after").len(), 2, "the notice, and the release that has the fix");
        let withdrawal = json!({"notice": "x_ALPHA-1", "status": "not_affected", "justification": null,
            "statement": "A mistake.", "until": null, "withdrawn": true});
        append(&houses, house, "rootfs", [json!({"answered": withdrawal})]);
        houses.release("ours", "before", "2", json!({"includes": {"rootfs": old}})).json();
        houses.release("ours", "later", "1", json!({"includes": {"rootfs": new}})).json();
        assert_eq!(open_inside(&houses, "before"), [""; 0], "{house}");
        assert_eq!(houses.events("ours", "later").len(), 1, "{house}");
    }
}

/// A vendor whose `stack` has what it has from a foundation that we don't know.
fn vendor() -> Houses {
    let mut houses = Houses::new();
    houses.containing("ours", "stack", "5", &["rootfs-1.297.0"]).json();
    fs::rename(houses.path("ours"), houses.path("middle")).expect("moved");
    fs::create_dir_all(houses.path("ours")).expect("a folder");
    houses.partners = json!([{"name": "vendor", "tracker": {"driver": "file", "path": houses.path("middle")}}]);
    houses
}

/// Changes what the vendor's last release says that it fixes.
fn forge_fix(houses: &Houses, id: &str, change: impl FnOnce(&mut Value)) {
    let files = houses.event_files("middle", "stack");
    forge(&files, files.len() - 1, |event| {
        let fixed = event["released"]["fixed"].as_array_mut().expect("a list").iter_mut();
        change(fixed.into_iter().find(|fixed| fixed["notice"] == id).expect("a fix"));
    });
}

#[test]
fn what_a_partner_has_from_others_has_to_agree_with_its_own_event() {
    let houses = vendor();
    forge_fix(&houses, FIXED[0], |fixed| fixed["path"][0]["product"] = json!("nowhere"));
    forge_fix(&houses, FIXED[1], |fixed| fixed["path"][0]["version"] = json!("1.298.0"));
    forge_fix(&houses, FIXED[2], |fixed| {
        fixed["evidence"] = json!([{"package": "gpgv", "have": "1", "need": "9"}]);
    });
    houses.containing("ours", "app", "1", &["stack-5"]).json();
    let fixed = houses.fixed("app", "1");
    assert!(!fixed.is_empty() && FIXED.iter().all(|id| !fixed.contains_key(*id)), "{fixed:?}");
    assert!(FIXED.iter().all(|id| open_inside(&houses, "app").iter().any(|open| open == id)), "nothing shows the fix");
}

#[test]
fn a_way_that_is_longer_than_any_product_is_deep_is_not_taken_over() {
    let houses = vendor();
    forge_fix(&houses, FIXED[0], |fixed| {
        let path = fixed["path"].as_array_mut().expect("a list");
        let more = path[0].clone();
        path.extend(vec![more; 40]);
    });
    let put = houses.containing("ours", "app", "1", &["stack-5"]);
    let said = format!("{} came a way through more than 32 products", FIXED[0]);
    assert!(put.stderr.contains(&said), "{}", put.stderr);
    assert!(houses.events("ours", "app").is_empty());
}

#[test]
fn more_new_notices_than_anybody_looks_at_are_not_taken_over() {
    let houses = Houses::new();
    let events = houses.events("theirs", "rootfs");
    let opened = events.iter().find(|event| event["opened"]["notice"]["id"] == FIXED[1]).expect("an event").clone();
    let more = (0..5_001).map(|nth| {
        let mut opened = opened["opened"].clone();
        opened["notice"]["id"] = json!(format!("USN-{}-{}", 1000 + nth / 90, 1 + nth % 90));
        json!({"opened": opened})
    });
    append(&houses, "theirs", "rootfs", more);
    let put = houses.containing("ours", "app", "1.0.0", &["rootfs-1.297.0"]);
    assert!(put.stderr.contains("notices would be new here by what partners fix"), "{}", put.stderr);
    assert!(houses.events("ours", "app").is_empty());
}

#[test]
fn what_our_own_log_asks_for_by_now_a_partners_older_fix_does_not_close() {
    let houses = Houses::empty();
    houses.alpha("theirs", "rootfs", "1", "1");
    houses.open_alpha("theirs", "rootfs", "2");
    houses.alpha("theirs", "rootfs", "2", "2");
    houses.alpha("theirs", "rootfs", "3", "3");
    houses.release("ours", "app", "1", json!({})).json();
    houses.open_alpha("ours", "app", "3");
    for (version, settled) in [("2", false), ("3", true)] {
        let folder = houses.artifact("rootfs", version);
        let put = houses.release("ours", "app", version, json!({"includes": {"rootfs": folder}}));
        put.json();
        let released = &houses.events("ours", "app").pop().expect("an event")["released"];
        let fixed: Vec<&Value> = released["fixed"].as_array().expect("a list").iter().collect();
        assert_eq!(fixed.len(), usize::from(settled), "{released:#}");
        assert_eq!(released["open"], if settled { json!([]) } else { json!(["x_ALPHA-1"]) });
        assert_eq!(put.stderr.contains("too old inside foundation/rootfs 2"), !settled, "{}", put.stderr);
        // Neither does it for what contains that product.
        let app = houses.artifact("app", version);
        houses.release("ours", "suite", version, json!({"includes": {"app": app}})).json();
        assert_eq!(open_inside(&houses, "suite").len(), usize::from(!settled));
    }
}

#[test]
fn a_put_that_needs_no_partner_does_not_wait_for_one() {
    let mut houses = Houses::empty();
    houses.release("ours", "rootfs", "1", json!({})).json();
    let silent: Vec<TcpListener> = (0..4).map(|_| TcpListener::bind("127.0.0.1:0").expect("a port")).collect();
    let partner = |(nth, silent): (usize, &TcpListener)| {
        let uri = format!("http://{}/theirs.git", silent.local_addr().expect("an address"));
        json!({"name": format!("p{nth}"), "tracker": {"driver": "git", "uri": uri}})
    };
    houses.partners = silent.iter().enumerate().map(partner).collect();
    let folder = houses.artifact("rootfs", "1");
    let started = Instant::now();
    houses.release("ours", "app", "1", json!({"includes": {"rootfs": folder}})).json();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[test]
fn another_partner_that_has_a_product_too_is_told_and_takes_nothing_over() {
    let mut houses = Houses::new();
    fs::create_dir(houses.path("others")).expect("a folder");
    let of =
        |name: &str, folder: &str| json!({"name": name, "tracker": {"driver": "file", "path": houses.path(folder)}});
    let (others, foundation) = (of("others", "others"), of("foundation", "theirs"));
    houses.partners = json!([others, foundation]);
    houses.containing("ours", "app", "1", &["rootfs-1.297.0"]).json();
    houses.release("others", "rootfs", "1.297.0", json!({})).json();
    let before = houses.bytes("ours");
    let put = houses.containing("ours", "app", "2", &["rootfs-1.297.0"]);
    let said = "the rootfs of app 1 is the partner foundation's, and this one would be of the partner others";
    assert!(put.stderr.contains(said), "{}", put.stderr);
    assert_eq!(houses.bytes("ours"), before);
    // In the other order nothing changes, but for a word.
    houses.partners = json!([foundation, others]);
    let put = houses.containing("ours", "app", "2", &["rootfs-1.297.0"]);
    put.json();
    let said = "rootfs is in the trackers of the partners foundation and others: that of foundation counts";
    assert_eq!(put.stderr.matches(said).count(), 1, "{}", put.stderr);
    // Who is no partner any more is followed by another one.
    houses.partners = json!([others]);
    houses.containing("ours", "app", "3", &["rootfs-1.297.0"]).json();
    let event = houses.events("ours", "app").pop().expect("an event");
    assert_eq!(event["released"]["partners"], json!({"rootfs": "others"}));
}
