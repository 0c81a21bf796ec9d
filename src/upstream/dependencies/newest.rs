//! The newest version of each line.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use super::{UpstreamVersion, UpstreamVersions};

impl UpstreamVersions {
    /// The highest version of the line that is no pre-release. `1.25` means 1.25 and 1.25.4, never 1.250; a line that
    /// the source names otherwise (`lts`) has the version that the source says is its latest.
    ///
    /// What `compare` can't compare is passed over; of equal versions the first is taken. There may be none: a feed has
    /// only the newest versions, none of an older line.
    pub fn newest_of_line(
        &self,
        line: &str,
        compare: impl Fn(&str, &str) -> Option<Ordering>,
    ) -> Option<&UpstreamVersion> {
        let latest = self.lines.iter().find(|told| told.name == line).and_then(|told| told.latest.as_deref());
        let of_line = self
            .versions
            .iter()
            .filter(|version| is_of_line(&version.version, line) || latest == Some(&version.version));
        of_line.fold(None, |best, version| higher(best, version, &compare))
    }

    /// The highest version that is no pre-release, of each line that has one, in the order in which the lines come up:
    /// those that the source tells, and for versions of none of them the first two numbers.
    pub fn newest_of_lines(&self, compare: impl Fn(&str, &str) -> Option<Ordering>) -> Vec<(String, &UpstreamVersion)> {
        let told: HashSet<&str> = self.lines.iter().map(|line| line.name.as_str()).collect();
        let latest: HashMap<&str, &str> =
            self.lines.iter().filter_map(|line| Some((line.latest.as_deref()?, line.name.as_str()))).collect();
        let mut places = HashMap::new();
        let mut newest: Vec<(&str, Option<&UpstreamVersion>)> = Vec::new();
        for version in &self.versions {
            let text = version.version.as_str();
            let line =
                latest.get(text).copied().or_else(|| told_line(text, &told)).unwrap_or_else(|| two_numbers(text));
            let place = *places.entry(line).or_insert_with(|| {
                newest.push((line, None));
                newest.len() - 1
            });
            if let Some((_, best)) = newest.get_mut(place) {
                *best = higher(*best, version, &compare);
            }
        }
        newest.into_iter().filter_map(|(line, best)| Some((line.to_owned(), best?))).collect()
    }
}

/// Whether a version is of a line: 1.25 and 1.25.4 are of 1.25, 1.250 is not.
pub fn is_of_line(version: &str, line: &str) -> bool {
    version
        .strip_prefix(line)
        .is_some_and(|rest| !line.is_empty() && !rest.starts_with(|next: char| next.is_ascii_digit()))
}

/// The longest told line that the version is of.
fn told_line<'a>(version: &'a str, told: &HashSet<&str>) -> Option<&'a str> {
    (1..=version.len())
        .rev()
        .filter_map(|end| version.get(..end))
        .find(|line| told.contains(line) && is_of_line(version, line))
}

/// `1.25` of 1.25.4, `17` of 17.
fn two_numbers(version: &str) -> &str {
    let is_end =
        |place: usize| version[place..].find(|c: char| !c.is_ascii_digit()).map_or(version.len(), |end| place + end);
    let major = is_end(0);
    match version.as_bytes().get(major..major + 2) {
        Some([b'.', next]) if next.is_ascii_digit() => &version[..is_end(major + 1)],
        _ => &version[..major],
    }
}

/// The higher of two, if the other is a release that can be compared at all.
fn higher<'a>(
    best: Option<&'a UpstreamVersion>,
    other: &'a UpstreamVersion,
    compare: &impl Fn(&str, &str) -> Option<Ordering>,
) -> Option<&'a UpstreamVersion> {
    if other.is_prerelease || compare(&other.version, &other.version).is_none() {
        return best;
    }
    match best {
        Some(best) if compare(&other.version, &best.version) != Some(Ordering::Greater) => Some(best),
        _ => Some(other),
    }
}
