//! The RSS feed: the entry of last resort. It holds the ten newest notices and neither packages nor ratings.

use std::io::Read;

use anyhow::{Context, Result, anyhow, ensure};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use url::Url;

use super::feed::{self, XmlEntry};
use crate::http::{Http, Validators};
use crate::notice::{NoticeId, Published, UbuntuRelease};
use crate::text::{one_line, shortened};

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
    let text = std::str::from_utf8(&feed).ok().context("it is no feed, but no UTF-8 text")?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    ensure!(text.starts_with('<'), "it is no feed");
    let tags = feed.iter().filter(|&&byte| byte == b'<').count();
    ensure!(tags <= TAGS, "the feed has more than {TAGS} tags, which no feed of ten notices has");
    let mut found = (0, Vec::new());
    let root = feed::entries(text, "the feed", |item| {
        found.0 += 1;
        found.1.extend(entry(item));
    })?;
    let (count, entries) = found;
    ensure!(["rss", "feed"].contains(&root.as_str()), "it is no feed, but begins with <{}>", shortened(&root, 40));
    ensure!(count > 0, "the feed has no entries, which none has");
    Ok(entries)
}

/// The notice of an entry; livepatch notices are none of ours.
fn entry(entry: XmlEntry) -> Option<FeedEntry> {
    let title = one_line(&entry.title);
    let (before, after) = title.split_once(':').unwrap_or(("", &title));
    // The id is in the address, but not before 2020, when addresses were https://usn.ubuntu.com/3893-1/.
    let usn = |id: Result<NoticeId>| id.ok().filter(|id| id.is_usn());
    let of_address = [&entry.id, &entry.link].into_iter().find_map(|address| usn(NoticeId::from_url(address.trim())));
    let of_title = usn(before.trim().parse());
    let published = [&entry.published, &entry.updated].into_iter().find_map(|time| timestamp(time.trim()));
    let title = if of_title.is_some() { after } else { &title };
    Some(FeedEntry {
        id: of_address.or(of_title)?,
        title: title.trim().to_owned(),
        published: published.map(Published::At),
    })
}

/// A time as Atom writes it (RFC 3339), or as RSS does (RFC 2822), to the second.
fn timestamp(text: &str) -> Option<Timestamp> {
    let time: Timestamp = text.parse().ok().or_else(|| Some(rfc2822::parse(text).ok()?.timestamp()))?;
    Timestamp::from_second(time.as_second()).ok()
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
    fn nesting_and_odd_elements_do_no_harm() {
        let item = "<item><title>USN-2-1: x</title><author>\u{201c}a@b.de</author><media:thumbnail time=\"99999999999999999999\"/></item>";
        let nested = format!("<rss><channel>{}{item}", "<media:group>".repeat(10_000));
        let odd = format!("<rss xmlns:media=\"x\"><channel>{item}</channel></rss>");
        assert!(entries(&mut nested.as_bytes()).is_err());
        assert_eq!(entries(&mut odd.as_bytes()).expect("a feed").len(), 1);
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
