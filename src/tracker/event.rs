//! The events of a log.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::event_json::{read_sha256, write_sha256};
use super::{Answered, Included};
use crate::notice::{Notice, NoticeId, Priority, Severity};
use crate::product::{Comparison, PartnerName, ProductName, ReleaseVersion};
use crate::text::Digest;

/// The versions of the form of events. What davos 1 can't read is of the second, so that it says so: notices that are not
/// Ubuntu's, packages of other ecosystems, and what a partner's tracker tells.
pub(super) const SCHEMAS: std::ops::RangeInclusive<u32> = 1..=2;

/// One event of a log, as one file. Once written it never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "WrittenEvent")]
pub struct Event {
    /// The version of the form.
    pub schema: u32,
    /// Its place in the log, from 1 on without gaps.
    pub seq: u64,
    /// When it was written. Order is by `seq`, never by this.
    pub at: Timestamp,
    /// The product whose log it is in.
    pub product: ProductName,
    /// The build that wrote it.
    pub by: By,
    /// The SHA-256 digest of the bytes of the event before; `None` in the first.
    pub prev: Option<Digest>,
    /// What happened.
    #[serde(flatten)]
    pub body: Body,
}

/// An event as it is read. Were the body flattened here too, serde would keep all of it aside before it looks at it, which
/// makes reading a log twice as slow.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEvent {
    schema: u32,
    seq: u64,
    at: Timestamp,
    product: ProductName,
    by: By,
    prev: Option<Digest>,
    opened: Option<Box<Opened>>,
    answered: Option<Answered>,
    released: Option<Released>,
    /// Held against the bytes before anything is parsed.
    #[serde(rename = "digest")]
    _digest: Option<Digest>,
}

impl TryFrom<WrittenEvent> for Event {
    type Error = anyhow::Error;

    fn try_from(form: WrittenEvent) -> Result<Event> {
        let WrittenEvent { schema, seq, at, product, by, prev, opened, answered, released, .. } = form;
        let body = match (opened, answered, released) {
            (Some(opened), None, None) => Body::Opened(opened),
            (None, Some(answered), None) => Body::Answered(answered),
            (None, None, Some(released)) => Body::Released(released),
            _ => bail!("an event is just one of `opened`, `answered` and `released`"),
        };
        Ok(Event { schema, seq, at, product, by, prev, body })
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// A notice was put before the team.
    Opened(Box<Opened>),
    /// The team answered it.
    Answered(Answered),
    /// A release came out.
    Released(Released),
}

impl Body {
    /// The version of the form that it needs: the lowest, so that an older davos reads all that it can.
    pub(super) fn schema(&self) -> u32 {
        let of_ubuntu = match self {
            Body::Opened(opened) => {
                opened.notice.id.is_usn() && opened.notice.fixes.iter().all(|fix| fix.package.is_ubuntu())
            }
            Body::Answered(answered) => answered.notice.is_usn() && !answered.withdrawn,
            Body::Released(released) => {
                let fixed = released.fixed.iter().all(|fixed| {
                    let packages = match &fixed.evidence {
                        Evidence::Packages(packages) => packages.as_slice(),
                        Evidence::None => &[],
                    };
                    fixed.notice.is_usn() && packages.iter().all(|compared| compared.package.is_ubuntu())
                });
                let own = !released.names_partner();
                own && fixed && released.not_affected.iter().copied().chain(released.all_open()).all(NoticeId::is_usn)
            }
        };
        if of_ubuntu { *SCHEMAS.start() } else { *SCHEMAS.end() }
    }
}

/// The build that wrote an event, as far as Concourse tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// The team of the pipeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The pipeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<String>,
    /// The job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// The name of the build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// The page of the build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A notice was put before the team, with all facts of that moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// All we know of the notice.
    pub notice: Notice,
    /// Which time this is, from 1 on.
    pub opening: u32,
    /// The notice's priority of that moment.
    pub priority: Priority,
    /// The notice's severity of that moment.
    pub severity: Option<Severity>,
    /// What is installed and too old, where the current packages are known.
    pub packages: Vec<Comparison>,
    /// The release that had fixed it already, if one had: it was never put before anybody then.
    pub fixed_in: Option<FixedIn>,
    /// The release that it didn't concern already, since that holds none of its packages: found by an import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_affected_in: Option<ReleaseVersion>,
    /// `false` where it is only recorded: a put answers it at once, or an import takes it over. No check emits it.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub shown: bool,
    /// How many events of the same import follow; absent where no import wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_left: Option<u32>,
}

