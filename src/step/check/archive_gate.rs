//! The gate of a first opening: a notice whose fix isn't in the archive yet waits, since a rebuild would lack it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::gather::is_new;
use crate::concourse::Context;
use crate::config::NoticesSource;
use crate::notice::{DEB, NoticeId, NoticeSummary};
use crate::product::{Comparison, Judgement, kernel_family};
use crate::step::upstream_client::UpstreamClient;
use crate::text::some_of;
use crate::tracker::{Due, LogState};
use crate::upstream::archive::{ArchiveAnswer, ArchiveClient, WantedPackage};

/// How long after its publication a notice waits at most.
const PATIENCE: SignedDuration = SignedDuration::from_hours(2 * 24);

/// How far back a check looks at least, from the newest opening: a notice that waits must not fall out of a shorter window. Of
/// one that is known to the day only, the hours of that day come on top.
const LOOKS_BACK: SignedDuration = SignedDuration::from_hours(3 * 24);

/// How far a time of publication may be ahead of our clock. What is dated later would wait for ever.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// How many notices that wait are told in full.
const MOST_TOLD: usize = 5;

/// Where the window begins that is looked at from `base` on.
pub(super) fn since(source: &NoticesSource, base: Timestamp) -> Timestamp {
    let since = source.common.window.before(base);
    match &source.common.archive {
        Some(_) => since.min(base.saturating_sub(LOOKS_BACK).unwrap_or(Timestamp::MIN)),
        None => since,
    }
}

/// The gate, in one check.
pub(super) struct ArchiveGate<'a> {
    client: Option<ArchiveClient<'a>>,
    now: Timestamp,
    /// The notices that wait, with what the archive lacks.
    held: BTreeMap<NoticeId, String>,
    /// Those that are opened though the archive lacks the fix, with what it lacks.
    late: BTreeMap<NoticeId, String>,
    /// Those of which it couldn't be asked, with why.
    unasked: BTreeMap<NoticeId, String>,
    /// Those whose fix apt doesn't give to all machines yet.
    phased: BTreeMap<NoticeId, String>,
}

impl<'a> ArchiveGate<'a> {
    /// A gate that has asked nothing yet; open, if the source names no archive.
    ///
    /// # Errors
    /// If there is no way to ask, as for the sources of notices.
    pub(super) fn new(
        context: &Context<'_>,
        source: &'a NoticesSource,
        client: &'a UpstreamClient,
    ) -> Result<ArchiveGate<'a>> {
        let client = match &source.common.archive {
            Some(archive) => {
                let http = client.archive_http(context, &source.common)?;
                Some(ArchiveClient::new(archive, http, client.folder(), context.now))
            }
            None => None,
        };
        let (held, late, unasked, phased) = Default::default();
        Ok(ArchiveGate { client, now: context.now, held, late, unasked, phased })
    }

    /// Asks for all that is due at once, so that what follows finds its answers.
    pub(super) fn ask(&mut self, all_due: impl FnOnce() -> Vec<(NoticeSummary, Due, Judgement)>, log_state: &LogState) {
        let Some(client) = &mut self.client else { return };
        let (mut patient, mut others) = (Vec::new(), Vec::new());
        for (facts, due, judgement) in all_due() {
            // Of others the log may have the flaw already, and then they are not opened.
            if is_new(facts.id, log_state) {
                continue;
            }
            let wanted = wanted(&facts, due, &judgement, log_state);
            if waits(&facts, self.now) { patient.extend(wanted) } else { others.extend(wanted) }
        }
        client.ask(&patient, true);
        client.ask(&others, false);
    }

    /// Forgets what was held, since the log is judged anew.
    pub(super) fn start_over(&mut self) {
        for notices in [&mut self.held, &mut self.late, &mut self.unasked, &mut self.phased] {
            notices.clear();
        }
    }

    /// Whether a notice that is due has to wait.
    pub(super) fn holds(
        &mut self,
        facts: &NoticeSummary,
        due: Due,
        judgement: &Judgement,
        log_state: &LogState,
    ) -> bool {
        let Some(client) = &mut self.client else { return false };
        let wanted = wanted(facts, due, judgement, log_state);
        let waits = waits(facts, self.now);
        let answers = client.ask(&wanted, waits);
        let (mut lacking, mut phased, mut failure) = (Vec::new(), Vec::new(), None);
        for (wanted, answer) in wanted.iter().zip(answers) {
            match answer {
                Ok(ArchiveAnswer::There { phased: None }) => {}
                Ok(ArchiveAnswer::There { phased: Some(percentage) }) => {
                    phased.push(format!("{wanted} {percentage} %"))
                }
                Ok(ArchiveAnswer::NotThere { newest: Some((_, suite)), without_file: true }) => {
                    lacking.push(format!("{wanted} (named in {suite}, but the file isn't there)"));
                }
                Ok(ArchiveAnswer::NotThere { newest: Some((version, suite)), .. }) => {
                    lacking.push(format!("{wanted} ({suite} has {version})"));
                }
                Ok(ArchiveAnswer::NotThere { newest: None, .. }) => {
                    lacking.push(format!("{wanted} (no suite has any)"))
                }
                Err(error) => failure = Some(error),
            }
        }
        let id = facts.id;
        if !lacking.is_empty() {
            let lacking = some_of(lacking.into_iter());
            let place = if waits { &mut self.held } else { &mut self.late };
            place.insert(id, lacking);
            return waits;
        }
        if let Some(failure) = failure {
            self.unasked.insert(id, failure);
        } else if !phased.is_empty() {
            self.phased.insert(id, some_of(phased.into_iter()));
        }
        false
    }

    /// The notices that wait.
    pub(super) fn held(&self) -> BTreeSet<NoticeId> {
        self.held.keys().copied().collect()
    }

    /// Those whose fix apt gives only to some machines on an upgrade, each with how many.
    pub(super) fn phased(&self) -> Vec<String> {
        self.phased.iter().map(|(id, packages)| format!("{id}: {packages}")).collect()
    }

    /// Says what waits for what, and what was opened without the archive.
    pub(super) fn tell(&self, context: &mut Context<'_>) {
        for (id, lacking) in self.held.iter().take(MOST_TOLD) {
            context.output.info(format!("{id} waits until the archive has {lacking}"));
        }
        for (id, lacking) in self.late.iter().take(MOST_TOLD) {
            context.output.warn(format!(
                "{id} is opened more than two days after its publication, though the archive lacks {lacking}"
            ));
        }
        if self.late.len() > MOST_TOLD {
            context.output.warn(format!("so it is with {} more", self.late.len() - MOST_TOLD));
        }
        if let Some(why) = self.unasked.values().next() {
            let ids = some_of(self.unasked.keys().map(ToString::to_string));
            context.output.warn(format!("opened without the archive's word, since it can't be asked: {ids}; {why}"));
        }
        for warning in self.client.iter().flat_map(|client| &client.warnings) {
            context.output.warn(warning);
        }
    }
}

