//! A product that contains others has an issue for each release to pick up.

use std::fs;

use serde_json::json;

use crate::backlog::team::Team;

fn include(team: &Team, product: &str, version: &str) {
    let folder = team.build().join(product);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("release.json"), json!({"product": product, "version": version}).to_string())
        .expect("a file");
    fs::write(folder.join("version"), format!("{version}\n")).expect("a file");
}

#[test]
fn a_release_inside_is_to_be_picked_up_once_it_is_out_and_closed_when_a_release_contains_it() {
    let mut team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    team.open("x_LOW-1", "low", "0.2");
    include(&team, "rootfs", "1.0");
    team.turn_to("platform");
    team.release("7.0", "9.0", &json!({"rootfs": "rootfs"}));
    team.sync("2026-01-20").report();
    assert!(team.github.world().issues.is_empty(), "nothing is to be picked up yet");
    team.turn_to("rootfs");
    team.release("1.1", "0.2", &json!(null));
    team.turn_to("platform");
    assert_eq!(team.sync("2026-01-21").report().created, 1);
    {
        let world = team.github.world();
        assert_eq!(world.issues[&1].title, "pick up rootfs 1.1 in platform: fixes x_ONE-1");
        assert!(
            world.issues[&1].body.contains("platform 7.0 contains rootfs 1.0. **rootfs 1.1** is out"),
            "{}",
            world.issues[&1].body
        );
    }
    team.github.world().comment("alice", 1, "/davos not_affected: x");
    team.sync("2026-01-22").report();
    assert!(team.github.world().issues[&1].comments[1].body.contains("no open notice here"));
    team.turn_to("rootfs");
    team.release("1.2", "0.3", &json!(null));
    team.turn_to("platform");
    team.sync("2026-01-23").report();
    {
        let world = team.github.world();
        assert_eq!(world.issues[&1].reason.as_deref(), Some("not_planned"), "1.2 has all that");
        assert_eq!(world.issues[&2].state, "open");
    }
    include(&team, "rootfs", "1.2");
    team.release("7.1", "9.0", &json!({"rootfs": "rootfs"}));
    team.sync("2026-01-24").report();
    {
        let world = team.github.world();
        assert_eq!(world.issues[&2].reason.as_deref(), Some("completed"));
        assert!(
            world.issues[&2].comments[0].body.contains("platform 7.1 contains it"),
            "{:?}",
            world.issues[&2].comments
        );
    }
    team.github.take_requests();
    team.release("7.2", "9.0", &json!({"rootfs": "rootfs"}));
    team.sync("2026-01-25").report();
    assert!(team.github.take_requests().iter().all(|request| request.starts_with("GET")));
}
