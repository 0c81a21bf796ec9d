//! What a check says of the notices that it opened.

use std::cmp::Reverse;

use anyhow::Result;

use crate::concourse::Context;
use crate::text::count;
use crate::tracker::OpenedSummary;
use crate::upstream::Gathered;

/// How many opened notices are named, so that a first check doesn't bury what matters.
const MOST_NAMED: usize = 10;

/// Names what was recorded, the gravest first, and counts the rest.
pub(super) fn tell_opened(
    context: &mut Context<'_>,
    gathered: &mut Gathered,
    mut opened: Vec<&OpenedSummary>,
) -> Result<()> {
    opened.sort_by_key(|opened| (Reverse(opened.priority), opened.notice));
    let is_open = |opened: &&OpenedSummary| opened.fixed_in.is_none() && opened.shown;
    let (open, known): (Vec<_>, Vec<_>) = opened.into_iter().partition(is_open);
    if open.len() > MOST_NAMED {
        context.output.info(format!("opened {}; the gravest {MOST_NAMED} are:", count(open.len(), "notice")));
    }
    for opened in open.iter().take(MOST_NAMED) {
        let title = gathered.notice(opened.notice)?.map(|notice| notice.title).unwrap_or_default();
        context.output.info(format!("opened {} ({}): {title}", opened.notice, opened.priority));
    }
    for opened in known.iter().take(MOST_NAMED) {
        context.output.info(match &opened.fixed_in {
            Some(version) => format!("{} was already fixed in {version}: recorded", opened.notice),
            None => format!("{} asks for more than was known: recorded", opened.notice),
        });
    }
    if known.len() > MOST_NAMED {
        let more = count(known.len() - MOST_NAMED, "more notice");
        context.output.info(format!("{more} recorded, of which nothing waits for a rebuild"));
    }
    Ok(())
}
