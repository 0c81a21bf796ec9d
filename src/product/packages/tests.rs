use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;
use crate::needs;

const RECEIPT: &str = "\
Rootfs SHASUM: 7496360fb80c41d68b3fc68bfbb66a2093b305f6698c2522dcaa40a8605bb7d9

Desired=Unknown/Install/Remove/Purge/Hold
| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend
|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)
||/ Name            Version           Architecture Description
+++-===============-=================-============-======================
ii  gpgv            2.2.27-3ubuntu2.4 amd64        signature checker
hi  libheif1:amd64  1.12.0-2build1    amd64        picture decoder
rc  oldlib          1.0-1             amd64        only its configuration is left
un  other           <none>            <none>       (no description available)
";

const STATUS: &str = "\
Package: gpgv
Status: install ok installed
Priority: important
Depends: libbz2-1.0,
 libc6 (>= 2.34)
Version: 2.2.27-3ubuntu2.4
Description: signature checker
 Version: of nothing, this continues the description.
 .
 The end.

Package: libheif1
status: hold ok installed
Architecture: amd64
Version: 1.12.0-2build1

Package: oldlib
Status: deinstall ok config-files
Version: 1.0-1

Package: other
Status: unknown ok not-installed
";

fn lines(text: &str) -> String {
    Packages::read(text.as_bytes()).expect(text).to_lines()
}

fn refusal(bytes: &[u8]) -> String {
    format!("{:#}", Packages::read(bytes).expect_err("a refusal"))
}

fn fixture(name: &str) -> Packages {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sbom").join(name);
    Packages::read(&std::fs::read(path).expect(name)).expect(name)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("packed");
    encoder.finish().expect("packed")
}

#[test]
fn a_receipt_of_dpkg_is_read() {
    assert_eq!(lines(RECEIPT), "gpgv=2.2.27-3ubuntu2.4\nlibheif1=1.12.0-2build1\n");
}

#[test]
fn a_receipt_may_begin_with_the_heading_and_have_the_line_ends_of_a_terminal() {
    let bare = RECEIPT.lines().skip(2).map(|line| format!("{line}\r\n")).collect::<String>();
    assert_eq!(lines(&bare), lines(RECEIPT));
}

#[test]
fn rows_without_the_heading_are_read_too() {
    assert_eq!(lines("ii  gpgv  2.2.27-3ubuntu2.4  amd64  signature checker\n"), "gpgv=2.2.27-3ubuntu2.4\n");
    let bare = RECEIPT.lines().skip(7).map(|line| format!("{line}\n")).collect::<String>();
    assert_eq!(lines(&bare), lines(RECEIPT));
}

#[test]
fn the_database_of_dpkg_tells_what_is_installed() {
    assert_eq!(lines(STATUS), lines(RECEIPT));
}

#[test]
fn the_output_of_dpkg_query_is_read() {
    assert_eq!(lines("gpgv\t2.2.27-3ubuntu2.4\nlibheif1:amd64\t1.12.0-2build1\n"), lines(RECEIPT));
}

#[test]
fn a_version_that_a_terminal_cut_proves_nothing() {
    // As dpkg 1.20 writes to a terminal of 80 columns: libheif1 has 1.12.0-2build1.
    let cut = "\
||/ Name           Version      Architecture Description
+++-==============-============-============-=================================
ii  adduser        3.118ubuntu5 all          add and remove users and groups
ii  libheif1:amd64 1.12.0-2buil amd64        ISO/IEC 23008-12:2017 HEIF file f
";
    let error = refusal(cut.as_bytes());
    assert!(error.contains("line 3 of the list of packages: adduser 3.118ubuntu5 may have lost its end"), "{error}");
    let rows: String = cut.lines().skip(2).map(|line| format!("{line}\n")).collect();
    assert!(refusal(rows.as_bytes()).contains("line 1"), "without the heading the rows tell the widths");
    let short = "ii  apt            2.4.14       amd64        commandline package manager\n";
    let heading: String = cut.lines().take(2).map(|line| format!("{line}\n")).collect();
    assert_eq!(lines(&format!("{heading}{short}")), "apt=2.4.14\n");
    // Cut by something else, at the end of the version.
    assert!(refusal(b"ii  gpgv            2.2.27-3ubu\n").contains("line 1"));
}

