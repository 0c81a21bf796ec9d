//! What was concluded for a notice, and from what, in words.

use crate::product::{Comparison, NotComparable, ProductName};
use crate::publish::notice_outcome::{NoticeOutcome, Reopened, Verdict};
use crate::publish::release::RecordedRelease;
use crate::text::{one_line, some_of};

/// What was concluded for one notice from what.
pub(super) fn conclusion(release: &RecordedRelease<'_>, outcome: &NoticeOutcome<'_>) -> String {
    let listed = |compared: &[Comparison]| {
        let of = |c: &Comparison| {
            let pro = if c.pro { ", only in Ubuntu Pro" } else { "" };
            format!("{} {} (needed: {}{pro})", c.package, c.have, c.need)
        };
        some_of(compared.iter().map(of))
    };
    let inside = |via: Option<&ProductName>| {
        let version = |via| release.released.includes.get(via).map(|version| format!(" {version}")).unwrap_or_default();
        let partner = |via| release.partner_of(outcome.id, via).map(|name| format!(" (told by the partner {name})"));
        via.map(|via| format!(" in {via}{}{}", version(via), partner(via).unwrap_or_default())).unwrap_or_default()
    };
    let said = match &outcome.verdict {
        Verdict::Fixed { evidence, via } => format!("the fix is installed{}: {}", inside(*via), listed(evidence)),
        Verdict::Claimed { via } => {
            format!("the release was recorded as fixing it{}, but no packages were recorded that show it", inside(*via))
        }
        Verdict::NotInstalled => "none of its packages is installed".to_owned(),
        Verdict::BeforeTheFlaw => "its packages are installed in versions from before the flaw".to_owned(),
        Verdict::Answered { answer, .. } => {
            let until = answer.until.map(|until| format!(", until {until}")).unwrap_or_default();
            format!("answered by the team: {}{until}", answer.status)
        }
        Verdict::Earlier { version } => {
            format!("settled by release {version}; this one was recorded without packages, so nothing shows it")
        }
        Verdict::Open { too_old, not_comparable, why } => {
            let was = match why {
                Reopened::Never => String::new(),
                Reopened::RanOut(until) => format!(", an answer ran out at {until}"),
                Reopened::SetBack(version) => format!(", taken back after release {version} had settled it"),
                Reopened::NotComparable => format!(", {}", not_shown(not_comparable)),
                Reopened::OtherLine => ", its fixes are only for FIPS builds, of which none is installed".to_owned(),
            };
            let old = if too_old.is_empty() { String::new() } else { format!(": {}", listed(too_old)) };
            format!("open{was}{old}")
        }
    };
    one_line(&format!("{}: {said}", outcome.id))
}

/// What can't be compared, and why.
fn not_shown(packages: &[NotComparable]) -> String {
    let of = |c: &NotComparable| format!("{} {} (needed: {}; {})", c.package, c.have, c.need, c.why);
    let installed = if packages.is_empty() { "no installed package".to_owned() } else { "not all".to_owned() };
    format!("{installed} can be compared: {}", some_of(packages.iter().map(of)))
}
