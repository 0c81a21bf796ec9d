//! An Atom feed: `releases.atom` and `tags.atom` of GitHub, and what has their form.
//!
//! Confirmed in feeds that others have quoted (ansible, ntfy, tomcat, jellyseerr): an entry has the id
//! `tag:github.com,2008:Repository/3638964/v2.14.0`, the address `…/releases/tag/v2.14.0`, the time of its last change
//! as `updated` and no `published`. The title is the tag, or `TAG: first line of its message`, or whatever the release
//! was called; so it is the last to be asked. There are ten entries whatever is asked for; pre-releases are among them,
//! and nothing says so.
//!
//! Not with feed-rs, which reads what is around Atom too and can be brought down by it: version 3.0.0 overflows its
//! stack on nested `media:group`, panics on `media:thumbnail time="99999999999999999999"`, and keeps 60 MB of 100 kB of
//! groups.

use anyhow::{Result, bail, ensure};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use url::Url;

use super::reading::{VersionsReading, notes, web};
use super::{ADVICE, UpstreamVersion, UpstreamVersions, VERSIONS, tag};
use crate::notice::Published;
use crate::text::quoted;
use crate::upstream::feed::{self, XmlEntry};

/// Reads the feed.
///
/// # Errors
/// If it is none, or has no version.
pub(super) fn read(text: &str) -> Result<UpstreamVersions> {
    let mut reading = VersionsReading::default();
    let (mut entries, mut commits) = (0, 0);
    let root = feed::entries(text, "the list of versions", |entry| {
        entries += 1;
        if entries > VERSIONS {
            return reading.beyond(1);
        }
        reading.entry();
        commits += usize::from(entry.id.contains(":Grit::Commit/"));
        read_entry(&entry, &mut reading);
    })?;
    match root.as_str() {
        "feed" => {}
        "html" | "HTML" => bail!(
            "the list of versions is a page in HTML, as endoflife.date answers for products that it doesn't know; {ADVICE}"
        ),
        "rss" | "RDF" => bail!("the list of versions is an RSS feed, of which davos reads no versions; {ADVICE}"),
        root => bail!("the list of versions is XML, but no Atom feed: its root is {}; {ADVICE}", quoted(root)),
    }
    ensure!(
        entries > 0,
        "the list of versions is an Atom feed without entries; where there are no releases may be tags: give the tags.atom"
    );
    ensure!(
        commits < entries,
        "the list of versions is a feed of commits; give the releases.atom or tags.atom of the repository"
    );
    // Where days are tags among versions, they are those of something else, and higher than every version.
    let days = reading.versions().iter().filter(|version| tag::is_day(&version.version)).count();
    if days < reading.versions().len() {
        reading.keep(|version| !tag::is_day(&version.version));
    }
    reading.finish("entry")
}

fn read_entry(entry: &XmlEntry, reading: &mut VersionsReading) {
    let address = Url::parse(&entry.link).ok();
    let page = address.as_ref().and_then(|address| page(address.path()));
    let names = page.as_ref().map(|page| names(page.owner, page.repository)).unwrap_or_default();
    // The title and the last part of an address are asked only if nothing tells the tag.
    let tag = tag_of_id(&entry.id).map(str::to_owned).or_else(|| page.and_then(|page| page.tag));
    let named = match &tag {
        Some(tag) => tag::named(tag, &names),
        None => {
            let last = entry.link.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            [entry.title.as_str(), last].into_iter().find_map(|text| tag::named(text, &names))
        }
    };
    let Some(tag::TaggedVersion { version, is_prerelease }) = named else {
        return reading.unnamed(tag.as_deref().unwrap_or(&entry.title));
    };
    let published =
        [&entry.published, &entry.updated].into_iter().find_map(|time| time.trim().parse::<Timestamp>().ok());
    reading.version(UpstreamVersion {
        version,
        published: published.map(Published::At),
        url: web(&entry.link),
        is_prerelease,
        notes: notes(&entry.title),
    });
}

/// `v1.2.3` of `tag:github.com,2008:Repository/123/v1.2.3`; an own GitHub has its own name in it.
fn tag_of_id(id: &str) -> Option<&str> {
    let (_, rest) = id.trim().split_once(":Repository/")?;
    let (number, tag) = rest.split_once('/')?;
    Some(tag).filter(|tag| !tag.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The page of a tag or a release.
struct AtomPage<'a> {
    owner: &'a str,
    repository: &'a str,
    tag: Option<String>,
}

/// `/OWNER/REPOSITORY/releases/tag/TAG` of GitHub, Gitea and Forgejo, `/OWNER/REPOSITORY/-/tags/TAG` of GitLab.
fn page(path: &str) -> Option<AtomPage<'_>> {
    let (before, tag) = ["/releases/tag/", "/-/tags/", "/-/releases/", "/src/tag/"]
        .into_iter()
        .find_map(|middle| path.split_once(middle))?;
    let (owner, repository) = before.rsplit_once('/')?;
    let owner = owner.rsplit('/').next().unwrap_or_default();
    let tag = percent_decode_str(tag).decode_utf8().ok().map(|tag| tag.into_owned()).filter(|tag| !tag.is_empty());
    Some(AtomPage { owner, repository, tag })
}

/// What may stand before a version: the name of the repository, its beginning (`mysql` of mysql-server), and its owner
/// (`mariadb` of MariaDB/server).
fn names<'a>(owner: &'a str, repository: &'a str) -> Vec<&'a str> {
    /// Longer names than any has.
    const NAME_LIMIT: usize = 100;
    if owner.len() > NAME_LIMIT || repository.len() > NAME_LIMIT {
        return Vec::new();
    }
    let beginnings = repository.match_indices(['-', '_', '.']).filter_map(|(end, _)| repository.get(..end));
    beginnings.chain([repository, owner]).filter(|name| !name.is_empty()).collect()
}
