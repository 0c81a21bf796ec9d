//! A put of notices that the team opens itself.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::concourse::{Context, Facts};
use crate::config::{BuildPath, Source};
use crate::files;
use crate::notice::{Notice, NoticeOrigin};
use crate::step::open_notices::{OpenNotices, Outcome};
use crate::text::{count, some_of};
use crate::tracker::Log;
use crate::upstream::osv::{notice_of, record};

/// The largest OSV record, in bytes; the largest real ones have some 300 kB.
const LARGEST: u64 = 8 << 20;

/// The most records of one put.
const MOST_RECORDS: usize = 1_000;

/// Opens the notices in these files, unless the log has them.
pub(super) fn open(
    context: &mut Context<'_>,
    source: &Source,
    log: &mut Log<'_>,
    build: &Path,
    params: &[BuildPath],
) -> Result<Facts> {
    let notices = read(context, build, params)?;
    let opening = OpenNotices { notices: &notices, release: None, by_people: true };
    let outcomes = opening.append(context, log)?;
    for (notice, outcome) in notices.iter().zip(&outcomes) {
        context.output.info(format!("{} ({}): {}", notice.id, rating(notice), outcome.told(log.product())));
    }
    if let Source::Notices(source) = source {
        let is_shown = |outcome: &Outcome| matches!(outcome, Outcome::Opened);
        let unmatched = notices.iter().zip(&outcomes).filter(|(notice, outcome)| {
            let asked_for = source.filter.asks_for(&notice.fixes);
            is_shown(outcome) && !(asked_for && source.filter.lists(notice.id, notice.priority(), notice.severity()))
        });
        let unmatched: Vec<String> = unmatched.map(|(notice, _)| notice.id.to_string()).collect();
        if !unmatched.is_empty() {
            context.output.warn(format!(
                "the filters of this resource don't match {}, so it won't emit {}; resources whose filters do will",
                some_of(unmatched.iter().cloned()),
                if unmatched.len() == 1 { "it" } else { "them" }
            ));
        }
    }
    let of = |wanted: fn(&Outcome) -> bool| {
        let ids = notices.iter().zip(&outcomes).filter(|(_, outcome)| wanted(outcome));
        some_of(ids.map(|(notice, _)| notice.id.to_string()).collect::<Vec<_>>().into_iter())
    };
    Ok(vec![
        ("product", log.product().to_string()),
        ("opened", of(|outcome| matches!(outcome, Outcome::Opened | Outcome::Grew))),
        ("known", of(|outcome| matches!(outcome, Outcome::Known | Outcome::Joined { .. }))),
        ("not_affected", of(|outcome| matches!(outcome, Outcome::Fixed(_) | Outcome::NotAffected(_)))),
    ])
}

/// The priority of a notice, or its severity where nobody gives it one.
fn rating(notice: &Notice) -> String {
    match (notice.own_priority.is_some() || !notice.cves.is_empty(), notice.severity()) {
        (_, Some(severity)) if notice.priority() == crate::notice::Priority::Unknown => format!("severity {severity}"),
        _ => notice.priority().to_string(),
    }
}

/// The notices in the files, each of which is an OSV record, or a folder with some.
fn read(context: &mut Context<'_>, build: &Path, params: &[BuildPath]) -> Result<Vec<Notice>> {
    let mut notices: Vec<Notice> = Vec::new();
    let mut seen = BTreeSet::new();
    for path in params {
        let place = || format!("params.open {:?}", path.as_str());
        for file in expand(path, build).with_context(place)? {
            let bytes = files::read(&file.inside(build).with_context(place)?, LARGEST).with_context(place)?;
            let of_file = || format!("params.open {:?}", file.as_str());
            let record = record::read(&bytes).with_context(of_file)?;
            for remark in &record.remarks.named {
                context.output.warn(format!("{}: {remark}", of_file()));
            }
            if record.is_withdrawn {
                bail!("{}: {} is withdrawn, so there is nothing to open; answer it instead", of_file(), record.id);
            }
            let found = notice_of(record, NoticeOrigin::Team, context.now).with_context(of_file)?;
            found.left_out.iter().for_each(|what| context.output.warn(format!("{}: {what}", of_file())));
            if found.notice.fixes.is_empty() {
                context.output.warn(format!(
                    "{}: {} names no package, so no release shows that it is fixed; it stays open until it is answered, or named in the notices of a put without packages",
                    of_file(),
                    found.notice.id
                ));
            }
            if !seen.insert(found.notice.id) {
                bail!(
                    "{}: {} stands in two of the files; give each notice an id of its own",
                    of_file(),
                    found.notice.id
                );
            }
            notices.push(found.notice);
            if notices.len() > MOST_RECORDS {
                bail!("params.open names more than {}", count(MOST_RECORDS, "record"));
            }
        }
    }
    Ok(notices)
}

/// The file itself, or the files of a folder that end in `.json`, by name.
fn expand(path: &BuildPath, build: &Path) -> Result<Vec<BuildPath>> {
    let place = path.inside(build)?;
    if !place.is_dir() {
        return Ok(vec![path.clone()]);
    }
    let mut names = Vec::new();
    for entry in place.read_dir()? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") {
            names.push(name);
        }
    }
    names.sort();
    if names.is_empty() {
        bail!("it is a folder without files that end in .json; name the file");
    }
    names.iter().map(|name| BuildPath::new(&format!("{}/{name}", path.as_str()))).collect()
}
