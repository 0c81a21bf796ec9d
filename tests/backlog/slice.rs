//! From one notice to one issue and back, by the programs.

use serde_json::json;

use crate::backlog::team::Team;
use crate::support::binary::Container;

#[test]
fn one_notice_makes_one_issue_by_the_program_and_a_second_run_sends_nothing() {
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    let container = Container::new();
    let request = json!({"source": team.source("releases"), "params": {"backlog": "sync"}});
    let ran = container.put(&request, &team.build());
    let ran = ran.succeeded().says(&["example-org/rootfs", "new issue: x_ONE-1 (high) in rootfs", "1 issue made"]);
    assert_eq!(ran.json()["version"], json!({"release": "1.0"}));
    {
        let world = team.github.world();
        let issue = &world.issues[&1];
        assert_eq!(issue.labels, ["davos", "davos/high"]);
        assert!(issue.body.contains("| `gorouter` | `0.1` | `0.2` |"), "{}", issue.body);
        assert!(!ran.stderr.contains("github_pat"), "{}", ran.stderr);
    }
    team.github.take_requests();
    container.put(&request, &team.build()).succeeded().says(&["nothing to do"]);
    assert_eq!(team.github.take_requests(), ["GET /user", "GET /issues"]);
    team.release("1.1", "0.2", &json!(null));
    container.put(&request, &team.build()).succeeded().says(&["#1 x_ONE-1: close as done: 1.1"]);
    let world = team.github.world();
    assert_eq!((world.issues[&1].state.as_str(), world.issues[&1].reason.as_deref()), ("closed", Some("completed")));
    assert!(
        world.issues[&1].comments[0].body.contains("| `gorouter` | `0.2` | `0.2` |"),
        "{:?}",
        world.issues[&1].comments
    );
}
