//! How large the documents are: as large as what is known, up to a limit.

use serde_json::{Value, json};

use crate::publish::fixture::{LogFixture, notice};
use crate::publish::{Wording, release_files};

/// The documents of VEX by name.
fn documents(story: &LogFixture) -> Vec<(String, Vec<u8>)> {
    let history = story.history();
    let wording = Wording { products: vec!["pkg:oci/p@sha256:00".parse().expect("a product")], ..Wording::default() };
    let files = release_files(&story.facts(&history), &wording).expect("files");
    let is_vex = |name: &str| name.contains("vex") || name.starts_with("csaf/");
    files.iter().filter(|(name, _)| is_vex(name)).map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect()
}

/// A notice whose CVEs and packages are numbered from these on.
fn numbered(id: usize, cves: std::ops::Range<usize>, packages: &[String]) -> Value {
    let cves: Vec<String> = cves.map(|n| format!("CVE-{}-{:04}", 2000 + n / 9000, 1000 + n % 9000)).collect();
    let cves: Vec<(&str, &str)> = cves.iter().map(|cve| (cve.as_str(), "high")).collect();
    let fixes: Vec<(&str, &str)> = packages.iter().map(|name| (name.as_str(), "1:5")).collect();
    notice(&format!("USN-{}-1", id + 1), "A vulnerability", "2026-01-01", &cves, &fixes)
}

#[test]
fn of_three_thousand_notices_every_package_is_named() {
    let mut story = LogFixture::of("p");
    for id in 0..3_000 {
        let packages: Vec<String> = (0..3).map(|n| format!("package-{}", (id * 3 + n) % 600)).collect();
        story = story.opened(numbered(id, id * 3..id * 3 + 3, &packages));
    }
    let lines: String = (0..600).map(|n| format!("package-{n}=1:5\n")).collect();
    let story = story.released("1.0.0", Some(&lines), json!({}));
    for (name, bytes) in documents(&story) {
        assert!(bytes.len() < 40_000_000, "{name}: {}", bytes.len());
        assert!(!String::from_utf8_lossy(&bytes).contains("too many"), "{name}");
    }
}

#[test]
fn what_would_be_without_end_names_no_packages_and_says_so() {
    let packages: Vec<String> = (0..2_000).map(|n| format!("package-{n}")).collect();
    let lines: String = packages.iter().map(|name| format!("{name}=1:5\n")).collect();
    let mut story = LogFixture::of("p").opened(numbered(0, 0..2_000, &packages));
    story = story.opened(numbered(1, 5_000..5_001, &packages[..1])).released("1.0.0", Some(&lines), json!({}));
    for (name, bytes) in documents(&story) {
        assert!(bytes.len() < 40_000_000, "{name}: {}", bytes.len());
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("The packages are too many to be named here."), "{name}");
        // What has room is named all the same.
        assert!(text.contains("CVE-2000-6000") && text.matches("package-0@").count() > 1, "{name}");
    }
}
