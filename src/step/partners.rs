//! The trackers of others that a source names: opened when they are needed, and read only.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use jiff::Timestamp;

use super::upstream_client::{folder, own_folder};
use crate::concourse::Context;
use crate::config::{Common, Partner};
use crate::product::{LogName, PartnerName, ProductName};
use crate::store::{PartnerStore, Store as _};
use crate::text::some_of;
use crate::tracker::{Log, lengths};

/// How long partners are waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Each of them.
    each: Duration,
    /// All of them together.
    all: Duration,
}

impl Patience {
    /// A check can do without them, and comes again soon.
    pub(super) const OF_A_CHECK: Patience = Patience { each: Duration::from_secs(10), all: Duration::from_secs(15) };

    /// A put and a get fail without them.
    pub(super) const OF_A_BUILD: Patience = Patience { each: Duration::from_secs(60), all: Duration::from_secs(120) };
}

impl Patience {
    /// No more than what is left of the step's own time.
    pub(super) fn within(self, left: Duration) -> Patience {
        Patience { all: self.all.min(left), ..self }
    }
}

/// The partners of a source.
pub(super) struct Partners<'a> {
    all: Vec<OpenPartner<'a>>,
    ca_certs: &'a [String],
    folder: PathBuf,
    now: Timestamp,
    seed: u64,
    patience: Patience,
    until: Instant,
    /// When nobody is asked any more what nothing depends on.
    hints_until: OnceCell<Instant>,
}

/// How long all of them together are asked for what is only said.
const FOR_HINTS: Duration = Duration::from_secs(3);

struct OpenPartner<'a> {
    partner: &'a Partner,
    opened: OnceCell<(PartnerStore, PathBuf)>,
}

impl<'a> Partners<'a> {
    /// Nobody is asked yet.
    ///
    /// # Errors
    /// If the temporary folder can't be used.
    pub(super) fn new(context: &Context<'_>, common: &'a Common, patience: Patience) -> Result<Partners<'a>> {
        Ok(Partners {
            all: common.partners.iter().map(|partner| OpenPartner { partner, opened: OnceCell::new() }).collect(),
            ca_certs: &common.ca_certs,
            folder: folder(context)?,
            now: context.now,
            seed: context.seed,
            patience,
            until: Instant::now() + patience.all,
            hints_until: OnceCell::new(),
        })
    }

    /// None.
    pub(super) fn none(folder: PathBuf, now: Timestamp) -> Partners<'a> {
        let (patience, until) = (Patience::OF_A_CHECK, Instant::now());
        Partners { all: Vec::new(), ca_certs: &[], folder, now, seed: 0, patience, until, hints_until: OnceCell::new() }
    }

    /// Their names, in the order in which they are asked.
    pub(super) fn names(&self) -> impl ExactSizeIterator<Item = &'a PartnerName> {
        self.all.iter().map(|one| &one.partner.name)
    }

    /// A partner's tracker, and the folder for what is kept of it: what one tracker says is never taken for another's.
    ///
    /// # Errors
    /// If the source names no such partner, or what it says of it can't be used.
    pub(super) fn open(&self, name: &PartnerName) -> Result<(&PartnerStore, &PathBuf)> {
        self.open_for(name, self.until)
    }

    /// The same, waited for no longer than until then, if it isn't open yet.
    fn open_for(&self, name: &PartnerName, until: Instant) -> Result<(&PartnerStore, &PathBuf)> {
        let one = self.all.iter().find(|one| one.partner.name == *name);
        let OpenPartner { partner, opened } = one.with_context(|| {
            format!("source.partners names no partner {name}, from whom a release in the log came; name it there again")
        })?;
        if opened.get().is_none() {
            let folder = own_folder(self.folder.join(format!("partner-{name}")), self.now)?;
            let patience = self.patience.each.min(until.saturating_duration_since(Instant::now()));
            let store =
                PartnerStore::open(name.clone(), &partner.tracker, self.ca_certs, &folder, self.seed, patience)?;
            let _ = opened.set((store, folder));
        }
        let (store, folder) = opened.get().context("a tracker that was just opened")?;
        Ok((store, folder))
    }

    /// The log of a product in a partner's tracker; it may have no events.
    ///
    /// # Errors
    /// With a sentence, if it can't be read, or isn't what was written.
    pub(super) fn log(&self, name: &PartnerName, product: &ProductName) -> Result<Log<'_>> {
        let (store, folder) = self.open(name)?;
        Log::read(store, product, folder).map_err(|error| unreadable(name, product.as_str(), &error))
    }

    /// A sentence on a product that was found in this log, if partners have one of it as well.
    pub(super) fn also_with(&self, found: &LogName) -> Option<String> {
        let LogName { partner, product } = found;
        // Those before it were asked already, and have none.
        let asked = partner.as_ref().and_then(|partner| self.names().position(|name| name == partner));
        let others = self.names().skip(asked.map_or(0, |nth| nth + 1));
        let others: Vec<String> = others.filter(|name| self.has(name, product)).map(ToString::to_string).collect();
        let count = others.len();
        let names = some_of(others.into_iter());
        match (count, partner) {
            (0, _) => None,
            (_, Some(partner)) => Some(format!(
                "{product} is in the trackers of the partners {partner} and {names}: that of {partner} counts"
            )),
            (_, None) => {
                let who = if count == 1 { "the partner" } else { "the partners" };
                Some(format!("{product} is in this tracker and in that of {who} {names}: this one counts"))
            }
        }
    }

    /// Whether a partner has a log of a product too, as far as it tells within a moment: nothing depends on it, so it is asked
    /// last.
    fn has(&self, name: &PartnerName, product: &ProductName) -> bool {
        let until = *self.hints_until.get_or_init(|| Instant::now() + FOR_HINTS);
        if Instant::now() >= until {
            return false;
        }
        let listed = self.open_for(name, until.min(self.until)).and_then(|(store, _)| store.list(product.as_str(), ""));
        listed.is_ok_and(|names| names.iter().any(|name| name.ends_with(".json")))
    }
}

