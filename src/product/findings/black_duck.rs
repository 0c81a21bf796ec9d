//! The CSV of Black Duck: the `security_….csv` of a report on a version of a project, in today's form and in the one before.
//!
//! It doesn't tell what carries a fix. The columns are known by their names and stand in any order; programs that tidy reports up
//! leave some out, and spreadsheets write `;` or tabs.

use anyhow::{Context, Result, bail, ensure};
use csv::{ReaderBuilder, StringRecord};

use super::Finding;
use super::collected::Collected;
use super::rated::{Rater, rated};
use crate::notice::Severity;

/// What people call it.
pub(super) const NAME: &str = "Black Duck";

/// What may stand between the columns.
const SEPARATORS: &[u8] = b",;\t";

/// The longest header that is looked at, in bytes. Today's has 800.
const LONGEST_HEADER: usize = 16 * 1024;

/// The columns that are read: their names today, and before.
const COLUMNS: &[&[&str]] =
    &[ID, COMPONENT, VERSION, ORIGIN, ORIGIN_ID, ORIGIN_VERSION, DESCRIPTION, SCORE, SOURCE, STATUS, RISK];
const ID: &[&str] = &["Vulnerability id"];
const COMPONENT: &[&str] = &["Component name", "Project name"];
const VERSION: &[&str] = &["Component version name", "Version"];
const ORIGIN: &[&str] = &["Component origin name", "Channel version origin"];
const ORIGIN_ID: &[&str] = &["Component origin id", "Channel version origin id"];
const ORIGIN_VERSION: &[&str] = &["Component origin version name", "Channel version origin name"];
const DESCRIPTION: &[&str] = &["Description"];
const SCORE: &[&str] = &["Base score"];
const SOURCE: &[&str] = &["Vulnerability source"];
const STATUS: &[&str] = &["Remediation status"];
const RISK: &[&str] = &["Security Risk"];

/// Whether a text is one: its first line has several of the columns, not only those that others have too.
pub(super) fn is_such(text: &str) -> bool {
    separator(text).is_some_and(|(_, known)| known >= 3)
}

/// What stands between the columns, and how many of the first line are known.
fn separator(text: &str) -> Option<(u8, usize)> {
    let line = text.trim_start().lines().next().unwrap_or_default();
    if line.len() > LONGEST_HEADER {
        return None;
    }
    let known = |separator: u8| {
        let names = line.split(char::from(separator)).map(|name| name.trim().trim_matches('"'));
        names.filter(|name| COLUMNS.iter().any(|names| is_one(names, name))).count()
    };
    SEPARATORS.iter().map(|&separator| (separator, known(separator))).max_by_key(|&(_, known)| known)
}

fn is_one(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name.trim()))
}

/// Reads it.
///
/// # Errors
/// If a column is missing or stands twice, a quote is left open, or there are too many findings.
pub(super) fn read(text: &str, collected: &mut Collected) -> Result<()> {
    let (separator, _) = separator(text).context("its first line is too long")?;
    let mut rows =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    let mut row = StringRecord::new();
    rows.read_record(&mut row)?;
    let columns = Columns::of(&row)?;
    let mut ends_in_quotes = false;
    let mut lines = Lines { text, seen: 0, line: 1 };
    while rows.read_record(&mut row)? {
        let line = lines.at(row.position().map_or(0, csv::Position::byte));
        if row.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        let long = row.iter().any(|field| field.contains('\n'));
        if row.len() != columns.count {
            let what = format!("it has {} columns, and the first line has {}", row.len(), columns.count);
            // What a quote left open has swallowed is not known, so the rest of the file says nothing.
            ensure!(!long, "line {line}: {what}: is a quote left open?");
            collected.unreadable(&format!("line {line}"), &what);
            continue;
        }
        ends_in_quotes = long;
        collected.take(format!("line {line}"), Ok(columns.finding(&row)))?;
    }
    let open = ends_in_quotes && text.bytes().filter(|&byte| byte == b'"').count() % 2 == 1;
    ensure!(!open, "a quote is left open, which makes one field of the rest of the file");
    Ok(())
}

/// The numbers of lines. The reader's own are one too low where lines end with `\r\n`.
struct Lines<'a> {
    text: &'a str,
    seen: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line of the row that begins at a byte, or behind the line ends there.
    fn at(&mut self, byte: u64) -> usize {
        let bytes = self.text.as_bytes();
        let mut start = usize::try_from(byte).unwrap_or(usize::MAX).clamp(self.seen, bytes.len());
        start += bytes[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.line += bytes[self.seen..start].iter().filter(|&&byte| byte == b'\n').count();
        self.seen = start;
        self.line
    }
}

