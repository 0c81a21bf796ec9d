//! What an open notice waits for: the packages that are too old, with what is installed and what is needed.

use super::notice_timeline::NoticeTimeline;
use super::product::Product;
use crate::notice::{Notice, PackageName, PackageVersion};
use crate::product::{Comparison, Standing};
use crate::publish::in_release;
use crate::tracker::Body;

/// A package that keeps a notice open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lacking {
    /// The package as it is installed.
    pub(super) package: PackageName,
    /// The installed version; `None` where no packages were recorded.
    pub(super) have: Option<PackageVersion>,
    /// The version that carries the fix.
    pub(super) need: PackageVersion,
    /// Whether only Ubuntu Pro has that version.
    pub(super) pro: bool,
}

/// What keeps a notice open in a product: by the packages of its current release, else by those of the moment when it was
/// opened, else all that the notice fixes.
pub(super) fn lacking(product: &Product<'_>, case: &NoticeTimeline<'_>) -> Vec<Lacking> {
    let is_inside = product.inside.contains_key(&case.id());
    let shipped = product.packages.filter(|_| !is_inside);
    if let Some(packages) = shipped {
        let too_old = Standing::of(&case.notice.fixes, packages).map(Standing::too_old);
        return with_pockets(too_old.unwrap_or_default(), case.notice);
    }
    let told = product.opened(case).unwrap_or_default();
    let too_old = told.into_iter().filter(Comparison::is_too_old).collect();
    let told = with_pockets(too_old, case.notice);
    if !told.is_empty() {
        return told;
    }
    let needed = |fix: &crate::notice::Fix| Lacking {
        package: fix.package.clone(),
        have: None,
        need: fix.version.clone(),
        pro: fix.pro,
    };
    case.notice.fixes.iter().map(needed).collect()
}

/// Whether a notice waits for nothing but Ubuntu Pro.
pub(super) fn is_pro_only(lacking: &[Lacking]) -> bool {
    !lacking.is_empty() && lacking.iter().all(|lacking| lacking.pro)
}

/// Ubuntu's own words on a notice that waits for Ubuntu Pro or for nobody, of which an answer can be made.
pub(super) fn ubuntu_says(lacking: &[Lacking], notice: &Notice) -> Vec<String> {
    let waits = lacking.iter().any(|lacking| lacking.pro || lacking.need.is_none_yet());
    if waits { in_release::ubuntu_says(notice) } else { Vec::new() }
}

fn with_pockets(too_old: Vec<Comparison>, notice: &Notice) -> Vec<Lacking> {
    // An event doesn't keep which fixes are of Ubuntu Pro; the notice in it does.
    let pro = |compared: &Comparison| {
        let mut needed = notice.fixes.iter().filter(|fix| fix.version == compared.need).peekable();
        compared.pro || (needed.peek().is_some() && needed.all(|fix| fix.pro))
    };
    let lacking = |compared: Comparison| Lacking {
        pro: pro(&compared),
        package: compared.package,
        have: Some(compared.have),
        need: compared.need,
    };
    too_old.into_iter().map(lacking).collect()
}

impl Product<'_> {
    /// What was installed and too old when a notice was opened.
    fn opened(&self, case: &NoticeTimeline<'_>) -> Option<Vec<Comparison>> {
        let place = usize::try_from(case.opened.seq.checked_sub(1)?).ok()?;
        match &self.history.events().get(place)?.body {
            Body::Opened(opened) if opened.notice.id == case.id() => Some(opened.packages.clone()),
            _ => None,
        }
    }
}
