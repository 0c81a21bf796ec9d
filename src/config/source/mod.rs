//! A resource's `source`, parsed once into what cannot be inconsistent.

mod backlog_keys;
mod certificates;
mod filter_keys;

use serde_json::Value;

use self::backlog_keys::backlog;
pub use self::backlog_keys::{BacklogKeys, BacklogSource};
use self::certificates::certificates;
use self::filter_keys::filter;
use super::age::Age;
use super::archive_config::{NO_GATE, NO_SUITES};
use super::osv_config::{OsvSource, dependencies};
use super::partner_config::{Partner, partners};
use super::upstream_config::sources;
use crate::fields::{Field, Fields, Mistakes};
use crate::notice::UbuntuRelease;
use crate::product::{Filter, ProductName};
use crate::store::StoreConfig;
use crate::text::Secret;
use crate::upstream::Sources;
use crate::upstream::archive::Archive;
use crate::upstream::dependencies::Dependency;

/// A resource's `source`: what it emits, and what that needs.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// Emits notices (`emit: notices`, the default).
    Notices(NoticesSource),
    /// Emits the releases of a product (`emit: releases`).
    Releases(ReleasesSource),
    /// Emits the state of all logs of a tracker (`emit: status`).
    Status(StatusSource),
    /// Emits that the backlog of a product is to be synchronised (`emit: backlog`).
    Backlog(Box<BacklogSource>),
}

/// The source of a resource that emits notices.
#[derive(Debug, Clone, PartialEq)]
pub struct NoticesSource {
    /// The Ubuntu release whose packages count; without one, no notices of Ubuntu are asked for.
    pub os: Option<UbuntuRelease>,
    /// Which notices match.
    pub filter: Filter,
    /// The product and its log, if it has one.
    pub tracked: Option<Tracked>,
    /// Keys that every `emit` shares.
    pub common: Common,
}

/// The source of a resource that emits releases.
#[derive(Debug, Clone, PartialEq)]
pub struct ReleasesSource {
    /// The product and its log.
    pub tracked: Tracked,
    /// The Ubuntu release, if it is told; notices that a put names can be looked up only with it.
    pub os: Option<UbuntuRelease>,
    /// Keys that every `emit` shares.
    pub common: Common,
}

/// The source of a resource that emits the state of all logs.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusSource {
    /// Where the logs are kept.
    pub tracker: StoreConfig,
    /// Keys that every `emit` shares.
    pub common: Common,
}

/// A product and where its log is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Tracked {
    /// The product.
    pub product: ProductName,
    /// Where its log is kept.
    pub tracker: StoreConfig,
}

/// Keys that every `emit` shares.
#[derive(Debug, Clone, PartialEq)]
pub struct Common {
    /// May the product install fixes of Ubuntu Pro?
    pub pro: bool,
    /// How far back a first check looks.
    pub window: Age,
    /// After how long an open notice is opened again.
    pub remind: Option<Age>,
    /// Where Ubuntu's notices come from.
    pub upstream: Sources,
    /// Where others come from.
    pub osv: Vec<OsvSource>,
    /// Where the product's packages are installed from, if fixes are to be there before a rebuild.
    pub archive: Option<Archive>,
    /// Upstream software whose new versions are notices.
    pub dependencies: Vec<Dependency>,
    /// Trackers of others, which are only read, in the order in which they are asked.
    pub partners: Vec<Partner>,
    /// Where a team keeps its issues.
    pub backlog: Option<Box<BacklogKeys>>,
    /// PEM certificates trusted besides the system's.
    pub ca_certs: Vec<String>,
    /// More on stderr, never a secret.
    pub debug: bool,
    /// What is allowed but rarely meant, a sentence each.
    pub warnings: Vec<String>,
}

