//! Tests of release notes.

use serde_json::json;

use super::*;
use crate::publish::fixture::{Story, golden, notice, rootfs};

fn notes(story: &Story, layout: Layout) -> String {
    let history = story.history();
    release_notes(&Release::of(&story.facts(&history)).expect("a release"), layout)
}

#[test]
fn each_layout_is_as_it_was_read_through() {
    for layout in Layout::ALL {
        golden(&format!("release-notes.{layout}.md"), &notes(&rootfs(), *layout));
    }
}

#[test]
fn a_release_without_packages_and_notices_says_so() {
    let text = notes(&Story::of("p").released("1", None, json!({})), Layout::Priorities);
    let expected = "# p 1\n\nNo security notice is newly fixed. None is open.\n\n## Packages\n\nNo packages were recorded for this release.\n";
    assert_eq!(text, expected);
}

#[test]
fn a_package_that_is_taken_back_opens_its_notice_again() {
    let story = Story::of("p")
        .opened(notice("USN-1-1", "a", "2026-01-01", &[], &[("a", "5")]))
        .released("1", Some("a=5\n"), json!({"fixed": [{"notice": "USN-1-1", "evidence": "none", "via": null}]}))
        .released("2", Some("a=4\n"), json!({}));
    let text = notes(&story, Layout::Priorities);
    assert!(text.contains("settled by 1, and taken back by this release"), "{text}");
    assert!(text.contains("`a` `4`, needed: `5`"), "{text}");
}

#[test]
fn an_answer_that_ran_out_leaves_the_notice_open() {
    let answer = |until: &str| {
        let answer =
            json!({"answered": {"notice": "USN-1-1", "status": "affected", "statement": "next week", "until": until}});
        Story::of("p").opened(notice("USN-1-1", "a", "2026-01-01", &[], &[("a", "5")])).then(answer).released(
            "1",
            Some("a=4\n"),
            json!({}),
        )
    };
    let text = notes(&answer("2026-01-13T12:00:00Z"), Layout::Priorities);
    assert!(text.contains("## Still open") && text.contains("an answer ran out on 2026-01-13"), "{text}");
    let text = notes(&answer("2027-01-01T00:00:00Z"), Layout::Priorities);
    assert!(!text.contains("## Still open") && text.contains("affected: next week – holds until 2027-01-01"), "{text}");
}

#[test]
fn notes_fit_into_a_release_of_github() {
    let lines: String = (0..9_000).map(|n| format!("package-with-a-long-name-{n}=1\n")).collect();
    let after = lines.replace("=1\n", "=2:1.2.3-4ubuntu5\n");
    let story = Story::of("p").released("1", Some(&lines), json!({})).released("2", Some(&after), json!({}));
    let text = notes(&story, Layout::Priorities);
    assert!((100_000..=MOST).contains(&text.chars().count()), "{}", text.chars().count());
    let last = text.lines().last().expect("a line");
    assert!(last.contains("packages. All of it is in `release.json` and `packages`"), "{last}");
    assert!(last.contains("https://ci.example.org/"), "{last}");
}
