//! What partners fix, by the facts in the log of what contains it: they may ask for more by now than a partner's do.

use std::borrow::Cow;

use super::included_products::{Contents, LeftOpen};
use crate::product::{Comparison, Packages, Standing};
use crate::tracker::{Evidence, LogState};

/// The same contents, but that a partner's fix whose packages are too old by this log leaves the notice open.
pub(super) fn by_our_facts<'a>(log_state: &LogState, contents: &'a Contents) -> Cow<'a, Contents> {
    let mut judged = Cow::Borrowed(contents);
    for (id, inherited) in contents.fixed.iter().filter(|(_, inherited)| inherited.log.partner.is_some()) {
        let (Evidence::Packages(shown), Some(fixes)) = (&inherited.evidence, log_state.fixes(*id)) else { continue };
        let Some(Standing::Open(compared)) = Standing::of(&fixes, &Packages::of_compared(shown)) else { continue };
        let too_old = compared.into_iter().filter(Comparison::is_too_old).collect();
        let left = LeftOpen { too_old, path: inherited.path.clone(), log: inherited.log.clone() };
        let judged = judged.to_mut();
        judged.fixed.remove(id);
        judged.open.insert(*id, left);
    }
    judged
}
