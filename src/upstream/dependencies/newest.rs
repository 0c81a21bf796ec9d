//! The newest version, of a line or of all.

use std::cmp::Ordering;

use super::{UpstreamVersion, UpstreamVersions};

impl UpstreamVersions {
    /// The highest version that is no pre-release. What `compare` can't compare is passed over; of equal versions the first is
    /// taken.
    pub fn newest(&self, compare: impl Fn(&str, &str) -> Option<Ordering>) -> Option<&UpstreamVersion> {
        highest(self.versions.iter(), compare)
    }

    /// The same of a line: `1.25` means 1.25 and 1.25.4, never 1.250. There may be none: a feed has only the newest versions,
    /// none of an older line.
    pub fn newest_of_line(
        &self,
        line: &str,
        compare: impl Fn(&str, &str) -> Option<Ordering>,
    ) -> Option<&UpstreamVersion> {
        highest(self.versions.iter().filter(|version| is_of_line(&version.version, line)), compare)
    }
}

/// Whether a version is of a line: 1.25 and 1.25.4 are of 1.25, 1.250 is not.
pub fn is_of_line(version: &str, line: &str) -> bool {
    version
        .strip_prefix(line)
        .is_some_and(|rest| !line.is_empty() && !rest.starts_with(|next: char| next.is_ascii_digit()))
}

fn highest<'a>(
    versions: impl Iterator<Item = &'a UpstreamVersion>,
    compare: impl Fn(&str, &str) -> Option<Ordering>,
) -> Option<&'a UpstreamVersion> {
    let releases =
        versions.filter(|version| !version.is_prerelease && compare(&version.version, &version.version).is_some());
    releases.reduce(|best, other| match compare(&other.version, &best.version) {
        Some(Ordering::Greater) => other,
        _ => best,
    })
}
