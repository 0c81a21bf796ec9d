//! New versions of what a product contains, as notices.

use std::cmp::Ordering;
use std::path::Path;

use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{UpstreamVersions, is_of_line, read};
use crate::cache::{self, CacheFile};
use crate::http::{Answer, Http, Validators, shown};
use crate::notice::{
    AffectedRange, Fix, Notice, NoticeOrigin, PackageName, PackageVersion, Priority, Published, compare,
};
use crate::text::quoted;

/// The largest list of versions, in bytes.
const LARGEST: u64 = 16 << 20;

/// How many days before the end of a line of versions people are told.
const NEAR: i64 = 60;

/// Upstream software whose new versions are notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// What it is called in the ids of notices: `x_go-1.25.4`.
    pub name: String,
    /// The package as an SBOM tells it.
    pub package: PackageName,
    /// Where its versions are told.
    pub releases: Url,
    /// The line of versions that the product stays on: `1.25`.
    pub line: Option<String>,
    /// The priority of its notices.
    pub priority: Priority,
}

/// What was told of the versions of a dependency.
#[derive(Debug, Default)]
pub struct DependencyAnswer {
    /// The notice of a version above the installed one.
    pub notice: Option<Notice>,
    /// What people should know.
    pub warnings: Vec<String>,
}

/// What is kept of an answer.
#[derive(Serialize, Deserialize)]
struct KeptAnswer {
    etag: Option<String>,
    last_modified: Option<String>,
    bytes: Vec<u8>,
}

impl Dependency {
    /// Asks for the versions, under the condition that they changed, and compares the newest with those that are installed.
    ///
    /// # Errors
    /// If they can't be had: no answer is never "no versions".
    pub fn ask(&self, http: &Http, folder: &Path, installed: &[&str], now: Timestamp) -> Result<DependencyAnswer> {
        let told = self.versions(http, folder)?;
        let about = |warning: &String| format!("versions of {}: {warning}", self.name);
        let mut answer = DependencyAnswer { notice: None, warnings: told.warnings.iter().map(about).collect() };
        let of = |one: &str, other: &str| compare(self.package.ecosystem(), one, other);
        // Nothing is told to a product that doesn't contain it.
        let comparable = installed.iter().copied().filter(|version| of(version, version).is_some());
        let lowest = comparable.reduce(|lowest, version| match of(version, lowest) {
            Some(Ordering::Less) => version,
            _ => lowest,
        });
        let Some(have) = lowest else {
            if let Some(version) = installed.first() {
                answer.warnings.push(format!(
                    "{} is installed as {}, which can't be compared with new versions: build it from a version",
                    self.name,
                    quoted(version)
                ));
            }
            return Ok(answer);
        };
        let newest = match &self.line {
            Some(line) => told.newest_of_line(line, of),
            None => told.newest(of),
        };
        match newest {
            Some(newest) if of(&newest.version, have) == Some(Ordering::Greater) => {
                answer.notice = Some(self.notice(&newest.version, newest.published, newest.url.clone(), now)?);
            }
            Some(_) => {}
            None => answer.warnings.push(format!(
                "{} tells no version of the line {}; a feed of GitHub has the newest ten only, endoflife.date has all lines",
                shown(&self.releases),
                self.line.as_deref().unwrap_or("asked for")
            )),
        }
        answer.warnings.extend(self.end_of_life(&told, have, now));
        Ok(answer)
    }

    fn notice(
        &self,
        version: &str,
        published: Option<Published>,
        url: Option<String>,
        now: Timestamp,
    ) -> Result<Notice> {
        let id = format!("x_{}-{version}", self.name);
        let id = id.parse().with_context(|| format!("the version {version:?} can't stand in the id of a notice"))?;
        let version = PackageVersion::of_any(version)?;
        let range = AffectedRange { introduced: None, fixed: Some(version.clone()), last_affected: None };
        let fix = Fix { package: self.package.clone(), version: version.clone(), pro: false, ranges: vec![range] };
        Ok(Notice {
            by: Some(NoticeOrigin::Dependency),
            own_priority: Some(self.priority),
            title: format!("{} {version} is out", self.name),
            references: url.into_iter().collect(),
            fixes: vec![fix],
            ..Notice::blank(id, published.unwrap_or(Published::At(now)))
        })
    }

    /// Says that the line of the installed version, or the one that is asked for, is at its end or near it.
    fn end_of_life(&self, told: &UpstreamVersions, have: &str, now: Timestamp) -> Option<String> {
        let have = have.trim_start_matches("go").trim_start_matches('v');
        let is_ours = |name: &str| self.line.as_deref().is_some_and(|line| line == name) || is_of_line(have, name);
        let line = told.lines.iter().filter(|line| is_ours(&line.name)).max_by_key(|line| line.name.len())?;
        let today = now.to_zoned(TimeZone::UTC).date();
        let soon: Date = today.checked_add(NEAR.days()).unwrap_or(today);
        let (name, line_name) = (&self.name, &line.name);
        match (line.is_ended, line.end_of_life) {
            (_, Some(day)) if day < today => {
                Some(format!("{name} {line_name} reached the end of its life on {day}: no more fixes come"))
            }
            (Some(true), _) => Some(format!("{name} {line_name} reached the end of its life: no more fixes come")),
            (_, Some(day)) if day <= soon => Some(format!("{name} {line_name} reaches the end of its life on {day}")),
            _ => None,
        }
    }

    fn versions(&self, http: &Http, folder: &Path) -> Result<UpstreamVersions> {
        let path = folder.join(format!("versions-{}", cache::name_of(self.releases.as_str())));
        let file = CacheFile::new(path, "davos versions 1\n", LARGEST + (1 << 20));
        let kept: Option<KeptAnswer> = file.load().ok();
        let validators =
            kept.as_ref().map(|kept| Validators { etag: kept.etag.clone(), last_modified: kept.last_modified.clone() });
        let answer = http.get(&self.releases, &validators.unwrap_or_default(), LARGEST, |body| {
            let mut bytes = Vec::new();
            body.read_to_end(&mut bytes)?;
            Ok((read(&bytes)?, bytes))
        })?;
        match (answer, kept) {
            (Answer::Fresh { value: (versions, bytes), validators, .. }, _) => {
                let Validators { etag, last_modified } = validators;
                // What can't be kept is asked for in full again.
                let _ = file.store(&KeptAnswer { etag, last_modified, bytes });
                Ok(versions)
            }
            (Answer::NotModified, Some(kept)) => read(&kept.bytes),
            (Answer::NotModified, None) => {
                anyhow::bail!("the server says that nothing changed since it was never asked")
            }
        }
    }
}
