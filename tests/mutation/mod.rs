//! Mutated input for every reader: whatever comes, a reader answers or refuses, in bounded time and memory, and never panics.
//!
//! `MUTATIONS` gives the number of inputs for each reader (a million each night), `MUTATION_SEED` repeats a failure.

mod mutate;
mod readers;
mod samples;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, setrlimit};

use self::mutate::mutated;
use self::readers::Reader;

/// What one reader may take for all its inputs where nothing else is said. CI has sixteen of them.
const A_WHILE: Duration = Duration::from_secs(2);

/// The longest that one input of these few kilobytes may take, in a build without optimisation on a busy machine.
const LONGEST: Duration = Duration::from_secs(5);

/// The memory that all of it may take, in bytes. The programs themselves are held to less elsewhere.
const MOST_MEMORY: u64 = 2 << 30;

fn given(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text:?}")))
}

/// In the environment of the process that reads.
const READS: &str = "MUTATION_READS";

/// Reads mutations in a process of its own, which has a limit of memory that the other tests don't have.
fn never_panics(name: &str, samples: &[Vec<u8>], read: impl Reader) {
    if std::env::var_os(READS).is_some() {
        setrlimit(Resource::RLIMIT_AS, MOST_MEMORY, MOST_MEMORY).expect("a limit");
        return read_mutations(name, samples, read);
    }
    let mut reading = Command::new(std::env::current_exe().expect("this program"));
    reading.args([&format!("mutation::{name}"), "--exact", "--nocapture"]).env(READS, "yes");
    assert!(reading.status().expect("this program").success(), "{name}: what happened stands above");
}

/// Reads mutations of the samples, as many as are asked for or as there is time for.
fn read_mutations(name: &str, samples: &[Vec<u8>], mut read: impl Reader) {
    let (count, seed) = (given("MUTATIONS"), given("MUTATION_SEED"));
    let first = seed.unwrap_or(1);
    let started = Instant::now();
    for nth in 0.. {
        match (seed, count) {
            (Some(_), _) if nth > 0 => break,
            (None, Some(count)) if nth >= count => break,
            (None, None) if started.elapsed() > A_WHILE => break,
            _ => {}
        }
        let seed = first + nth;
        let input = mutated(samples, seed);
        let before = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| read.read(&input)));
        let took = before.elapsed();
        let again = format!("MUTATION_SEED={seed} cargo test --test it mutation::{name}");
        assert!(outcome.is_ok(), "{name} panics: {again}\n{}", String::from_utf8_lossy(&input));
        assert!(took < LONGEST, "{name} took {took:?}: {again}\n{}", String::from_utf8_lossy(&input));
    }
    assert!(read.accepted() > 0 || seed.is_some(), "{name}: no sample was ever accepted, so hardly anything was read");
}

macro_rules! readers {
    ($($name:ident: $samples:expr, $reader:expr;)*) => {$(
        #[test]
        fn $name() {
            never_panics(stringify!($name), &$samples, $reader);
        }
    )*};
}

readers! {
    packages: samples::packages(), readers::Packages::default();
    scanner_reports: samples::scanner_reports(), readers::ScannerReports::default();
    osv_records: samples::osv_records(), readers::OsvRecords::default();
    suites: samples::suites(), readers::Suites::default();
    package_indices: samples::package_indices(), readers::PackageIndices::default();
    version_lists: samples::version_lists(), readers::VersionLists::default();
    oval: samples::oval(), readers::Upstream::new("oval/com.ubuntu.jammy.usn.oval.xml.bz2", "oval");
    api_list: samples::api_list(), readers::Upstream::new("api/page/notices.json", "api");
    api_details: samples::api_details(), readers::Upstream::new("api/notices/USN-7951-1.json", "api");
    api_ratings: samples::api_ratings(), readers::Upstream::new("api/cves/CVE-2025-68973.json", "api");
    feed: samples::feed(), readers::Upstream::new("rss.xml", "rss");
    events: samples::events(), readers::Events::default();
    requests: samples::requests(), readers::Requests::default();
    answers: samples::answers(), readers::Answers::new();
    records: samples::records(), readers::Records::new();
    versions: samples::versions(), readers::Versions::default();
    addresses_and_secrets: samples::sources(), readers::Sources::default();
    markdown: samples::api_details(), readers::Notices::new();
}
