//! What the team said instead of a fix.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::fixes::{lacking, too_old};
use super::items::item;
use super::sheet::{NotesBlock, Sheet};
use crate::notice::NoticeId;
use crate::product::Standing as Compared;
use crate::publish::notice_outcome::{NoticeOutcome, Verdict};
use crate::publish::release::RecordedRelease;
use crate::publish::text::markdown_words;
use crate::tracker::{Answered, Status};

/// How much of a team's statement is shown.
const STATEMENT: usize = 2_000;

/// An answer that holds, with what it is about.
type HoldingAnswer<'r, 'a> = (&'r NoticeOutcome<'a>, &'a Answered, Timestamp);

/// The answers that hold: all that leave something unfixed, since a reader has to know of those, and of the others what was
/// said since the release before. What is open all the same stands there.
pub(super) fn answered(sheet: &mut Sheet, release: &RecordedRelease<'_>) {
    let new: BTreeSet<NoticeId> = release.answers().into_iter().map(|(answer, _)| answer.notice).collect();
    let mut answers: Vec<HoldingAnswer<'_, '_>> = standing(release)
        .filter(|(outcome, answer, _)| answer.status == Status::Affected || new.contains(&outcome.id))
        .collect();
    if answers.is_empty() {
        return;
    }
    answers.sort_by_key(|(outcome, answer, _)| {
        (answer.status != Status::Affected, Reverse(outcome.priority()), outcome.id)
    });
    sheet.paragraph("## Answered");
    for (outcome, answer, at) in answers {
        let below = std::iter::once(words(answer, Some(at))).chain(packages(release, outcome)).collect();
        sheet.add(NotesBlock::Notice, item(outcome, below));
    }
    sheet.gap();
}

/// How many notices stay unfixed because the team said so.
pub(super) fn left_unfixed(release: &RecordedRelease<'_>) -> usize {
    standing(release).filter(|(_, answer, _)| answer.status == Status::Affected).count()
}

fn standing<'r, 'a>(release: &'r RecordedRelease<'a>) -> impl Iterator<Item = HoldingAnswer<'r, 'a>> {
    release.outcomes.iter().filter_map(|outcome| match outcome.verdict {
        Verdict::Answered { answer, at } => Some((outcome, answer, at)),
        _ => None,
    })
}

/// What is installed and needed of an answered notice.
fn packages(release: &RecordedRelease<'_>, outcome: &NoticeOutcome<'_>) -> Vec<String> {
    let Some(notice) = outcome.notice else { return Vec::new() };
    match release.packages {
        Some(packages) => too_old(&Compared::of(&notice.fixes, packages).map(Compared::too_old).unwrap_or_default()),
        None => lacking(release, Some(notice)).into_iter().collect(),
    }
}

/// What an answer says, with the reason; the team's own words come last, since they may end in any way.
pub(super) fn words(answer: &Answered, at: Option<Timestamp>) -> String {
    let mut words = match answer.status {
        Status::NotAffected => "not affected",
        Status::Affected => "affected, and left unfixed",
        Status::UnderInvestigation => "under investigation",
    }
    .to_owned();
    if let Some(justification) = answer.justification {
        words.push_str(&format!(" ({})", justification.as_str().replace('_', " ")));
    }
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    if let Some(at) = at {
        words.push_str(&format!(", said on {}", day(at)));
    }
    if let Some(until) = answer.until {
        words.push_str(&format!(", holds until {}", day(until)));
    }
    if let Some(statement) = answer.statement.as_deref().filter(|statement| !statement.trim().is_empty()) {
        words.push_str(&format!(": {}", markdown_words(statement, STATEMENT)));
    }
    words
}
