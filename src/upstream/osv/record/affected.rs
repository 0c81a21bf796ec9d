//! What a record says is affected: packages, and which versions of them.

use super::json::{JsonField, JsonObject};
use super::range::RangeEvent;
use super::severity::Ratings;
use super::{AffectedPackage, MOST_AFFECTED, MOST_EVENTS, MOST_VERSIONS};
use crate::text::{count, quoted};

/// The most versions of all packages. A livepatch notice names some five hundred.
const MOST_VERSIONS_IN_ALL: usize = 200_000;
/// The longest version. The longest at hand, one of Ubuntu Pro, has 28 characters; pseudo-versions of Go have some forty.
const LONGEST_VERSION: usize = 256;
/// The longest name of a package or an ecosystem: paths of Go modules, products of SUSE, addresses of repositories.
const LONGEST_NAME: usize = 512;
/// The longest purl.
const LONGEST_PURL: usize = 2_048;

/// Reads the packages, and the highest ratings of them.
pub(super) fn read(list: &JsonField<'_>) -> (Vec<AffectedPackage>, Ratings) {
    let mut reader = AffectedReader { events: MOST_EVENTS, versions: MOST_VERSIONS_IN_ALL, too_much: false };
    let (mut affected, mut ratings) = (Vec::new(), Ratings::default());
    for entry in list.list(MOST_AFFECTED).unwrap_or_default() {
        if let Some((package, of_package)) = reader.package(&entry) {
            affected.push(package);
            ratings = ratings.higher(of_package);
        }
        if reader.too_much {
            break;
        }
    }
    (affected, ratings)
}

/// How many more there may be, of all packages together.
struct AffectedReader {
    events: usize,
    versions: usize,
    /// There were more, which is a mistake that was told; nothing that follows is read.
    too_much: bool,
}

impl AffectedReader {
    fn package(&mut self, entry: &JsonField<'_>) -> Option<(AffectedPackage, Ratings)> {
        let keys =
            entry.object(&["package", "severity", "ranges", "versions", "ecosystem_specific", "database_specific"])?;
        keys.remark_misspelt();
        let (ranges, has_git_ranges) = self.ranges(&keys);
        let Some(package) = keys.get("package") else {
            // osv.dev's records of CVEs have commits of a repository so, which no list of packages names.
            if ranges.is_empty() && (has_git_ranges || keys.get("versions").is_none()) {
                keys.remark("left out: it names no package");
            } else {
                keys.mistake("\"package\" is missing; write {\"ecosystem\": …, \"name\": …}");
            }
            return None;
        };
        let ratings = keys.get("severity").map(|list| Ratings::of_list(&list)).unwrap_or_default();
        let package = package.object(&["ecosystem", "name", "purl"])?;
        package.remark_misspelt();
        let versions = keys.get("versions").map(|list| self.versions(&list)).unwrap_or_default();
        if ranges.is_empty() && versions.is_empty() && !has_git_ranges {
            keys.remark("no version is affected, since neither \"ranges\" nor \"versions\" names one");
        }
        // Each is read before one is given up, so that all that is wrong is told.
        let (ecosystem, name) = (needed(&package, "ecosystem"), needed(&package, "name"));
        let purl = package.get("purl").and_then(|purl| purl.word(LONGEST_PURL));
        let severity = ratings.severity;
        Some((
            AffectedPackage { ecosystem: ecosystem?, name: name?, purl, ranges, has_git_ranges, versions, severity },
            ratings,
        ))
    }