#[test]
fn what_is_no_list_with_versions_is_refused_with_its_line() {
    for (text, expected) in [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("adduser\nanacron\n", "line 1"),
        ("ii  gpgv  2.2.27-3ubuntu2.4  amd64  x\n<html>\n", "line 2"),
        ("gpgv=2.2.27\nlibheif1\n", "line 2"),
        ("ii  gpgv  <none>  amd64  x\n", "line 1"),
        ("\u{0}\u{1}", "line 1"),
        ("gpgv\t2.2.27\nlibheif1\t\n", "line 2 of the list of packages, at libheif1: a list without versions"),
        ("gpgv\t2.2.27\nlibheif1 1.12.0\n", "line 2"),
        (
            "Package: gpgv\nVersion: 2.2.27\nFilename: pool/g/gpgv.deb\n",
            "line 1 of the list of packages, where a stanza begins: gpgv has no Status",
        ),
        ("Package: gpgv\nStatus: install ok installed\n", "at gpgv: a list without versions proves no fix"),
        ("Package: a\nStatus: install ok installed\nVersion: 1\nPackage: b\n", "line 4"),
        ("Package: a\nStatus: installed\nVersion: 1\n", "none of dpkg's"),
        ("Package: a\nVersion: 1\n\nPackage: b\nStatus: install ok installed\nVersion: 1\n", "b has a Status, unlike"),
        ("Package: a\nnonsense\n", "line 2"),
        ("\nPackage: a\nStatus: install ok installed\nVersion: 1\n\nStatus: install ok installed\n", "line 6"),
        ("{\"packages\": []}", "davos reads the output"),
        ("[]", "JSON array"),
    ] {
        let error = refusal(text.as_bytes());
        assert!(error.contains(expected), "{text:?}: {error}");
    }
    assert!(refusal(b"\xff").contains("no UTF-8"));
}

#[test]
fn what_syft_and_trivy_write_of_one_release_is_the_same() {
    let expected = "adduser=3.118ubuntu5\nbsdutils=1:2.37.2-4ubuntu3.4\ngpgv=2.2.27-3ubuntu2.5\nlibheif1=1.12.0-2build1\n\
                    libstdc++6=12.3.0-1ubuntu1~22.04.2\nlinux-libc-dev=5.15.0-164.174\n";
    for name in ["syft.spdx.json", "trivy.spdx.json", "syft.cdx.json", "trivy.cdx.json", "trivy-1.4.cdx.json"] {
        assert_eq!(fixture(name).without_components().to_lines(), expected, "{name}");
    }
}

