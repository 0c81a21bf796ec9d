//! What people and tools have: read as it is meant, or refused by its name.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::needs;
use crate::notice::Fix;
use crate::product::Standing;

fn list(text: &str) -> PackageList {
    PackageList::read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error:#}"))
}

fn lines(text: &str) -> String {
    list(text).packages.to_lines()
}

fn refusal(bytes: &[u8]) -> String {
    format!("{:#}", PackageList::read(bytes).expect_err("a refusal"))
}

fn cyclonedx(components: &str) -> String {
    format!(r#"{{"bomFormat": "CycloneDX", "specVersion": "1.7", "components": [{components}]}}"#)
}

fn spdx(packages: &str) -> String {
    format!(r#"{{"spdxVersion": "SPDX-2.2", "packages": [{packages}]}}"#)
}

const GZIP: &str = r#"{"type": "library", "name": "gzip", "version": "1.10-4", "purl": "pkg:deb/ubuntu/gzip@1.10-4"}"#;

#[test]
fn a_heading_in_any_language_is_known_by_its_last_line() {
    for heading in
        ["Gewünscht=Unbekannt/Installieren\n| Status=Nicht", "Souhait=inconnU\n| État=Non", "желаемое=x y", "a\tb"]
    {
        let text = format!(
            "{heading}\n||/ Name Version\n+++-======-==========-=====-=====\nii  gzip   1.10-4     amd64 x\n\
             rc  gone   1          amd64 x\nun  other  <keine>    <keine> (x)\n"
        );
        assert_eq!(lines(&text), "gzip=1.10-4\n", "{heading}");
    }
}

#[test]
fn the_state_may_stand_first_or_last_in_letters_or_in_words() {
    for text in [
        "ii \tgzip\t1.10-4\nrc \tgone\t1\nhi \tii\t1.8-2\nun \tother\t\n",
        "gzip:amd64\t1.10-4\tii \ngone\t1\trc \nii\t1.8-2\thi \nother\t\tun \n",
        "install ok installed\tgzip\t1.10-4\ndeinstall ok config-files\tgone\t1\nhold ok installed\tii\t1.8-2\n",
        "gzip\t1.10-4\tinstall ok installed\ngone\t1\tdeinstall ok config-files\nii\t1.8-2\thold ok installed\n",
        "installed\tgzip\t1.10-4\nconfig-files\tgone\t1\ninstalled\tii\t1.8-2\n",
        "ii \tgzip\t1.10-4\tamd64\nii \tii\t1.8-2\tall\nrc \tgone\t1\tall\n",
        "gzip\t1.10-4\tamd64\tii \nii\t1.8-2\tall\tii \ngone\t1\tall\trc \n",
    ] {
        let list = list(text);
        assert_eq!(list.packages.to_lines(), "gzip=1.10-4\nii=1.8-2\n", "{text}");
        assert!(list.warnings.is_empty(), "{:?}", list.warnings);
    }
    assert_eq!(lines("ii \t7zip\t16.02\n"), "7zip=16.02\n");
    assert!(
        refusal(b"ii \tgzip\t1.10-4\nzsh\t5.8\n").contains("line 2 of the list of packages has its columns otherwise")
    );
    assert!(refusal(b"gzip\t1.10-4\tii \nzsh\t5.8\n").contains("line 2"));
}

#[test]
fn names_and_versions_alone_are_read_with_a_warning() {
    let list = list("gzip\t1.10-4\nzsh\t5.8\tall\n");
    assert_eq!(list.packages.to_lines(), "gzip=1.10-4\nzsh=5.8\n");
    let [warning] = list.warnings.as_slice() else { panic!("{:?}", list.warnings) };
    assert!(warning.contains("removed packages") && warning.contains("${db:Status-Abbrev}"), "{warning}");
}

#[test]
fn snaps_of_an_image_manifest_are_named_and_left_out() {
    let list = list("gzip\t1.10-4\nsnap:core22\tlatest/stable\t1380\nsnap:snapd\tlatest/stable\t21759\n");
    assert_eq!(list.packages.to_lines(), "gzip=1.10-4\n");
    assert!(
        list.warnings.iter().any(|warning| warning.contains("2 snaps are left out: core22, snapd")),
        "{:?}",
        list.warnings
    );
}

#[test]
fn words_are_no_versions() {
    for text in [
        "gzip\t\t\t\tinstall\nzsh\t\t\t\thold\n",
        "gzip=amd64\nzsh=all\n",
        "gzip\tinstall\n",
        "ii  gzip  latest  amd64  x\n",
        "Package: gzip\nStatus: install ok installed\nVersion: unstable\n",
        "{\"jsonwall\":\"1.0\",\"count\":2}\n{\"kind\":\"package\",\"name\":\"gzip\",\"version\":\"main\"}\n",
    ] {
        assert!(refusal(text.as_bytes()).contains("version"), "{text}");
    }
}

#[test]
fn apt_tells_what_is_installed() {
    let text = "Auflistung…\ngzip/jammy,now 1.10-4 amd64 [installed,automatic]\nagent/now 1.0-SNAPSHOT all [installed,local]\n\
                libc6/jammy-updates,now 2.35-0ubuntu3.8 i386 [installed,upgradable to: 2.35-0ubuntu3.9]\n\
                gone/now 1 all [residual-config]\n\nN: There is 1 additional version.\n";
    assert_eq!(lines(text), "agent=1.0-SNAPSHOT\ngzip=1.10-4\nlibc6=2.35-0ubuntu3.8\n");
    for other in [
        "gzip/jammy 1.10-4 amd64\n",
        "gzip/jammy 1.10-4 amd64 [upgradable from: 1.10-3]\n",
        "gzip/jammy,now 1.10-4 amd64 [Installiert]\n",
    ] {
        let error = refusal(other.as_bytes());
        assert!(error.contains("nothing says that gzip 1.10-4 is installed") && error.contains("apt list"), "{error}");
    }
    assert!(refusal(b"gzip/jammy,now 1.10-4 amd64 [installed]\nzsh/jammy,now\n").contains("line 2"));
}

#[test]
fn stanzas_of_distroless_images_have_no_status() {
    let stanza = |name: &str| format!("Package: {name}\nVersion: 2025b-0ubuntu0.22.04\nDescription: x\n y\n");
    assert_eq!(lines(&stanza("tzdata")), "tzdata=2025b-0ubuntu0.22.04\n");
    assert_eq!(list(&format!("{}\n{}", stanza("a1"), stanza("b1"))).packages.len(), 2);
}

#[test]
fn chisels_manifest_counts_its_lines() {
    let rows = "{\"kind\":\"content\",\"path\":\"/x\"}\n{\"kind\":\"package\",\"name\":\"base-files\",\"version\":\"13ubuntu10.2\"}\n";
    assert_eq!(
        lines(&format!("{{\"jsonwall\":\"1.0\",\"schema\":\"1.0\",\"count\":3}}\n{rows}")),
        "base-files=13ubuntu10.2\n"
    );
    assert!(refusal(format!("{{\"jsonwall\":\"1.0\",\"count\":9}}\n{rows}").as_bytes()).contains("was it cut?"));
    assert!(refusal(format!("{{\"jsonwall\":\"2.0\"}}\n{rows}").as_bytes()).contains("not understood"));
}

#[test]
fn the_predicate_of_a_statement_is_read() {
    let statement =
        |predicate: &str| format!(r#"{{"_type": "x", "predicateType": "y", "subject": [], "predicate": {predicate}}}"#);
    assert_eq!(lines(&statement(&cyclonedx(GZIP))), "gzip=1.10-4\n");
    assert!(refusal(statement("{}").as_bytes()).contains("the predicate of an in-toto statement"));
    assert!(refusal(statement(&statement(&cyclonedx(GZIP))).as_bytes()).contains("in-toto"), "once is enough");
}

#[test]
fn what_says_that_it_is_a_deb_and_has_no_purl_is_refused_with_its_place() {
    for component in [
        r#"{"name": "zsh", "version": "5.8", "properties": [{"name": "syft:package:type", "value": "deb"}]}"#,
        r#"{"name": "zsh", "properties": [{"name": "aquasecurity:trivy:PkgType", "value": "ubuntu"}]}"#,
        r#"{"name": "zsh", "version": "5.8", "bom-ref": "pkg:deb/ubuntu/zsh@5.8"}"#,
        r#"{"name": "zsh", "mime-type": "application/vnd.debian.binary-package"}"#,
        r#"{"name": "zsh", "purl": "pkg:generic/zsh@5.8", "properties": [{"name": "syft:package:foundBy", "value": "dpkg-db-cataloger"}]}"#,
        r#"{"name": "zsh", "externalReferences": [{"type": "distribution", "url": "pkg:deb/ubuntu/zsh@5.8"}]}"#,
    ] {
        let error = refusal(cyclonedx(&format!("{GZIP}, {component}")).as_bytes());
        assert!(error.contains("components[1], zsh: it says that it is a Debian package"), "{error}");
    }
    for package in [
        r#"{"name": "zsh", "SPDXID": "SPDXRef-Package-deb-zsh-1"}"#,
        r#"{"name": "zsh", "sourceInfo": "acquired package info from DPKG DB: /var/lib/dpkg/status"}"#,
        r#"{"name": "zsh", "annotations": [{"comment": "PkgType: debian"}]}"#,
        r#"{"name": "zsh", "packageFileName": "./zsh_5.8_amd64.deb"}"#,
    ] {
        let error = refusal(spdx(package).as_bytes());
        assert!(error.contains("packages[0], zsh: it says that it is a Debian package"), "{error}");
    }
}

#[test]
fn the_component_that_a_document_is_about_may_hold_others() {
    let text = format!(
        r#"{{"bomFormat": "CycloneDX", "specVersion": "1.4", "metadata": {{"tools": [{{"name": "x"}}], "component": {{"name": "rootfs",
            "components": [{GZIP}]}}}}, "components": null}}"#
    );
    assert_eq!(lines(&text), "gzip=1.10-4\n");
}

