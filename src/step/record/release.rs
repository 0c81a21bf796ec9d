//! A release goes into the log, with what it fixes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::regressions::{self, regressions};
use super::settle::{ReleaseContents, Settled, settle};
use super::{archive_hint, includes};
use super::{first_openings, look_up};
use crate::concourse::{Context, Facts, columns};
use crate::config::{BuildPath, Named, ReleaseParams, Source};
use crate::notice::NoticeId;
use crate::product::{Packages, ProductName, ReleaseVersion, Standing};
use crate::step::evidence;
use crate::step::included_products::{Contents, IncludedProducts, names};
use crate::step::open_tracker::{by, retry};
use crate::step::partners::{Partners, Patience};
use crate::step::upstream_client::folder;
use crate::store::{CachedListing, Store};
use crate::text::some_of;
use crate::tracker::{
    Addition, Body, Closing, Log, LogState, Opened, Opening, Released, ReleasedSummary, included as inside_of,
};

/// Records a release, and what it fixes. Gives its version too, as the log spells it.
pub(super) fn release(
    context: &mut Context<'_>,
    source: &Source,
    store: &dyn Store,
    log: &mut Log<'_>,
    build: &Path,
    params: &ReleaseParams,
) -> Result<(Facts, ReleaseVersion)> {
    let version: ReleaseVersion = params.version.read(build)?.parse().context("params: the version of the release")?;
    let list = evidence::union(&params.packages_files, build)?;
    list.iter().flat_map(|list| &list.warnings).for_each(|warning| context.output.warn(warning));
    let packages = list.map(|list| list.packages);
    let digest = packages.as_ref().map(Packages::digest);
    let named = params.notices.iter().map(|named| id_of(named, build)).collect::<Result<BTreeSet<NoticeId>>>()?;
    let includes = includes::read(&params.includes, build)?;
    let folder = folder(context)?;
    let store = CachedListing(store);
    let partners = Partners::new(context, source.common(), Patience::OF_A_BUILD)?;
    let mut included = IncludedProducts::new(&store, &partners, &folder, context.now);
    let contents = included.contents(log.product(), &includes).context("params.includes")?;
    included.in_both(&includes).iter().for_each(|both| context.output.warn(both));
    let theirs = included.partners_of(&includes);
    let is_new = |id: &NoticeId| log.state().openings(*id).is_empty();
    let inherited =
        contents.fixed.iter().filter(|(id, _)| is_new(id)).map(|(id, inherited)| (*id, inherited)).collect();
    let mut facts = included.notices(&inherited)?;
    let asked_inside = included.asked(&contents);
    let unknown = named.iter().copied().filter(|id| is_new(id) && !facts.contains_key(id)).collect();
    facts.extend(look_up(context, source, unknown)?);

    let highest_before = log.state().highest().map(|release| release.released.version.clone());
    let (by, retry, now, pro) = (by(context), retry(context), context.now, source.common().pro);
    let mut settled = Settled::default();
    let mut back = Vec::new();
    let appended = log.append(&by, now, retry, |log| {
        let packages = packages.as_ref();
        let given = ReleaseContents {
            packages,
            pro,
            named: &named,
            looked_up: &facts,
            contents: &contents,
            asked_inside: &asked_inside,
            now,
        };
        settled = settle(log.state(), &given);
        archive_hint::add(&mut settled, source, &folder);
        back = packages.map_or_else(Vec::new, |packages| regressions(log.state(), &version, packages, pro));
        if let Some(recorded) = log.state().release(&version) {
            same_again(recorded.released, packages, &includes, &settled, log)?;
            return Ok(Addition::default());
        }
        refuse_below(log, &version, &named)?;
        includes::refuse_going_back(log.state(), log.product(), &version, &includes)?;
        includes::refuse_other_partner(log.state(), log.product(), &theirs, &partners)?;
        settled.refuse(&version)?;
        let late = packages.is_some()
            && log.state().current().is_some_and(|current| current.released.version.compare(&version).is_gt());
        // What came with a release inside this one and isn't fixed here is no notice of this product.
        let here = |id: &NoticeId| named.contains(id) || settled.fixed.iter().any(|fixed| fixed.notice == *id);
        let opened = first_openings(log.state(), facts.values().filter(|notice| here(&notice.id)));
        let opened = opened.into_iter().map(|opened| {
            let fixed_in = settled.shows_fixed(&version, opened.notice.id);
            // What is never emitted needs no word for it.
            Opened { shown: fixed_in.is_some(), fixed_in, ..opened }
        });
        let mut events: Vec<Body> = opened.map(|opened| Body::Opened(Box::new(opened))).collect();
        events.push(Body::Released(Released {
            version: version.clone(),
            packages: digest,
            includes: includes.clone(),
            partners: theirs.clone(),
            fixed: settled.fixed.clone(),
            not_affected: settled.not_affected.clone(),
            open: settled.open.clone(),
            open_inside: settled.open_inside.clone(),
            late,
            import_left: None,
        }));
        Ok(Addition { packages: packages.into_iter().cloned().collect(), events })
    })?;

    let product = log.product().clone();
    match appended {
        0 => context.output.info(format!(
            "{product} {} is already recorded with the same packages: nothing to do",
            log.state().release(&version).map_or(&version, |release| &release.released.version)
        )),
        _ => context.output.info(format!("recorded {product} {version}: {}", settled.line())),
    }
    if let Some(highest) = highest_before.filter(|highest| appended > 0 && highest.compare(&version).is_gt()) {
        let stay = if settled.fixed.is_empty() { "" } else { "; what it fixes stays open there" };
        context.output.warn(format!("{version} is lower than {highest}, which stays the current release{stay}"));
    }
    if packages.is_none() && settled.fixed.iter().any(|fixed| fixed.via.is_none()) {
        context.output.warn("no packages_file: what is claimed to be fixed has no evidence");
    }
    let taken_back = taken_back(log.state(), &version, &contents, packages.as_ref());
    if !taken_back.is_empty() {
        context
            .output
            .warn(format!("what is inside {version} takes back the fixes of {}", some_of(taken_back.into_iter())));
    }
    regressions::warn(&back, &version, &mut context.output);
    settled.table(&mut context.output);
    let released = log.state().release(&version).map(|release| release.released);
    let fixed = released.map_or(&[][..], |released| &released.fixed);
    let open = released.map_or(&[][..], |released| &released.open);
    let inside_it = settled.open_inside.iter().map(|inside| &inside.notice);
    let open: Vec<&NoticeId> = open.iter().chain(inside_it).collect();
    let recorded = released.map_or(&version, |released| &released.version).clone();
    let facts = vec![
        ("product", product.to_string()),
        ("recorded", version.to_string()),
        ("fixed", some_of(fixed.iter().map(ToString::to_string))),
        ("open", some_of(open.iter().map(ToString::to_string))),
        ("packages", packages.map_or_else(String::new, |packages| packages.len().to_string())),
        (
            "includes",
            inside_of(None, &includes, &theirs).iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        ),
    ];
    Ok((facts, recorded))
}

