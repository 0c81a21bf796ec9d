//! What suites and indices say, and which of it counts.

use std::time::{Duration, Instant};

use super::scan::scan;
use super::*;
use crate::notice::PackageVersion;

const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fn index(text: &str) -> PackageIndex {
    PackageIndex::read(&mut text.as_bytes(), Instant::now() + Duration::from_secs(60)).expect("an index")
}

fn wanted(package: &str, need: &str, family: Option<&str>) -> WantedPackage {
    WantedPackage {
        package: crate::notice::PackageName::known(package).expect("a package"),
        need: PackageVersion::of_any(need).expect("a version"),
        family: family.map(str::to_owned),
    }
}

/// Whether an index has what is wanted; `None` if it names no such package.
fn has(text: &str, wanted: &WantedPackage) -> Option<bool> {
    let found = scan(&index(text), &[(7, wanted)]);
    found.get(&7).map(|found| found.file.is_some())
}

#[test]
fn epochs_decide_before_all_else() {
    let vim = |version: &str| format!("Package: vim\nVersion: {version}\nFilename: pool/v.deb\n");
    let need = wanted("vim", "2:8.2.3995-1ubuntu2.24", None);
    assert_eq!(has(&vim("2:8.2.3995-1ubuntu2.24"), &need), Some(true));
    assert_eq!(has(&vim("2:8.2.3995-1ubuntu2.23"), &need), Some(false));
    assert_eq!(has(&vim("9.0"), &need), Some(false));
    assert_eq!(has(&vim("3:0.1"), &need), Some(true));
    assert_eq!(has("Package: vim-tiny\nVersion: 3:1\nFilename: p\n", &need), None);
}

#[test]
fn a_kernel_is_there_under_any_number_of_its_family() {
    let need = wanted("linux-image-5.15.0-91-generic", "5.15.0-100.110", Some("linux-image-5.15.0-*-generic"));
    let kernel = |abi: &str, version: &str| {
        format!("Package: linux-image-5.15.0-{abi}\nVersion: {version}\nFilename: pool/l.deb\n\n")
    };
    assert_eq!(has(&kernel("101-generic", "5.15.0-101.111"), &need), Some(true));
    assert_eq!(has(&kernel("91-generic", "5.15.0-91.101"), &need), Some(false));
    assert_eq!(has(&kernel("101-lowlatency", "5.15.0-101.111"), &need), None);
    let both = kernel("91-generic", "5.15.0-91.101") + &kernel("100-generic", "5.15.0-100.110");
    assert_eq!(has(&both, &need), Some(true));
}

#[test]
fn a_notice_of_debian_names_a_source_whose_version_may_be_another() {
    let need = wanted("pkg:deb/debian/glibc?arch=source&distro=debian-12", "2.36-9+deb12u4", None);
    let libc = |source: &str, version: &str| {
        format!("Package: libc6\nSource: {source}\nVersion: {version}\nFilename: pool/c.deb\n")
    };
    assert_eq!(has(&libc("glibc", "2.36-9+deb12u4"), &need), Some(true));
    assert_eq!(has(&libc("glibc (2.36-9+deb12u4)", "2.36-9+deb12u4+b1"), &need), Some(true));
    assert_eq!(has(&libc("glibc (2.36-9+deb12u3)", "9"), &need), Some(false));
    assert_eq!(has("Package: glibc\nVersion: 2.36-9+deb12u4\nFilename: p\n", &need), Some(true));
    assert_eq!(has("Package: glibc\nSource: other\nVersion: 9\nFilename: p\n", &need), None);
}

#[test]
fn a_build_for_fips_is_no_newer_ordinary_one() {
    let need = wanted("libssl3", "3.0.2-0ubuntu1.20", None);
    assert_eq!(has("Package: libssl3\nVersion: 3.0.2-0ubuntu1.25+Fips1\nFilename: p\n", &need), Some(false));
}

