//! The archive's gate through time: random histories with an archive that lags, and a real file day by day.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use davos::step::{check, record};
use debversion::Version as DebianVersion;
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::model::concourse::{Resource, version};
use crate::model::day_by_day::{File, mantic, mantic_of_facts};
use crate::model::histories::{Happening, NOTICES, PACKAGES, happening, holds, notices, teams, world};
use crate::model::record::{CachedNotice, items, text};
use crate::model::team::Team;
use crate::model::world::World;
use crate::support::archive::{ArchiveOnDisk, InPool, in_pool};
use crate::support::steps::{Outcome, Place, run};
use crate::support::upstream::Fix;

/// How long a notice waits at most.
const PATIENCE: SignedDuration = SignedDuration::from_hours(48);

/// The highest version of each package.
type Highest = BTreeMap<String, DebianVersion>;

fn add(highest: &mut Highest, package: &str, version: &str) {
    let version: DebianVersion = version.parse().expect("a Debian version");
    let known = highest.entry(package.to_owned()).or_insert_with(|| version.clone());
    if *known < version {
        *known = version;
    }
}

/// An archive as it is at some time: what it has, or nothing that answers.
struct Mirror {
    disk: ArchiveOnDisk,
    root: PathBuf,
    written: RefCell<Option<Option<Highest>>>,
}

impl Mirror {
    fn new(root: PathBuf) -> Mirror {
        Mirror { disk: ArchiveOnDisk::new(root.clone()), root, written: RefCell::default() }
    }

    /// Publishes this; `None` is an archive that is down.
    fn publish(&self, at: Timestamp, has: Option<&Highest>) {
        let has = has.cloned();
        if self.written.replace(Some(has.clone())) == Some(has.clone()) {
            return;
        }
        let Some(has) = has else { return fs::remove_dir_all(self.root.join("dists")).unwrap_or_default() };
        let packages: Vec<InPool> = has.iter().map(|(name, version)| in_pool(name, &version.to_string())).collect();
        for suite in ["security", "updates"] {
            let codename = if self.root.ends_with("mantic") { "mantic" } else { "jammy" };
            let packages = if suite == "security" { &packages[..] } else { &[] };
            self.disk.publish(&format!("{codename}-{suite}"), at, packages);
        }
    }
}

/// When a notice has waited long enough, by when it was published: to the day, or exactly.
fn until(published: &str) -> Timestamp {
    match published.len() {
        10 => {
            format!("{published}T00:00:00Z").parse::<Timestamp>().expect("a day")
                + SignedDuration::from_hours(24)
                + PATIENCE
        }
        _ => published.parse::<Timestamp>().expect("a time") + PATIENCE,
    }
}

/// A world whose archive gets the fix of each notice so many hours after it, or never.
struct Lagging {
    world: World,
    mirror: Mirror,
    lags: Vec<Option<i64>>,
    is_down: bool,
    waited: usize,
}

impl Lagging {
    /// What the archive has now; of a notice that is withheld its fix is there at once in the end.
    fn has(&self) -> Highest {
        let mut has = Highest::new();
        let all = self.world.upstream.notices.iter().zip(&self.lags);
        let arrived = all.filter(|(notice, lag)| {
            let at = notice.published.zip(**lag).map(|(at, lag)| at + SignedDuration::from_hours(lag));
            at.is_some_and(|at| at <= self.world.now)
        });
        for Fix { package, version, .. } in arrived.flat_map(|(notice, _)| &notice.fixes) {
            add(&mut has, package, version);
        }
        has
    }

    fn publish(&self) {
        self.mirror.publish(self.world.now, (!self.is_down).then(|| self.has()).as_ref());
    }

    fn happens(&mut self, happening: &Happening) {
        match *happening {
            Happening::Check { team, lost } => self.check(team % self.world.teams.len(), lost),
            Happening::AllCheck => (0..self.world.teams.len()).for_each(|team| self.check(team, false)),
            ref other => self.world.happens(other),
        }
    }

    /// One check, after which nothing was opened for the first time before it could be built, by whoever asks the archive.
    fn check(&mut self, team: usize, lost: bool) {
        self.publish();
        let before = self.world.record.events.len();
        self.world.check(team, lost);
        let asks = &self.world.teams[team];
        if asks.archive.is_none() {
            return;
        }
        let has = self.has();
        let record = &self.world.record;
        for event in &record.events[before.min(record.events.len())..] {
            let opened = &event.value["opened"];
            let id = text(&opened["notice"]["id"]);
            let is_first = record.openings[id][0].events[0].seq == event.seq;
            let Some((_, installed)) = record.current().filter(|_| is_first && opened["fixed_in"].is_null()) else {
                continue;
            };
            let lacks = |fix: &&Value| {
                let need: DebianVersion = text(&fix["version"]).parse().expect("a Debian version");
                let name = text(&fix["package"]);
                let is_too_old = installed.get(name).is_some_and(|have| *have < need);
                let counts = fix["pro"] != true && !asks.filters.ignored.contains(&name);
                is_too_old && counts && has.get(name).is_none_or(|version| *version < need)
            };
            let lacking: Vec<&Value> = items(&opened["notice"]["packages"]).iter().filter(lacks).collect();
            let late = self.world.now >= until(text(&opened["notice"]["published"]));
            assert!(lacking.is_empty() || late || self.is_down, "{id} was opened, and the archive lacks {lacking:?}");
            self.waited += usize::from(lacking.is_empty() || late);
        }
    }
}

