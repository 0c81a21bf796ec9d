//! Good input of each kind, to be damaged.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn values(values: &[Value]) -> Vec<Vec<u8>> {
    values.iter().map(|value| value.to_string().into_bytes()).collect()
}

/// Lists of packages in each form.
pub(crate) fn packages() -> Vec<Vec<u8>> {
    let mut all = texts(&[
        "gpgv=2.2.27-3ubuntu2.4\nlibheif1=1.12.0-2build1\nlinux-image-5.15.0-91-generic=5.15.0-91.101\n",
        "ii \tgpgv\t2.2.27-3ubuntu2.4\nrc \tcron\t3.0pl1-137ubuntu3\n",
        "gpgv\t2.2.27-3ubuntu2.4\tinstall ok installed\ncron\t3.0pl1\tdeinstall ok config-files\n",
        "gpgv\t2.2.27-3ubuntu2.4\nsnap:lxd\t5.0/stable\t31333\n",
        "Package: gpgv\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.2.27-3ubuntu2.4\n\nPackage: cron\nStatus: deinstall ok config-files\nVersion: 3.0pl1\n",
        "Listing...\ngpgv/jammy-updates,now 2.2.27-3ubuntu2.4 amd64 [installed]\n",
        "{\"jsonwall\":\"1.0\",\"schema\":\"1.0\",\"count\":2}\n{\"kind\":\"package\",\"name\":\"gpgv\",\"version\":\"2.2.27\",\"arch\":\"amd64\"}\n",
        "Deseado=desconocido(U)\n||/ Nombre Version Arquitectura\n+++-======-=======-=====-=====\nii  gpgv   2.2.27  amd64 x\n",
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"https://cyclonedx.org/bom\",\"predicate\":{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"components\":[{\"type\":\"library\",\"name\":\"gpgv\",\"purl\":\"pkg:deb/ubuntu/gpgv@2.2.27?arch=amd64\"}]}}",
        "{\"spdxVersion\":\"SPDX-2.2\",\"packages\":[{\"name\":\"gpgv\",\"versionInfo\":\"2.2.27\",\"externalRefs\":[{\"referenceType\":\"purl\",\"referenceLocator\":\"pkg:deb/ubuntu/gpgv@2.2.27\"}]}]}",
    ]);
    all.push(fixture("receipts/cflinuxfs4-1.297.0.receipt"));
    for name in ["syft.cdx.json", "syft.spdx.json", "trivy.cdx.json", "trivy.spdx.json"] {
        all.push(fixture(&format!("sbom/{name}")));
    }
    all
}

/// The files at the top of a suite, signed within and not.
pub(crate) fn suites() -> Vec<Vec<u8>> {
    let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let body = format!(
        "Origin: Ubuntu\nSuite: jammy-security\nCodename: jammy\nDate: Thu, 15 Jan 2026 17:16:08 UTC\nArchitectures: amd64 i386\nComponents: main universe\nAcquire-By-Hash: yes\nMD5Sum:\n 0cc175b9c0f1b6a831c399e269772661 1 main/binary-amd64/Packages\nSHA256:\n {digest} 1269000 main/binary-amd64/Packages.gz\n {digest} 971000 main/binary-amd64/Packages.xz\n {digest} 1 universe/binary-i386/Packages\n {digest} 1 main/debian-installer/binary-amd64/Packages.gz\n {digest} 1 main/i18n/Translation-en.xz\n"
    );
    vec![body.clone().into_bytes(), crate::support::archive::signed(&body).into_bytes()]
}

/// Indices of packages, unpacked.
pub(crate) fn package_indices() -> Vec<Vec<u8>> {
    texts(&[
        "Package: gpgv\nArchitecture: amd64\nVersion: 2.2.27-3ubuntu2.5\nMulti-Arch: foreign\nSource: gnupg2\nFilename: pool/main/g/gnupg2/gpgv_2.2.27-3ubuntu2.5_amd64.deb\nDescription: GNU privacy guard\n checks signatures\n\nPackage: vim\nVersion: 2:8.2.3995-1ubuntu2.24\nFilename: pool/main/v/vim/vim_8.2.3995-1ubuntu2.24_amd64.deb\nPhased-Update-Percentage: 20\n\n",
        "Package: libc6\r\nSource: glibc (2.35-0ubuntu3)\r\nVersion: 2.35-0ubuntu3+b1\r\nFilename: ./pool/l/libc6.deb\r\n\r\n",
    ])
}

/// An OVAL file, before it is packed.
pub(crate) fn oval() -> Vec<Vec<u8>> {
    vec![fixture("oval/com.ubuntu.jammy.usn.oval.xml")]
}

