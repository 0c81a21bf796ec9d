//! Asking the sources, and what counts as an answer.

mod named;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::gathered::Gathered;
use super::notice_filter::NoticeFilter;
use super::oval::{self, OvalCache};
use super::rss;
use super::security_api::SecurityApi;
use super::sources::Sources;
use crate::http::{Http, shown};
use crate::notice::UbuntuRelease;

/// After this long without a new OVAL file, people are told. Canonical makes one several times a day.
const OVAL_IS_OLD_AFTER: SignedDuration = SignedDuration::from_hours(3 * 24);

/// The way to the sources for one Ubuntu release.
#[derive(Clone, Copy)]
pub struct Upstream<'a> {
    /// The addresses.
    pub sources: &'a Sources,
    /// The Ubuntu release; without one, no source is asked.
    pub release: Option<&'a UbuntuRelease>,
    /// The way to ask.
    pub http: &'a Http,
    /// Where to keep what a later run can use.
    pub folder: &'a Path,
    /// The time of this run.
    pub now: Timestamp,
}

impl<'a> Upstream<'a> {
    /// Asks all sources that are on for the notices back to `since`; OVAL tells older ones too.
    ///
    /// # Errors
    /// If no source answers. One that fails is a warning, and contributes what it last gave.
    pub fn gather(&self, since: Timestamp, interest: &mut dyn NoticeFilter) -> Result<Gathered<'a>> {
        let mut gathered = self.nothing();
        let Some(release) = self.release.filter(|_| !self.sources.is_off()) else { return Ok(gathered) };
        let mut failures = Vec::new();
        let (oval, listing) = thread::scope(|scope| {
            let oval = self.sources.oval.as_ref().map(|base| scope.spawn(|| self.refresh_oval(base)));
            let listing = gathered.api.as_mut().map(|api| api.list(since));
            (oval.map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("reading the file broke off")))), listing)
        });
        let oval_answers = matches!(oval, Some(Ok(_)));
        gathered.cache = oval.and_then(|oval| match oval {
            Ok(cache) => Some(cache),
            Err(error) => {
                failures.push(format!("OVAL: {error:#}"));
                self.last_edition()
            }
        });
        gathered.warnings.extend(gathered.cache.as_ref().and_then(unreadable));
        if oval_answers {
            gathered.warnings.extend(gathered.cache.as_ref().and_then(|cache| self.old(cache)));
        }
        match listing {
            Some(Ok(listing)) => {
                gathered.api_answers = true;
                gathered.warnings.extend(listing.warnings);
            }
            Some(Err(error)) => failures.push(format!("API: {error:#}")),
            None => {}
        }
        let (entries, rss_answers) = match self.sources.rss.as_ref().filter(|_| !gathered.api_answers) {
            Some(url) => match rss::read(self.http, url, release) {
                Ok(entries) => (entries, true),
                Err(error) => {
                    failures.push(format!("RSS: {error:#}"));
                    (Vec::new(), false)
                }
            },
            None => (Vec::new(), false),
        };
        if !(oval_answers || gathered.api_answers || rss_answers) {
            bail!(nobody_answers(release, &failures));
        }
        gathered.warnings.splice(0..0, failures);
        gathered.take_oval(interest)?;
        gathered.take_others(since, &entries, interest);
        gathered.keep();
        Ok(gathered)
    }

    /// What there is where no source was asked.
    pub fn nothing(&self) -> Gathered<'a> {
        let open = |base: &Url| {
            let release = self.release?;
            Some(SecurityApi::open(self.http, base.clone(), release, self.folder, self.now))
        };
        Gathered {
            upstream: *self,
            cache: None,
            api: self.sources.api.as_ref().and_then(open),
            api_answers: false,
            in_oval: BTreeSet::new(),
            details: BTreeMap::new(),
            ratings: BTreeMap::new(),
            in_release: BTreeMap::new(),
            others: BTreeMap::new(),
            notices: BTreeMap::new(),
            warnings: Vec::new(),
        }
    }

    pub(super) fn refresh_oval(&self, base: &Url) -> Result<OvalCache> {
        let release = self.release.context("no release of Ubuntu is named")?;
        oval::refresh(self.http, base, release, self.folder)
    }

    /// What the OVAL file last gave.
    fn last_edition(&self) -> Option<OvalCache> {
        let url = oval::url(self.sources.oval.as_ref()?, self.release?).ok()?;
        OvalCache::open(self.folder, shown(&url).as_str())
    }

    fn old(&self, cache: &OvalCache) -> Option<String> {
        let generated = cache.generated()?;
        let age = generated.duration_until(self.now);
        (age > OVAL_IS_OLD_AFTER).then(|| {
            format!("OVAL: the file was made {} days ago, on {generated}; it is used all the same", age.as_hours() / 24)
        })
    }
}

fn nobody_answers(release: &UbuntuRelease, failures: &[String]) -> String {
    if release.is_listed() {
        // A line each: they are long.
        match failures {
            [only] => format!("no source of notices answers: {only}"),
            _ => format!("no source of notices answers\n{}", failures.join("\n")),
        }
    } else {
        let known: Vec<&str> = UbuntuRelease::listed().collect();
        format!(
            "source.os: no source of notices knows an Ubuntu release {:?}; davos knows {}; ({})",
            release.codename(),
            known.join(", "),
            failures.join("; ")
        )
    }
}

/// The definitions of an OVAL file that are left out. Another source may tell the notices.
fn unreadable(cache: &OvalCache) -> Option<String> {
    let (count, names) = cache.unreadable();
    let more = match count.saturating_sub(names.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (count > 0)
        .then(|| format!("OVAL: {count} of its definitions can't be read and are left out: {}{more}", names.join(", ")))
}