impl Source {
    /// Reads a source. Every key may stand with every `emit`: one YAML anchor serves both. So all keys are judged, also
    /// those that mean nothing here. `None` only after a mistake.
    pub(crate) fn read(value: &Value, mistakes: &Mistakes<'_>) -> Option<Source> {
        let mut fields = Fields::top("source", value, mistakes);
        let emit = match fields.get("emit") {
            None => Some("notices"),
            Some(field) => field.word(&["notices", "releases", "status", "backlog"]),
        };
        let os_given = fields.get("os");
        let os = os_given.as_ref().and_then(release);
        let mut warnings = Vec::new();
        let (filter, matches_nothing) = filter(&mut fields, &mut warnings);
        let pro = fields.flag("pro", false);
        let window = fields.get("window").map_or_else(|| "30d".parse().ok(), |field| length(&field));
        let remind = fields.get("remind").map(|field| {
            let remind = length(&field)?;
            if remind.length().is_zero() {
                field.wrong("at least 1h, or leave the key out");
            }
            Some(remind)
        });
        let product_given = fields.get("product");
        let product = product_given.as_ref().and_then(Field::parsed::<ProductName>);
        let tracker_given = fields.get("tracker");
        let has_tracker = tracker_given.is_some();
        let tracker = tracker_given.and_then(StoreConfig::read);
        let (upstream, osv, archive) = fields.get("upstream").map(sources).unwrap_or_default();
        let dependencies = fields.get("dependencies").map(|field| dependencies(&field)).unwrap_or_default();
        let partners = fields.get("partners").map(|field| partners(&field, tracker.as_ref())).unwrap_or_default();
        let emits_backlog = emit == Some("backlog");
        let backlog = backlog(&mut fields, emits_backlog, has_tracker, matches_nothing && emit != Some("notices"));
        let ca_certs = fields.get("ca_certs").map(|field| certificates(&field, &mut warnings)).unwrap_or_default();
        let debug = fields.flag("debug", false);

        let archive_given = archive.is_some();
        let archive = archive.and_then(|keys| keys.archive(os.as_ref()));
        let releases = emit == Some("releases");
        if emit == Some("notices") {
            if archive_given && archive.is_none() && os_given.is_none() {
                fields.mistake_of("upstream.archive", NO_SUITES);
            }
            if archive_given && !has_tracker {
                warnings.push(NO_GATE.to_owned());
            }
            let has_others = !osv.is_empty() || !dependencies.is_empty();
            if os_given.is_none() && !has_others && !has_tracker {
                fields.mistake_of("os", "needed; write a codename (jammy) or a number (\"22.04\")");
            }
            if os_given.is_none() && !has_others && has_tracker {
                warnings.push(
                    "no source of notices is asked, so they come by puts only; for those of Ubuntu, give source.os"
                        .to_owned(),
                );
            }
            if upstream.is_off() && !has_others && !has_tracker {
                fields.mistake_of("upstream", "all sources are off, so there would never be a notice; leave one on");
            }
            if matches_nothing {
                fields.mistake("`priorities` and `severities` are both empty, so no notice would match; name some");
            }
        }
        let status = emit == Some("status");
        if releases && !has_tracker {
            fields.mistake_of("tracker", "needed with `emit: releases`; it holds the log of releases");
        }
        if status && !has_tracker {
            fields.mistake_of("tracker", "needed with `emit: status`; it holds the logs of all products");
        }
        if (releases || has_tracker || emits_backlog) && !status && product_given.is_none() {
            let with = match (has_tracker, releases) {
                (true, _) => "tracker",
                (_, true) => "emit: releases",
                _ => "emit: backlog",
            };
            fields.mistake_of("product", format!("needed with `{with}`; write a name such as cflinuxfs4"));
        }
        fields.finish();
        if !mistakes.is_empty() {
            return None;
        }

        let common = Common {
            pro,
            window: window?,
            remind: remind.flatten(),
            upstream,
            osv,
            archive,
            dependencies,
            partners,
            backlog: backlog.map(|config| Box::new(BacklogKeys { config, filter: filter.clone() })),
            ca_certs,
            debug,
            warnings,
        };
        if status {
            return Some(Source::Status(StatusSource { tracker: tracker?, common }));
        }
        let tracked = tracker.and_then(|tracker| Some(Tracked { product: product?, tracker }));
        if emits_backlog {
            let backlog = common.backlog.as_deref().cloned()?;
            return Some(Source::Backlog(Box::new(BacklogSource { tracked: tracked?, backlog, common })));
        }
        Some(if releases {
            Source::Releases(ReleasesSource { tracked: tracked?, os, common })
        } else {
            Source::Notices(NoticesSource { os, filter, tracked, common })
        })
    }

    /// Keys that every `emit` shares.
    pub fn common(&self) -> &Common {
        match self {
            Source::Notices(notices) => &notices.common,
            Source::Releases(releases) => &releases.common,
            Source::Status(status) => &status.common,
            Source::Backlog(backlog) => &backlog.common,
        }
    }

    /// What is secret by its type, wherever in the source it stood. What is secret by its name, and by where it stands in an
    /// address, is known before the source is judged.
    pub(crate) fn secrets(&self) -> Vec<&Secret> {
        let tracker = match self {
            Source::Status(status) => Some(&status.tracker),
            _ => self.tracked().map(|tracked| &tracked.tracker),
        };
        let osv = self.common().osv.iter().flat_map(OsvSource::secrets);
        let partners = self.common().partners.iter().flat_map(Partner::secrets);
        let backlog = self.common().backlog.iter().flat_map(|backlog| backlog.config.secrets());
        let others = osv.chain(partners).chain(backlog);
        tracker.map(StoreConfig::secrets).unwrap_or_default().into_iter().chain(others).collect()
    }

    /// The product and its log, if it has one.
    pub fn tracked(&self) -> Option<&Tracked> {
        match self {
            Source::Notices(notices) => notices.tracked.as_ref(),
            Source::Releases(releases) => Some(&releases.tracked),
            Source::Backlog(backlog) => Some(&backlog.tracked),
            Source::Status(_) => None,
        }
    }

    /// The Ubuntu release, if it is told.
    pub fn os(&self) -> Option<&UbuntuRelease> {
        match self {
            Source::Notices(notices) => notices.os.as_ref(),
            Source::Releases(releases) => releases.os.as_ref(),
            Source::Status(_) | Source::Backlog(_) => None,
        }
    }
}

/// An Ubuntu release; `22.04` without quotes arrives as a number.
fn release(field: &Field<'_>) -> Option<UbuntuRelease> {
    let Value::Number(number) = field.value() else { return field.parsed() };
    let release = number.to_string().parse().ok();
    if release.is_none() {
        field.mistake(format!(
            "{number} is no Ubuntu release; YAML reads 20.10 without quotes as the number 20.1, so quote it: \"20.10\""
        ));
    }
    release
}

/// A length of time.
pub(super) fn length(field: &Field<'_>) -> Option<Age> {
    if let Value::Number(number) = field.value() {
        field.mistake(format!("{number} has no unit; write {number}h, {number}d or {number}w"));
        return None;
    }
    field.parsed()
}

#[cfg(test)]
mod tests;