/// What is said of a partner that can't be read.
pub(super) fn unreadable(name: &PartnerName, what: &str, error: &anyhow::Error) -> anyhow::Error {
    anyhow!("{what} of the partner {name} can't be read: {error:#}; try again when it can, or ask them about it")
}

/// More products of one partner are not listed.
const MOST_PRODUCTS: usize = 200;

/// The lengths of a partner's logs, or why they can't be told.
pub(super) type TheirLengths<'a> = (&'a PartnerName, Result<BTreeMap<ProductName, u64>>);

/// The lengths of all logs of each partner. All are asked at once, so that none has to wait for another.
///
/// # Errors
/// If the temporary folder can't be used.
pub(super) fn lengths_of_all<'a>(
    context: &Context<'_>,
    common: &'a Common,
    known: &BTreeMap<LogName, u64>,
) -> Result<Vec<TheirLengths<'a>>> {
    let (folder, now, seed) = (folder(context)?, context.now, context.seed);
    let of_one = &|partner: &Partner| -> Result<BTreeMap<ProductName, u64>> {
        let Partner { name, tracker } = partner;
        let folder = own_folder(folder.join(format!("partner-{name}")), now)?;
        let patience = Patience::OF_A_CHECK.each;
        let store = PartnerStore::open(name.clone(), tracker, &common.ca_certs, &folder, seed, patience)?;
        let known = known.iter().filter(|(known, _)| known.partner.as_ref() == Some(name));
        let known = known.map(|(known, length)| (known.product.clone(), *length)).collect();
        let lengths = lengths(&store, &known)?;
        if lengths.len() > MOST_PRODUCTS {
            bail!(
                "{} has the logs of {} products, and at most {MOST_PRODUCTS} are listed; name a folder of it",
                store.describe(),
                lengths.len()
            );
        }
        Ok(lengths)
    };
    Ok(thread::scope(|scope| {
        let asked = common.partners.iter().map(|partner| (partner, scope.spawn(move || of_one(partner))));
        let asked: Vec<_> = asked.collect();
        let told = asked.into_iter().map(|(partner, asked)| {
            let told = asked.join().unwrap_or_else(|_| Err(anyhow!("this is a bug of davos")));
            (&partner.name, told.map_err(|error| unreadable(&partner.name, "the tracker", &error)))
        });
        told.collect()
    }))
}
