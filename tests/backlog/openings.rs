//! What becomes of an issue while a notice is opened, fixed, answered elsewhere, and opened again.

use serde_json::json;

use crate::backlog::team::Team;

fn writes(team: &Team) -> Vec<String> {
    team.github.take_requests().into_iter().filter(|request| !request.starts_with("GET")).collect()
}

#[test]
fn an_answer_elsewhere_closes_the_issue_and_its_end_opens_it_again() {
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    assert_eq!(team.sync("2026-01-20").report().created, 1);
    team.answer(
        "2026-01-21",
        &json!({"notice": "x_ONE-1", "status": "affected", "statement": "wait for @boss", "until": "2026-02-01"}),
    );
    team.sync("2026-01-21").report();
    {
        let mut world = team.github.world();
        let issue = &world.issues[&1];
        assert_eq!((issue.state.as_str(), issue.reason.as_deref()), ("closed", Some("not_planned")));
        assert!(issue.comments[0].body.contains("until 2026-02-01"), "{:?}", issue.comments);
        world.label("alice", 1, "not affected");
        // Set at a closed issue, by who may, it is an answer all the same.
        world.edit(1, |issue| issue.labels.retain(|label| label != "not affected"));
    }
    writes(&team);
    team.sync("2026-01-22").report();
    assert_eq!(writes(&team), [""; 0]);
    // It is no answer, since who set it may give none.
    team.github.world().label("mallory", 1, "won't fix");
    team.sync("2026-02-02").report();
    {
        let world = team.github.world();
        let issue = &world.issues[&1];
        assert_eq!(issue.state, "open");
        assert_eq!(issue.labels, ["davos", "davos/high"], "labels of answers are removed");
        assert!(
            issue.comments[2].body.starts_with("Open again since 2026-02-01 (opening 2): the answer ran out."),
            "{:?}",
            issue.comments
        );
    }
    writes(&team);
    assert_eq!(team.sync("2026-02-03").lines, [""; 0]);
    assert_eq!(writes(&team), [""; 0]);
    assert_eq!(team.answers().len(), 1);
}

#[test]
fn people_edit_title_and_text_and_both_stay() {
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    team.sync("2026-01-20").report();
    team.github.world().edit(1, |issue| {
        issue.title = "our own words".to_owned();
        issue.body = format!("before\r\n{}\r\nafter", issue.body.replace('\n', "\r\n"));
    });
    writes(&team);
    team.sync("2026-01-20").report();
    assert_eq!(writes(&team), [""; 0], "the ends of lines of a browser are no change");
    team.open("x_ONE-1", "critical", "0.3");
    team.release("1.1", "0.2.5", &json!(null));
    team.sync("2026-01-21").report();
    let world = team.github.world();
    let issue = &world.issues[&1];
    assert_eq!(issue.title, "our own words");
    assert!(
        issue.body.starts_with("before\r\n<!-- davos rootfs x_ONE-1") && issue.body.ends_with("\r\nafter"),
        "{}",
        issue.body
    );
    assert!(issue.body.contains("| `gorouter` | `0.2.5` | `0.3` |"), "{}", issue.body);
}

#[test]
fn a_rating_that_rises_is_told_once_with_title_and_label() {
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    team.sync("2026-01-20").report();
    // A further event of the same opening, since more is told of it.
    team.open("x_ONE-1", "critical", "0.3");
    team.sync("2026-01-21").report();
    {
        let world = team.github.world();
        let issue = &world.issues[&1];
        assert!(issue.title.starts_with("x_ONE-1 (critical) in rootfs"), "{}", issue.title);
        assert_eq!(issue.labels, ["davos", "davos/critical"]);
        assert_eq!(issue.comments.len(), 1);
        assert!(issue.comments[0].body.starts_with("It is rated **critical** now; it was high."));
    }
    writes(&team);
    team.sync("2026-01-22").report();
    assert_eq!(writes(&team), [""; 0]);
}

#[test]
fn people_who_close_are_told_once_and_nobody_fights() {
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    team.sync("2026-01-20").report();
    team.github.world().set_state(1, "closed", Some("completed"));
    team.sync("2026-01-21").report();
    team.github.world().set_state(1, "open", None);
    team.sync("2026-01-22").report();
    team.github.world().set_state(1, "closed", Some("not_planned"));
    team.sync("2026-01-23").report();
    {
        let world = team.github.world();
        assert_eq!(world.issues[&1].state, "closed");
        assert_eq!(world.issues[&1].comments.len(), 1, "{:?}", world.issues[&1].comments);
        assert!(world.issues[&1].comments[0].body.contains("closing is no answer"));
    }
    team.release("1.1", "0.2", &json!(null));
    team.sync("2026-01-24").report();
    team.github.world().set_state(1, "open", None);
    writes(&team);
    team.sync("2026-01-25").report();
    assert_eq!(writes(&team), [""; 0], "who opens an issue of a notice that is fixed may");
    assert_eq!(team.github.world().issues[&1].reason, None);
}

#[test]
fn of_two_syncs_at_once_one_issue_stays_and_the_other_is_closed_as_a_duplicate() {
    for knows_duplicate in [true, false] {
        let team = Team::new();
        team.github.world().knows_duplicate = knows_duplicate;
        team.open("x_ONE-1", "high", "0.2");
        team.sync("2026-01-20").report();
        {
            let mut world = team.github.world();
            let twin = world.issues[&1].clone();
            world.open("davos-bot", &twin.title, &twin.body, &["davos"]);
        }
        team.sync("2026-01-20").report();
        {
            let world = team.github.world();
            let reason = if knows_duplicate { "duplicate" } else { "not_planned" };
            assert_eq!((world.issues[&2].state.as_str(), world.issues[&2].reason.as_deref()), ("closed", Some(reason)));
            assert!(world.issues[&2].comments[0].body.contains("#1 stays"));
            assert_eq!(world.issues[&1].state, "open");
        }
        writes(&team);
        team.sync("2026-01-21").report();
        assert_eq!(writes(&team), [""; 0]);
    }
}