fn yes() -> bool {
    true
}

/// The release that had fixed a notice before it was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FixedIn {
    /// The release.
    pub version: ReleaseVersion,
    /// Its packages beside what the notice asks for.
    pub evidence: Vec<Comparison>,
}

/// A release came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Released {
    /// Its version, as written.
    pub version: ReleaseVersion,
    /// The digest of its packages, kept beside the log; `None` where they were not given.
    #[serde(serialize_with = "write_sha256", deserialize_with = "read_sha256")]
    pub packages: Option<Digest>,
    /// The releases of other products inside this one.
    #[serde(default)]
    pub includes: BTreeMap<ProductName, ReleaseVersion>,
    /// Those of them whose log is in a partner's tracker.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub partners: BTreeMap<ProductName, PartnerName>,
    /// The notices that it fixes.
    pub fixed: Vec<FixedNotice>,
    /// The open notices that don't concern it: none of their packages is installed.
    pub not_affected: Vec<NoticeId>,
    /// The notices that it leaves open.
    pub open: Vec<NoticeId>,
    /// What releases inside this one leave open, which it doesn't settle itself. Events of earlier versions don't tell it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open_inside: Vec<OpenInside>,
    /// Whether the packages of a higher release were the product's current ones when it was recorded. What it fixes stays open
    /// then: the product still ships the other packages.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// How many events of the same import follow; absent where no import wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_left: Option<u32>,
}

/// A notice that a release fixes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FixedNotice {
    /// The notice.
    pub notice: NoticeId,
    /// What shows it.
    pub evidence: Evidence,
    /// The product inside this one by whose release the fix came.
    pub via: Option<ProductName>,
    /// The whole way that it came, from the release inside this one to the one whose packages show the fix. Empty where
    /// they are this release's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<Included>,
}

impl Released {
    /// All notices that are open in what it ships: its own, and those of the releases inside it.
    pub fn all_open(&self) -> impl Iterator<Item = NoticeId> + Clone {
        self.open.iter().copied().chain(self.open_inside.iter().map(|inside| inside.notice))
    }

    /// Whether anything in it is told by a partner's log.
    fn names_partner(&self) -> bool {
        let fixed = self.fixed.iter().flat_map(|fixed| &fixed.path);
        let mut ways = fixed.chain(self.open_inside.iter().flat_map(|inside| &inside.path));
        !self.partners.is_empty() || ways.any(|inside| inside.partner.is_some())
    }
}

/// A notice that a release inside another one leaves open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenInside {
    /// The notice.
    pub notice: NoticeId,
    /// The way to the release that leaves it open; never empty.
    pub path: Vec<Included>,
}

/// What shows that a release fixes a notice.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// The installed packages beside what the notice asks for.
    Packages(Vec<Comparison>),
    /// Nothing: somebody said so.
    None,
}

impl Evidence {
    /// Whether packages show the fix. What an older davos took for evidence, such as a word in place of a version, may not.
    pub fn shows_fix(&self) -> bool {
        match self {
            Evidence::Packages(compared) => shows_fix(compared),
            Evidence::None => false,
        }
    }
}

impl FixedIn {
    /// Whether packages show the fix.
    pub fn shows_fix(&self) -> bool {
        shows_fix(&self.evidence)
    }
}

fn shows_fix(compared: &[Comparison]) -> bool {
    !compared.is_empty() && compared.iter().all(Comparison::is_fixed)
}
