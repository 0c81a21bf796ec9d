//! Fixes that a release takes back: the next check opens their notices again.

use crate::concourse::{BuildOutput, columns};
use crate::notice::NoticeId;
use crate::product::{Comparison, Packages, ReleaseVersion, Standing};
use crate::text::some_of;
use crate::tracker::{Closing, LogState};

/// A notice that a release had settled, and that is open again with the packages of a later one.
#[derive(Debug)]
pub(super) struct Regression {
    notice: NoticeId,
    fixed_in: ReleaseVersion,
    too_old: Vec<Comparison>,
}

/// What the packages of a release take back. Only those of the highest release count: that is what a check judges by. What
/// is fixed in Ubuntu Pro only is left out where the product can't have it, for no check opens it again.
pub(super) fn regressions(
    log_state: &LogState,
    version: &ReleaseVersion,
    packages: &Packages,
    pro: bool,
) -> Vec<Regression> {
    if log_state.current().is_some_and(|current| version.compare(&current.released.version).is_lt()) {
        return Vec::new();
    }
    let regression = |notice: NoticeId, fixed_in: &ReleaseVersion| {
        let Some(Standing::Open(compared)) = Standing::of(&log_state.fixes(notice)?, packages) else { return None };
        let too_old: Vec<Comparison> = compared.into_iter().filter(|c| c.is_too_old() && (pro || !c.pro)).collect();
        (!too_old.is_empty()).then(|| Regression { notice, fixed_in: fixed_in.clone(), too_old })
    };
    log_state
        .last_openings()
        .filter_map(|opening| match &opening.closing {
            Some(Closing::Released { version: by }) if by.compare(version).is_le() => regression(opening.notice, by),
            _ => None,
        })
        .collect()
}

/// Says so, package by package.
pub(super) fn warn(regressions: &[Regression], version: &ReleaseVersion, output: &mut BuildOutput<'_>) {
    if regressions.is_empty() {
        return;
    }
    output.warn(format!(
        "{version} takes packages back below a fix: {} will be open again; ship the packages that are needed",
        some_of(regressions.iter().map(|regression| regression.notice.to_string()))
    ));
    let mut rows = vec![["notice", "package", "have", "need", "fixed in"].map(str::to_owned).to_vec()];
    for Regression { notice, fixed_in, too_old } in regressions {
        rows.extend(too_old.iter().map(|c| {
            vec![
                notice.to_string(),
                c.package.to_string(),
                c.have.to_string(),
                c.need.to_string(),
                fixed_in.to_string(),
            ]
        }));
    }
    output.block(columns(&rows));
}