/// Where the columns stand.
struct Columns {
    count: usize,
    id: usize,
    component: usize,
    version: usize,
    status: usize,
    origin: Option<usize>,
    origin_id: Option<usize>,
    origin_version: Option<usize>,
    description: Option<usize>,
    score: Option<usize>,
    source: Option<usize>,
    risk: Option<usize>,
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Columns> {
        let maybe = |names: &[&str]| {
            // Where both names stand there, that of today counts.
            for name in names {
                let mut places = header.iter().enumerate().filter(|(_, title)| is_one(&[name], title));
                match (places.next(), places.next()) {
                    (Some(_), Some(_)) => bail!("the column {name:?} stands there twice"),
                    (Some((place, _)), None) => return Ok(Some(place)),
                    _ => {}
                }
            }
            Ok(None)
        };
        let column = |names: &[&str]| {
            maybe(names)?.with_context(|| {
                format!(
                    "it has no column {:?}; give the security_….csv of the report, with all its columns",
                    names.first().copied().unwrap_or_default()
                )
            })
        };
        let columns = Columns {
            count: header.len(),
            id: column(ID)?,
            component: column(COMPONENT)?,
            version: column(VERSION)?,
            status: column(STATUS)?,
            origin: maybe(ORIGIN)?,
            origin_id: maybe(ORIGIN_ID)?,
            origin_version: maybe(ORIGIN_VERSION)?,
            description: maybe(DESCRIPTION)?,
            score: maybe(SCORE)?,
            source: maybe(SOURCE)?,
            risk: maybe(RISK)?,
        };
        if columns.risk.is_none() {
            column(SCORE)?;
        }
        Ok(columns)
    }

    fn finding(&self, row: &StringRecord) -> Finding {
        let told = |place: usize| row.get(place).unwrap_or_default().trim();
        let maybe = |place: Option<usize>| place.map_or("", told);
        let (id, aliases) = ids(told(self.id), maybe(self.source));
        let in_registry = in_registry(maybe(self.origin_id), maybe(self.origin_version));
        let (package, version) = match in_registry {
            Some(name) => (name, maybe(self.origin_version)),
            None => (told(self.component), told(self.version)),
        };
        let score = maybe(self.score).replace(',', ".").parse().ok();
        // The score is that of CVSS, and the word what a formula of Black Duck makes of it.
        let (severity, priority) = rated(maybe(self.risk), Rater::Other, score);
        Finding {
            id,
            aliases,
            package: package.to_owned(),
            version: version.to_owned(),
            kind: maybe(self.origin).to_owned(),
            no_fix: Some(told(self.status).to_owned()),
            severity: score.and_then(Severity::of_score).or(severity),
            priority,
            details: maybe(self.description).to_owned(),
            ..Finding::default()
        }
    }
}

/// The ids of `BDSA-2019-2725 (CVE-2019-12402)`. VulnDB's are numbers, `106409`, which stand for nothing without its name.
fn ids(told: &str, source: &str) -> (String, Vec<String>) {
    let (id, others) = told.split_once('(').unwrap_or((told, ""));
    let others = others.trim_end().trim_end_matches(')').split([',', ';']).map(str::trim);
    let numeric = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    let full = |id: &str| if numeric(id) && !source.is_empty() { format!("{source}-{id}") } else { id.to_owned() };
    (full(id.trim()), others.filter(|id| !id.is_empty()).map(full).collect())
}

/// The name in the registry that the package comes from: `commons-beanutils:commons-beanutils` of
/// `commons-beanutils:commons-beanutils:1.8.3`, `@ngtools/webpack` of `@ngtools/webpack/1.9.8`, `apt` of `apt/1.6.12/amd64`. The
/// name of the component is one for people (`Apache Commons BeanUtils`).
fn in_registry<'a>(origin_id: &'a str, version: &str) -> Option<&'a str> {
    let of = |id: &'a str| id.strip_suffix(version)?.strip_suffix([':', '/']).filter(|name| !name.is_empty());
    let without_architecture = || of(origin_id.rsplit_once('/')?.0);
    if version.is_empty() { None } else { of(origin_id).or_else(without_architecture) }
}
