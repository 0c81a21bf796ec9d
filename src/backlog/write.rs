//! Writing what was planned.

use anyhow::Result;

use super::pace::{estimate, in_words};
use super::{Action, Backlog, IssueGone, IssueRefused, Planned, SyncReport};
use crate::text::count;

/// So many writes are told one by one; of more, how far they are.
const TOLD: usize = 12;
/// After so many refusals in a row no further issue is tried.
const MOST_REFUSED: usize = 3;
/// How often to tell how far it is.
const PARTS: usize = 10;

/// How many issues and comments are made by it, and how many other writes it takes.
fn cost(planned: &[Planned]) -> (usize, usize) {
    let one = |planned: &Planned| match &planned.action {
        Action::Create(_) => (1, 0),
        Action::Update { comments, add, remove, .. } => {
            (comments.len(), 1 + usize::from(!add.is_empty()) + remove.len())
        }
    };
    planned.iter().map(one).fold((0, 0), |(a, b), (c, d)| (a + c, b + d))
}

/// Writes it, one after the other, and tells how far it is.
///
/// # Errors
/// If something can't be written. What was written until then stays.
pub(super) fn write(
    backlog: &dyn Backlog,
    planned: &[Planned],
    round: usize,
    tell: &dyn Fn(String),
    report: &mut SyncReport,
) -> Result<()> {
    let (creates, others) = cost(planned);
    let one_by_one = planned.len() <= TOLD;
    if round == 0 {
        tell(format!(
            "{}: {} to be written, which takes {} at least",
            backlog.place(),
            count(planned.len(), "issue"),
            in_words(estimate(creates, others))
        ));
    }
    let mut refused: Vec<anyhow::Error> = Vec::new();
    let mut in_a_row = 0;
    for (nth, one) in planned.iter().enumerate() {
        in_a_row += 1;
        match act(backlog, &one.action, report) {
            Err(error) if error.is::<IssueGone>() => tell(format!("{}: {error}", one.key)),
            // What one issue is refused may be its own matter; what each is, is not.
            Err(error) if error.is::<IssueRefused>() => {
                refused.push(error);
                if in_a_row >= MOST_REFUSED {
                    break;
                }
                continue;
            }
            done => done?,
        }
        in_a_row = 0;
        let (part, before) = ((nth + 1) * PARTS / planned.len(), nth * PARTS / planned.len());
        if one_by_one {
            tell(one.line.clone());
        } else if part != before {
            tell(format!("{} of {} issues are written", nth + 1, planned.len()));
        }
    }
    let count = refused.len();
    match refused.into_iter().next() {
        None => Ok(()),
        Some(first) if count == 1 => Err(first),
        Some(first) => Err(first.context(format!("{count} issues could not be written; of the first"))),
    }
}

fn act(backlog: &dyn Backlog, action: &Action, report: &mut SyncReport) -> Result<()> {
    match action {
        Action::Create(draft) => {
            let issue = backlog.create(draft)?;
            report.created += 1;
            // With a new issue only who may push sets labels; afterwards triage rights are enough.
            let missing = absent(&draft.labels, &issue.labels);
            if !missing.is_empty() && !report.labels_refused {
                report.labels_refused = !backlog.label(issue.number, &missing, &[])?;
            }
        }
        Action::Update { number, comments, add, remove, change } => {
            let mut change = change.clone();
            for comment in comments {
                let is_made = backlog.comment(*number, comment)?;
                change.part.told.comments -= u64::from(!is_made);
            }
            if !add.is_empty() || !remove.is_empty() {
                report.labels_refused |= !backlog.label(*number, add, remove)?;
            }
            backlog.change(*number, &change)?;
            report.updated += 1;
        }
    }
    Ok(())
}

/// Which labels are not there. GitHub doesn't tell upper and lower case apart.
fn absent(labels: &[String], there: &[String]) -> Vec<String> {
    let is_there = |label: &String| there.iter().any(|there| there.to_lowercase() == label.to_lowercase());
    labels.iter().filter(|label| !is_there(label)).cloned().collect()
}