#[test]
fn only_issues_of_our_own_user_with_our_marks_are_ours() {
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    team.sync("2026-01-20").report();
    {
        let mut world = team.github.world();
        let copied = world.issues[&1].clone();
        world.rights.insert("mallory".to_owned(), crate::support::github::Right::Write);
        world.open("mallory", &copied.title, &copied.body, &["davos"]);
        world.open("davos-bot", "something else", "without marks", &["davos"]);
        let pull = world.open("davos-bot", &copied.title, &copied.body, &["davos"]);
        world.edit(pull, |issue| issue.is_pull = true);
        let other = copied.body.replace("<!-- davos rootfs ", "<!-- davos other ");
        world.open("davos-bot", "of another product", &other, &["davos"]);
    }
    writes(&team);
    team.sync("2026-01-21").report();
    assert_eq!(writes(&team), [""; 0]);
}

#[test]
fn labels_that_are_dropped_are_told_and_make_no_second_issue() {
    let team = Team::new();
    team.github.world().rights.remove("davos-bot");
    team.open("x_ONE-1", "high", "0.2");
    let synced = team.sync("2026-01-20");
    assert!(synced.report().labels_refused);
    assert_eq!(team.github.world().issues[&1].labels, [""; 0]);
    writes(&team);
    assert_eq!(team.sync("2026-01-21").report().created, 0);
    assert_eq!(writes(&team), [""; 0]);
    team.open("x_ONE-1", "critical", "0.3");
    assert!(team.sync("2026-01-22").report().labels_refused);
    writes(&team);
    team.sync("2026-01-22").report();
    assert_eq!(writes(&team), [""; 0], "what is refused is not tried again and again");
}

#[test]
fn an_issue_that_was_deleted_or_lost_its_marks_is_made_again() {
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    team.open("x_TWO-1", "high", "0.2");
    team.sync("2026-01-20").report();
    {
        let mut world = team.github.world();
        world.issues.remove(&1);
        world.edit(2, |issue| issue.body = "mine".to_owned());
    }
    assert_eq!(team.sync("2026-01-21").report().created, 2);
    assert_eq!(team.github.world().issues[&2].body, "mine");
}

#[test]
fn more_issues_than_a_page_are_all_found_also_where_the_last_page_is_full() {
    for (per_page, others, drops_link) in
        [(100, 99, false), (100, 100, false), (2, 5, false), (100, 99, true), (100, 120, true)]
    {
        let team = Team::new();
        team.open("x_ONE-1", "high", "0.2");
        team.github.world().per_page = per_page;
        team.github.world().drops_link = drops_link;
        team.sync("2026-01-20").report();
        {
            let mut world = team.github.world();
            for n in 0..others {
                world.open("davos-bot", &n.to_string(), "another", &[]);
            }
            world.edit(1, |_| {});
        }
        assert_eq!(team.sync("2026-01-21").report().created, 0, "{per_page} {others} {drops_link}");
    }
}

#[test]
fn what_is_foreign_in_a_text_shows_just_its_characters() {
    let team = Team::new();
    team.open("x_ONE-1", "high", "0.2");
    team.sync("2026-01-20").report();
    let world = team.github.world();
    let (title, body) = (&world.issues[&1].title, &world.issues[&1].body);
    assert_eq!(title, "x_ONE-1 (high) in rootfs: x_ONE-1 in words, for ＠team: fixes ＃1");
    let mut shown = String::new();
    for event in pulldown_cmark::Parser::new_ext(body, pulldown_cmark::Options::ENABLE_TABLES) {
        match event {
            pulldown_cmark::Event::Text(text) | pulldown_cmark::Event::Code(text) => shown += &text,
            pulldown_cmark::Event::Html(html) | pulldown_cmark::Event::InlineHtml(html) => {
                let ours = html.trim_start().starts_with("<!--") || html.contains("sub>");
                assert!(ours, "{html}");
            }
            pulldown_cmark::Event::End(_) => shown.push('\n'),
            _ => {}
        }
    }
    let calls = |mark: char| {
        shown.match_indices(mark).any(|(at, _)| shown[at + 1..].starts_with(|c: char| c.is_alphanumeric()))
    };
    assert!(!calls('@') && !calls('#'), "{shown}");
    assert!(shown.contains("Somebody <b>may</b> do something."), "{shown}");
}

#[test]
fn two_syncs_at_the_same_moment_leave_one_issue_for_each_notice() {
    let team = Team::new();
    team.open_many(8);
    std::thread::scope(|scope| {
        let both: Vec<_> = (0..2).map(|_| scope.spawn(|| team.sync("2026-01-20").result.is_ok())).collect();
        assert!(both.into_iter().all(|sync| sync.join().expect("a sync")));
    });
    team.sync("2026-01-21").report();
    {
        let world = team.github.world();
        let open: Vec<&str> =
            world.issues.values().filter(|issue| issue.state == "open").map(|issue| issue.title.as_str()).collect();
        assert_eq!(open.len(), 8, "{open:?}");
    }
    writes(&team);
    team.sync("2026-01-22").report();
    assert_eq!(writes(&team), [""; 0]);
}