#[test]
fn with_a_lagging_archive_nothing_is_lost_and_nothing_opened_early() {
    let lag = prop_oneof![2 => Just(Some(0)), 4 => (1..120i64).prop_map(Some), 1 => Just(None)];
    let histories = (teams(), notices(), vec(lag, NOTICES), vec(any::<u8>(), 8), vec(happening(), 20..70));
    holds(40, 4, &histories, |(filters, notices, lags, downs, happenings)| {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
        let mirror = Mirror::new(folder.path().join("jammy"));
        let mut world = world(filters, notices);
        // The first asks for fixes in the archive; of several on one log the others don't.
        world.teams[0].archive = Some(mirror.disk.address());
        world.begins();
        let mut lagging = Lagging { world, mirror, lags, is_down: false, waited: 0 };
        for (nth, happening) in happenings.iter().enumerate() {
            lagging.is_down = downs[nth % downs.len()] < 24;
            lagging.happens(happening);
        }
        // In the end it has everything; or it never gets anything more, and time passes.
        lagging.is_down = false;
        if downs[0] % 2 == 0 {
            lagging.lags.iter_mut().for_each(|lag| *lag = Some(0));
        } else {
            lagging.world.wait(75);
        }
        lagging.publish();
        lagging.world.settle();
    });
}

/// A resource on the log that watches over a product with everything in it.
struct Asking {
    source: Value,
    concourse: Resource,
    container: PathBuf,
}

impl Asking {
    fn new(folder: &Path, severities: &[&str], archive: Option<&str>) -> Asking {
        let mut source = json!({
            "os": "mantic", "window": "2000d", "product": "rootfs", "severities": severities,
            "priorities": ["high", "critical"], "tracker": {"driver": "file", "path": folder.join("tracker")},
            "upstream": {"oval": format!("file://{}/oval", folder.display()), "api": false, "rss": false},
        });
        if let Some(archive) = archive {
            source["upstream"]["archive"] = json!(archive);
        }
        // One container, so that the file is unpacked once a day.
        let container = folder.join("container");
        fs::create_dir_all(&container).expect("a folder");
        Asking { source, concourse: Resource::default(), container }
    }

    fn check(&mut self, now: Timestamp) -> Outcome {
        let mut request = json!({"source": self.source});
        if let Some(given) = self.concourse.given() {
            request["version"] = json!(given);
        }
        let outcome = run(check, &request, Place { temporary: &self.container, folder: None, job: None, now });
        let answer: Vec<_> = outcome.json().as_array().expect("a list").iter().map(version).collect();
        self.concourse.save_check(&answer);
        outcome
    }

    /// Records what runs when the watch begins.
    fn records(&self, folder: &Path, packages: &BTreeSet<String>) {
        let mut source = self.source.clone();
        source["emit"] = json!("releases");
        let lines: String = packages.iter().map(|name| format!("{name}=0~0\n")).collect();
        fs::write(folder.join("packages"), lines).expect("written");
        let temporary = tempfile::tempdir().expect("a folder");
        let now = "2023-01-01T00:00:00Z".parse().expect("an instant");
        let place = Place { temporary: temporary.path(), folder: Some(folder), job: Some("release"), now };
        let params = json!({"version": "1.0.0", "packages_file": "packages"});
        let outcome = run(record, &json!({"source": source, "params": params}), place);
        assert!(outcome.is_success(), "{}", outcome.stderr);
    }

    fn newest(&self) -> BTreeSet<String> {
        let newest: Vec<String> = self.concourse.newest().map(|version| version["notice"].clone()).collect();
        let unique: BTreeSet<String> = newest.iter().cloned().collect();
        assert_eq!(newest.len(), unique.len(), "one became the newest twice");
        unique
    }
}

fn memory() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
}

