//! A distribution through time: notices that appear late, out of order, unrated or twice, and an archive that may have a
//! fix before its notice or after it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use crate::support::upstream::{Fix, Notice, Upstream};

/// How long upstream shows a notice.
const SHOWN: SignedDuration = SignedDuration::from_hours(36 * 24);
/// How many packages of userland there are; each product installs some of them.
pub(crate) const USERLAND: usize = 60;

/// Upstream, and the archive that images are built from.
pub(crate) struct Distribution {
    pub(crate) upstream: Upstream,
    rng: Rng,
    next_number: u32,
    /// How often each package was fixed; the kernel's is its ABI.
    fixes: BTreeMap<&'static str, u32>,
    /// What the archive has.
    archive: BTreeMap<&'static str, u32>,
    to_come: Vec<(Timestamp, Coming)>,
    /// How many notices concerned packages at all.
    pub(crate) published: usize,
}

enum Coming {
    Archive(&'static str, u32),
    Visible(Box<Notice>),
    InBoth(String),
    Rated(String),
    Hidden(String),
}

/// The kernel's package; its ABI is in its name.
const KERNEL: &str = "linux-image-5.15.0-generic";

fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// The name and the version of a package that was fixed so often.
fn shipped(package: &'static str, fixes: u32) -> (&'static str, String) {
    if package == KERNEL {
        let abi = 100 + fixes;
        return (leaked(format!("linux-image-5.15.0-{abi}-generic")), format!("5.15.0-{abi}.{}", abi + 10));
    }
    (package, format!("1.{fixes}-1ubuntu0.{fixes}"))
}

impl Distribution {
    pub(crate) fn new(root: PathBuf, seed: u64) -> Distribution {
        let mut archive: BTreeMap<&'static str, u32> =
            (0..USERLAND).map(|number| (leaked(format!("lib{number:02}")), 1)).collect();
        archive.insert(KERNEL, 1);
        archive.insert("linux-libc-dev", 1);
        let mut upstream = Upstream::new(root, Vec::new());
        // Old ones never go all at once here.
        upstream.old = Some(10);
        Distribution {
            upstream,
            rng: Rng::with_seed(seed),
            next_number: 7000,
            fixes: archive.clone(),
            archive,
            to_come: Vec::new(),
            published: 0,
        }
    }

    /// What an image installs today: the first so many packages of userland, and the kernel if it boots.
    pub(crate) fn installed(&self, userland: std::ops::Range<usize>, kernel: bool) -> BTreeMap<String, String> {
        let mut installed: BTreeMap<String, String> = BTreeMap::new();
        for (at, (package, fixes)) in self.archive.iter().filter(|(package, _)| package.starts_with("lib")).enumerate()
        {
            if userland.contains(&at) {
                let (name, version) = shipped(package, *fixes);
                installed.insert(name.to_owned(), version);
            }
        }
        if kernel {
            let (name, version) = shipped(KERNEL, self.archive[KERNEL]);
            installed.insert(name.to_owned(), version);
        }
        let (name, version) = shipped("linux-libc-dev", self.archive["linux-libc-dev"]);
        installed.insert(name.to_owned(), version);
        installed
    }

    /// A burst of notices, of which each becomes visible within days of its publication.
    pub(crate) fn burst(&mut self, now: Timestamp, count: usize) {
        for _ in 0..count {
            self.one(now);
        }
    }

    /// One notice of a package of userland, by its place, that is everywhere at once; gives its id. `priority` is a place in
    /// [`crate::support::upstream::PRIORITIES`]. Only Ubuntu Pro's archive has the fix if `pro` is set.
    pub(crate) fn announce(&mut self, number: u32, at: usize, priority: usize, pro: bool, now: Timestamp) -> String {
        let package = *self.fixes.keys().filter(|name| name.starts_with("lib")).nth(at).expect("a package");
        *self.fixes.get_mut(package).expect("a package") += 1;
        let count = self.fixes[package];
        if !pro {
            self.archive.insert(package, count);
        }
        let id = format!("USN-{number}-1");
        let (package, version) = shipped(package, count);
        self.upstream.notices.push(Notice {
            id: id.clone(),
            published: Some(now),
            in_oval: true,
            in_api: true,
            priority,
            severity: 2,
            fixes: vec![Fix { package, version, pro }],
        });
        self.upstream.publish();
        id
    }

