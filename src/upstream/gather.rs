//! Everything that the sources tell of one Ubuntu release, as a union.

mod named;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread;

use anyhow::{Result, anyhow, bail};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::http::{Http, shown};
use super::oval::{self, Edition};
use super::rss::{self, Nudge};
use super::security_api::{Detail, SecurityApi};
use super::sources::Sources;
use super::union::{self, Told};
use crate::notice::{Cve, CveId, Facts, Notice, NoticeId, Priority, Published, Severity, UbuntuRelease};

/// After this long without a new OVAL file, people are told. Canonical makes one several times a day.
const OVAL_IS_OLD_AFTER: SignedDuration = SignedDuration::from_hours(3 * 24);

/// The way to the sources for one Ubuntu release.
#[derive(Clone, Copy)]
pub struct Upstream<'a> {
    /// The addresses.
    pub sources: &'a Sources,
    /// The Ubuntu release.
    pub release: &'a UbuntuRelease,
    /// The way to ask.
    pub http: &'a Http,
    /// Where to keep what a later run can use.
    pub folder: &'a Path,
    /// The time of this run.
    pub now: Timestamp,
}

/// What is known of a notice before its packages are looked at.
#[derive(Debug, Clone, Copy)]
pub struct Outline {
    /// When it was published.
    pub published: Published,
    /// The highest priority among its CVEs.
    pub priority: Priority,
    /// The highest severity among its CVEs.
    pub severity: Option<Severity>,
    /// Whether it names any CVE.
    pub has_cves: bool,
}

/// What more to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// What is known is enough.
    Nothing,
    /// The packages with their pockets.
    Details,
    /// The ratings of its CVEs.
    Ratings,
}

/// What the one who asks wants to know of which notices.
pub trait Interest {
    /// Whether the outline alone rules the notice out, so that nobody need look at its packages.
    fn rules_out(&mut self, outline: &Outline) -> bool;

    /// What is missing to decide about the notice.
    fn need(&self, facts: &Facts) -> Need;
}

/// What the sources told.
pub struct Gathered<'a> {
    upstream: Upstream<'a>,
    edition: Option<Edition>,
    api: Option<SecurityApi<'a>>,
    /// Whether the API's lists answer, so that it is worth asking for more.
    api_answers: bool,
    in_oval: BTreeSet<NoticeId>,
    details: BTreeMap<NoticeId, Detail>,
    ratings: BTreeMap<CveId, Cve>,
    /// The facts of all notices that were not ruled out.
    pub notices: BTreeMap<NoticeId, Facts>,
    /// What people should know: sources that failed, and what is missing because of it.
    pub warnings: Vec<String>,
}

/// A notice that OVAL doesn't have.
struct Other {
    published: Published,
    /// `None` as long as nobody tells.
    cves: Option<Vec<CveId>>,
}

impl<'a> Upstream<'a> {
    /// Asks all sources that are on for the notices back to `since`; OVAL tells older ones too.
    ///
    /// # Errors
    /// If no source answers. One that fails is a warning, and contributes what it last gave.
    pub fn gather(&self, since: Timestamp, interest: &mut dyn Interest) -> Result<Gathered<'a>> {
        let mut gathered = self.nothing_yet();
        let mut failures = Vec::new();
        let (oval, listing) = thread::scope(|scope| {
            let oval = self.sources.oval.as_ref().map(|base| scope.spawn(|| self.refresh_oval(base)));
            let listing = gathered.api.as_mut().map(|api| api.list(since));
            (oval.map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("reading the file broke off")))), listing)
        });
        let oval_answers = matches!(oval, Some(Ok(_)));
        gathered.edition = oval.and_then(|oval| match oval {
            Ok(edition) => Some(edition),
            Err(error) => {
                failures.push(format!("OVAL: {error:#}"));
                self.last_edition()
            }
        });
        if oval_answers {
            gathered.warnings.extend(gathered.edition.as_ref().and_then(|edition| self.old(edition)));
        }
        match listing {
            Some(Ok(listing)) => {
                gathered.api_answers = true;
                gathered.warnings.extend(listing.warnings);
            }
            Some(Err(error)) => failures.push(format!("API: {error:#}")),
            None => {}
        }
        let (nudges, rss_answers) = match self.sources.rss.as_ref().filter(|_| !gathered.api_answers) {
            Some(url) => match rss::read(self.http, url, self.release) {
                Ok(nudges) => (nudges, true),
                Err(error) => {
                    failures.push(format!("RSS: {error:#}"));
                    (Vec::new(), false)
                }
            },
            None => (Vec::new(), false),
        };
        if !(oval_answers || gathered.api_answers || rss_answers) {
            bail!(self.nobody_answers(&failures));
        }
        gathered.warnings.splice(0..0, failures);
        gathered.take_oval(interest)?;
        gathered.take_others(since, &nudges, interest);
        gathered.keep();
        Ok(gathered)
    }

    fn nothing_yet(&self) -> Gathered<'a> {
        let open = |base: &Url| SecurityApi::open(self.http, base.clone(), self.release, self.folder, self.now);
        Gathered {
            upstream: *self,
            edition: None,
            api: self.sources.api.as_ref().map(open),
            api_answers: false,
            in_oval: BTreeSet::new(),
            details: BTreeMap::new(),
            ratings: BTreeMap::new(),
            notices: BTreeMap::new(),
            warnings: Vec::new(),
        }
    }

    fn refresh_oval(&self, base: &Url) -> Result<Edition> {
        oval::refresh(self.http, base, self.release, self.folder)
    }

    /// What the OVAL file last gave.
    fn last_edition(&self) -> Option<Edition> {
        let url = oval::url(self.sources.oval.as_ref()?, self.release).ok()?;
        Edition::open(self.folder, shown(&url).as_str())
    }

    fn old(&self, edition: &Edition) -> Option<String> {
        let generated = edition.generated()?;
        let age = generated.duration_until(self.now);
        (age > OVAL_IS_OLD_AFTER).then(|| {
            format!("OVAL: the file was made {} days ago, on {generated}; it is used all the same", age.as_hours() / 24)
        })
    }

    fn nobody_answers(&self, failures: &[String]) -> String {
        let causes = failures.join("; ");
        if self.release.is_listed() {
            format!("no source of notices answers: {causes}")
        } else {
            let known: Vec<&str> = UbuntuRelease::listed().collect();
            format!(
                "source.os: no source of notices knows an Ubuntu release {:?}; davos knows {}; ({causes})",
                self.release.codename(),
                known.join(", ")
            )
        }
    }
}