/// A release that is to settle notices has to become the current one: below a higher one, which lacks the fix, the next check
/// would open them again.
fn refuse_below(log: &Log<'_>, version: &ReleaseVersion, named: &BTreeSet<NoticeId>) -> Result<()> {
    let highest = log.state().highest().map(|highest| &highest.released.version);
    match highest.filter(|highest| !named.is_empty() && highest.compare(version).is_gt()) {
        Some(highest) => bail!(
            "release {version} is to settle {}, but {} has the higher release {highest}, which stays the current one, so nothing was recorded; give this release a version above it, or leave out params.notices to record it as a late one",
            some_of(named.iter().map(ToString::to_string)),
            log.product()
        ),
        None => Ok(()),
    }
}

/// What an earlier release fixed, and a release inside this one leaves open.
fn taken_back(
    log_state: &LogState,
    version: &ReleaseVersion,
    contents: &Contents,
    packages: Option<&Packages>,
) -> Vec<String> {
    let was_fixed = |opening: &Opening| match &opening.closing {
        Some(Closing::Released { version: by }) => by.compare(version).is_lt(),
        _ => false,
    };
    let shows = |id: NoticeId| packages.and_then(|packages| Standing::of(&log_state.fixes(id)?, packages));
    log_state
        .last_openings()
        .filter(|opening| was_fixed(opening))
        .filter_map(|opening| Some((opening.notice, contents.open.get(&opening.notice)?)))
        .filter(|(id, _)| !matches!(shows(*id), Some(Standing::Fixed(_) | Standing::Open(_))))
        .map(|(id, left)| format!("{id} ({})", names(&left.path)))
        .collect()
}