/// Whether a notice may wait still.
fn waits(facts: &NoticeSummary, now: Timestamp) -> bool {
    let until = facts.published.latest().saturating_add(PATIENCE).unwrap_or(Timestamp::MAX);
    now < until && facts.published.instant() <= now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX)
}

/// What the archive has to have before a notice is opened for the first time: each package that is installed and too old, but
/// for those whose fix only Ubuntu Pro has.
fn wanted(facts: &NoticeSummary, due: Due, judgement: &Judgement, log_state: &LogState) -> Vec<WantedPackage> {
    let Judgement::Actionable(too_old) = judgement else { return Vec::new() };
    if due.opening != 1 || due.fixed || !log_state.openings(facts.id).is_empty() {
        return Vec::new();
    }
    let asked_for =
        |compared: &&Comparison| !compared.pro && !compared.need.is_none_yet() && compared.package.ecosystem() == DEB;
    let wanted = |compared: &Comparison| WantedPackage {
        package: compared.package.clone(),
        need: compared.need.clone(),
        family: kernel_family(compared.package.as_str()),
    };
    too_old.iter().filter(asked_for).map(wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::{NoticeHeader, Priority};

    #[test]
    fn a_notice_waits_for_two_days_after_the_last_instant_of_its_publication_and_not_for_the_future() {
        let now: Timestamp = "2026-01-20T12:00:00Z".parse().expect("a time");
        for (published, expected) in [
            ("2026-01-20T11:00:00Z", true),
            ("2026-01-18T12:00:01Z", true),
            ("2026-01-18T12:00:00Z", false),
            ("2026-01-18", true),
            ("2026-01-17", false),
            ("2026-01-16", false),
            ("2026-01-21T11:00:00Z", true),
            ("2026-01-21T13:00:00Z", false),
            ("9999-12-31T23:59:59Z", false),
        ] {
            let (id, day) = ("USN-1-1".parse().expect("an id"), published.parse().expect("a time"));
            let header = NoticeHeader { id, published: day, priority: Priority::High, severity: None, has_cves: true };
            assert_eq!(waits(&NoticeSummary { header, fixes: Vec::new() }, now), expected, "{published}");
        }
    }
}