impl Gathered<'_> {
    /// All that was told of a notice that was not ruled out, or that [`confirm`](Self::confirm) asked for.
    ///
    /// # Errors
    /// If what was kept of the OVAL file turns out to be damaged.
    pub fn notice(&mut self, id: NoticeId) -> Result<Option<Notice>> {
        let oval = match self.edition.as_ref().map(|edition| edition.notice(id)).transpose() {
            Ok(oval) => oval.flatten(),
            Err(damage) => self.mend(damage)?.notice(id)?,
        };
        let told = Told {
            oval,
            listed: self.api.as_ref().and_then(|api| api.listed().find(|listed| listed.id == id)),
            detail: self.details.get(&id),
            ratings: &self.ratings,
        };
        Ok(told.notice(id, self.upstream.release))
    }

    /// Asks the API for the pockets and texts of notices that only OVAL told of so far, if it answers. OVAL takes the pocket
    /// of a notice's first binary for all of them, so this may show that a fix is only in Ubuntu Pro.
    pub fn confirm(&mut self, ids: &BTreeSet<NoticeId>) {
        if !self.api_answers {
            return;
        }
        self.fetch_details(ids);
        for id in ids {
            if let (Some(facts), Some(detail)) = (self.notices.get_mut(id), self.details.get(id)) {
                facts.fixes = union::pocketed(std::mem::take(&mut facts.fixes), &detail.fixes);
            }
        }
        self.keep();
    }

    /// The notices of the OVAL file that are not ruled out; of those that it takes for Pro only, or whose packages it doesn't
    /// tell, the API's details decide.
    fn take_oval(&mut self, interest: &mut dyn Interest) -> Result<()> {
        if let Err(damage) = self.read_oval(interest) {
            self.mend(damage)?;
            self.read_oval(interest)?;
        }
        Ok(())
    }

    fn read_oval(&mut self, interest: &mut dyn Interest) -> Result<()> {
        let Some(edition) = &self.edition else { return Ok(()) };
        let exact: BTreeMap<NoticeId, Published> =
            self.api.iter().flat_map(|api| api.listed()).map(|listed| (listed.id, listed.published)).collect();
        let mut doubtful = BTreeSet::new();
        for record in edition.facts() {
            let record = record?;
            self.in_oval.insert(record.id);
            let published = exact.get(&record.id).copied().unwrap_or(record.published);
            let outline =
                Outline { published, priority: record.priority, severity: record.severity, has_cves: record.has_cves };
            if interest.rules_out(&outline) {
                continue;
            }
            let facts = Facts { published, ..record.facts()? };
            if interest.need(&facts) == Need::Details {
                doubtful.insert(facts.id);
            }
            self.notices.insert(facts.id, facts);
        }
        if self.api.is_some() {
            self.fetch_details(&doubtful);
        }
        for id in &doubtful {
            if let (Some(facts), Some(detail)) = (self.notices.get_mut(id), self.details.get(id)) {
                facts.fixes = union::pocketed(std::mem::take(&mut facts.fixes), &detail.fixes);
            }
        }
        Ok(())
    }

    /// The notices that only the API's list or the feed tells of.
    fn take_others(&mut self, since: Timestamp, nudges: &[Nudge], interest: &mut dyn Interest) {
        let mut others: BTreeMap<NoticeId, Other> = BTreeMap::new();
        for nudge in nudges {
            // Without a time it is as new as can be: the feed has the newest only.
            let published = nudge.published.unwrap_or(Published::At(Timestamp::MAX));
            others.insert(nudge.id, Other { published, cves: None });
        }
        for listed in self.api.iter().flat_map(SecurityApi::listed) {
            others.insert(listed.id, Other { published: listed.published, cves: Some(listed.cves.clone()) });
        }
        others.retain(|id, other| other.published.instant() >= since && !self.in_oval.contains(id));

        let hidden = self.fetch_details(&others.keys().copied().collect());
        others.retain(|id, _| !hidden.contains(id));
        for (id, other) in &mut others {
            if let Some(detail) = self.details.get(id) {
                other.published = detail.published.unwrap_or(other.published);
                other.cves = Some(detail.cves.clone());
            }
        }
        let unrated = others.iter().filter(|(id, other)| interest.need(&self.facts(**id, other)) == Need::Ratings);
        let cves = unrated.flat_map(|(_, other)| other.cves.iter().flatten().cloned()).collect();
        self.fetch_ratings(&cves);
        for (id, other) in &others {
            let facts = self.facts(*id, other);
            let outline = Outline {
                published: facts.published,
                priority: facts.priority,
                severity: facts.severity,
                has_cves: facts.has_cves,
            };
            if !interest.rules_out(&outline) {
                self.notices.insert(*id, facts);
            }
        }
    }

    /// The facts of a notice that OVAL doesn't have, as far as they are told.
    fn facts(&self, id: NoticeId, other: &Other) -> Facts {
        let rated = || other.cves.iter().flatten().filter_map(|id| self.ratings.get(id));
        Facts {
            id,
            published: other.published,
            priority: Priority::highest(rated().map(|cve| cve.priority)),
            severity: rated().filter_map(|cve| cve.severity).max(),
            // As long as nobody tells, it may name some.
            has_cves: other.cves.as_ref().is_none_or(|cves| !cves.is_empty()),
            fixes: self.details.get(&id).map(|detail| detail.fixes.clone()).unwrap_or_default(),
        }
    }

    /// Fetches the OVAL file anew when what was kept of it turns out to be damaged.
    fn mend(&mut self, damage: anyhow::Error) -> Result<&Edition> {
        let base = self.upstream.sources.oval.as_ref().ok_or(damage)?;
        Ok(self.edition.insert(self.upstream.refresh_oval(base)?))
    }

    /// Asks the API for details. Returns the notices that it no longer shows.
    fn fetch_details(&mut self, ids: &BTreeSet<NoticeId>) -> BTreeSet<NoticeId> {
        let missing: Vec<NoticeId> = ids.iter().copied().filter(|id| !self.details.contains_key(id)).collect();
        let (Some(api), false) = (&mut self.api, missing.is_empty()) else { return BTreeSet::new() };
        let mut hidden = BTreeSet::new();
        let mut failures = Vec::new();
        for (id, detail) in api.details(&missing) {
            match detail {
                Ok(Some(detail)) => drop(self.details.insert(id, detail)),
                Ok(None) => drop(hidden.insert(id)),
                Err(failure) => failures.push((id.to_string(), failure.to_string())),
            }
        }
        self.warn_of("the details of", &failures);
        hidden
    }

    fn fetch_ratings(&mut self, ids: &BTreeSet<CveId>) {
        let (Some(api), false) = (&mut self.api, ids.is_empty()) else { return };
        let mut failures = Vec::new();
        for (id, rating) in api.ratings(ids) {
            match rating {
                Ok(cve) => drop(self.ratings.insert(id, cve)),
                Err(failure) => failures.push((id.to_string(), failure.to_string())),
            }
        }
        self.warn_of("the rating of", &failures);
    }

    /// One line for all requests of a kind that failed, with the cause of the first.
    fn warn_of(&mut self, what: &str, failures: &[(String, String)]) {
        let Some((first, cause)) = failures.first() else { return };
        let more = match failures.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        self.warnings.push(format!("API: {what} {first}{more}: {cause}"));
    }

    /// Keeps what was fetched for the next run, which does without where it can't be kept.
    fn keep(&mut self) {
        let Some(Err(error)) = self.api.as_mut().map(SecurityApi::save) else { return };
        self.warnings.push(format!("what the API told can't be kept for the next run: {error:#}"));
    }
}
