//! What all sources of a resource tell.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::thread;

use anyhow::{Result, bail};

use super::scope::CheckScope;
use crate::concourse::Context;
use crate::config::NoticesSource;
use crate::notice::NoticeId;
use crate::step::other_notices::OtherSources;
use crate::step::upstream_client::UpstreamClient;
use crate::tracker::LogState;
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
    let others = OtherSources::new(context, &source.common, client, scope.current.as_ref());
    // At once, since one that keeps silent has the time of all.
    let (ubuntu, others) = thread::scope(|threads| {
        let others = threads.spawn(|| others.ask());
        let ubuntu = upstream.gather(scope.since, scope);
        (ubuntu, others.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    let asked_others = !source.common.osv.is_empty() || !source.common.dependencies.is_empty();
    let mut gathered = match ubuntu {
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

/// Whether a notice that isn't Ubuntu's is new to the log, so that it may be a flaw that the log has under another id.
pub(super) fn is_new(id: NoticeId, log_state: &LogState) -> bool {
    !id.is_usn() && log_state.timeline(id).is_none()
}
