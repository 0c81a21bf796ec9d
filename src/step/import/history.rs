//! The record that a team kept until now: which release fixes which notice.
//!
//! It has the form of the Cloud Foundry rootfs team's (`cflinuxfs4-stack-releases.yml` in public-buildpacks-ci-robots): a
//! list of `{title: "USN-8039-1: libpng vulnerability", stack_release: 1.308.0}`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use anyhow::{Result, anyhow, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::notice::NoticeId;
use crate::product::ReleaseVersion;

/// What stands in `stack_release` as long as there is no release, besides nothing at all.
const UNRELEASED: &str = "unreleased";
/// More mistakes help nobody.
const MOST_MISTAKES: usize = 10;

/// A team's record.
#[derive(Debug, Default)]
pub(super) struct ImportHistory {
    /// The release that is said to fix each notice; `None` for one that is not released.
    pub(super) claims: BTreeMap<NoticeId, Option<ReleaseVersion>>,
    /// Titles that name no Ubuntu Security Notice.
    pub(super) strange: Vec<String>,
    /// Notices that stand there more than once with different releases.
    pub(super) doubtful: Vec<NoticeId>,
}

#[derive(Deserialize)]
struct RecordItem {
    title: String,
    stack_release: Value,
}

impl ImportHistory {
    /// Reads a record. A notice that stands there several times counts with the lowest release.
    ///
    /// # Errors
    /// If it has another form, or a release is no version; all such mistakes are told at once.
    pub(super) fn read(text: &str) -> Result<ImportHistory> {
        let items: Vec<RecordItem> = serde_saphyr::from_str(text).map_err(|error| {
            // Below the sentence it draws the lines around the place, which may be long.
            let drawn = error.to_string();
            let sentence = drawn.lines().next().unwrap_or_default().trim_start_matches("error: ");
            anyhow!("it is no YAML list of {{title, stack_release}}: {sentence}")
        })?;
        let mut history = ImportHistory::default();
        let mut mistakes = Vec::new();
        for RecordItem { title, stack_release } in items {
            let id = title.split([':', ' ']).next().unwrap_or_default();
            let Ok(notice) = id.parse::<NoticeId>() else {
                history.strange.push(title);
                continue;
            };
            match release(&stack_release) {
                Ok(release) => history.take(notice, release),
                Err(mistake) => mistakes.push(format!("{notice}: stack_release: {mistake:#}")),
            }
        }
        if !mistakes.is_empty() {
            let more = mistakes.len().saturating_sub(MOST_MISTAKES);
            mistakes.truncate(MOST_MISTAKES);
            if more > 0 {
                mistakes.push(format!("and {more} more"));
            }
            bail!("{}", mistakes.join("\n"));
        }
        Ok(history)
    }

    fn take(&mut self, notice: NoticeId, release: Option<ReleaseVersion>) {
        match self.claims.entry(notice) {
            Entry::Vacant(empty) => drop(empty.insert(release)),
            Entry::Occupied(mut known) => match (known.get(), release) {
                (Some(lower), Some(release)) if !lower.is_same(&release) => {
                    if release.compare(lower).is_lt() {
                        known.insert(Some(release));
                    }
                    self.doubtful.push(notice);
                }
                (None, release @ Some(_)) => drop(known.insert(release)),
                _ => {}
            },
        }
    }

    /// The releases that are named, lowest first, each once.
    pub(super) fn releases(&self) -> Vec<ReleaseVersion> {
        let mut releases: Vec<ReleaseVersion> = self.claims.values().flatten().cloned().collect();
        releases.sort_by(ReleaseVersion::compare);
        releases.dedup_by(|a, b| a.is_same(b));
        releases
    }
}

/// The release that a value names. YAML makes the number 1.1 of 1.10, so no number can be trusted.
fn release(value: &Value) -> Result<Option<ReleaseVersion>> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.trim().is_empty() || text.trim().eq_ignore_ascii_case(UNRELEASED) => Ok(None),
        Value::String(text) => text.trim().parse().map(Some),
        Value::Number(number) => {
            bail!("{number} is read as a number, and YAML makes 1.1 of 1.10; quote it, as in \"1.10\"")
        }
        _ => bail!("this is no version of a release; write one, or `{UNRELEASED}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_read_as_the_rootfs_team_writes_them() {
        let history = ImportHistory::read(
            "---\n- title: 'USN-8039-1: libpng vulnerability'\n  stack_release: 1.308.0\n\
             - title: 'USN-8040-1: x'\n  stack_release: unreleased\n- title: USN-8041-1\n  stack_release:\n\
             - title: 'USN-1-1: x'\n  stack_release: \"1.10\"\n- title: 'LSN-0074-2: x'\n  stack_release: 1.0.0\n",
        )
        .expect("a record");
        let claimed = |id: &str| {
            let claim = history.claims.get(&id.parse().expect("an id")).expect("a claim");
            claim.as_ref().map(ToString::to_string)
        };
        assert_eq!(claimed("USN-8039-1").as_deref(), Some("1.308.0"));
        assert_eq!((claimed("USN-8040-1"), claimed("USN-8041-1")), (None, None));
        assert_eq!(claimed("USN-1-1").as_deref(), Some("1.10"));
        assert_eq!(history.strange, ["LSN-0074-2: x"]);
        assert_eq!(history.releases().iter().map(ToString::to_string).collect::<Vec<_>>(), ["1.10", "1.308.0"]);
    }

    #[test]
    fn a_notice_that_stands_there_twice_counts_with_the_lower_release() {
        let item = |release: &str| format!("- title: 'USN-5464-1: x'\n  stack_release: {release}\n");
        for order in [["0.12.0", "0.9.0"], ["0.9.0", "0.12.0"]] {
            let history = ImportHistory::read(&order.map(item).concat()).expect("a record");
            assert_eq!(history.releases(), ["0.9.0".parse().expect("a version")]);
            assert_eq!(history.doubtful.len(), 1);
        }
        let history = ImportHistory::read(&["unreleased", "0.9.0"].map(item).concat()).expect("a record");
        assert!(history.doubtful.is_empty() && history.releases().len() == 1);
    }

    #[test]
    fn what_yaml_makes_a_number_of_is_refused() {
        let error = |text: &str| format!("{:#}", ImportHistory::read(text).expect_err("a refusal"));
        for number in ["1.10", "2", "1e3"] {
            let text = format!("- title: 'USN-1-1: x'\n  stack_release: {number}\n");
            assert!(error(&text).contains("USN-1-1: stack_release"), "{number}");
            assert!(error(&text).contains("quote it"), "{number}");
        }
        assert!(error("- title: 'USN-1-1: x'\n  stack_release: soon\n").contains("no version of a release"));
        assert!(error("- title: 'USN-1-1: x'\n  stack_release: [1]\n").contains("no version of a release"));
        assert!(error("- title: 'USN-1-1: x'\n").contains("no YAML list of {title, stack_release}"));
        assert!(error("a: [").contains("no YAML list"));
        let many = format!("- &a {{title: x, stack_release: unreleased}}\n{}", "- *a\n".repeat(100_000));
        for text in ["a: 1", "- [", &many, &"[".repeat(100_000)] {
            let said = error(text);
            assert!(said.starts_with("it is no YAML list") && said.contains("line ") && said.len() < 300, "{said}");
            assert!(!said.contains('\n') && !said.contains("error:"), "{said}");
        }
    }
}
