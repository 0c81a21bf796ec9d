//! What came of an import, for people.

use std::collections::BTreeMap;

use super::finding::{FindingVerdict, ImportFinding};
use crate::concourse::{BuildOutput, columns};
use crate::notice::NoticeId;
use crate::text::some_of;

/// What the packages say to all claims.
pub(super) struct Report<'a>(pub(super) &'a BTreeMap<NoticeId, ImportFinding>);

impl Report<'_> {
    /// The claims that the packages of the claimed release show.
    pub(super) fn agreed(&self) -> Vec<NoticeId> {
        self.those(|finding| {
            finding.claimed.is_some() && matches!(finding.verdict, FindingVerdict::Fixed(..)) && !finding.disagrees()
        })
    }

    /// The claims that packages contradict.
    pub(super) fn disagreements(&self) -> Vec<NoticeId> {
        self.those(ImportFinding::disagrees)
    }

    /// The claims about which no packages tell anything.
    pub(super) fn unproven(&self) -> Vec<NoticeId> {
        self.those(|finding| matches!(finding.verdict, FindingVerdict::Unproven(_)))
    }

    fn those(&self, which: impl Fn(&ImportFinding) -> bool) -> Vec<NoticeId> {
        self.0.iter().filter(|(_, finding)| which(finding)).map(|(id, _)| *id).collect()
    }

    /// Prints it: how many there are of each kind, and each disagreement with its packages.
    pub(super) fn print(&self, output: &mut BuildOutput<'_>) {
        let not_installed = self
            .those(|finding| finding.claimed.is_some() && matches!(finding.verdict, FindingVerdict::NotInstalled(_)));
        let unclaimed = self.those(|finding| finding.claimed.is_none());
        let disagreements = self.disagreements();
        let mut line = format!(
            "{} claims agree with the packages, {} disagree, {} have no evidence",
            self.agreed().len(),
            disagreements.len(),
            self.unproven().len()
        );
        for (ids, what) in [(&not_installed, "are of packages not installed"), (&unclaimed, "were not released")] {
            if !ids.is_empty() {
                line += &format!(", {} {what} ({})", ids.len(), names(ids));
            }
        }
        output.info(line);
        if !disagreements.is_empty() {
            output.warn(format!(
                "the packages contradict the record of {}; the log takes what the packages show",
                names(&disagreements)
            ));
            output.block(columns(&self.rows(&disagreements)));
        }
    }

    /// A heading and a row for each notice, with the first package that decides.
    fn rows(&self, ids: &[NoticeId]) -> Vec<Vec<String>> {
        let heading = ["notice", "recorded", "packages show", "package", "have", "need"].map(str::to_owned).to_vec();
        let row = |id: &NoticeId| {
            let finding = self.0.get(id)?;
            let (shown, compared) = match &finding.verdict {
                FindingVerdict::Fixed(release, evidence) => (format!("fixed in {release}"), evidence.first()),
                FindingVerdict::Open(too_old) if too_old.iter().all(|compared| compared.pro) => {
                    ("never fixed, only in Ubuntu Pro".to_owned(), too_old.first())
                }
                FindingVerdict::Open(too_old) => {
                    ("never fixed".to_owned(), too_old.iter().find(|compared| !compared.pro))
                }
                FindingVerdict::Unproven(_) | FindingVerdict::NotInstalled(_) => return None,
            };
            let cell = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
            Some(vec![
                id.to_string(),
                cell(finding.claimed.as_ref().map(ToString::to_string)),
                shown,
                cell(compared.map(|c| c.package.to_string())),
                cell(compared.map(|c| c.have.to_string())),
                cell(compared.map(|c| c.need.to_string())),
            ])
        };
        std::iter::once(heading).chain(ids.iter().filter_map(row)).collect()
    }
}

/// The first few by name.
pub(super) fn names(ids: &[NoticeId]) -> String {
    some_of(ids.iter().map(ToString::to_string))
}