/// The grave notices of the file with the packages that they fix, but for those of kernels, whose names change.
fn fixes(file: &File) -> BTreeMap<String, Vec<(String, String)>> {
    let folder = memory();
    fs::create_dir(folder.path().join("oval")).expect("a folder");
    let last = *file.days.keys().next_back().expect("a day");
    fs::write(folder.path().join("oval/com.ubuntu.mantic.usn.oval.xml.bz2"), file.until(last)).expect("written");
    let mut asking = Asking::new(folder.path(), &["high", "critical"], None);
    let mut source = asking.source.clone();
    source["emit"] = json!("releases");
    let place = Place {
        temporary: &asking.container,
        folder: Some(folder.path()),
        job: Some("release"),
        now: "2023-01-01T00:00:00Z".parse().expect("an instant"),
    };
    assert!(run(record, &json!({"source": source, "params": {"version": "1.0.0"}}), place).is_success());
    asking.check(format!("{last}T23:59:00Z").parse().expect("an instant"));
    let record = CachedNotice::read(&folder.path().join("tracker/rootfs"));
    let of = |events: &Value| -> Vec<(String, String)> {
        let fix = |fix: &Value| (text(&fix["package"]).to_owned(), text(&fix["version"]).to_owned());
        items(&events["notice"]["packages"]).iter().map(fix).filter(|(name, _)| !name.starts_with("linux-")).collect()
    };
    let notices = record.openings.iter().map(|(id, openings)| (id.clone(), of(&openings[0].events[0].value["opened"])));
    notices.filter(|(_, fixes)| !fixes.is_empty()).collect()
}

/// Replays the file with an archive that gets each fix hours or days late, or never; two resources are on the log, of which
/// the one with the wider filters asks the archive. Gives how many notices each was told, and how many waited.
fn replayed(file: &File, seed: u64) -> (usize, usize, usize) {
    let notices = fixes(file);
    let installed: BTreeSet<String> = notices.values().flatten().map(|(name, _)| name.clone()).collect();
    let folder = memory();
    let folder = folder.path();
    fs::create_dir(folder.join("oval")).expect("a folder");
    let mirror = Mirror::new(folder.join("mantic"));
    let mut wide = Asking::new(folder, &["high", "critical"], Some(&mirror.disk.address()));
    let mut narrow = Asking::new(folder, &[], None);
    wide.records(folder, &installed);
    let mut random = fastrand::Rng::with_seed(seed);
    let lags: BTreeMap<&String, Option<i64>> =
        (notices.keys()).map(|id| (id, if random.u8(..10) == 0 { None } else { Some(random.i64(0..110)) })).collect();
    let mut published: BTreeMap<String, Timestamp> = BTreeMap::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut waited: BTreeSet<String> = BTreeSet::new();
    let mut own: BTreeMap<String, Timestamp> = BTreeMap::new();
    let days: Vec<_> = file.days.keys().copied().skip(1).collect();
    let last = *days.last().expect("a day");
    let more = (1..=4).map(|after| last.checked_add(jiff::ToSpan::days(after)).expect("a day"));
    for (nth, day) in days.iter().copied().chain(more).enumerate() {
        fs::write(folder.join("oval/com.ubuntu.mantic.usn.oval.xml.bz2"), file.until(day)).expect("written");
        let now: Timestamp = format!("{day}T23:59:00Z").parse().expect("an instant");
        let mut has = Highest::new();
        for (id, fixes) in &notices {
            let at = published.get(id).zip(lags[id]).map(|(at, lag)| *at + SignedDuration::from_hours(lag));
            if at.is_some_and(|at| at <= now) {
                fixes.iter().for_each(|(name, version)| add(&mut has, name, version));
            }
        }
        mirror.publish(now, Some(&has));
        if nth % 5 == 4 {
            // A container is lost, and with it what was kept.
            fs::remove_dir_all(&wide.container).expect("removed");
            fs::create_dir(&wide.container).expect("a folder");
        }
        let before = CachedNotice::read(&folder.join("tracker/rootfs")).events.len();
        let outcome = wide.check(now);
        let log = CachedNotice::read(&folder.join("tracker/rootfs"));
        for event in &log.events[before..] {
            let opened = &event.value["opened"]["notice"];
            let id = text(&opened["id"]).to_owned();
            let lacks = |(name, version): &&(String, String)| {
                let need: DebianVersion = version.parse().expect("a Debian version");
                has.get(name).is_none_or(|has| *has < need)
            };
            let late = now >= until(text(&opened["published"]));
            let lacking: Vec<_> = notices[&id].iter().filter(lacks).collect();
            assert!(late || lacking.is_empty(), "{id} was opened on {day}, and the archive lacks {lacking:?}");
            own.insert(id, now);
        }
        for id in notices.keys().filter(|id| outcome.stderr.contains(&format!("{id} waits"))) {
            waited.insert(id.clone());
        }
        narrow.check(now);
        // What is in the file was published that day, and the archive may have it from then on.
        let xml = String::from_utf8_lossy(&file.days.get(&day).map(|packed| unpacked(packed)).unwrap_or_default())
            .into_owned();
        for id in notices.keys().filter(|id| xml.contains(&format!("{id} "))) {
            if seen.insert(id.clone()) {
                published.insert(id.clone(), format!("{day}T12:00:00Z").parse().expect("an instant"));
            }
        }
    }
    let (wide, narrow) = (wide.newest(), narrow.newest());
    assert_eq!(wide, notices.keys().cloned().collect(), "some were lost");
    assert!(narrow.is_subset(&wide));
    (wide.len(), narrow.len(), waited.len())
}

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut bzip2::read::MultiBzDecoder::new(packed), &mut bytes)
        .map(|_| bytes)
        .expect("packed")
}

