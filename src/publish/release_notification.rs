//! A release in a few lines, for a chat message: its notes are far too long for one.

use super::chat::chat;
use super::notice_outcome::{NoticeOutcome, Reopened, Verdict};
use super::release::RecordedRelease;
use crate::text::{shortened, some_of};

/// How many fixed notices are named with their titles; the rest are counted.
const MOST_NAMED: usize = 5;
/// How much of a title is shown.
const TITLE: usize = 90;
/// The longest line: a title of invisible characters is longer once it can be read.
const LINE: usize = 200;

/// What the release fixes, worst first; what it takes back, and what stays open.
pub(super) fn release_notification(release: &RecordedRelease<'_>) -> String {
    let fixed = release.fixed();
    let (taken_back, open): (Vec<_>, Vec<_>) = release.outcomes.iter().filter(is_open).partition(is_taken_back);
    let inside = release.open_inside();
    let mut lines = vec![format!(
        "{} {}: {} fixed, {} open",
        release.product,
        release.version(),
        notices(fixed.len()),
        taken_back.len() + open.len() + inside.len()
    )];
    lines.extend(fixed.iter().take(MOST_NAMED).map(|outcome| named(outcome)));
    if fixed.len() > MOST_NAMED {
        lines.push(format!("and {} more", fixed.len() - MOST_NAMED));
    }
    if !taken_back.is_empty() {
        lines.push(format!("taken back, and open again: {}", ids(&taken_back)));
    }
    if !open.is_empty() {
        lines.push(format!("still open: {}", ids(&open)));
    }
    if !inside.is_empty() {
        let ids = some_of(inside.iter().map(|inside| inside.notice.to_string()));
        lines.push(format!("open in what it contains: {ids}"));
    }
    lines.into_iter().map(|line| shortened(&line, LINE) + "\n").collect()
}

fn is_open(outcome: &&NoticeOutcome<'_>) -> bool {
    matches!(outcome.verdict, Verdict::Open { .. })
}

/// Whether an earlier release had fixed it.
fn is_taken_back(outcome: &&NoticeOutcome<'_>) -> bool {
    matches!(outcome.verdict, Verdict::Open { why: Reopened::SetBack(_), .. })
}

fn named(outcome: &NoticeOutcome<'_>) -> String {
    let title = outcome.notice.map(|notice| chat(&shortened(&notice.title, TITLE))).filter(|title| !title.is_empty());
    let title = title.map(|title| format!(": {title}")).unwrap_or_default();
    format!("{} ({}){title}", outcome.id, outcome.priority())
}

fn ids(outcomes: &[&NoticeOutcome<'_>]) -> String {
    some_of(outcomes.iter().map(|outcome| outcome.id.to_string()))
}

fn notices(count: usize) -> String {
    if count == 1 { "1 notice".to_owned() } else { format!("{count} notices") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::fixture::{LogFixture, notice};
    use super::super::{Wording, release_files};

    fn fixed(number: usize) -> Value {
        json!({"notice": format!("USN-{number}-1"), "evidence": [{"package": "a", "have": "5", "need": "5"}], "via": null})
    }

    fn notification(story: &LogFixture) -> String {
        let history = story.history();
        let files = release_files(&story.facts(&history), &Wording::default()).expect("files");
        let (_, contents) = files.iter().find(|(name, _)| *name == "notification.txt").expect("the file");
        String::from_utf8(contents.to_vec()).expect("text")
    }

    /// A release that fixes so many notices of this title.
    fn many(count: usize, title: &str) -> LogFixture {
        let all = (1..=count).map(|number| {
            notice(&format!("USN-{number}-1"), title, "2026-01-01", &[("CVE-2026-0001", "high")], &[("a", "5")])
        });
        let story = all.fold(LogFixture::of("p"), LogFixture::opened);
        story.released("2.0.0", Some("a=5\n"), json!({"fixed": (1..=count).map(fixed).collect::<Vec<_>>()}))
    }

    #[test]
    fn a_release_is_told_in_a_few_lines() {
        let open = notice("USN-9-1", "libb vulnerability", "2026-01-01", &[], &[("b", "5")]);
        let story = LogFixture::of("p")
            .opened(notice("USN-1-1", "liba vulnerability", "2026-01-01", &[("CVE-2026-0001", "high")], &[("a", "5")]))
            .opened(open)
            .released("1.0.0", Some("a=5\nb=4\n"), json!({"fixed": [fixed(1)], "open": ["USN-9-1"]}));
        let expected = "p 1.0.0: 1 notice fixed, 1 open\nUSN-1-1 (high): liba vulnerability\nstill open: USN-9-1\n";
        assert_eq!(notification(&story), expected);
        let story = story.released(
            "1.1.0",
            Some("a=4\nb=5\n"),
            json!({"fixed": [{"notice": "USN-9-1",
            "evidence": [{"package": "b", "have": "5", "need": "5"}], "via": null}]}),
        );
        let expected = "p 1.1.0: 1 notice fixed, 1 open\nUSN-9-1 (unknown): libb vulnerability\ntaken back, and open again: USN-1-1\n";
        assert_eq!(notification(&story), expected);
        let nothing = LogFixture::of("p").released("1", Some("a=5\n"), json!({}));
        assert_eq!(notification(&nothing), "p 1: 0 notices fixed, 0 open\n");
        let seven = notification(&many(7, "x"));
        assert!(seven.starts_with("p 2.0.0: 7 notices fixed, 0 open\nUSN-1-1 (high): x\n"), "{seven}");
        assert!(seven.ends_with("USN-5-1 (high): x\nand 2 more\n"), "{seven}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn it_always_fits_a_chat_message_and_mentions_nobody(count in 0_usize..60, title in "(\\PC|[\u{202e}<>@`\\n]){0,300}") {
            let text = notification(&many(count, &title));
            prop_assert!(text.chars().count() <= 1500, "{}", text.chars().count());
            prop_assert!(!text.contains(['<', '>', '@', '\u{202e}']), "{text}");
            prop_assert!(text.lines().count() <= 9, "{text}");
        }
    }
}
