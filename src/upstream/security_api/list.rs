//! `page/notices.json`: the list of notices, newest first, in pages of twenty.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use anyhow::{Result, anyhow, bail};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use super::detail::{NamedCve, cve_ids};
use super::join;
use super::json::{self, Few, ListEntry, few};
use super::listed::Listed;
use crate::http::{Failure, FailureKind, Http, Validators};
use crate::notice::{NoticeId, UbuntuRelease};

/// The most that the API gives at once; more is an error there.
const PAGE: u64 = 20;
const PAGE_CAP: u64 = 8 << 20;
/// The most pages of one walk. The oldest release has some 140, and one that has more is walked as far.
const PAGES: u32 = 500;
/// About the most memory that the list may take. A window of years has a few MB.
const SIZE_LIMIT: usize = 12 << 20;
/// How often the whole window is looked through: notices are inserted, changed and hidden in its middle.
const WALK_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// A list with fewer entries may halve for honest reasons.
const SHRINKS_FROM: u64 = 20;

/// How asking for the list went.
#[derive(Debug, Default)]
pub struct Listing {
    /// The pages asked for.
    pub pages: u32,
    /// Whether all of the window was looked through, and not only the newest.
    pub walked: bool,
    /// What went wrong on the way, as sentences.
    pub warnings: Vec<String>,
    /// Whether there is anything to keep.
    pub(super) changed: bool,
}

/// What is kept of the list.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct NoticeList {
    pub(super) notices: BTreeMap<NoticeId, Listed>,
    /// How many notices the API has in all.
    total: u64,
    /// When the window was last looked through, and how far back that went.
    walked: Option<(Timestamp, Timestamp)>,
}

impl NoticeList {
    /// Forgets what lies before the window; tells whether there was any.
    pub(super) fn forget_before(&mut self, since: Timestamp) -> bool {
        let before = self.notices.len();
        self.notices.retain(|_, listed| listed.published.instant() >= since);
        if let Some((_, back_to)) = &mut self.walked {
            *back_to = since.max(*back_to);
        }
        self.notices.len() != before
    }

    fn needs_walk(&self, since: Timestamp, now: Timestamp) -> bool {
        // A walk in the future is one by a clock that was wrong.
        self.walked.is_none_or(|(at, back_to)| back_to > since || at > now || now.duration_since(at) >= WALK_EVERY)
    }

    /// Ends a walk. What it didn't meet was hidden or deleted, if nothing slipped through.
    fn finish(&mut self, walk: &Walk, now: Timestamp) {
        self.walked = Some((now, walk.since));
        if !walk.shifted {
            self.notices.retain(|id, _| walk.seen.contains(id));
        }
    }

    /// About how much memory the notices take.
    fn size(&self) -> usize {
        let size = |listed: &Listed| {
            200 + listed.title.len() + listed.summary.len() + listed.description.len() + 40 * listed.cves.len()
        };
        self.notices.values().map(size).sum()
    }

    /// Takes in a page; tells whether it had notices that are new, and whether it changed anything.
    fn take(&mut self, page: &Page, since: Timestamp) -> (bool, bool) {
        let (mut new, mut changed) = (false, false);
        for listed in page.notices.iter().filter(|listed| listed.published.instant() >= since) {
            let earlier = self.notices.insert(listed.id, listed.clone());
            new |= earlier.is_none();
            changed |= earlier.as_ref() != Some(listed);
        }
        (new, changed)
    }
}

/// A page of the list.
struct Page {
    notices: Vec<Listed>,
    total: Option<u64>,
    /// How many entries there are, also those that are not ours.
    entries: usize,
}

#[derive(Deserialize)]
struct RawPage {
    #[serde(deserialize_with = "few::<_, RawListed>")]
    notices: Few<Listed>,
    total_results: Option<u64>,
}

#[derive(Deserialize)]
struct RawListed {
    id: Option<String>,
    published: Option<String>,
    title: Option<String>,
    summary: Option<String>,
    description: Option<String>,
    #[serde(default, deserialize_with = "few::<_, Option<String>>")]
    cves_ids: Few<String>,
    #[serde(default, deserialize_with = "few::<_, NamedCve>")]
    cves: Few<String>,
}

/// Whom to ask for what.
pub(super) struct ListRequest<'a> {
    pub(super) http: &'a Http,
    pub(super) base: &'a Url,
    pub(super) release: &'a UbuntuRelease,
    pub(super) now: Timestamp,
}

/// One way through the list, page by page.
struct Walk {
    since: Timestamp,
    total: Option<u64>,
    seen: BTreeSet<NoticeId>,
    /// Whether pages were cut from a list that moved meanwhile, so that a row may have slipped through between two.
    shifted: bool,
}

impl Walk {
    /// Takes note of a page; tells whether nothing lies behind it, `offset` being that of the next.
    fn ends(&mut self, page: &Page, offset: u64, on_disk: bool) -> bool {
        let unseen = page.notices.iter().filter(|listed| self.seen.insert(listed.id)).count();
        // A mirror of one page gives the same one for ever, as does a server that takes no offset.
        let repeats = unseen == 0 && !page.notices.is_empty();
        self.shifted |= page.total != self.total || (repeats && !on_disk);
        let beyond = page.notices.last().is_some_and(|oldest| oldest.published.instant() < self.since);
        repeats || beyond || page.entries == 0 || self.total.is_some_and(|total| offset >= total)
    }
}