#[test]
fn a_document_that_proves_nothing_is_refused_with_its_place() {
    let spdx = |packages: &str| format!(r#"{{"spdxVersion": "SPDX-2.3", "packages": [{packages}]}}"#);
    let purl =
        |purl: &str| format!(r#"{{"externalRefs": [{{"referenceType": "purl", "referenceLocator": "{purl}"}}]}}"#);
    for (text, expected) in [
        (spdx(""), "names no installed package"),
        (spdx(&purl("pkg:oci/a@1")), "none of its 1 components has a package URL"),
        (spdx(&purl("pkg:deb/ubuntu/b")), "nothing in it can be compared with Ubuntu's packages: b (without a version"),
        (spdx(&purl("pkg:deb/b@1")), "packages[0].externalRefs[0]: \"pkg:deb/b@1\" doesn't tell the distribution"),
        (spdx(&purl("pkg:deb/ubuntu/a@%ff")), "packages[0].externalRefs[0]"),
        (r#"{"spdxVersion": "SPDX-3.0", "packages": []}"#.to_owned(), "write SPDX 2.3"),
        (r#"{"spdxVersion": "SPDX-2.3", "packages": [{]}"#.to_owned(), "line 1 column"),
        (r#"{"bomFormat": "CycloneDX", "specVersion": "1.6"}"#.to_owned(), "names no installed package"),
        (r#"{"bomFormat": "CycloneDX", "specVersion": "2.0"}"#.to_owned(), "write CycloneDX 1.6"),
        (
            r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"components": [{"purl": "pkg:deb/ubuntu/a"}]}]}"#
                .to_owned(),
            "a (without a version: components[0].components[0].purl)",
        ),
        (r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": 1}"#.to_owned(), "line 1 column"),
    ] {
        let error = refusal(text.as_bytes());
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn a_gzip_file_is_unpacked_once_and_never_beyond_the_cap() {
    let packed = gzip(RECEIPT.as_bytes());
    assert_eq!(Packages::read(&packed).expect("a gzip file").to_lines(), lines(RECEIPT));
    assert!(refusal(&packed[..packed.len() - 9]).contains("damaged or cut short"));
    assert!(refusal(&gzip(&packed)).contains("pack the list once"));
    let bomb = gzip(&vec![b'a'; LARGEST_LIST as usize + 1]);
    assert!(refusal(&bomb).contains("more than 64 MiB"));
}

#[test]
fn the_highest_kernel_of_a_family_counts_and_the_lowest_version_of_anything_else() {
    let packages = Packages::read(
        b"linux-image-6.5.0-9-generic=6.5.0-9.9\nlinux-image-6.5.0-10-generic=6.5.0-10.10\nfoo=1.10\nfoo=1.9\n",
    )
    .expect("lines");
    let find = |name: &str| packages.find(&name.parse().expect("a name")).map(|(_, version)| version.to_string());
    assert_eq!(find("linux-image-6.5.0-44-generic").as_deref(), Some("6.5.0-10.10"));
    assert_eq!(find("linux-image-6.5.0-44-lowlatency"), None);
    assert_eq!(find("linux-image-6.8.0-44-generic"), None);
    assert_eq!(find("foo").as_deref(), Some("1.9"));
}

#[test]
fn all_real_receipts_are_read_whole() {
    let Some(folder) = needs::corpus("receipts") else { return };
    let entries = std::fs::read_dir(folder).expect("receipts");
    let receipts: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    let receipts = receipts.iter().filter(|path| path.extension().is_some_and(|extension| extension == "receipt"));
    let mut count = 0;
    for path in receipts {
        let text = std::fs::read_to_string(path).expect("a receipt");
        let packages = Packages::read(text.as_bytes()).expect("a receipt");
        let rows = text.lines().filter(|line| line.starts_with("ii ")).count();
        assert_eq!(packages.to_lines().lines().count(), rows, "{}", path.display());
        let bare: String =
            text.lines().filter(|line| line.starts_with("ii ")).map(|line| format!("{line}\n")).collect();
        assert_eq!(Packages::read(bare.as_bytes()).expect("rows alone"), packages);
        count += 1;
    }
    assert_eq!(count, 25);
}

/// Names with versions, each name once.
fn listed() -> impl Strategy<Value = BTreeMap<String, String>> {
    let version = "([1-9]:)?[0-9][a-z0-9.+~]{0,12}(-[0-9][a-z0-9.+~]{0,8})?";
    proptest::collection::btree_map("[a-z0-9][a-z0-9+.-]{1,30}", version, 1..20)
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// The same packages in each format.
fn written(listed: &BTreeMap<String, String>) -> Vec<String> {
    let each = |write: &dyn Fn(&str, &str) -> String, between: &str| {
        listed.iter().map(|(name, version)| write(name, version)).collect::<Vec<_>>().join(between)
    };
    let name_width = listed.keys().map(String::len).max().unwrap_or(0).max(14);
    let version_width = listed.values().map(String::len).max().unwrap_or(0).max(12);
    let heading = ["=".repeat(name_width), "=".repeat(version_width), "=".repeat(12), "=".repeat(80)].join("-");
    let row = |name: &str, version: &str| format!("ii  {name:name_width$} {version:version_width$} amd64        x");
    let syft = |name: &str, version: &str| format!("pkg:deb/ubuntu/{}@{}?arch=amd64", encoded(name), encoded(version));
    let trivy = |name: &str, version: &str| match version.split_once(':') {
        Some((epoch, rest)) => format!("pkg:deb/ubuntu/{}@{}?arch=amd64&epoch={epoch}", encoded(name), encoded(rest)),
        None => syft(name, version),
    };
    let spdx = |name: &str, version: &str| {
        format!(r#"{{"externalRefs": [{{"referenceType": "purl", "referenceLocator": "{}"}}]}}"#, syft(name, version))
    };
    let cyclonedx = |name: &str, version: &str| format!(r#"{{"purl": "{}"}}"#, trivy(name, version));
    vec![
        each(&|name, version| format!("{name}={version}"), "\n"),
        each(&|name, version| format!("{name}:amd64\t{version}"), "\n"),
        each(&|name, version| format!("Package: {name}\nStatus: install ok installed\nVersion: {version}\n"), "\n"),
        format!("+++-{heading}\n{}", each(&row, "\n")),
        format!(r#"{{"spdxVersion": "SPDX-2.3", "packages": [{}]}}"#, each(&spdx, ",")),
        format!(r#"{{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{}]}}"#, each(&cyclonedx, ",")),
    ]
}

proptest! {
    #[test]
    fn the_same_packages_are_read_from_every_format(listed in listed()) {
        let expected: Packages = listed
            .iter()
            .map(|(name, version)| (name.parse().expect("a name"), version.parse().expect("a version")))
            .collect();
        for text in written(&listed) {
            prop_assert_eq!(&Packages::read(text.as_bytes()).expect(&text), &expected, "{}", text);
            prop_assert_eq!(&Packages::read(&gzip(text.as_bytes())).expect(&text), &expected);
        }
        prop_assert_eq!(&Packages::read(expected.to_lines().as_bytes()).expect("kept lines"), &expected);
    }

    #[test]
    fn nothing_that_is_read_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Packages::read(&bytes);
        let _ = Packages::read(&[&[0x1f, 0x8b], bytes.as_slice()].concat());
    }

    #[test]
    fn a_list_that_was_damaged_somewhere_never_panics(listed in listed(), at in any::<prop::sample::Index>(), byte: u8) {
        for text in written(&listed) {
            let mut damaged = text.clone().into_bytes();
            damaged[at.index(text.len())] = byte;
            let _ = Packages::read(&damaged);
            let _ = Packages::read(&text.as_bytes()[..at.index(text.len())]);
        }
    }

    #[test]
    fn no_version_that_a_terminal_cut_is_taken(listed in listed(), columns in 40..200_usize) {
        let w = columns.saturating_sub(80) / 4;
        let (name_width, version_width) = (14 + w, 12 + w);
        let widths = [name_width, version_width, 12, 33 + 2 * w].map(|width| "=".repeat(width));
        let mut text = format!("+++-{}\n", widths.join("-"));
        for (name, version) in &listed {
            let (name, version) = (&name[..name.len().min(name_width)], &version[..version.len().min(version_width)]);
            writeln!(text, "ii  {name:name_width$} {version:version_width$} amd64        x").expect("text");
        }
        if let Ok(packages) = Packages::read(text.as_bytes()) {
            for (name, version) in packages.to_lines().lines().filter_map(|line| line.split_once('=')) {
                prop_assert_eq!(listed.get(name).map(String::as_str), Some(version));
            }
        }
    }
}
