//! What the budget promises, on real files.

use serde_json::Value;

use super::OvalCache;
use super::fixture::try_edition;
use crate::needs::corpus_bytes;
use crate::notice::{Notice, NoticeSummary, Priority, Severity};

const MANTIC: &str = "oval/com.ubuntu.mantic.usn.oval.xml.bz2";

fn facts(cache: &OvalCache) -> Vec<NoticeSummary> {
    cache.facts().map(|record| record.and_then(|record| record.facts()).expect("intact")).collect()
}

fn notice(cache: &OvalCache, id: &str) -> Notice {
    cache.notice(id.parse().expect("an id")).expect("intact").expect(id)
}

#[test]
fn a_real_file_has_so_many_notices_of_each_rating() {
    let Some(file) = corpus_bytes(MANTIC) else { return };
    let (cache, _folder) = try_edition(&file).expect("a cache");
    let facts = facts(&cache);
    let high = |facts: &&NoticeSummary| facts.priority >= Priority::High;
    let either = |facts: &&NoticeSummary| high(facts) || facts.severity >= Some(Severity::High);
    assert_eq!((facts.len(), cache.count()), (273, 273));
    assert_eq!(facts.iter().filter(high).count(), 29);
    assert_eq!(facts.iter().filter(either).count(), 147);
    assert_eq!(cache.generated().map(|time| time.to_string()).as_deref(), Some("2024-07-12T09:32:48Z"));
}

#[test]
fn every_notice_of_a_real_file_has_packages_kernels_included() {
    let Some(file) = corpus_bytes(MANTIC) else { return };
    let (cache, _folder) = try_edition(&file).expect("a cache");
    for facts in facts(&cache) {
        assert!(!facts.fixes.is_empty(), "{}", facts.id);
        assert!(facts.fixes.is_sorted() && facts.fixes.iter().all(|fix| !fix.pro), "{}", facts.id);
    }
    let laptop = notice(&cache, "USN-6818-2").fixes;
    let laptop: Vec<_> = laptop.iter().map(|fix| format!("{}={}", fix.package, fix.version)).collect();
    assert_eq!(laptop.len(), 11);
    assert!(laptop.contains(&"linux-image-6.5.0-1017-laptop=6.5.0-1017.20".into()), "{laptop:?}");
    assert!(laptop.contains(&"linux-image-laptop-23.10=6.5.0.1017.20".into()), "{laptop:?}");
    let samba = notice(&cache, "USN-6425-3").fixes;
    let find = |name: &str| samba.iter().find(|fix| fix.package.as_str() == name).map(|fix| fix.version.as_str());
    assert_eq!(find("libldb2"), Some("2:2.7.2+samba4.18.6+dfsg-1ubuntu2.1"));
    assert_eq!(find("libwbclient0"), Some("2:4.18.6+dfsg-1ubuntu2.1"));
}

#[test]
fn the_kernel_definitions_of_a_real_file_list_what_they_test_for() {
    let Some(file) = corpus_bytes(MANTIC) else { return };
    let (cache, _folder) = try_edition(&file).expect("a cache");
    let images =
        |facts: &&NoticeSummary| facts.fixes.iter().any(|fix| fix.package.as_str().starts_with("linux-image-6.5.0-"));
    assert_eq!(facts(&cache).iter().filter(images).count(), 32);
}

#[test]
fn texts_and_cves_are_those_that_the_old_resource_wrote() {
    let Some(file) = corpus_bytes(MANTIC) else { return };
    let (cache, _folder) = try_edition(&file).expect("a cache");
    for id in ["USN-6561-1", "USN-6651-2", "USN-6818-2"] {
        let Some(json) = corpus_bytes(&format!("usn-resource/usn.{id}.json")) else { return };
        let old: Value = serde_json::from_slice(&json).expect("JSON");
        let notice = notice(&cache, id);
        assert_eq!(Some(notice.url().as_str()), old["url"].as_str());
        assert_eq!(Some(format!("{id} -- {}", notice.title).as_str()), old["title"].as_str());
        assert_eq!(notice.oval_description.as_deref(), old["description"].as_str());
        assert_eq!(Some(notice.published.to_string().as_str()), old["date"].as_str());
        let cves: Vec<_> = notice.cves.iter().map(|cve| Value::from(cve.id.url())).collect();
        assert_eq!(Some(&cves), old["cves"].as_array());
        assert!(!notice.description.contains("Update Instructions") && !notice.description.contains("  "));
    }
}

#[test]
fn the_file_for_oci_images_tells_the_same_packages() {
    let Some(file) = corpus_bytes("oval/oci.com.ubuntu.jammy.usn.oval.xml.bz2") else { return };
    let (cache, _folder) = try_edition(&file).expect("a cache");
    let notice = notice(&cache, "USN-6561-1");
    let names: Vec<_> = notice.fixes.iter().map(|fix| fix.package.as_str()).collect();
    assert_eq!(names, ["libssh-4", "libssh-dev", "libssh-doc", "libssh-gcrypt-4", "libssh-gcrypt-dev"]);
    assert!(notice.fixes.iter().all(|fix| fix.version.as_str() == "0.9.6-2ubuntu0.22.04.2"));
    assert!(notice.description.starts_with("Fabian Bäumer, Marcus Brinkmann, Jörg Schwenk discovered"));
}

#[test]
fn a_large_file_is_read_whole() {
    let Some(file) = corpus_bytes("oval/derived-bench.com.ubuntu.jammy.usn.oval.xml.bz2") else { return };
    let (cache, _folder) = try_edition(&file).expect("a cache");
    assert_eq!(cache.count(), 3216);
    assert!(facts(&cache).iter().all(|facts| !facts.fixes.is_empty()));
}