pub(crate) fn api_list() -> Vec<Vec<u8>> {
    vec![fixture("api/page/notices.json")]
}

pub(crate) fn api_details() -> Vec<Vec<u8>> {
    vec![fixture("api/notices/USN-7951-1.json")]
}

pub(crate) fn api_ratings() -> Vec<Vec<u8>> {
    let with_statuses = String::from_utf8(fixture("in-release/CVE-2022-42919.json")).expect("text");
    let with_statuses = with_statuses.replace("CVE-2022-42919", "CVE-2025-68973").replace("mantic", "noble");
    vec![fixture("api/cves/CVE-2025-68973.json"), with_statuses.into_bytes()]
}

pub(crate) fn feed() -> Vec<Vec<u8>> {
    texts(&[
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Notices</title><link>https://ubuntu.com/security/notices</link><description>x</description><item><title>USN-7951-1: Python vulnerability</title><link>https://ubuntu.com/security/notices/USN-7951-1</link><description>Words.</description><pubDate>Mon, 12 Jan 2026 06:40:56 +0000</pubDate><guid>https://ubuntu.com/security/notices/USN-7951-1</guid></item></channel></rss>",
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>n</title><id>u</id><updated>2026-01-12T06:40:56Z</updated><entry><title>USN-7951-1: x</title><id>https://ubuntu.com/security/notices/USN-7951-1</id><link href=\"https://ubuntu.com/security/notices/USN-7951-1\"/><updated>2026-01-12T06:40:56Z</updated></entry></feed>",
    ])
}

/// First events of a log. They have no digest of themselves, so that damage goes further than that.
pub(crate) fn events() -> Vec<Vec<u8>> {
    let event = |key: &str, body: Value| {
        json!({"schema": 1, "seq": 1, "at": "2026-01-12T09:00:00Z", "product": "rootfs",
            "by": {"team": "main", "job": "release"}, "prev": null, key: body})
    };
    let notice = json!({"id": "USN-7951-1", "release": "jammy", "title": "a vulnerability", "description": "words",
        "published": "2026-01-12", "cves": [{"id": "CVE-2025-13836", "priority": "high", "severity": null}],
        "packages": [{"package": "libpython3.10", "version": "3.10.12-1~22.04.12", "pro": false}]});
    let evidence = json!([{"package": "gpgv", "have": "2.2.27-3ubuntu2.5", "need": "2.2.27-3ubuntu2.5"}]);
    values(&[
        event(
            "opened",
            json!({"notice": notice, "opening": 1, "priority": "high", "severity": null, "packages": evidence,
            "fixed_in": null, "shown": false, "import_left": 3}),
        ),
        event(
            "answered",
            json!({"notice": "USN-7951-1", "status": "not_affected",
            "justification": "component_not_present", "statement": "why", "until": "2026-12-31T00:00:00Z"}),
        ),
        event(
            "released",
            json!({"version": "1.297.0", "packages": null, "includes": {"ruby": "3.4.1"}, "late": true,
            "fixed": [{"notice": "USN-7951-1", "evidence": evidence, "via": null}], "not_affected": ["USN-1-1"],
            "open": ["USN-2-1"]}),
        ),
    ])
}

pub(crate) fn requests() -> Vec<Vec<u8>> {
    values(&[
        json!({"source": {"os": "jammy", "product": "rootfs", "tracker": {"driver": "file", "path": "/nowhere/davos"},
            "priorities": ["high"], "packages": ["lib*"], "window": "30d", "remind": "7d", "upstream": {"oval": false,
            "api": "file:///nowhere/api/", "rss": false}}, "version": {"notice": "USN-7951-1", "opening": "2"}}),
        json!({"source": {"emit": "releases", "product": "rootfs", "tracker": {"driver": "s3", "bucket": "our-logs",
            "access_key_id": "AKIDEXAMPLE", "secret_access_key": "c2VjcmV0LXNlY3JldA", "no_such": 1}},
            "params": {"version": "1.0", "notices": ["USN-1-1"], "layout": "usns"}, "version": {"release": "1.0"}}),
        json!({"source": {"emit": "status", "tracker": {"driver": "file", "path": "/nowhere/davos"}},
            "version": {"rootfs": "12"}, "params": {"targets": {"high": "48h"}}}),
    ])
}

pub(crate) fn answers() -> Vec<Vec<u8>> {
    values(&[
        json!({"notice": "USN-7951-1", "status": "affected", "statement": "won't fix", "until": "2030-12-31"}),
        json!({"notice": "USN-7951-1", "status": "not_affected", "justification": "vulnerable_code_not_present"}),
    ])
}

