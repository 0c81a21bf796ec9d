//! What all sources of a resource tell.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::scope::CheckScope;
use crate::concourse::Context;
use crate::config::NoticesSource;
use crate::notice::{Notice, NoticeId, NoticeSummary};
use crate::step::other_notices::other_notices;
use crate::step::upstream_client::UpstreamClient;
use crate::upstream::Gathered;

/// What all sources tell.
pub(super) struct AllNotices<'a> {
    /// The notices: those of Ubuntu, and all others.
    pub(super) gathered: Gathered<'a>,
    /// Those that whoever published them took back, with their words.
    pub(super) withdrawn: BTreeMap<NoticeId, String>,
}

/// Asks all sources that are on.
///
/// # Errors
/// If there are some, and none answers. One that fails is a warning, and contributes what it last gave.
pub(super) fn gather<'a>(
    context: &Context<'_>,
    source: &'a NoticesSource,
    client: &'a UpstreamClient,
    scope: &mut CheckScope<'_>,
) -> Result<AllNotices<'a>> {
    let upstream = client.upstream(context, &source.common, source.os.as_ref());
    let others = other_notices(context, &source.common, client, scope.current.as_ref());
    let asked_others = !source.common.osv.is_empty() || !source.common.dependencies.is_empty();
    let mut gathered = match upstream.gather(scope.since, scope) {
        Ok(gathered) => gathered,
        // Others answer, so this is no failure of all.
        Err(error) if others.answered > 0 => {
            let mut gathered = upstream.nothing();
            gathered.warnings.push(format!("{error:#}"));
            gathered
        }
        Err(error) => {
            bail!(std::iter::once(format!("{error:#}")).chain(others.warnings).collect::<Vec<_>>().join("\n"))
        }
    };
    let ubuntu_is_asked = source.os.is_some() && !source.common.upstream.is_off();
    if asked_others && others.answered == 0 && !ubuntu_is_asked {
        bail!("no source of notices answers\n{}", others.warnings.join("\n"));
    }
    gathered.warnings.extend(others.warnings);
    gathered.add(others.notices.into_values(), scope);
    Ok(AllNotices { gathered, withdrawn: others.withdrawn })
}

/// The facts of a notice, as far as they are told or logged.
pub(super) fn is_new(facts: &NoticeSummary, log: &crate::tracker::LogState) -> bool {
    !facts.id.is_usn() && log.timeline(facts.id).is_none()
}

/// Of the notices that are to be opened, those that are the same flaw as another one of them. One of Ubuntu's never is.
pub(super) fn twins(notices: &[&Notice], nth: usize, current: Option<&crate::product::Packages>) -> Vec<NoticeId> {
    let Some(notice) = notices.get(nth) else { return Vec::new() };
    let others = notices.iter().enumerate().filter(|(other, known)| *other < nth || known.id.is_usn());
    crate::tracker::same_flaw_among(others.map(|(_, known)| *known), notice, current)
}
