//! The `in` step: the files of a notice, or of a release.

use anyhow::{Context as _, Result, anyhow, bail};

use super::open_tracker::store;
use super::other_notices::OtherSources;
use super::upstream_client::{UpstreamClient, folder};
use super::{backlog, status};
use crate::concourse::{Context, Facts, GivenVersion, NoticeVersion, ReleaseRef, StepAnswer};
use crate::config::{NoticesSource, ReleasesSource, Source, Tracked};
use crate::notice::Notice;
use crate::publish::{Files, ReleaseFacts, Wording, notice_files, release_files};
use crate::text::{count, some_of};
use crate::tracker::{Body, History, Log, LogState, Opened, OpenedEntry, OpeningId};

/// Writes the files of the given version to the folder in the first argument, and answers with the version and metadata.
///
/// # Errors
/// If the request is wrong, nobody knows the version, or the files can't be written; no file is left then.
pub fn fetch(context: &mut Context<'_>) -> Result<StepAnswer> {
    let (source, params) = context.source_and_in_params()?;
    let folder = context.folder()?.to_owned();
    let (files, facts) = match &source {
        Source::Notices(source) => notice(context, source)?,
        Source::Releases(source) => release(context, source, &params.wording)?,
        Source::Status(source) => status::fetch(context, source, &params)?,
        Source::Backlog(source) => backlog::fetch(context, source)?,
    };
    files.write(&folder)?;
    // The version goes back as it came: Concourse keeps the metadata under the version that is answered.
    context.answer(&context.request.version, facts)
}

fn notice(context: &mut Context<'_>, source: &NoticesSource) -> Result<(Files, Facts)> {
    let id = match NoticeVersion::given(context.request.version.as_deref()) {
        GivenVersion::Version(version) => OpeningId { notice: version.id, number: version.opening },
        GivenVersion::None => bail!("there is no version to get; Concourse sends the one that a check found"),
        GivenVersion::Strange(version) => {
            bail!("the version {version} names no notice; one looks like {{\"notice\": \"USN-7886-1\"}}")
        }
    };
    if let Some(tracked) = &source.tracked
        && let Some(opened) = logged(context, tracked, source, id)?
    {
        let product = tracked.product.as_str();
        let files = notice_files(&opened.notice, Some((product, &opened)))?;
        let facts = notice_facts(context, &opened.notice, Some(&opened));
        return Ok((files, facts));
    }
    let notice = from_upstream(context, source, id)?;
    Ok((notice_files(&notice, None)?, notice_facts(context, &notice, None)))
}

/// The event of the opening, if the log has one: the first that this resource emits, which is what a get must always answer
/// with.
fn logged(context: &Context<'_>, tracked: &Tracked, source: &NoticesSource, id: OpeningId) -> Result<Option<Opened>> {
    let store = store(context, &source.common, &tracked.tracker)?;
    let log = Log::read(store.as_ref(), &tracked.product, &folder(context)?)?;
    let log_state: &LogState = log.state();
    let Some(opening) = log_state.openings(id.notice).iter().find(|opening| opening.number == id.number) else {
        return Ok(None);
    };
    let matching = || log_state.opened(opening).filter(|event| event.matches(&source.filter));
    let emitted = matching().find(OpenedEntry::is_shown);
    let Some(found) = emitted.or_else(|| matching().next()).or_else(|| log_state.opened(opening).next()) else {
        return Ok(None);
    };
    match log.event(found.entry)?.body {
        Body::Opened(opened) => Ok(Some(*opened)),
        _ => Ok(None),
    }
}

