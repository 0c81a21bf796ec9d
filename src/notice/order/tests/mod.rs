//! The examples that ecosystems publish, and what differs from them on purpose.

mod pairs;
mod properties;

use super::*;

/// All that have an order.
const KNOWN: [&str; 8] = ["golang", "npm", "cargo", "generic", "github", "nuget", "pypi", "gem"];

/// Those whose versions begin with numbers and go on as semver's.
const NUMBERED: [&str; 6] = ["golang", "npm", "cargo", "generic", "github", "nuget"];

/// Whether each is lower than all after it.
fn ascending(ecosystem: &str, versions: &[&str]) {
    for (index, lower) in versions.iter().enumerate() {
        assert_eq!(compare(ecosystem, lower, lower), Some(Ordering::Equal), "{ecosystem}: {lower}");
        for higher in &versions[index + 1..] {
            assert_eq!(compare(ecosystem, lower, higher), Some(Ordering::Less), "{ecosystem}: {lower} < {higher}");
            assert_eq!(compare(ecosystem, higher, lower), Some(Ordering::Greater), "{ecosystem}: {higher} > {lower}");
        }
    }
}

/// Whether all mean the same.
fn same(ecosystem: &str, versions: &[&str]) {
    for (one, other) in versions.iter().flat_map(|one| versions.iter().map(move |other| (one, other))) {
        assert_eq!(compare(ecosystem, one, other), Some(Ordering::Equal), "{ecosystem}: {one} = {other}");
    }
}

/// Whether none is a version.
fn none(ecosystem: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(compare(ecosystem, text, text), None, "{ecosystem}: {text:?}");
        assert_eq!(compare(ecosystem, "1.0", text), None, "{ecosystem}: {text:?}");
        assert_eq!(compare(ecosystem, text, "1.0"), None, "{ecosystem}: {text:?}");
    }
}

#[test]
fn the_example_of_semver_holds_wherever_semver_is_used() {
    for ecosystem in NUMBERED {
        ascending(
            ecosystem,
            &[
                "1.0.0-0",
                "1.0.0-alpha",
                "1.0.0-alpha.1",
                "1.0.0-alpha.beta",
                "1.0.0-beta",
                "1.0.0-beta.2",
                "1.0.0-beta.11",
                "1.0.0-rc.1",
                "1.0.0",
                "2.0.0",
                "2.1.0",
                "2.1.1",
            ],
        );
        same(ecosystem, &["1.0.0", "1.0.0+20130313144700", "1.0.0+21AF26D3---117B344092BD", "v1.0.0+incompatible"]);
    }
}

#[test]
fn missing_numbers_are_zeros_and_more_than_three_count() {
    for ecosystem in NUMBERED {
        same(ecosystem, &["1.2", "v1.2", "1.2.0", "1.2.0.0", "1.02", "01.2"]);
        ascending(ecosystem, &["1", "1.0.0.1", "1.0.1", "1.2", "1.2.3", "1.2.3.1-a", "1.2.3.1", "1.2.3.4", "1.2.4"]);
    }
}

#[test]
fn numbers_of_any_length_are_compared() {
    for ecosystem in NUMBERED {
        ascending(
            ecosystem,
            &[
                "1.18446744073709551615.0-18446744073709551616",
                "1.18446744073709551615.0-99999999999999999999",
                "1.18446744073709551615.0-100000000000000000000",
                "1.18446744073709551615.0",
                "1.18446744073709551616.0",
                "1.99999999999999999999.0",
                "1.100000000000000000000.0",
                "18446744073709551616",
            ],
        );
    }
}

#[test]
fn commits_of_go_come_before_the_release_that_they_lead_to() {
    ascending(
        "golang",
        &[
            "v0.0.0-20191109021931-daa7c04131f5",
            "v0.0.0-20230101120000-abcdef012345",
            "v0.0.0-20230101120001-0bcdef012345",
            "v0.0.0",
            "v1.2.3-pre",
            "v1.2.3-pre.0.20230101120000-abcdef012345",
            "v1.2.3",
            "v1.2.4-0.20230101120000-abcdef012345+incompatible",
            "v1.2.4",
        ],
    );
}

