//! What the archive's gate takes for the candidate, beside what dpkg says of the same versions.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use davos::http::{Http, Limits};
use davos::upstream::archive::{Archive, ArchiveAnswer, ArchiveClient, WantedPackage};
use jiff::Timestamp;

use crate::support::archive::{ArchiveOnDisk, InPool, in_pool};
use crate::support::needs;

/// Pairs of a candidate and what is needed. `PAIRS=10000` compares more, as each night.
const PAIRS: usize = 1_000;

/// The versions of the packages of real releases.
fn real_versions() -> Vec<String> {
    let mut lists: Vec<PathBuf> =
        vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/receipts/cflinuxfs4-1.297.0.receipt")];
    let corpus = needs::corpus("receipts").and_then(|folder| fs::read_dir(folder).ok());
    lists.extend(corpus.into_iter().flatten().map(|entry| entry.expect("a file").path()));
    let mut versions = BTreeSet::new();
    for list in lists.iter().filter(|path| path.extension().is_some_and(|ending| ending == "receipt")) {
        let text = fs::read_to_string(list).expect("a list");
        versions.extend(text.lines().filter(|line| line.starts_with("ii ")).filter_map(|line| {
            let version = line.split_whitespace().nth(2)?;
            (version.starts_with(|c: char| c.is_ascii_digit()) && !version.contains("ips")).then(|| version.to_owned())
        }));
    }
    versions.into_iter().collect()
}

/// A version near another one: its epoch, its end or a number is different.
fn near(version: &str, random: &mut fastrand::Rng) -> String {
    match random.u8(..8) {
        0 => format!("{version}.1"),
        1 => format!("{version}~esm1"),
        2 => format!("{version}+esm1"),
        3 => format!("{}:{}", random.u8(..3), version.split_once(':').map_or(version, |(_, rest)| rest)),
        4 => version.replacen('1', "10", 1),
        5 => version.replacen('-', "~rc1-", 1),
        6 => version.split_once(':').map_or(version, |(_, rest)| rest).to_owned(),
        _ => version.to_owned(),
    }
}

#[test]
fn the_candidate_is_what_dpkg_takes_for_the_highest() {
    if !needs::has_program("dpkg", "--version") {
        return;
    }
    let pairs = std::env::var("PAIRS").map_or(PAIRS, |text| text.parse().expect("a number"));
    let versions = real_versions();
    let mut random = fastrand::Rng::with_seed(5);
    let any = |random: &mut fastrand::Rng| {
        let one = random.choice(&versions).expect("versions");
        if random.bool() { one.clone() } else { near(one, random) }
    };
    let mut triples = Vec::new();
    while triples.len() < pairs {
        let need = any(&mut random);
        let [one, other] =
            [0; 2].map(|_| if random.u8(..3) == 0 { any(&mut random) } else { near(&need, &mut random) });
        // A version begins with a digit, and an epoch is no other part of one.
        let plain = |text: &String| text.parse::<davos::notice::PackageVersion>().is_ok();
        if plain(&need) && plain(&one) && plain(&other) {
            triples.push((one, other, need));
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let disk = ArchiveOnDisk::new(folder.path().join("ubuntu"));
    let now: Timestamp = "2026-01-20T12:00:00Z".parse().expect("a time");
    let suite = |nth: usize| -> Vec<InPool> {
        let version = |(one, other, _): &(String, String, String)| if nth == 0 { one.clone() } else { other.clone() };
        let named = triples.iter().enumerate();
        named.map(|(at, triple)| InPool { has_file: false, ..in_pool(&format!("p{at}"), &version(triple)) }).collect()
    };
    disk.publish("a", now, &suite(0));
    disk.publish("b", now, &suite(1));
    let archive = Archive {
        url: disk.address().parse().expect("an address"),
        suites: vec!["a".to_owned(), "b".to_owned()],
        components: Vec::new(),
        architectures: vec!["amd64".to_owned()],
    };
    let http =
        Http::new(Limits { total: std::time::Duration::from_secs(600), ..Limits::default() }, &[], 1).expect("a way");
    let kept = tempfile::tempdir().expect("a folder");
    let wanted: Vec<WantedPackage> = triples
        .iter()
        .enumerate()
        .map(|(at, (_, _, need))| WantedPackage {
            package: format!("p{at}").parse().expect("a package"),
            need: need.parse().expect("a version"),
            family: None,
        })
        .collect();
    let answers = ArchiveClient::new(&archive, http, kept.path(), now).ask(&wanted, false);
    // One shell asks dpkg about all of them.
    let lines: String = triples.iter().map(|(one, other, need)| format!("{one} {other} {need}\n")).collect();
    fs::write(folder.path().join("triples"), lines).expect("written");
    let script = "while read -r one other need; do\n\
        highest=$one; if dpkg --compare-versions \"$other\" gt \"$one\"; then highest=$other; fi\n\
        if dpkg --compare-versions \"$highest\" ge \"$need\"; then echo there; else echo \"$highest\"; fi\ndone <triples";
    let said = Command::new("sh").args(["-c", script]).current_dir(folder.path()).output().expect("a shell");
    let said = String::from_utf8(said.stdout).expect("text");
    assert_eq!((said.lines().count(), answers.len()), (pairs, pairs));
    let (mut there, mut wrong) = (0, Vec::new());
    for ((triple, answer), says) in triples.iter().zip(answers).zip(said.lines()) {
        let ours = match answer.expect("an answer") {
            ArchiveAnswer::There { .. } => "there".to_owned(),
            ArchiveAnswer::NotThere { newest, .. } => newest.expect("a version").0.to_string(),
        };
        there += usize::from(ours == "there");
        // Of two that mean the same either may be named.
        let same = |one: &str, other: &str| {
            let version = |text: &str| text.parse::<debversion::Version>().ok();
            one == other || (one != "there" && other != "there" && version(one) == version(other))
        };
        if !same(&ours, says) {
            wrong.push(format!("{triple:?}: {ours}, and dpkg says {says}"));
        }
    }
    println!("{pairs} candidates of {} real versions, {there} with the fix", versions.len());
    assert!(there > pairs / 5 && there < pairs * 9 / 10, "{there} of {pairs}");
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