/// The id of a named notice: literally, or from the folder of a get. A name of a folder may look like an id; then it is the
/// folder, if there is one.
fn id_of(named: &Named, build: &Path) -> Result<NoticeId> {
    match named {
        Named::Id(id) => Ok(*id),
        Named::Folder(folder) => {
            let is_there = build.join(folder.as_str()).is_dir();
            if let Some(id) = folder.as_str().parse().ok().filter(|_| !is_there && folder.as_str().contains('-')) {
                return Ok(id);
            }
            let file = BuildPath::new(&format!("{}/id", folder.as_str()))?;
            let text = file.read_text(build).with_context(|| {
                format!("params.notices {:?}: write an id, or the folder of a get of a notice", folder.as_str())
            })?;
            text.trim().parse().with_context(|| {
                format!("params.notices {:?}: its file id is not that of a get of a notice", folder.as_str())
            })
        }
    }
}

/// A release that is recorded already changes nothing if it is the same, and is refused if it is not.
fn same_again(
    recorded: &ReleasedSummary,
    packages: Option<&Packages>,
    includes: &BTreeMap<ProductName, ReleaseVersion>,
    settled: &Settled,
    log: &Log<'_>,
) -> Result<()> {
    if recorded.packages == packages.map(Packages::digest) {
        if recorded.includes == *includes {
            return settled.refuse_unrecorded(recorded);
        }
        bail!(
            "a release never changes, so record this one under a version of its own: {} of {} is recorded already, with {} inside, and now it is {}",
            recorded.version,
            log.product(),
            inside(&recorded.includes),
            inside(includes)
        );
    }
    let kept = recorded.packages.map(|digest| log.packages(digest)).transpose()?;
    // A davos that knew only the packages of Ubuntu kept no others.
    if let (Some(kept), Some(now)) = (&kept, packages)
        && !kept.has_components()
        && *kept == now.without_components()
        && recorded.includes == *includes
    {
        return settled.refuse_unrecorded(recorded);
    }
    let difference = match (&kept, packages) {
        (Some(kept), Some(now)) => format!("with other packages\n{}", difference(kept, now)),
        (Some(_), None) => "with packages, and now there are none".to_owned(),
        (None, _) => "without packages, and now there are some".to_owned(),
    };
    bail!(
        "a release never changes, so record this one under a version of its own: {} of {} is recorded already, {difference}",
        recorded.version,
        log.product()
    )
}

/// The releases inside one, in words.
fn inside(includes: &BTreeMap<ProductName, ReleaseVersion>) -> String {
    let names: Vec<String> = includes.iter().map(|(product, version)| format!("{product} {version}")).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// The packages that differ, as a table of at most a screen.
fn difference(kept: &Packages, now: &Packages) -> String {
    const MOST: usize = 20;
    let all = kept.difference(now);
    let shown = |versions: &str| if versions.is_empty() { "-" } else { versions }.to_owned();
    let heading = ["package", "recorded", "now"].map(str::to_owned).to_vec();
    let rows = all.iter().take(MOST).map(|(name, kept, now)| vec![name.to_string(), shown(kept), shown(now)]);
    let mut table = columns(&std::iter::once(heading).chain(rows).collect::<Vec<_>>());
    if all.len() > MOST {
        table.push_str(&format!("\nand {} more", all.len() - MOST));
    }
    table
}