fn from_upstream(context: &mut Context<'_>, source: &NoticesSource, id: OpeningId) -> Result<Notice> {
    if id.number != 1 {
        bail!(
            "{} has no opening {} in the log; was the tracker or the product of the source changed?",
            id.notice,
            id.number
        );
    }
    let client = UpstreamClient::new(context, &source.common)?;
    if !id.notice.is_usn() {
        let mut others = OtherSources::new(context, &source.common, &client, None).ask();
        others.warnings.iter().for_each(|warning| context.output.warn(warning));
        let told = others.notices.remove(&id.notice).with_context(|| {
            format!(
                "no source of notices tells of {}; it was withdrawn, or the tracker of the source was changed",
                id.notice
            )
        });
        return told?.text.whole();
    }
    let os = source.os.as_ref().with_context(|| format!("source.os is needed to look {} up", id.notice))?;
    let upstream = client.upstream(context, &source.common, Some(os));
    let (notice, warnings) = upstream.notice(id.notice)?;
    warnings.iter().for_each(|warning| context.output.warn(warning));
    notice.ok_or_else(|| {
        anyhow!(
            "no source of notices knows {} for {}; it was withdrawn, or never concerned this release of Ubuntu",
            id.notice,
            os
        )
    })
}

fn notice_facts(context: &mut Context<'_>, notice: &Notice, opened: Option<&Opened>) -> Facts {
    let severity = notice.severity().map_or("unknown", |severity| severity.as_str());
    context.output.info(format!("{} ({}): {}", notice.id, notice.priority(), notice.title));
    let mut facts = vec![
        ("title", format!("{}: {}", notice.id, notice.title)),
        ("priority", notice.priority().to_string()),
        ("severity", severity.to_owned()),
        ("published", notice.published.to_string()),
        ("os", notice.release.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("cves", some_of(notice.cves.iter().map(|cve| cve.id.to_string()))),
        ("packages", some_of(notice.fixes.iter().map(|fix| format!("{}={}", fix.package, fix.version)))),
    ];
    if let Some(opened) = opened {
        let installed = opened.packages.iter().map(|c| format!("{} {} (needs {})", c.package, c.have, c.need));
        facts.push(("opening", opened.opening.to_string()));
        facts.push(("installed", some_of(installed)));
    }
    facts.push(("url", notice.page().unwrap_or_default()));
    facts
}

fn release(context: &mut Context<'_>, source: &ReleasesSource, wording: &Wording) -> Result<(Files, Facts)> {
    let product = &source.tracked.product;
    let version = match ReleaseRef::given(context.request.version.as_deref()) {
        GivenVersion::Version(version) => version.release,
        GivenVersion::None => bail!("there is no version to get; Concourse sends the one that a check found"),
        GivenVersion::Strange(version) => {
            bail!("the version {version} names no release; one looks like {{\"release\": \"1.297.0\"}}")
        }
    };
    let store = store(context, &source.common, &source.tracked.tracker)?;
    let log = Log::read(store.as_ref(), product, &folder(context)?)?;
    let release = log
        .state()
        .releases()
        .find(|release| release.released.version.as_str() == version)
        .with_context(|| format!("the log of {product} has no release {version}; record it with a put first"))?;
    // Nothing that came into the log later counts, so the files are always the same.
    let history = History::read(&log, release.entry.seq)?;
    let (event, released) =
        history.release().with_context(|| format!("the log of {product} has no release {version}"))?;
    let packages = released.packages.map(|digest| log.packages(digest)).transpose()?;
    let before =
        history.below().into_iter().find_map(|below| Some((below.released.version.clone(), below.released.packages?)));
    let before =
        before.map(|(version, digest)| Ok::<_, anyhow::Error>((version, log.packages(digest)?))).transpose()?;
    let known = ReleaseFacts { history: &history, timelines: history.before_release(), packages, before };
    let wording = Wording { apart: context.program.clone(), ..wording.clone() };
    let files = release_files(&known, &wording)?;
    context.output.info(format!(
        "{product} {version}: {} fixed, {} open",
        count(released.fixed.len(), "notice"),
        released.all_open().count()
    ));
    let facts = vec![
        ("product", product.to_string()),
        ("version", version),
        ("recorded", event.at.to_string()),
        ("fixed", some_of(released.fixed.iter().map(|fixed| fixed.notice.to_string()))),
        ("open", some_of(released.all_open().map(|id| id.to_string()).collect::<Vec<_>>().into_iter())),
        ("includes", some_of(released.includes.iter().map(|(product, version)| format!("{product} {version}")))),
        ("build", event.by.url.clone().unwrap_or_default()),
    ];
    Ok((files, facts))
}
