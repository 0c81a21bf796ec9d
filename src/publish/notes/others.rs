//! What came otherwise of notices: inherited, still open, not affected; and what the release contains.

use std::collections::BTreeMap;

use super::answers::words;
use super::fixes::{evidence, lacking, linked, too_old};
use super::items::item;
use super::sheet::{NotesBlock, Sheet};
use crate::notice::NoticeId;
use crate::product::{NotComparable, ProductName};
use crate::publish::notice_outcome::{NoticeOutcome, Reopened, Verdict};
use crate::publish::release::RecordedRelease;
use crate::publish::text::{link, markdown_words};
use crate::text::count;
use crate::tracker::Included;

/// How much of a version or a distribution that isn't understood is shown.
const LONGEST: usize = 200;

/// How many packages that can't be compared are shown of a notice.
const MOST_NOT_COMPARABLE: usize = 5;

/// The fixes that came with the products inside this one.
pub(super) fn inherited(sheet: &mut Sheet, release: &RecordedRelease<'_>) {
    let fixed = release.fixed();
    let of = |outcome: &&NoticeOutcome<'_>| match outcome.verdict {
        Verdict::Fixed { via: Some(via), .. } | Verdict::Claimed { via: Some(via) } => {
            Some(way(release, outcome.id, via))
        }
        _ => None,
    };
    let inherited: Vec<&NoticeOutcome<'_>> = fixed.into_iter().filter(|outcome| of(outcome).is_some()).collect();
    if inherited.is_empty() {
        return;
    }
    sheet.paragraph("## Inherited");
    let mut ways: Vec<_> = inherited.iter().filter_map(of).collect();
    ways.sort();
    ways.dedup();
    for way in ways {
        sheet.paragraph(format!("From {way}:"));
        for outcome in inherited.iter().filter(|outcome| of(outcome).as_ref() == Some(&way)) {
            sheet.add(NotesBlock::Notice, item(outcome, evidence(release, outcome)));
        }
        sheet.gap();
    }
}

/// The way that a fix came, from the release inside this one to the one whose packages show it.
fn way(release: &RecordedRelease<'_>, id: NoticeId, via: &ProductName) -> String {
    let recorded = release.released.fixed.iter().find(|fixed| fixed.notice == id);
    match recorded.map_or(&[][..], |fixed| &fixed.path) {
        [] => {
            let inside = release.released.includes.get(via).map(|version| format!(" {version}")).unwrap_or_default();
            format!("**{via}{inside}**")
        }
        way => path(way),
    }
}

/// What this release leaves open, oldest first.
pub(super) fn open(sheet: &mut Sheet, release: &RecordedRelease<'_>) {
    let mut open: Vec<&NoticeOutcome<'_>> =
        release.outcomes.iter().filter(|outcome| matches!(outcome.verdict, Verdict::Open { .. })).collect();
    if open.is_empty() {
        return;
    }
    open.sort_by_key(|outcome| (outcome.notice.map(|notice| notice.published), outcome.id));
    sheet.paragraph("## Still open");
    for outcome in open {
        let Verdict::Open { too_old: packages, not_comparable, why } = &outcome.verdict else { continue };
        let mut below = Vec::new();
        below.extend(age(release, outcome));
        match why {
            Reopened::Never => {}
            Reopened::RanOut(until) => {
                below.push(format!("an answer ran out on {}", until.to_zoned(jiff::tz::TimeZone::UTC).date()));
            }
            Reopened::SetBack(version) => below.push(format!("settled by {version}, and taken back by this release")),
            Reopened::NotComparable if not_comparable.is_empty() => {
                below.push("nothing in the list of packages can be compared".to_owned());
            }
            Reopened::NotComparable => below.extend(not_comparable.iter().take(MOST_NOT_COMPARABLE).map(not_shown)),
            Reopened::OtherLine => below.push("only for FIPS builds, of which none is installed".to_owned()),
        }
        below.extend(too_old(packages));
        if packages.is_empty() {
            below.extend(lacking(release, outcome.notice));
        }
        below.extend(outcome.remark.map(|remark| words(remark, None)));
        sheet.add(NotesBlock::Notice, item(outcome, below));
    }
    sheet.gap();
}