#[test]
fn only_fields_of_an_entry_count_and_what_leads_out_of_the_archive_does_not() {
    let text = "Package: a\nVersion: 1\nDescription: x\n Version: 9\nFilename: pool/a.deb\n\n\
                package: b\nversion: 1\nfilename: ../b.deb\n\n\
                Package: c d\nVersion: 1\nFilename: p\n\nPackage: e\nVersion: 1\n";
    let index = index(text);
    let names: Vec<(&str, &str)> = index.entries().map(|entry| (entry.name, entry.version)).collect();
    assert_eq!(names, [("a", "1")]);
    for no_index in ["<html><body>Welcome</body></html>", "x", "Package: a\n"] {
        assert!(PackageIndex::read(&mut no_index.as_bytes(), Instant::now() + Duration::from_secs(9)).is_err());
    }
    assert!(super::tests::index("").is_empty() && super::tests::index("\n\n").is_empty());
    let long = format!("Package: a\nVersion: 1\nFilename: {}\n", "x".repeat(5_000));
    assert!(PackageIndex::read(&mut long.as_bytes(), Instant::now() + Duration::from_secs(9)).is_err());
}

#[test]
fn an_index_is_read_no_longer_than_there_is_time() {
    let text = "Package: a\nVersion: 1\nFilename: p\n\n".repeat(5_000);
    let error = PackageIndex::read(&mut text.as_bytes(), Instant::now()).expect_err("too late").to_string();
    assert!(error.contains("than there is time for"), "{error}");
}

#[test]
fn the_file_of_a_suite_is_read_signed_or_not() {
    let body = format!(
        "Origin: Ubuntu\nDate: Thu,  1 Jan 2026 07:16:08 UTC\nAcquire-By-Hash: yes\nMD5Sum:\n {DIGEST} 1 odd/binary-amd64/Packages\n\
         SHA256:\n {DIGEST} 1 universe/binary-amd64/Packages.xz\n {DIGEST} 2 universe/binary-amd64/Packages.gz\n \
         {DIGEST} 1 main/binary-amd64/Packages\n {DIGEST} 1 main/binary-arm64/Packages\n {DIGEST} 1 main/source/Sources\n \
         {DIGEST} 1 multiverse/binary-amd64/Packages\n {DIGEST} 1 main/debian-installer/binary-amd64/Packages\n \
         {DIGEST} 1 ../binary-amd64/Packages\n nonsense 1 main/binary-i386/Packages\n"
    );
    let signed = format!(
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{}-----BEGIN PGP SIGNATURE-----\n\nDate: x\n",
        body.replace("Origin", "- Origin")
    );
    let file = ReleaseFile::read(body.as_bytes()).expect("a file");
    assert_eq!(file, ReleaseFile::read(signed.as_bytes()).expect("a file"));
    assert_eq!((file.date.to_string().as_str(), file.by_hash), ("2026-01-01T07:16:08Z", true));
    let names = |architecture: &str, components: &[&str]| {
        let components: Vec<String> = components.iter().map(|name| (*name).to_owned()).collect();
        let of = file.of(architecture, &components);
        of.iter().map(|index| index.component.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names("amd64", &[]), "main universe multiverse");
    assert_eq!(names("amd64", &["universe", "main"]), "universe main");
    assert_eq!(names("arm64", &[]), "main");
    assert_eq!(names("i386", &[]), "");
    let endings: Vec<_> =
        file.of("amd64", &["universe".to_owned()])[0].files.iter().map(|f| f.packing.ending()).collect();
    assert_eq!(endings, [".gz", ".xz"]);
}

#[test]
fn no_file_is_asked_for_outside_of_the_archive() {
    let url = "https://user@mirror.example/ubuntu/".parse().expect("an address");
    let archive = Archive { url, suites: Vec::new(), components: Vec::new(), architectures: Vec::new() };
    for (path, expected) in [
        ("pool/main/libs/libstdc++6_12~a_amd64.deb", "ubuntu/pool/main/libs/libstdc++6_12~a_amd64.deb"),
        ("./pool/x y?z#a.deb", "ubuntu/pool/x%20y%3Fz%23a.deb"),
        ("/../../etc/passwd", "ubuntu/etc/passwd"),
        ("%2e%2e/x", "ubuntu/%252e%252e/x"),
        ("//other.example/x", "ubuntu/other.example/x"),
    ] {
        assert_eq!(archive.file(path).as_str(), format!("https://user@mirror.example/{expected}"), "{path}");
    }
}
