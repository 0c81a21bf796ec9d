//! The RSS feed: the entry of last resort. It holds the ten newest notices and neither packages nor ratings.

use std::io::Read;

use anyhow::{Result, anyhow, ensure};
use feed_rs::model::Entry;
use jiff::Timestamp;
use url::Url;

use crate::http::{Http, Validators};
use crate::notice::{NoticeId, Published, UbuntuRelease};

/// Ten descriptions of kernel notices have less than 1 MiB.
const CAP: u64 = 4 << 20;

/// The most tags. Ten notices have some two hundred.
const TAGS: usize = 20_000;

/// That there is a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    /// The id.
    pub id: NoticeId,
    /// The title without the id.
    pub title: String,
    /// When it was published, where that is told; to the second.
    pub published: Option<Published>,
}

/// Reads the feed of one Ubuntu release, RSS or Atom.
///
/// # Errors
/// If it can't be had, is no feed, or has no entries, which no release's has.
pub fn read(http: &Http, url: &Url, release: &UbuntuRelease) -> Result<Vec<FeedEntry>> {
    let mut url = url.clone();
    if url.scheme() != "file" {
        url.query_pairs_mut().append_pair("release", release.codename());
    }
    let answer = http.get(&url, &Validators::default(), CAP, entries)?;
    answer.fresh().ok_or_else(|| anyhow!("the feed answered a question not asked"))
}

fn entries(body: &mut dyn Read) -> Result<Vec<FeedEntry>> {
    let mut feed = Vec::new();
    body.read_to_end(&mut feed)?;
    ensure!(feed.trim_ascii_start().starts_with(b"<") || feed.starts_with(&[0xef, 0xbb, 0xbf, b'<']), "it is no feed");
    // An entry of seven bytes becomes one of some hundred in memory.
    let tags = feed.iter().filter(|&&byte| byte == b'<').count();
    ensure!(tags <= TAGS, "the feed has more than {TAGS} tags, which no feed of ten notices has");
    let feed = feed_rs::parser::parse(feed.as_slice()).map_err(|error| anyhow!("it is no feed: {error}"))?;
    ensure!(!feed.entries.is_empty(), "the feed has no entries, which none has");
    Ok(feed.entries.into_iter().filter_map(entry).collect())
}

/// The notice of an entry; livepatch notices are none of ours.
fn entry(entry: Entry) -> Option<FeedEntry> {
    let title = entry.title.map(|title| title.content).unwrap_or_default();
    let (before, after) = title.split_once(':').unwrap_or(("", &title));
    // The id is in the address, but not before 2020, when addresses were https://usn.ubuntu.com/3893-1/.
    let addresses = std::iter::once(&entry.id).chain(entry.links.iter().map(|link| &link.href));
    let of_address = addresses.filter_map(|address| NoticeId::from_url(address).ok()).next();
    let of_title = before.trim().parse().ok();
    let published = entry.published.or(entry.updated);
    let published = published.and_then(|time| Timestamp::from_second(time.timestamp()).ok()).map(Published::At);
    let title = if of_title.is_some() { after } else { &title };
    Some(FeedEntry { id: of_address.or(of_title)?, title: title.trim().to_owned(), published })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;
    use crate::http::Limits;
    use crate::needs;
    use crate::server::{Reply, Server};

    fn http() -> Http {
        let limits = Limits { tries: 1, total: Duration::from_secs(10), ..Limits::default() };
        Http::with_environment(limits, &[], 1, |_| None).expect("a client")
    }

    fn jammy() -> UbuntuRelease {
        "jammy".parse().expect("a release")
    }

    fn of_corpus(name: &str) -> Option<Vec<FeedEntry>> {
        let path = needs::corpus(&format!("rss/{name}"))?;
        let url = Url::from_file_path(path.canonicalize().expect("a path")).expect("an address");
        Some(read(&http(), &url, &jammy()).expect("a feed"))
    }

    #[test]
    fn real_feeds_of_three_ages_are_read() {
        for (name, id, title, published) in [
            ("rss-rendered.xml", "USN-7967-1", "Avahi vulnerabilities", "2026-01-19T12:30:55Z"),
            ("rss-2025-10-29.xml", "USN-7845-1", "Squid vulnerability", "2025-10-28T19:14:56Z"),
            ("atom_usn.ubuntu.com_2019-02-22.xml", "USN-3893-1", "Bind vulnerabilities", "2019-02-22T08:08:13Z"),
        ] {
            let Some(entries) = of_corpus(name) else { continue };
            let first = FeedEntry {
                id: id.parse().expect("an id"),
                title: title.to_owned(),
                published: Some(published.parse().expect("a time")),
            };
            assert_eq!(entries.first(), Some(&first), "{name}");
        }
    }

    #[test]
    fn the_feed_of_one_release_is_asked_for_and_other_notices_are_left_out() {
        let item = |id: &str| {
            format!(
                "<item><title>{id}: Linux</title><guid isPermaLink=\"false\">https://ubuntu.com/security/notices/{id}</guid></item>"
            )
        };
        let feed = format!("<rss version=\"2.0\"><channel>{}{}</channel></rss>", item("LSN-0074-2"), item("USN-2-1"));
        let server = Server::start(move |_| Reply::ok(feed.clone()));
        let entries = read(&http(), &server.url("/rss.xml").parse().expect("an address"), &jammy()).expect("a feed");
        assert_eq!(entries.iter().map(|entry| entry.id.to_string()).collect::<Vec<_>>(), ["USN-2-1"]);
        assert_eq!(server.requests()[0].query, "release=jammy");
    }

    #[test]
    fn what_is_no_feed_or_an_empty_one_is_a_failure() {
        let empty = "<rss version=\"2.0\"><channel><title>Ubuntu security notices</title></channel></rss>";
        let cut = "<rss version=\"2.0\"><channel><item><title>USN-2-1: Li";
        for body in ["", "<!doctype html><html><body>Sorry</body></html>", empty, cut] {
            let server = Server::start(move |_| Reply::ok(body));
            let url = server.url("/rss.xml").parse().expect("an address");
            let failed = read(&http(), &url, &jammy());
            assert!(failed.is_err(), "{body:?} was taken for {failed:?}");
        }
    }

    #[test]
    fn a_feed_on_disk_needs_no_query() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rss.xml");
        fs::write(&path, "<rss version=\"2.0\"><channel><item><title>USN-2-1: x</title></item></channel></rss>")
            .expect("a file");
        let url = Url::from_file_path(&path).expect("an address");
        assert_eq!(read(&http(), &url, &jammy()).expect("a feed").len(), 1);
    }
}