impl ListRequest<'_> {
    /// Asks for as many pages as needed to bring the list up to date.
    pub(super) fn update(&self, list: &mut NoticeList, since: Timestamp) -> Result<Listing> {
        let whole = list.needs_walk(since, self.now);
        let mut page = self.first_page(list)?;
        let mut walk = Walk { since, total: page.total, seen: BTreeSet::new(), shifted: false };
        let total = page.total.unwrap_or(list.total);
        let mut listing = Listing { pages: 1, changed: list.total != total, ..Listing::default() };
        list.total = total;
        for offset in (PAGE..).step_by(PAGE as usize) {
            let (new, changed) = list.take(&page, since);
            listing.changed |= changed;
            if walk.ends(&page, offset, self.base.scheme() == "file") {
                listing.walked = whole;
                break;
            }
            if !whole && !new && !page.notices.is_empty() {
                break;
            }
            if listing.pages == PAGES || list.size() > SIZE_LIMIT {
                let what = format!("it does not end after {} pages, so older notices are left out", listing.pages);
                let url = super::shown(self.base);
                listing.warnings.push(format!("{url}: the list of notices is longer than any is: {what}"));
                break;
            }
            page = match self.further_page(offset, walk.total) {
                Ok(page) => page,
                Err(failure) => {
                    listing.warnings.push(format!("the list of notices is incomplete this time: {failure}"));
                    // The first page is known from now on, so only a walk will find what lies behind it.
                    list.walked = None;
                    break;
                }
            };
            listing.pages += 1;
        }
        if listing.walked {
            list.finish(&walk, self.now);
            listing.changed = true;
        }
        Ok(listing)
    }

    /// The first page, if it is plausible.
    fn first_page(&self, list: &NoticeList) -> Result<Page> {
        let page = self.page(0).map_err(|failure| match failure.kind() {
            FailureKind::NotFound | FailureKind::Refused => anyhow!("{failure}{}", self.about_the_codename()),
            _ => failure.into(),
        })?;
        let url = super::shown(&self.url(0));
        if page.entries == 0 {
            bail!(
                "{url}: the list of notices is empty, which none is; see whether the address leads to the right server{}",
                self.about_the_codename()
            );
        }
        if let Some(total) = page.total.filter(|total| list.total >= SHRINKS_FROM && total * 2 < list.total) {
            let advice = "it is not believed, and the next check asks again";
            bail!("{url}: the list of notices went from {} entries to {total}; {advice}", list.total);
        }
        Ok(page)
    }

    /// A further page, if it is plausible.
    fn further_page(&self, offset: u64, total: Option<u64>) -> Result<Page, Failure> {
        let page = self.page(offset)?;
        if page.entries == 0 && total.is_some_and(|total| offset < total) {
            let what = "answered with an empty page in the middle of the list";
            return Err(Failure::new(FailureKind::Unreadable, &self.url(offset), what));
        }
        Ok(page)
    }

    fn about_the_codename(&self) -> String {
        if self.release.is_listed() {
            return String::new();
        }
        let known: Vec<_> = UbuntuRelease::listed().collect();
        format!(
            "; {:?} is no release that we know, is it spelled right? ({})",
            self.release.codename(),
            known.join(", ")
        )
    }

    fn page(&self, offset: u64) -> Result<Page, Failure> {
        let url = self.url(offset);
        let answer = self.http.get(&url, &Validators::default(), PAGE_CAP, read)?;
        answer.fresh().ok_or_else(|| Failure::new(FailureKind::Unreadable, &url, "answered a question not asked"))
    }

    /// The API refuses parameters that it doesn't know, so there is nothing else to get around caches with.
    fn url(&self, offset: u64) -> Url {
        let mut url = join(self.base, "page/notices.json");
        if url.scheme() != "file" {
            let (limit, offset) = (PAGE.to_string(), offset.to_string());
            let pairs = [("release", self.release.codename()), ("limit", &limit), ("offset", &offset)];
            url.query_pairs_mut().extend_pairs(pairs);
        }
        url
    }
}

/// Reads a page. Entries that are no USN with a date are left out: livepatch and hidden notices, and a few old ones that
/// lack the prefix.
fn read(body: &mut dyn Read) -> Result<Page> {
    let raw: RawPage = json::read(body)?;
    Ok(Page { notices: raw.notices.kept, total: raw.total_results, entries: raw.notices.entries })
}

impl ListEntry for RawListed {
    type Kept = Listed;

    fn kept(self) -> Option<Listed> {
        Some(Listed {
            id: self.id?.parse().ok()?,
            published: self.published?.parse().ok()?,
            title: self.title.unwrap_or_default().trim().to_owned(),
            summary: self.summary.unwrap_or_default().trim().to_owned(),
            description: self.description.unwrap_or_default().trim().to_owned(),
            cves: cve_ids(&self.cves_ids, &self.cves),
        })
    }
}
