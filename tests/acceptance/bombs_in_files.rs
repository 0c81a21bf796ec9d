//! Small lists of packages that would become large, or take long: each is read or refused within little memory and time.

use std::fs;
use std::io::Write as _;
use std::time::Duration;

use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use tempfile::TempDir;

use crate::support::binary::{Container, Ran};

/// The limits of the kernel for each step: 256 MB of memory, and 50 seconds of a processor.
const LIMITS: &str = "ulimit -d 262144 && ulimit -t 50";

/// What a put says of a release with this list of packages; of one that is recorded already with `before`.
fn put(before: Option<&[u8]>, list: &[u8]) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |list: &[u8]| {
        fs::write(folder.path().join("list"), list).expect("a list");
        Container::new().under(LIMITS).put(&request(&folder), folder.path())
    };
    if let Some(before) = before {
        put(before).succeeded();
    }
    let ran = put(list);
    println!("{:?} {}", ran.took, ran.said());
    assert!(ran.took < Duration::from_secs(50), "it took {:?}", ran.took);
    ran
}

fn request(folder: &TempDir) -> serde_json::Value {
    let tracker = json!({"driver": "file", "path": folder.path().join("tracker")});
    json!({"source": {"emit": "releases", "product": "rootfs", "tracker": tracker},
        "params": {"version": "1.0", "packages_file": "list"}})
}

fn list(count: usize, entry: &str) -> String {
    format!("[{}]", vec![entry; count].join(","))
}

const DEB: &str = r#"{"name":"gpgv","version":"1","purl":"pkg:deb/ubuntu/gpgv@1"}"#;

fn cyclonedx(more: &str, component: &str) -> String {
    format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.6",{more}"components":[{DEB},{{"name":"x"{component}}}]}}"#)
}

fn spdx(more: &str, package: &str) -> String {
    let deb = r#"{"name":"gpgv","versionInfo":"1","externalRefs":[{"referenceLocator":"pkg:deb/ubuntu/gpgv@1"}]}"#;
    format!(r#"{{"spdxVersion":"SPDX-2.3",{more}"packages":[{deb},{{"name":"x"{package}}}]}}"#)
}

#[test]
fn lists_within_an_sbom_are_not_kept() {
    let many = |key: &str, entry: &str| format!(r#","{key}":{}"#, list(12_000_000 / entry.len(), entry));
    let first = |key: &str, entry: &str| many(key, entry)[1..].to_owned() + ",";
    for text in [
        cyclonedx("", &many("properties", "{}")),
        cyclonedx("", &many("externalReferences", "{}")),
        cyclonedx(&format!(r#""metadata":{{"tools":{}}},"#, list(6_000_000, "{}")), ""),
        cyclonedx(&format!(r#""metadata":{{"tools":{{"components":{}}}}},"#, list(6_000_000, "{}")), ""),
        spdx("", &many("externalRefs", "{}")),
        spdx("", &many("annotations", "{}")),
        spdx(&format!(r#""creationInfo":{{"creators":{}}},"#, list(3_000_000, "\"Tool: x\"")), ""),
        spdx(&first("relationships", "{}"), ""),
    ] {
        put(None, text.as_bytes()).succeeded().says(&["recorded rootfs 1.0"]);
    }
}

#[test]
fn what_names_a_form_a_million_times_is_no_burden() {
    let keys = |key: &str, value: &str| format!("{{{}}}", vec![format!("\"{key}\":{value}"); 3_000_000].join(","));
    put(None, keys("spdxVersion", "1").as_bytes()).failed().says(&["SPDX"]);
    put(None, keys("bomFormat", "\"x\"").as_bytes()).failed().says(&["bomFormat"]);
}

#[test]
fn a_component_that_says_two_versions_is_refused() {
    for twice in [r#","purl":"pkg:deb/ubuntu/a@1","purl":"pkg:deb/ubuntu/a@9""#, r#","version":"1","version":"9""#] {
        put(None, cyclonedx("", twice).as_bytes()).failed().says(&["duplicate field"]);
    }
}

#[test]
fn a_gzip_file_of_many_parts_is_refused() {
    let mut empty = GzEncoder::new(Vec::new(), Compression::fast());
    empty.flush().expect("packed");
    let empty = empty.finish().expect("packed");
    put(None, &empty.repeat(2_000_000)).failed().says(&["more than 10000 parts", "pack the list once"]);
}

#[test]
fn a_release_that_is_recorded_otherwise_is_refused_however_many_versions_a_package_has() {
    let list: String = (0..99_000).map(|nth| format!("gpgv=1.{nth}\n")).collect();
    put(Some(list.as_bytes()), b"gpgv=1.0\n").failed().says(&["a release never changes"]);
}

#[test]
fn what_an_error_quotes_is_short() {
    let long = "1.".repeat(1_000_000);
    for text in [
        format!("a={long}\n"),
        format!("a{long}=1\n"),
        cyclonedx("", &format!(",\"purl\":\"pkg:deb/ubuntu/{long}@1\"")),
    ] {
        let ran = put(None, text.as_bytes()).failed();
        assert!(ran.said().len() < 1_000, "{}", ran.said().len());
    }
}