/// What releases inside this one leave open.
pub(super) fn open_inside(sheet: &mut Sheet, release: &RecordedRelease<'_>) {
    let mut by_way: BTreeMap<String, Vec<NoticeId>> = BTreeMap::new();
    for inside in release.open_inside() {
        by_way.entry(path(&inside.path)).or_default().push(inside.notice);
    }
    if by_way.is_empty() {
        return;
    }
    sheet.paragraph("## Open in what it contains");
    for (way, ids) in by_way {
        sheet.paragraph(format!("In {way}:"));
        ids.iter().for_each(|id| sheet.add(NotesBlock::Notice, format!("- {}", link(id, id.page()))));
        sheet.gap();
    }
}

/// The way to a release inside this one, in words.
fn path(path: &[Included]) -> String {
    let names: Vec<String> = path.iter().map(|inside| format!("**{inside}**")).collect();
    names.join(", which contains ")
}

/// A package that can't be compared, and why.
fn not_shown(package: &NotComparable) -> String {
    let NotComparable { package, have, need, why } = package;
    let have = if have.is_empty() { "without a version" } else { have };
    let (have, why) = (markdown_words(have, LONGEST), markdown_words(&why.to_string(), LONGEST));
    format!("can't be compared: `{package}` {have}, needed: `{need}` ({why})")
}

/// How old a notice was when the release was recorded.
fn age(release: &RecordedRelease<'_>, outcome: &NoticeOutcome<'_>) -> Option<String> {
    let published = outcome.notice?.published;
    let hours = release.at().duration_since(published.instant()).as_hours();
    let days = usize::try_from(hours / 24).ok().filter(|days| *days > 0);
    let before = days.map(|days| format!(", {} before this release", count(days, "day"))).unwrap_or_default();
    Some(format!("published {}{before}", published.day()))
}

/// The notices of which this release newly shows that nothing of them is installed.
pub(super) fn not_affected(sheet: &mut Sheet, release: &RecordedRelease<'_>) {
    if release.released.not_affected.is_empty() {
        return;
    }
    sheet.paragraph("## Not affected");
    sheet.paragraph("None of the packages of these notices is installed:");
    for id in &release.released.not_affected {
        let name = release.outcome(*id).map_or_else(|| id.to_string(), linked);
        sheet.add(NotesBlock::Notice, format!("- {name}"));
    }
    sheet.gap();
}

/// The releases of other products inside this one, beside those in the release below it.
pub(super) fn contents(sheet: &mut Sheet, release: &RecordedRelease<'_>) {
    let now = &release.released.includes;
    let below = release.history().below().into_iter().next();
    let before = below.map(|below| &below.released.includes);
    let gone = before.into_iter().flatten().filter(|(product, _)| !now.contains_key(*product));
    let gone: Vec<String> =
        gone.map(|(product, version)| format!("- {product}: no longer, before: `{version}`")).collect();
    if now.is_empty() && gone.is_empty() {
        return;
    }
    sheet.paragraph("## Contains");
    for (product, version) in now {
        let change = match before.map(|before| before.get(product)) {
            None => String::new(),
            Some(None) => ", new".to_owned(),
            Some(Some(known)) if known.is_same(version) => ", as before".to_owned(),
            Some(Some(known)) => format!(", before: `{known}`"),
        };
        let partner = release.released.partners.get(product).map(|name| format!("{name}/")).unwrap_or_default();
        sheet.add(NotesBlock::Text, format!("- {partner}{product} `{version}`{change}"));
    }
    gone.into_iter().for_each(|line| sheet.add(NotesBlock::Text, line));
    sheet.gap();
}