    fn hours(&mut self, range: std::ops::RangeInclusive<i64>) -> SignedDuration {
        SignedDuration::from_hours(self.rng.i64(range))
    }

    fn one(&mut self, now: Timestamp) {
        self.published += 1;
        // Numbers are given out in order, and appear out of order.
        self.next_number += self.rng.u32(1..3);
        let id = format!("USN-{}-1", self.next_number);
        let names: Vec<&'static str> = self.fixes.keys().copied().collect();
        let mut fixes = Vec::new();
        let of_kernel = self.rng.u32(0..10) == 0;
        for _ in 0..self.rng.usize(1..4) {
            let package = if of_kernel { KERNEL } else { names[self.rng.usize(0..names.len())] };
            if fixes.iter().any(|(known, _): &(&str, _)| *known == package) {
                continue;
            }
            *self.fixes.get_mut(package).expect("a package") += 1;
            fixes.push((package, self.fixes[package]));
        }
        let only_pro = self.rng.u32(0..25) == 0;
        let published = now - self.hours(0..=60);
        for (package, count) in &fixes {
            if !only_pro {
                let arrives = now + self.hours(-48..=9);
                self.to_come.push((arrives, Coming::Archive(package, *count)));
            }
        }
        let fix = |(package, count): (&'static str, u32)| {
            let (package, version) = shipped(package, count);
            Fix { package, version, pro: only_pro }
        };
        let mut fixes: Vec<Fix> = fixes.into_iter().map(fix).collect();
        fixes.sort_by_key(|fix| fix.package);
        let grave = self.rng.u32(0..4) == 0;
        let (priority, severity) = if grave { (self.rng.usize(4..6), 3) } else { (self.rng.usize(0..4), 2) };
        let first = self.rng.u8(0..3);
        let (in_oval, in_api) = (first != 1, first != 0);
        let notice = Notice { id: id.clone(), published: Some(published), in_oval, in_api, priority, severity, fixes };
        let visible = now + self.hours(0..=30);
        self.to_come.push((visible, Coming::Visible(Box::new(notice))));
        let both = visible + self.hours(1..=72);
        self.to_come.push((both, Coming::InBoth(id.clone())));
        let (soon, later) = (both + self.hours(1..=100), both + self.hours(24..=600));
        match self.rng.u32(0..30) {
            0 => self.to_come.push((soon, Coming::Hidden(id))),
            1 | 2 => self.to_come.push((later, Coming::Rated(id))),
            _ => {}
        }
    }

    /// Lets come what is due; tells whether upstream changed. New files are made about once a day, OVAL's less often.
    pub(crate) fn pass(&mut self, now: Timestamp) -> bool {
        if self.rng.u32(0..5) != 0 {
            return false;
        }
        self.upstream.oval_is_due = self.rng.u32(0..5) == 0;
        let (due, later): (Vec<_>, Vec<_>) = self.to_come.drain(..).partition(|(at, _)| *at <= now);
        self.to_come = later;
        let notices = &mut self.upstream.notices;
        let mut changed = false;
        for (_, coming) in due {
            let mut of = |id: &str, change: fn(&mut Notice)| notices.iter_mut().filter(|n| n.id == id).for_each(change);
            match coming {
                Coming::Archive(package, fixes) => {
                    let has = self.archive.get_mut(package).expect("a package");
                    *has = fixes.max(*has);
                    continue;
                }
                Coming::Visible(notice) => notices.push(*notice),
                Coming::InBoth(id) => of(&id, |notice| (notice.in_oval, notice.in_api) = (true, true)),
                Coming::Rated(id) => of(&id, |notice| notice.priority = 4),
                Coming::Hidden(id) => of(&id, |notice| (notice.in_oval, notice.in_api) = (false, false)),
            }
            changed = true;
        }
        let before = notices.len();
        notices.retain(|notice| notice.published.is_some_and(|published| now.duration_since(published) < SHOWN));
        changed || notices.len() != before
    }
}
