//! Which versions of upstream software there are: an Atom feed, a product of endoflife.date, or go.dev's list.

mod ask;
mod atom;
mod endoflife;
mod go_dev;
mod json;
mod newest;
mod reading;
mod tag;

use anyhow::{Result, anyhow, bail, ensure};
use jiff::civil::Date;

use crate::notice::Published;
use crate::text::{one_line, quoted, shortened};

pub use ask::{Dependency, DependencyAnswer};
pub use newest::is_of_line;

/// The longest answer. The longest real one, go.dev's, has some 3 MB; feeds of ten long release notes have less than
/// one.
const ANSWER_LIMIT: usize = 16 << 20;

/// The most versions. go.dev's list has some 400.
const VERSIONS: usize = 20_000;

/// The longest error.
const ERROR_LIMIT: usize = 500;

/// What to do about an answer of no use.
const ADVICE: &str = "give the releases.atom or tags.atom of a repository on GitHub, \
                      https://endoflife.date/api/v1/products/NAME, or https://go.dev/dl/?mode=json&include=all";

/// What a source tells of the versions of one software.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpstreamVersions {
    /// The versions, each once, in the source's order. A feed has only the newest, GitHub's the ten last tags or
    /// releases.
    pub versions: Vec<UpstreamVersion>,
    /// The lines, in the source's order; only endoflife.date tells any.
    pub lines: Vec<ReleaseLine>,
    /// What was left out and why, one sentence each; some twenty at most.
    pub warnings: Vec<String>,
}

/// A version that was released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamVersion {
    /// The bare version: `1.25.4` for `go1.25.4`, `v1.25.4` and `release-1.25.4`. It has at most 64 ASCII characters
    /// and begins with a digit.
    pub version: String,
    /// When it was published, where that is told. GitHub's feeds tell only when a release was changed last.
    pub published: Option<Published>,
    /// Where to read about it, `https` or `http`.
    pub url: Option<String>,
    /// Whether it is no release yet, by the source or by the version's own words (`1.26rc1`).
    pub is_prerelease: bool,
    /// The source's own title on one line, shortened; empty where there is none.
    pub notes: String,
}

/// A line of releases, as endoflife.date tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseLine {
    /// Its name: `1.25`.
    pub name: String,
    /// The day of the end of its life, where one is told.
    pub end_of_life: Option<Date>,
    /// Whether its life has ended, where the source says so itself; where it tells but a day, compare that.
    pub is_ended: Option<bool>,
    /// Its newest version, bare.
    pub latest: Option<String>,
}

/// Reads an answer in whichever of the three forms it is.
///
/// # Errors
/// If it is in none of them, too long, or tells no version: never are no versions taken for an answer.
pub fn read(bytes: &[u8]) -> Result<UpstreamVersions> {
    read_any(bytes).map_err(|error| anyhow!(shortened(&one_line(&format!("{error:#}")), ERROR_LIMIT - 1)))
}

fn read_any(bytes: &[u8]) -> Result<UpstreamVersions> {
    ensure!(
        bytes.len() <= ANSWER_LIMIT,
        "the list of versions has more than {} MiB, which none has; {ADVICE}",
        ANSWER_LIMIT >> 20
    );
    ensure!(!bytes.starts_with(b"\x1f\x8b"), "the list of versions is a gzip file; unpack it first");
    let text = std::str::from_utf8(bytes)
        .map_err(|error| anyhow!("the list of versions is no text in UTF-8, from byte {} on", error.valid_up_to()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    match text.as_bytes().first() {
        None => bail!("the list of versions is empty; look at what its address answers, or {ADVICE}"),
        Some(b'<') => atom::read(text),
        Some(b'[') => read_list(text),
        Some(b'{') => endoflife::read_product(text),
        Some(_) if text.starts_with("---\n") && text.contains("\nreleases:\n") => {
            bail!("the list of versions is the page that endoflife.date is made from; {ADVICE}")
        }
        Some(_) => {
            let first = text.lines().next().unwrap_or_default();
            bail!("the list of versions is in no form that davos knows, at line 1: {}; {ADVICE}", quoted(first))
        }
    }
}

/// A list in JSON: whose it is, its first entry that is known says.
fn read_list(text: &str) -> Result<UpstreamVersions> {
    let list = json::list(text, VERSIONS, "the list of versions")?;
    ensure!(
        !list.entries.is_empty(),
        "the list of versions has no entries, which none has; look at what its address answers, or {ADVICE}"
    );
    let mut first = None;
    for entry in &list.entries {
        let Some(keys) = json::keys(entry) else { continue };
        let has = |wanted: &str| keys.iter().any(|key| key == wanted);
        if has("cycle") {
            return endoflife::read_cycles(&list);
        } else if has("version") && (has("stable") || has("files")) {
            return go_dev::read(&list);
        } else if has("tag_name") || has("zipball_url") {
            bail!("the list of versions is an answer of GitHub's API, which davos doesn't read; {ADVICE}");
        }
        first.get_or_insert(keys);
    }
    match first {
        Some(keys) => {
            bail!("the list of versions is JSON of no form that davos knows, a list of {}; {ADVICE}", first_keys(&keys))
        }
        None => bail!("the list of versions is a list in JSON without objects, so without versions; {ADVICE}"),
    }
}

/// The first keys of an object, for an error.
fn first_keys(keys: &[String]) -> String {
    let keys: Vec<String> = keys.iter().take(4).map(|key| format!("{:?}", shortened(key, 30))).collect();
    if keys.is_empty() { "objects without keys".to_owned() } else { format!("objects with {}", keys.join(", ")) }
}

#[cfg(test)]
mod tests;