#[test]
fn versions_of_the_toolchain_of_go_compare_with_those_of_its_advisories() {
    for ecosystem in ["golang", "generic", "github"] {
        ascending(
            ecosystem,
            &[
                "go1",
                "go1.9",
                "1.9.2",
                "go1.10",
                "v1.22.5",
                "go1.23.12",
                "1.24.0-0",
                "1.24rc1",
                "go1.24",
                "go1.24.6",
                "go1.25.4",
            ],
        );
        same(
            ecosystem,
            &["go1.25.4", "v1.25.4", "1.25.4", "go1.25.4-bigcorp", "go1.25.4 X:boringcrypto", "go1.25.4+auto"],
        );
        ascending(ecosystem, &["go1.5beta1", "go1.5beta2", "go1.5beta10", "go1.5rc1", "go1.5rc10", "go1.5"]);
    }
}

/// In go/version the word after the dash is who built it, and the bare version is the language, before its candidates.
#[test]
fn a_bare_version_of_go_is_the_release_and_a_word_after_its_dash_still_tells_that_it_is_none() {
    ascending("golang", &["go1.25-devel_7e6c3c9 Mon Jan 5", "go1.25rc1", "go1.25rc2", "go1.25", "go1.25.1"]);
    same("golang", &["go1.25-rc1", "go1.25rc1", "1.25rc1", "1.25-rc.1"]);
    same("golang", &["go1.25", "go1.25.0", "1.25.0", "go1.25-a1"]);
}

#[test]
fn releases_of_nginx_compare_with_the_tags_of_its_repository() {
    for ecosystem in ["generic", "github"] {
        ascending(ecosystem, &["0.9.6", "1.26.3", "release-1.27.3", "1.28.3", "1.29.8", "1.30.4", "release-1.31.3"]);
        same(ecosystem, &["release-1.27.3", "1.27.3", "v1.27.3", "V1.27.3"]);
    }
    none("golang", &["release-1.27.3", "V1.27.3"]);
}

#[test]
fn days_are_numbers_in_tags() {
    ascending("github", &["2025-12-31", "2026-01-01", "2026.11.05", "2026-11-15"]);
    same("generic", &["2026-11-05", "2026.11.05", "v2026.11.5"]);
    // What semver says, where nobody tags days.
    ascending("npm", &["2026-11-05", "2026.0.0"]);
    ascending("github", &["2026-11-051", "2026.0.0"]);
}

#[test]
fn a_word_right_after_the_numbers_is_a_prerelease_with_a_number() {
    ascending("github", &["v8.0.0.alpha1", "8.0.0.beta9", "v8.0.0.beta10", "v8.0.0.rc1", "v8.0.0RC2", "v8.0.0"]);
    ascending("generic", &["3.13.0a7", "3.13.0b1", "v3.13.0rc1", "3.13.0rc1-slim", "3.13.0"]);
    same("generic", &["1.0rc1", "1.0.rc1", "1.0RC1", "1.0.0-rc.1", "1.0-rc.01"]);
    same("generic", &["1.0-SNAPSHOT", "1.0-SNAPSHOT+7"]);
}

#[test]
fn what_is_no_version_has_no_order() {
    for ecosystem in KNOWN {
        none(
            ecosystem,
            &["", " ", ".", "-", "v", "latest", "1..2", ".1", "1.0 2", "1.0\n2", "1.0\0", "1.0-é", "١.٢", "1.0/2"],
        );
        none(ecosystem, &[&"1".repeat(201), &format!("1.0{}", ".0".repeat(100))]);
    }
    for ecosystem in NUMBERED {
        none(
            ecosystem,
            &[
                "1.", "go", "1.0-", "1.0+", "1.0-a..b", "1.0-a.", "1.0+a+b", "1.0_1", "1.0~rc1", "vv1", "v 1", "1.x",
                "1:1.0",
            ],
        );
        none(
            ecosystem,
            &["4b825dc642cb6eb9a060e54bf8d69288fbee4904", "4b82564", "n7.0", "nginx-1.27", "go-1.25", "gov1.2"],
        );
        none(
            ecosystem,
            &["1.0\t", "go1.25\t", "go1.25 X:\u{7}", "1.0rc1x", "go1.25rc1x", "go1.x", "1.0.", "1.0.-1", "release-"],
        );
    }
    // Later than without, but nothing tells by how much.
    none("generic", &["1.1.1w", "1.0.2a", "9.6p1", "2026b", "8u292"]);
    none("pypi", &["1.0-foo", "1.0.x", "1.0+", "1.0+a+b", "1.0a1b2", "french toast"]);
    none("gem", &["1.0_1", "1.0+1", "v1.0", "a1", "1.0.-", "1-", "1.15.4-x86_64-linux"]);
}