pub(crate) fn records() -> Vec<Vec<u8>> {
    texts(&[
        "---\n- title: 'USN-7951-1: Python vulnerability'\n  stack_release: 1.297.0\n- title: 'USN-7952-1: x'\n  stack_release: unreleased\n",
        "- {title: \"USN-7951-1: x\", stack_release: \"1.10\"}\n- &a {title: LSN-1-1, stack_release: null}\n",
    ])
}

pub(crate) fn versions() -> Vec<Vec<u8>> {
    texts(&[
        "2:4.18.6+dfsg-1ubuntu2.1",
        "1.12.0-2ubuntu0.1~esm2",
        "3.0.2-0ubuntu1.18+Fips1",
        "v1.2.3-9-gabc1239",
        "2026-11-05",
        "456.30-dev",
        "1.2.3-rc.1+build",
    ])
}

/// Sources with a mistake, so that nothing is asked, and with secrets in it.
pub(crate) fn sources() -> Vec<Vec<u8>> {
    values(&[
        json!({"source": {"os": "jammy", "product": "rootfs", "no_such_key": "hunter2hunter2", "tracker": {"driver": "git",
            "uri": "https://user:hunter2hunter2@git.example.org/log.git?sig=hunter2hunter2", "password": "hunter2hunter2"},
            "upstream": {"api": "http://token@mirror.example.org/security/", "oval": "https://m.example.org/oval/?key=a"}}}),
        json!({"source": {"os": "jammy", "no_such_key": 1, "product": "rootfs", "tracker": {"driver": "git",
            "uri": "git@git.example.org:team/log.git", "private_key": "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n"},
            "ca_certs": ["-----BEGIN CERTIFICATE----- aHVudGVyMg== -----END CERTIFICATE-----"]}}),
    ])
}

/// Reports of scanners in each form.
pub(crate) fn scanner_reports() -> Vec<Vec<u8>> {
    let trivy = json!({"SchemaVersion": 2, "ArtifactName": "image", "Results": [{"Target": "app", "Class": "lang-pkgs", "Type": "gobinary",
        "Vulnerabilities": [{"VulnerabilityID": "CVE-2025-47906", "PkgName": "stdlib", "InstalledVersion": "v1.23.4",
            "PkgIdentifier": {"PURL": "pkg:golang/stdlib@v1.23.4"}, "FixedVersion": "1.23.12, 1.24.6", "Status": "fixed", "Severity": "MEDIUM"}]}]});
    let osv_scanner = json!({"results": [{"source": {"path": "go.mod", "type": "lockfile"}, "packages": [{
        "package": {"name": "stdlib", "version": "1.23.4", "ecosystem": "Go"},
        "groups": [{"ids": ["GO-2025-3956"], "aliases": ["CVE-2025-47906"], "max_severity": "6.5"}],
        "vulnerabilities": [serde_json::from_slice::<Value>(&fixture("other/go/ID/GO-2025-3956.json")).expect("JSON")]}]}],
        "experimental_config": {}});
    let mut all = values(&[trivy, osv_scanner]);
    all.push(fixture("other/scan/grype.json"));
    all
}

/// OSV records.
pub(crate) fn osv_records() -> Vec<Vec<u8>> {
    ["other/go/ID/GO-2025-3956.json", "other/own/GHSA-m2qf-hxjv-5gpq.json", "other/x_GOROUTER-2026-1.json"]
        .map(fixture)
        .into()
}

/// Lists of versions in each form.
pub(crate) fn version_lists() -> Vec<Vec<u8>> {
    let go = json!([{"version": "go1.24.6", "stable": true, "files": [{"filename": "a"}]}, {"version": "go1.26rc1", "stable": false, "files": []}]);
    let line = json!({"name": "1.24", "releaseDate": "2025-02-11", "isEol": false, "eolFrom": "2026-02-10", "isLts": false,
        "latest": {"name": "1.24.6", "date": "2025-08-06", "link": "https://go.dev/doc/devel/release"}});
    let product = json!({"schema_version": "1.2.1", "result": {"name": "go", "releases": [line]}});
    let mut all = values(&[go, product]);
    all.extend(texts(&["<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><id>tag:github.com,2008:Repository/1/v1.2.3</id><title>1.2.3</title><updated>2026-01-01T00:00:00Z</updated><link rel=\"alternate\" href=\"https://github.com/a/b/releases/tag/v1.2.3\"/></entry></feed>"]));
    all
}
