//! Where notices come from that aren't Ubuntu's: databases in the form of OSV, and new versions of dependencies.

use serde_json::Value;
use url::Url;

use super::upstream_config::address;
use crate::fields::Field;
use crate::notice::{PackageName, Priority};
use crate::store::{GitConfig, read_git};
use crate::text::Secret;
use crate::upstream::dependencies::Dependency;

/// A database in the form of OSV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OsvSource {
    /// osv.dev's API, or one that speaks as it does.
    Api(Url),
    /// The database of Go's vulnerabilities, or a copy of it.
    Go(Url),
    /// A folder with an `index.json`.
    Folder(Url),
    /// The files of a repository.
    Git(Box<GitConfig>),
}

/// The most databases, and the most dependencies, of one resource.
const MOST_SOURCES: usize = 50;

const KINDS: &str =
    "write one of {api: https://api.osv.dev/}, {go: https://vuln.go.dev/}, {folder: URL} and {git: {uri: …}}";

/// Reads `source.upstream.osv`.
pub(super) fn databases(field: &Field<'_>) -> Vec<OsvSource> {
    if field.value() == &Value::Bool(false) {
        return Vec::new();
    }
    distinct(field).into_iter().filter_map(database).collect()
}

fn database(field: Field<'_>) -> Option<OsvSource> {
    let is_object = field.value().is_object();
    let mut fields = field.object();
    let (api, go, folder, git) = (fields.get("api"), fields.get("go"), fields.get("folder"), fields.get("git"));
    let given = [&api, &go, &folder, &git].into_iter().flatten().count();
    let api = api.and_then(|field| base(&field)).map(OsvSource::Api);
    let go = go.and_then(|field| base(&field)).map(OsvSource::Go);
    let folder = folder.and_then(|field| base(&field)).map(OsvSource::Folder);
    let git = git.and_then(|field| read_git(field.object())).map(|git| OsvSource::Git(Box::new(git)));
    if is_object && given != 1 {
        fields.mistake(KINDS);
    }
    fields.finish();
    api.or(go).or(folder).or(git)
}

/// The address of a folder on a server or a disk.
fn base(field: &Field<'_>) -> Option<Url> {
    let url = field.some_text().and_then(|text| address(text, true));
    if url.is_none() {
        field.wrong("the address of a folder, without a query, that starts with https://, http:// or file:///");
    }
    url
}

/// Reads `source.dependencies`.
pub(super) fn dependencies(field: &Field<'_>) -> Vec<Dependency> {
    distinct(field).into_iter().filter_map(dependency).collect()
}

/// The entries of a list of sources, of which none stands twice: each keeps what it was told, under its address.
fn distinct<'a>(field: &Field<'a>) -> Vec<Field<'a>> {
    let list = field.list();
    if list.len() > MOST_SOURCES {
        field
            .mistake(format!("{} entries; at most {MOST_SOURCES} can be asked within the time of a check", list.len()));
    }
    for (at, entry) in list.iter().enumerate() {
        if let Some(first) = list[..at].iter().position(|earlier| earlier.value() == entry.value()) {
            entry.mistake(format!("the same as entry {first}; remove one of them"));
        }
    }
    list
}

fn dependency(field: Field<'_>) -> Option<Dependency> {
    let is_object = field.value().is_object();
    let mut fields = field.object();
    let mut needed = |key: &'static str, such: &str| {
        let field = fields.get(key);
        if field.is_none() && is_object {
            fields.mistake_of(key, format!("needed; write {such}"));
        }
        field
    };
    let name = needed("name", "a short name, such as go").and_then(|field| {
        let name = field.some_text()?.trim();
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        let valid = name.len() <= 50 && name.bytes().all(plain) && !name.contains("..") && !name.is_empty();
        if !valid {
            field.wrong("letters, digits, `.`, `_` and `-`: it stands in the ids of notices");
        }
        valid.then(|| name.to_owned())
    });
    let package = needed("purl", "a package URL, such as pkg:golang/stdlib").and_then(|field| {
        let package = PackageName::of_purl(field.some_text()?);
        package.map_err(|error| field.mistake(error)).ok()
    });
    let releases = needed("releases", "the address of an Atom feed, an endoflife.date product or go.dev's list");
    let releases = releases.and_then(|field| {
        let url = field.some_text().and_then(|text| address(text, false));
        if url.is_none() {
            field.wrong("an address that starts with https://, http:// or file:///");
        }
        url
    });
    let line = fields.get("line").and_then(|field| {
        if let Value::Number(number) = field.value() {
            field.mistake(format!("{number} arrived as a number, and YAML makes 1.2 of 1.20; quote it"));
            return None;
        }
        let line = field.some_text()?.trim();
        let numbers = line.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        if !numbers {
            field.wrong("the numbers that its versions begin with, such as \"1.25\"");
        }
        numbers.then(|| line.to_owned())
    });
    let priority = fields.get("priority").map_or(Some(Priority::High), |field| field.parsed());
    fields.finish();
    Some(Dependency { name: name?, package: package?, releases: releases?, line, priority: priority? })
}

impl OsvSource {
    /// What of it is secret.
    pub(crate) fn secrets(&self) -> Vec<&Secret> {
        match self {
            OsvSource::Git(config) => config.secrets(),
            _ => Vec::new(),
        }
    }
}