#[test]
fn two_hundred_bytes_are_read() {
    for ecosystem in KNOWN {
        let long = "1.".repeat(99) + "10";
        assert_eq!(compare(ecosystem, &long, "1.1"), Some(Ordering::Greater), "{ecosystem}");
    }
}

#[test]
fn pypi_orders_as_pep_440_says() {
    // "Summary of permitted suffixes and relative ordering", and the examples before it.
    ascending(
        "pypi",
        &[
            "1.dev0",
            "1.0.dev456",
            "1.0a1",
            "1.0a2.dev456",
            "1.0a12.dev456",
            "1.0a12",
            "1.0b1.dev456",
            "1.0b2",
            "1.0b2.post345.dev456",
            "1.0b2.post345",
            "1.0rc1.dev456",
            "1.0rc1",
            "1.0",
            "1.0+abc.5",
            "1.0+abc.7",
            "1.0+5",
            "1.0.post456.dev34",
            "1.0.post456",
            "1.0.15",
            "1.1.dev1",
            "2013.10",
            "1!1.0",
        ],
    );
    same("pypi", &["1.1RC1", "1.1rc1", "v1.1-c_1", "1.1.0.preview1", " 1.1rc01 "]);
    same("pypi", &["1.0-1", "1.0.post1", "1.0.rev1"]);
    none("pypi", &["1.18446744073709551616"]);
}

#[test]
fn gem_orders_as_rubygems_says() {
    ascending("gem", &["1.0.a", "1.0.a2", "1.0.a10", "1.0.b1", "1.0.rc.1", "1.0", "1.0.1.pre", "1.0.1", "1.8", "1.10"]);
    ascending("gem", &["0.beta.1", "0.0.beta.2", "0.0.0.1", "1-1", "1", "1.20230101"]);
    same("gem", &["1.0.0-alpha1", "1.0.0.pre.alpha1", "1.pre.alpha.1"]);
    same("gem", &["1", "1.0", "1.0.0.0", " 1.0 "]);
    same("gem", &["1.b1", "1.0.0.b1", "1.b.1", "1.b1.0.0"]);
    // A number that the library takes for a word has no order rather than a wrong one.
    ascending("gem", &["1.0.1", "1.0.4294967295"]);
    none("gem", &["1.0.4294967296", "0.0.0.20230101123456"]);
}

#[test]
fn nuget_has_four_numbers_and_no_capitals() {
    // The examples of learn.microsoft.com/nuget/concepts/package-versioning.
    ascending(
        "nuget",
        &[
            "1.0.1-alpha",
            "1.0.1-alpha10",
            "1.0.1-alpha2",
            "1.0.1-beta",
            "1.0.1-rc",
            "1.0.1-zzz",
            "1.0.1",
            "1.0.1.1",
            "1.0.2",
        ],
    );
    same("nuget", &["1.0.1-RC.1", "1.0.1-rc.1", "1.0.1.0-Rc.1+abc"]);
    same("nuget", &["1.00", "1.0", "1.00.0.0", "1.0.0.0"]);
    ascending("npm", &["1.0.1-RC.1", "1.0.1-rc.1"]);
}

#[test]
fn ecosystems_without_an_order_have_none() {
    for ecosystem in ["maven", "composer", "rpm", "apk", "hex", "", "Go", "PyPI", "GOLANG"] {
        assert_eq!(compare(ecosystem, "1.0", "1.0"), None, "{ecosystem}");
    }
    for ecosystem in KNOWN {
        assert_eq!(compare(ecosystem, "1.0", "1.1"), Some(Ordering::Less), "{ecosystem}");
    }
}
