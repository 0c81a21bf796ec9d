//! What must hold after a year, whatever happened in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use debversion::Version as PackageVersion;
use serde_json::Value;

use crate::scheduler::concourse::Pipeline;
use crate::scheduler::plan::text;
use crate::scheduler::world::{TICK, World};
use crate::support::upstream::{Notice, PRIORITIES, SEVERITIES};

/// The resources that emit notices: pipeline, product, and the job that they start.
const WATCHES: [(&str, &str, &str); 2] =
    [("rootfs", "cflinuxfs4", "build"), ("stemcell", "ubuntu-jammy-stemcell", "next-version")];

impl World {
    /// No more trouble and nothing new; people do their work. Then all must be in order.
    pub(crate) fn settle(&mut self, days: i64) {
        self.trouble = false;
        for _ in 0..(days * 24 / TICK.as_hours()) {
            self.tick();
        }
        for (pipeline, product, job) in WATCHES {
            let Some(pipeline) = self.pipelines.iter().find(|found| found.name == pipeline) else { continue };
            let log = self.log(product);
            every_opening_had_a_build(pipeline, &log, job);
            no_build_was_made_twice(pipeline);
            every_notice_is_answered(product, &log);
            self.nothing_is_left_to_fix(product, &log);
        }
        if let Some(monthly) = self.pipelines.iter().find(|found| found.name == "monthly") {
            // The month has passed at least once.
            no_build_was_made_twice(monthly);
            every_notice_is_answered("cflinuxfs4", &self.log("cflinuxfs4"));
        }
        for product in ["cflinuxfs4", "ubuntu-jammy-stemcell", "runtime"] {
            self.every_fix_is_shown(product);
        }
        self.dependents_are_up_to_date();
        self.dependents_never_go_back();
    }

    /// The events of a product.
    pub(crate) fn log(&self, product: &str) -> Vec<Value> {
        let Ok(folder) = fs::read_dir(self.tracker().join(product)) else { return Vec::new() };
        let mut files: Vec<_> =
            folder.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file()).collect();
        files.sort();
        files.iter().map(|file| serde_json::from_slice(&fs::read(file).expect("an event")).expect("JSON")).collect()
    }

    /// By the facts upstream and what was built: the current release has every fix that it can have.
    fn nothing_is_left_to_fix(&self, product: &str, log: &[Value]) {
        let releases = log.iter().filter_map(|event| event.get("released"));
        let current = releases.map(|r| text(&r["version"])).max_by_key(|version| numbers(version)).expect("a release");
        let Some(packages) = self.truth.get(&(product.to_owned(), current.clone())) else { return };
        for notice in self.distribution.upstream.notices.iter().filter(|notice| is_wanted(notice)) {
            for fix in notice.fixes.iter().filter(|fix| !fix.pro && fix.package != "linux-libc-dev") {
                if let Some(have) = packages.get(fix.package) {
                    let reached = debian(have) >= debian(&fix.version);
                    assert!(
                        reached,
                        "{product} {current} has {} {have}, below {} of {}",
                        fix.package, fix.version, notice.id
                    );
                }
            }
        }
    }

    /// Whatever is said to be fixed is fixed by the packages of the release that the evidence is of.
    fn every_fix_is_shown(&self, product: &str) {
        for event in self.log(product) {
            let Some(released) = event.get("released") else { continue };
            for fixed in released["fixed"].as_array().expect("a list") {
                let holder = match fixed["path"].as_array().and_then(|path| path.last()) {
                    Some(inside) => (text(&inside["product"]), text(&inside["version"])),
                    None => (product.to_owned(), text(&released["version"])),
                };
                // What ran before this world began was not built in it.
                let Some(truth) = self.truth.get(&holder) else { continue };
                let evidence = fixed["evidence"].as_array().unwrap_or_else(|| panic!("{fixed} has no evidence"));
                assert!(!evidence.is_empty());
                for shown in evidence {
                    let (package, have, need) = (text(&shown["package"]), text(&shown["have"]), text(&shown["need"]));
                    assert_eq!(truth.get(&package), Some(&have), "{holder:?} {fixed}");
                    assert!(debian(&have) >= debian(&need), "{holder:?} {fixed}");
                }
            }
        }
    }

    /// Every release of what it contains reached the dependent product.
    fn dependents_are_up_to_date(&self) {
        let newest = |product: &str| {
            let releases =
                self.log(product).into_iter().filter_map(|mut event| event.get_mut("released").map(Value::take));
            releases.max_by_key(|released| numbers(&text(&released["version"])))
        };
        let (Some(runtime), Some(rootfs)) = (newest("runtime"), newest("cflinuxfs4")) else { return };
        assert_eq!(runtime["includes"]["cflinuxfs4"], rootfs["version"]);
    }
}