#[test]
fn what_cannot_be_compared_is_named_and_kept() {
    let odd = r#"{"purl": "pkg:deb/debian/zsh@5.8"}, {"purl": "pkg:deb/ubuntu/nano"}, {"purl": "pkg:deb/ubuntu/vim@now"}, {"purl": "pkg:npm/a@1"}"#;
    let list = list(&cyclonedx(&format!("{GZIP}, {odd}")));
    let expected = "gzip=1.10-4\npkg:deb/ubuntu/nano\npkg:deb/ubuntu/vim@now\npkg:deb/debian/zsh@5.8\npkg:npm/a@1\n";
    assert_eq!(list.packages.to_lines(), expected);
    let [warning] = list.warnings.as_slice() else { panic!("{:?}", list.warnings) };
    assert!(
        warning.contains("3 of the packages can't be compared") && warning.contains("components[1].purl"),
        "{warning}"
    );
    assert_eq!(Packages::kept(expected.as_bytes()).expect("kept lines"), list.packages);
    assert_eq!(lines(expected), expected, "the packages of a get are a list as well");
}

#[test]
fn what_is_not_read_is_refused_by_its_name() {
    for (text, expected) in [
        (r#"{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}"#, "SPDX 3"),
        (r#"{"artifacts": [], "schema": {"version": "16"}}"#, "Syft's own form"),
        (r#"{"version": 0, "detector": {}, "manifests": {}}"#, "GitHub's dependency graph"),
        (r#"{"payloadType": "application/vnd.in-toto+json", "payload": "e30=", "signatures": []}"#, "DSSE"),
        (r#"{"SchemaVersion": 2, "ArtifactName": "x", "Results": []}"#, "Trivy's own form"),
        (r#"{"matches": [], "source": {}}"#, "Grype"),
        (r#"{"sbom": {"spdxVersion": "SPDX-2.3"}}"#, "GitHub's dependency graph"),
        (r#"{"SPDX": {}}"#, "imagetools"),
        ("<?xml version=\"1.0\"?>\n<bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\">", "CycloneDX in XML"),
        ("<rdf:RDF xmlns:spdx=\"http://spdx.org/rdf/terms#\">", "SPDX in XML"),
        ("<!DOCTYPE html><html>", "HTML"),
        ("SPDXVersion: SPDX-2.3\nPackageName: gzip\n", "tag-value"),
        ("spdxVersion: SPDX-2.3\npackages:\n- name: gzip\n", "SPDX in YAML"),
        ("bash-5.1.8-6.el9.x86_64\n", "rpm"),
        ("busybox-1.36.1-r5\n", "apk"),
        ("requests==2.31.0\n", "pip"),
        ("Name    Version  Rev    Tracking\nlxd     5.0      31333  5.0/stable\n", "snap"),
        ("gzip\nzsh\n", "without versions"),
    ] {
        let error = refusal(text.as_bytes());
        assert!(error.contains(expected), "{text}: {error}");
    }
    for (bytes, expected) in [
        (&b"\xff\xfeg\0z\0"[..], "UTF-16"),
        (b"\x28\xb5\x2f\xfd\0\0", "zstd"),
        (b"PK\x03\x04rest", "zip"),
        (b"\xfd7zXZ\0\0", "xz"),
        (b"BZh91AY", "bzip2"),
        (b"\xc3\x28", "no UTF-8"),
    ] {
        assert!(refusal(bytes).contains(expected), "{expected}");
    }
    let mut tar = vec![0; 600];
    tar[257..262].copy_from_slice(b"ustar");
    assert!(refusal(&tar).contains("tar"));
    assert!(refusal(format!("{}\n{}", cyclonedx(GZIP), cyclonedx(GZIP)).as_bytes()).contains("more follows"));
}

#[test]
fn a_list_of_a_tool_that_leaves_out_held_packages_is_refused() {
    let text = spdx(r#"{"externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:deb/ubuntu/gzip@1"}]}"#);
    let text = text.replace("\"packages\"", r#""creationInfo": {"creators": ["Tool: distro2sbom-0.6.0"]}, "packages""#);
    assert!(refusal(text.as_bytes()).contains("on hold"));
}

#[test]
fn real_tools_tell_the_truth_or_are_refused_by_name() {
    let Some(folder) = needs::corpus("") else { return };
    let read = |name: &str| std::fs::read(folder.join("sbom").join(name)).map(|bytes| PackageList::read(&bytes));
    let minimal = read("minimal.dpkg-l.txt.gz").expect("the file").expect("a list").packages;
    assert_eq!(minimal.len(), 142);
    let mut receipts =
        std::fs::read_dir(folder.join("receipts")).expect("receipts").map(|entry| entry.expect("an entry").path());
    let receipt = receipts.find(|path| path.to_string_lossy().contains("1.297.0")).expect("the receipt");
    let cflinuxfs4 = Packages::read(&std::fs::read(receipt).expect("the receipt")).expect("a list");
    for (name, truth) in [
        ("minimal.debsbom-0.10.2.cyclonedx-1.6.json.gz", &minimal),
        ("minimal.trivy-0.74.0.cyclonedx-1.7.json.gz", &minimal),
        ("minimal.trivy-0.74.0.spdx-2.3.json.gz", &minimal),
        ("cflinuxfs4-1.297.0.syft-1.57.1.cyclonedx-1.7.json.gz", &cflinuxfs4),
        ("cflinuxfs4-1.297.0.syft-1.57.1.spdx-2.3.json.gz", &cflinuxfs4),
    ] {
        let list = read(name).expect(name).expect(name);

        assert_eq!((&list.packages.without_components(), list.warnings.len()), (truth, 0), "{name}");
    }
    // Nothing in them tells that cron is removed.
    for name in ["minimal.syft-1.18.1.cyclonedx-1.4.json.gz", "minimal.dpkg-query-W.txt.gz"] {
        let more = read(name).expect(name).expect(name).packages.to_lines();
        let more: BTreeSet<&str> = more.lines().collect();
        let truth = minimal.to_lines();
        let truth: BTreeSet<&str> = truth.lines().collect();
        assert_eq!(more.difference(&truth).copied().collect::<Vec<_>>(), ["cron=3.0pl1-162"], "{name}");
        assert!(truth.is_subset(&more), "{name}");
    }
    for (name, expected) in [
        ("minimal.debsbom-0.10.2.default.cyclonedx.json.gz", "--base-distro-vendor ubuntu"),
        ("minimal.distro2sbom-0.6.0.spdx.json.gz", "distro2sbom leaves out"),
        ("minimal.syft-1.57.1.github.json.gz", "GitHub's dependency graph"),
        ("cflinuxfs4-1.297.0.syft-1.57.1.spdx-3.0.json.gz", "SPDX 3"),
        ("cflinuxfs4-1.297.0.syft-1.18.1.syft.json.gz", "Syft's own form"),
    ] {
        let error = format!("{:#}", read(name).expect(name).expect_err(name));
        assert!(error.contains(expected), "{name}: {error}");
    }
}

#[test]
fn kernels_are_read_in_time_that_grows_with_their_number() {
    let row = |nth: usize| format!("linux-image-5.15.0-{nth}-generic=5.15.0-{nth}.1\n");
    let text: String = (0..50_000).map(row).collect();
    let began = std::time::Instant::now();
    let packages = list(&text).packages;
    assert_eq!(packages.len(), 50_000);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn more_packages_than_any_product_has_are_refused() {
    let text: String = (0..100_001).map(|nth| format!("a{nth}=1\n")).collect();
    assert!(refusal(text.as_bytes()).contains("more than 100000 packages"));
}

/// A row of a kept list, understood or not.
fn rows() -> impl Strategy<Value = (String, bool)> {
    let name = "[a-d]{1}x";
    prop_oneof![
        (name, "[0-9]{1,2}(\\+Fips1)?").prop_map(|(name, version)| (format!("{name}={version}"), true)),
        (name, "(amd64|install|all)").prop_map(|(name, word)| (format!("{name}={word}"), false)),
        (name, "(debian/|pop/)", "[0-9]{1,2}")
            .prop_map(|(name, of, version)| (format!("pkg:deb/{of}{name}@{version}"), false)),
        name.prop_map(|name| (format!("pkg:deb/ubuntu/{name}"), false)),
    ]
}

fn asked() -> impl Strategy<Value = Vec<Fix>> {
    let fix = ("[a-e]{1}x", "[0-9]{1,2}(\\+Fips1)?", any::<bool>()).prop_map(|(package, version, pro)| {
        Fix::deb(package.parse().expect("a name"), version.parse().expect("a version"), pro)
    });
    proptest::collection::vec(fix, 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_is_not_understood_never_adds_a_claim(
        rows in proptest::collection::vec(rows(), 0..12),
        fixes in asked(),
    ) {
        let kept = |understood: bool| {
            let text: String = rows.iter().filter(|(_, u)| *u || !understood).map(|(row, _)| format!("{row}\n")).collect();
            Packages::kept(text.as_bytes()).expect("kept lines")
        };
        let (whole, understood) = (kept(false), kept(true));
        let claims = |packages: &Packages| match Standing::of(&fixes, packages) {
            Some(standing @ (Standing::Fixed(_) | Standing::NotInstalled)) => Some(standing),
            _ => None,
        };
        if let Some(claim) = claims(&whole) {
            prop_assert_eq!(Some(claim), claims(&understood), "what is claimed follows from what was understood");
        }
        // What is too old in what was understood stays so, whatever stands beside it.
        if let Some(Standing::Open(open)) = Standing::of(&fixes, &understood) {
            prop_assert_eq!(Standing::of(&fixes, &whole), Some(Standing::Open(open)));
        }
    }
}

#[test]
fn of_debian_trivy_tells_the_source_package_beside_the_package_url() {
    let purl = |name: &str, version: &str| format!("pkg:deb/debian/{name}@{version}?arch=amd64&distro=debian-12.8");
    // A binary of another name and version than its source, which has an epoch; one whose source has no release; one without.
    let cyclonedx = |name: &str, version: &str, source: &[(&str, &str)]| {
        let properties =
            |(key, value): &(&str, &str)| format!(r#"{{"name": "aquasecurity:trivy:{key}", "value": "{value}"}}"#);
        let properties = source.iter().map(properties).collect::<Vec<_>>().join(", ");
        format!(r#"{{"name": "{name}", "properties": [{properties}], "purl": "{}"}}"#, purl(name, version))
    };
    let components = [
        cyclonedx("liblzma5", "5.4.1-0.2", &[("SrcName", "xz-utils"), ("SrcVersion", "5.4.1"), ("SrcRelease", "0.2")]),
        cyclonedx(
            "libbsd-fake",
            "9",
            &[("SrcName", "shadow"), ("SrcEpoch", "1"), ("SrcVersion", "4.13+dfsg1"), ("SrcRelease", "1")],
        ),
        cyclonedx("adduser", "3.134", &[("SrcName", "adduser"), ("SrcVersion", "3.134"), ("SrcEpoch", "0")]),
        cyclonedx("bash", "5.2.15-2%2Bb7", &[("SrcName", ""), ("SrcVersion", "1")]),
    ];
    let cyclonedx =
        format!(r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{}]}}"#, components.join(", "));
    let spdx = |name: &str, version: &str, info: &str| {
        let locator = purl(name, version);
        format!(
            r#"{{"name": "{name}", "sourceInfo": "{info}", "externalRefs": [{{"referenceType": "purl", "referenceLocator": "{locator}"}}]}}"#
        )
    };
    let packages = [
        spdx("liblzma5", "5.4.1-0.2", "built package from: xz-utils 5.4.1-0.2"),
        spdx("libbsd-fake", "9", "built package from: shadow 1:4.13+dfsg1-1"),
        spdx("adduser", "3.134", "built package from: adduser 3.134"),
        spdx("bash", "5.2.15-2%2Bb7", "built package from: "),
    ];
    let spdx = format!(r#"{{"spdxVersion": "SPDX-2.3", "packages": [{}]}}"#, packages.join(", "));
    let of = |text: &str| {
        let list = Packages::read(text.as_bytes()).expect("a list");
        list.to_lines().lines().filter(|line| line.contains("arch=source")).collect::<Vec<_>>().join("\n")
    };
    let expected = "pkg:deb/debian/adduser@3.134?arch=source&distro=debian-12\n\
                    pkg:deb/debian/bash@5.2.15-2%2Bb7?arch=source&distro=debian-12\n\
                    pkg:deb/debian/shadow@1:4.13%2Bdfsg1-1?arch=source&distro=debian-12\n\
                    pkg:deb/debian/xz-utils@5.4.1-0.2?arch=source&distro=debian-12";
    assert_eq!(of(&cyclonedx), expected);
    assert_eq!(of(&spdx), expected);
}
