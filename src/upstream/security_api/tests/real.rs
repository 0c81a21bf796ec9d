//! Canonical's own answers, of the corpus.

use super::*;
use crate::needs::{self, corpus_bytes};

#[test]
fn the_real_page_is_listed() {
    let Some(bytes) = corpus_bytes("api/pages/page_notices_limit20.json") else { return };
    let world = ApiServer::with(0, move |_| Some(Reply::ok(bytes.clone())));
    let newest = world.check(|api| {
        api.list(time("2025-01-01T00:00:00Z")).expect("a list");
        assert_eq!(api.listed().count(), 20);
        api.listed().max_by_key(|listed| listed.published).cloned().expect("a notice")
    });
    assert_eq!((newest.id.to_string().as_str(), newest.title.as_str()), ("USN-7967-1", "Avahi vulnerabilities"));
    assert_eq!(newest.published.to_string(), "2026-01-19T12:30:55.846108Z");
    assert!(newest.cves.iter().any(|cve| cve.as_str() == "CVE-2025-68276"));
}

#[test]
fn real_refusals_are_told() {
    for (name, status, reason) in [
        ("errors/422_unknown_param.422.json", 422, "Unknown field"),
        ("errors/422_limit.422.json", 422, "less than or equal to 20"),
        ("errors/404_notice.404.json", 404, "does not exist"),
    ] {
        let Some(bytes) = corpus_bytes(&format!("api/{name}")) else { continue };
        let world = ApiServer::with(0, move |_| Some(Reply::new(status, bytes.clone())));
        let error = world.list().0.expect_err("a failure").to_string();
        assert!(error.contains(reason) && error.contains(&status.to_string()), "{error}");
    }
}

#[test]
fn all_real_notices_parse() {
    let Some(folder) = needs::corpus("api") else { return };
    let mut count = 0;
    for kind in ["notices", "notices-archive"] {
        let Ok(files) = fs::read_dir(folder.join(kind)) else { continue };
        for file in files.map(|file| file.expect("a file").path()) {
            let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
            let Ok(id) = name.parse() else { continue };
            let bytes = fs::read(&file).expect("a file");
            let detail = detail::read(&mut bytes.as_slice(), id, &jammy()).expect(&name);
            assert!(!detail.title.is_empty() && detail.published.is_some(), "{name}");
            count += usize::from(kind == "notices");
        }
    }
    assert_eq!(count, 40);
}

#[test]
fn one_real_notice_has_free_and_pro_packages_and_another_only_pro_ones() {
    let read = |name: &str| {
        let bytes = corpus_bytes(&format!("api/notices/{name}.json"))?;
        Some(detail::read(&mut bytes.as_slice(), name.parse().expect("an id"), &jammy()).expect(name))
    };
    let (Some(mixed), Some(pro)) = (read("USN-7951-1"), read("USN-7952-1")) else { return };
    let of = |name: &str| mixed.fixes.iter().find(|fix| fix.package.as_str() == name).expect(name);
    assert_eq!((of("python3.10").pro, of("python3.10").version.as_str()), (false, "3.10.12-1~22.04.13"));
    assert!(of("python3.11").pro);
    assert_eq!(mixed.fixes.len(), 28);
    assert!(pro.concerns_release && !pro.fixes.is_empty() && pro.fixes.iter().all(|fix| fix.pro));
}

#[test]
fn all_real_cves_parse() {
    let Some(folder) = needs::corpus("api/cves") else { return };
    let mut rated = 0;
    for file in fs::read_dir(folder).expect("CVEs").map(|file| file.expect("a file").path()) {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let bytes = fs::read(&file).expect("a file");
        let CveAnswer { cve, .. } =
            cve::read(&mut bytes.as_slice(), &name.parse().expect("an id"), &jammy()).expect(&name);
        rated += usize::from(cve.priority != Priority::Unknown);
    }
    assert!(rated > 100, "only {rated} are rated");
}