    /// The ranges of versions, and whether there are any of commits.
    fn ranges(&mut self, keys: &JsonObject<'_>) -> (Vec<Vec<RangeEvent>>, bool) {
        let (mut ranges, mut has_git_ranges) = (Vec::new(), false);
        let list = keys.get("ranges").and_then(|list| list.list(MOST_EVENTS));
        for range in list.unwrap_or_default() {
            let Some(keys) = range.object(&["type", "repo", "events", "database_specific"]) else { continue };
            let Some(kind) = keys.get("type") else {
                keys.mistake("\"type\" is missing; allowed: SEMVER, ECOSYSTEM, GIT");
                continue;
            };
            match kind.text().as_deref() {
                Some("GIT") => has_git_ranges = true,
                Some("SEMVER" | "ECOSYSTEM") => ranges.extend(self.events(&keys)),
                Some(other) => {
                    kind.mistake(format!("{} is not allowed; allowed: SEMVER, ECOSYSTEM, GIT", quoted(other)))
                }
                None => {}
            }
            if self.too_much {
                break;
            }
        }
        (ranges, has_git_ranges)
    }

    /// The events of a range.
    fn events(&mut self, range: &JsonObject<'_>) -> Option<Vec<RangeEvent>> {
        let Some(list) = range.get("events") else {
            range.mistake("\"events\" is missing; write [{\"introduced\": \"0\"}, {\"fixed\": …}]");
            return None;
        };
        let fields = list.list(MOST_EVENTS)?;
        if fields.len() > self.events {
            list.mistake(format!("davos reads at most {} in all ranges of a record", count(MOST_EVENTS, "event")));
            self.too_much = true;
            return None;
        }
        self.events -= fields.len();
        let (mut events, mut whole) = (Vec::new(), true);
        for field in &fields {
            match event(field) {
                Some(event) => events.extend(event),
                None => whole = false,
            }
        }
        if whole && !events.iter().any(|event| matches!(event, RangeEvent::Introduced(_))) {
            list.mistake("no version is affected without {\"introduced\": …}; {\"introduced\": \"0\"} stands for all before the fix");
            return None;
        }
        Some(events)
    }

    /// The versions that are named one by one. One that can't be read is none that is installed.
    fn versions(&mut self, list: &JsonField<'_>) -> Vec<String> {
        let fields = list.list(MOST_VERSIONS).unwrap_or_default();
        if fields.len() > self.versions {
            list.mistake(format!("davos reads at most {} of all packages", count(MOST_VERSIONS_IN_ALL, "version")));
            self.too_much = true;
            return Vec::new();
        }
        self.versions -= fields.len();
        fields.iter().filter_map(|version| version.word_or_remark(LONGEST_VERSION)).collect()
    }
}

/// A name that has to be there.
fn needed(package: &JsonObject<'_>, key: &str) -> Option<String> {
    let field = package.get(key);
    if field.is_none() {
        let any = if key == "ecosystem" { "; where OSV has none, write \"generic\" and a \"purl\"" } else { "" };
        package.mistake(format!("{} is missing{any}", quoted(key)));
    }
    field?.word(LONGEST_NAME)
}

/// An event; `None` if it has a mistake, `Some(None)` if it is left out.
fn event(field: &JsonField<'_>) -> Option<Option<RangeEvent>> {
    const KEYS: &[&str] = &["introduced", "fixed", "last_affected", "limit"];
    let keys = field.object(KEYS)?;
    let there: Vec<&str> = KEYS.iter().copied().filter(|key| keys.get(key).is_some()).collect();
    let [key] = there.as_slice() else {
        keys.mistake(match there.as_slice() {
            [] => {
                let has =
                    if keys.keys().is_empty() { String::new() } else { format!(", not {}", keys.keys().join(", ")) };
                format!("an event needs one of {}{has}", KEYS.join(", "))
            }
            several => format!("it has {}; write an event for each: {{…}}, {{…}}", several.join(" and ")),
        });
        return None;
    };
    let value = keys.get(key)?;
    let version = value.word(LONGEST_VERSION)?;
    Some(match *key {
        "introduced" => Some(RangeEvent::Introduced(version)),
        "fixed" => Some(RangeEvent::Fixed(version)),
        "last_affected" => Some(RangeEvent::LastAffected(version)),
        _ => {
            // Without it more versions are affected, never fewer.
            if version != "*" {
                value.remark("left out: limits are not read, so versions after it count as affected too");
            }
            None
        }
    })
}
