//! Tests of release notes.

use serde_json::json;

use super::*;
use crate::publish::fixture::{LogFixture, golden, notice, rootfs};

fn notes(story: &LogFixture, layout: Layout) -> String {
    let history = story.history();
    release_notes(&RecordedRelease::of(&story.facts(&history)).expect("a release"), layout)
}

#[test]
fn each_layout_is_as_it_was_read_through() {
    for layout in Layout::ALL {
        golden(&format!("release-notes.{layout}.md"), &notes(&rootfs(), *layout));
    }
}

#[test]
fn a_release_without_packages_and_notices_says_so() {
    let text = notes(&LogFixture::of("p").released("1", None, json!({})), Layout::Priorities);
    let expected = "# p 1\n\nNo security notice is newly fixed. None is open.\n\n## Packages\n\nNo packages were recorded for this release.\n";
    assert_eq!(text, expected);
}

#[test]
fn a_package_that_is_taken_back_opens_its_notice_again() {
    let story = LogFixture::of("p")
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
        LogFixture::of("p").opened(notice("USN-1-1", "a", "2026-01-01", &[], &[("a", "5")])).then(answer).released(
            "1",
            Some("a=4\n"),
            json!({}),
        )
    };
    let text = notes(&answer("2026-01-13T12:00:00Z"), Layout::Priorities);
    assert!(text.contains("## Still open") && text.contains("an answer ran out on 2026-01-13"), "{text}");
    let text = notes(&answer("2027-01-01T00:00:00Z"), Layout::Priorities);
    assert!(
        !text.contains("## Still open")
            && text.contains("affected, and left unfixed, said on 2026-01-13, holds until 2027-01-01: next week\n"),
        "{text}"
    );
}

#[test]
fn notes_fit_into_a_release_of_github() {
    let lines: String = (0..9_000).map(|n| format!("package-with-a-long-name-{n}=1\n")).collect();
    let after = lines.replace("=1\n", "=2:1.2.3-4ubuntu5\n");
    let story = LogFixture::of("p").released("1", Some(&lines), json!({})).released("2", Some(&after), json!({}));
    let text = notes(&story, Layout::Priorities);
    assert!((100_000..=MOST).contains(&text.chars().count()), "{}", text.chars().count());
    let last = text.lines().last().expect("a line");
    assert!(last.contains("packages. All of it is in `release.json` and `packages`"), "{last}");
    assert!(last.contains("https://ci.example.org/"), "{last}");
}

/// A notice that the log opens, and what the team says of it.
fn answered(status: &str, statement: &str) -> LogFixture {
    LogFixture::of("p")
        .opened(notice(
            "USN-1-1",
            "a",
            "2026-01-01",
            &[("CVE-2026-10000", "low"), ("CVE-2026-9999", "medium")],
            &[("a", "5!")],
        ))
        .then(json!({"answered": {"notice": "USN-1-1", "status": status, "statement": statement, "until": null}}))
}

#[test]
fn what_stays_unfixed_by_decision_is_told_by_every_release() {
    let story = answered("affected", "Nobody uses it.").released("1", Some("a=4\n"), json!({}));
    let story = story.released("2", Some("a=4\n"), json!({}));
    let text = notes(&story, Layout::Priorities);
    assert!(text.contains("None is open, but 1 is left unfixed by decision."), "{text}");
    let item = "- **[USN-1-1](https://ubuntu.com/security/notices/USN-1-1): a** (medium)\n  \
        - [CVE-2026-9999](https://ubuntu.com/security/CVE-2026-9999), [CVE-2026-10000](https://ubuntu.com/security/CVE-2026-10000)\n  \
        - affected, and left unfixed, said on 2026-01-13: Nobody uses it.\n  - `a` `4`, needed: `5`\n  - only Ubuntu Pro has the fix\n";
    assert!(text.contains(item), "{text}");
}

#[test]
fn no_notice_stands_in_two_places() {
    let evidence = json!([{"package": "a", "have": "5", "need": "5"}]);
    let fixed = json!({"fixed": [{"notice": "USN-1-1", "evidence": evidence, "via": null}]});
    for (story, place) in [
        (answered("under_investigation", "We look.").released("1", Some("a=4\n"), json!({})), "## Still open"),
        (answered("affected", "No.").released("1", Some("a=5\n"), fixed), "## Fixed"),
    ] {
        for layout in Layout::ALL {
            let text = notes(&story, *layout);
            assert_eq!(text.matches("notices/USN-1-1)").count(), 1, "{place}, {layout}\n{text}");
            assert!(!text.contains("## Answered"), "{text}");
        }
        assert!(notes(&story, Layout::Priorities).contains(place));
    }
}

#[test]
fn an_inherited_fix_is_not_called_the_releases_own() {
    let text = notes(&rootfs(), Layout::Priorities);
    let said = "Fixes 2 security notices since 1.296.0, as its packages show. Inherits 1 more from what it contains. \
        1 more is claimed without evidence. 1 is still open.";
    assert!(text.contains(said), "{text}");
    let evidence = json!([{"package": "b", "have": "5", "need": "5"}]);
    let story = LogFixture::of("p").released("1", None, json!({"includes": {"base": "6"}})).released(
        "2",
        None,
        json!({"includes": {"base": "7", "tools": "1"}, "fixed": [{"notice": "USN-1-1", "evidence": evidence, "via": "base",
            "path": [{"product": "base", "version": "7"}, {"product": "root", "version": "3"}]}]}),
    );
    let text = notes(&story, Layout::Priorities);
    for said in [
        "Inherits 1 security fix since 1 from what it contains. None is open.",
        "From **base 7**, which contains **root 3**:",
        "  - `b` `5`\n",
        "- base `7`, before: `6`\n- tools `1`, new\n",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}

#[test]
fn a_release_without_packages_does_not_take_a_fix_for_kept() {
    let fixed = json!({"fixed": [{"notice": "USN-1-1", "evidence": [], "via": null}]});
    let story = LogFixture::of("p").opened(notice("USN-1-1", "a", "2026-01-01", &[], &[("a", "5")]));
    let story = story.opened(notice("USN-2-1", "b", "2026-01-01", &[], &[("b", "5!")]));
    let story = story.released("1", Some("a=5\n"), fixed).released("2", None, json!({"open": ["USN-2-1"]}));
    let text = notes(&story, Layout::Priorities);
    assert!(text.contains("nothing shows that what earlier releases settled stays so: 1 notice."), "{text}");
    assert!(text.contains("fixed by `b` `5` in Ubuntu Pro; which of them this release has was not recorded"), "{text}");
}
