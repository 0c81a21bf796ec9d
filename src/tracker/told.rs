//! What a log was told of a notice, beside what is told today.
//!
//! Sources disagree, and resources with different sources share a log. So that they can't write in turns for ever, today's
//! facts count only as far as they are news: what the log was told before, and has been told otherwise since, is none.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::LogState;
use crate::notice::{AffectedRange, Fix, InRelease, Notice, NoticeSummary, reaches};

/// Today's facts, where each version that the log has replaced by a later event gives way to the newest one of the log.
pub fn with_news_only<'a>(log_state: &LogState, facts: &'a NoticeSummary) -> Cow<'a, NoticeSummary> {
    let mut facts = Cow::Borrowed(facts);
    if log_state.opened_of(facts.id).nth(1).is_none() {
        return facts;
    }
    let events: Vec<Vec<Fix>> = log_state.opened_of(facts.id).map(|event| event.fixes()).collect();
    let Some((newest, earlier)) = events.split_last() else { return facts };
    for nth in 0..facts.fixes.len() {
        let fix = &facts.fixes[nth];
        let was_told = earlier.iter().flatten().any(|told| told.package == fix.package && told.version == fix.version);
        let higher =
            newest.iter().find(|told| told.package == fix.package && told.pro == fix.pro && is_above(told, fix));
        if let Some(higher) = higher.filter(|_| was_told) {
            facts.to_mut().fixes[nth].version = higher.version.clone();
        }
    }
    facts
}

/// Whether today's facts say more than any event of the notice's last opening: a package, a higher version, a graver rating.
pub fn has_grown(log_state: &LogState, facts: &NoticeSummary) -> bool {
    let Some(last) = log_state.openings(facts.id).last() else { return false };
    let events: Vec<_> = log_state.opened(last).collect();
    if events.iter().all(|event| event.opened.priority < facts.priority)
        || events.iter().all(|event| event.opened.severity < facts.severity)
    {
        return true;
    }
    if facts.fixes.is_empty() {
        return false;
    }
    let told: Vec<Fix> = events.iter().flat_map(|event| event.fixes()).collect();
    let other = |told: &Fix, fix: &Fix| told.package != fix.package || told.version.line() != fix.version.line();
    let is_told = |fix: &Fix, range: &AffectedRange| {
        told.iter().any(|told| told.package == fix.package && told.ranges.contains(range))
    };
    facts.fixes.iter().any(|fix| {
        told.iter().all(|told| other(told, fix) || is_above(fix, told))
            || fix.ranges.iter().any(|range| !is_told(fix, range))
    })
}

/// The notice as it is told today, and what the log was told of it besides: packages, ranges of versions, other ids and CVEs that
/// no source names today.
pub fn with_earlier(mut notice: Notice, earlier: &Notice) -> Notice {
    for fix in notice.fixes.iter_mut().filter(|fix| !fix.ranges.is_empty()) {
        let known = earlier.fixes.iter().filter(|known| known.package == fix.package).flat_map(|known| &known.ranges);
        // What had no fix then has one now.
        let has_ended = |known: &AffectedRange| {
            let same = fix.ranges.iter().filter(|range| range.introduced == known.introduced);
            known.is_without_end() && same.into_iter().any(|range| !range.is_without_end())
        };
        let missing: Vec<_> = known.filter(|known| !has_ended(known)).cloned().collect();
        fix.add_ranges(missing);
    }
    let missing: Vec<_> = earlier.aliases.iter().filter(|id| !notice.aliases.contains(id)).copied().collect();
    notice.aliases.extend(missing);
    notice.own_priority = notice.own_priority.max(earlier.own_priority);
    notice.own_severity = notice.own_severity.max(earlier.own_severity);
    let packages: BTreeSet<_> = notice.fixes.iter().map(|fix| fix.package.clone()).collect();
    let missing = earlier.fixes.iter().filter(|fix| !packages.contains(&fix.package)).cloned();
    notice.fixes.extend(missing.collect::<Vec<_>>());
    notice.fixes.sort();
    for cve in &earlier.cves {
        match notice.cves.iter_mut().find(|known| known.id == cve.id) {
            Some(known) if known.severity.is_none() => known.severity = cve.severity,
            Some(_) => {}
            None => {
                notice.cves.push(cve.clone());
                // What didn't concern the release then doesn't rate it now.
                let told = earlier.in_release.as_ref().filter(|told| told.unconcerned.contains(&cve.id));
                if let Some(told) = told {
                    let asked = InRelease { asked: told.asked, unconcerned: BTreeSet::new(), unfixed: Vec::new() };
                    notice.in_release.get_or_insert(asked).unconcerned.insert(cve.id.clone());
                }
            }
        }
    }
    notice
}

/// Whether it asks for a higher version.
fn is_above(fix: &Fix, other: &Fix) -> bool {
    fix.version != other.version && reaches(&fix.package, &other.version, &fix.version) == Some(false)
}