#[test]
fn a_real_file_with_a_lagging_archive_loses_nothing_and_opens_nothing_early() {
    let Some(file) = mantic() else { return };
    let told = replayed(&file, 1);
    println!("{told:?} of the real file");
    assert!(told.2 > 100, "hardly any waited: {told:?}");
}

#[test]
fn the_facts_with_a_lagging_archive_lose_nothing_and_open_nothing_early() {
    let told = replayed(&mantic_of_facts(), 3);
    println!("{told:?} of the facts");
    assert_eq!((told.0, told.1), (147, 29));
}

/// A world with one notice of `curl`, which is published now and fixed in 1.5.
fn one_notice(archive: &Mirror) -> World {
    let fix = Fix { package: "curl", version: "1.5".to_owned(), pro: false };
    let notice = crate::support::upstream::Notice {
        id: "USN-7001-1".to_owned(),
        published: Some("2026-03-01T00:00:00Z".parse().expect("an instant")),
        in_oval: true,
        in_api: true,
        priority: 4,
        severity: 0,
        fixes: vec![fix],
    };
    let filters = crate::model::team::Filters { priorities: vec!["high"], ..Default::default() };
    let mut world = World::new(
        |folder| crate::support::upstream::Upstream::new(folder, vec![notice]),
        |container| vec![Team::new(filters.clone(), container(0))],
    );
    world.teams[0].archive = Some(archive.disk.address());
    let put = world.release(true, Some(&[(PACKAGES[1], "1.4".to_owned())]), &[], None);
    assert!(world.put(put));
    world
}

fn builds(world: &World) -> usize {
    world.teams[0].concourse.newest().count()
}

#[test]
fn an_archive_that_gets_the_fix_after_an_hour_gives_no_build_before_and_one_after() {
    let folder = memory();
    let mirror = Mirror::new(folder.path().join("jammy"));
    let mut world = one_notice(&mirror);
    let mut has = Highest::new();
    add(&mut has, "curl", "1.4");
    mirror.publish(world.now, Some(&has));
    world.check(0, false);
    assert_eq!(builds(&world), 0);
    world.wait(1);
    add(&mut has, "curl", "1.5");
    mirror.publish(world.now, Some(&has));
    for _ in 0..3 {
        world.check(0, false);
        world.wait(1);
        assert_eq!(builds(&world), 1);
    }
}

#[test]
fn an_archive_that_never_gets_the_fix_gives_one_build_after_two_days_and_one_that_is_down_at_once() {
    let folder = memory();
    let mirror = Mirror::new(folder.path().join("jammy"));
    let mut world = one_notice(&mirror);
    let mut has = Highest::new();
    add(&mut has, "curl", "1.4");
    mirror.publish(world.now, Some(&has));
    for hours in 0..60 {
        world.check(0, false);
        assert_eq!(builds(&world), usize::from(hours >= 48), "after {hours} hours");
        world.wait(1);
    }
    let folder = memory();
    let mirror = Mirror::new(folder.path().join("jammy"));
    let mut world = one_notice(&mirror);
    mirror.publish(world.now, None);
    world.check(0, false);
    assert_eq!(builds(&world), 1);
}

/// Another notice is opened while the first waits, and the window of an hour begins with that.
#[test]
fn what_waits_does_not_fall_out_of_a_short_window() {
    let folder = memory();
    let mirror = Mirror::new(folder.path().join("jammy"));
    let mut world = one_notice(&mirror);
    world.teams[0].window = SignedDuration::from_hours(1);
    world.upstream.notices[0].in_oval = false;
    let mut other = world.upstream.notices[0].clone();
    (other.id, other.published) = ("USN-7002-1".to_owned(), Some(world.now + SignedDuration::from_hours(30)));
    other.fixes[0].version = "1.4.1".to_owned();
    let mut has = Highest::new();
    add(&mut has, "curl", "1.4.1");
    mirror.publish(world.now, Some(&has));
    world.check(0, false);
    world.wait(30);
    world.upstream.notices.push(other);
    world.check(0, false);
    assert_eq!(builds(&world), 1);
    world.wait(20);
    world.check(0, false);
    assert_eq!(builds(&world), 2);
}