impl World {
    /// No release of the dependent product has a lower release inside than the one before it.
    pub(crate) fn dependents_never_go_back(&self) {
        let log = self.log("runtime");
        let inside = log.iter().filter_map(|event| event["released"]["includes"]["cflinuxfs4"].as_str());
        let inside: Vec<Vec<u64>> = inside.map(numbers).collect();
        assert!(inside.is_sorted(), "the dependent product went back: {inside:?}");
    }
}

fn is_wanted(notice: &Notice) -> bool {
    let grave = |word: &str| ["high", "critical"].contains(&word);
    (notice.in_oval || notice.in_api) && (grave(PRIORITIES[notice.priority]) || grave(SEVERITIES[notice.severity].0))
}

fn debian(version: &str) -> PackageVersion {
    version.parse().expect("a Debian version")
}

pub(crate) fn numbers(version: &str) -> Vec<u64> {
    version.split('.').map(|part| part.parse().expect("a number")).collect()
}

/// After a notice was put before the team, a build started that had it, or one that came after it.
fn every_opening_had_a_build(pipeline: &Pipeline, log: &[Value], job: &str) {
    let ever = &pipeline.resources["notices"].ever;
    let mut openings = BTreeSet::new();
    for event in log {
        let is_shown = |opened: &&Value| opened["fixed_in"].is_null() && opened.get("shown").is_none();
        let Some(opened) = event.get("opened").filter(is_shown) else { continue };
        let (notice, opening) = (text(&opened["notice"]["id"]), opened["opening"].as_u64().expect("a number"));
        let mut version = BTreeMap::from([("notice".to_owned(), notice)]);
        if opening > 1 {
            version.insert("opening".to_owned(), opening.to_string());
        }
        let place = ever.iter().position(|found| *found == version);
        let place = place.unwrap_or_else(|| panic!("{version:?} was never emitted"));
        let had = |build: &crate::scheduler::concourse::Build| {
            let got = ever.iter().position(|found| Some(found) == build.inputs.get("notices"));
            build.job == job && got.is_some_and(|got| got >= place)
        };
        assert!(pipeline.builds.iter().any(had), "no build with {version:?}");
        openings.insert(version);
    }
    for version in ever {
        assert!(openings.contains(version), "{version:?} was emitted and not opened");
    }
}

/// The scheduler made no two builds of a job for the same version of an input.
fn no_build_was_made_twice(pipeline: &Pipeline) {
    let mut reasons = BTreeSet::new();
    for build in &pipeline.builds {
        if let Some(reason) = &build.reason {
            assert!(reasons.insert((&build.job, reason)), "{} ran twice for {reason:?}", build.job);
        }
    }
}

fn every_notice_is_answered(product: &str, log: &[Value]) {
    let mut open = BTreeSet::new();
    for event in log {
        if let Some(opened) = event.get("opened").filter(|opened| opened["fixed_in"].is_null()) {
            open.insert(text(&opened["notice"]["id"]));
        }
        if let Some(released) = event.get("released") {
            let fixed = released["fixed"].as_array().into_iter().flatten().map(|fixed| text(&fixed["notice"]));
            let unaffected = released["not_affected"].as_array().into_iter().flatten().map(text);
            for id in fixed.chain(unaffected) {
                open.remove(&id);
            }
        }
    }
    assert!(open.is_empty(), "{product} is not through with {open:?}");
}
