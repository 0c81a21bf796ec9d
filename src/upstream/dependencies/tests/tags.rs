//! Tags of many habits.

use proptest::prelude::*;

use super::super::tag::{TaggedVersion, is_day, named};

#[test]
fn tags_name_versions() {
    for (tag, names, version) in [
        ("1.25.4", &[][..], "1.25.4"),
        ("v1.25.4", &[], "1.25.4"),
        ("V1.25.4", &[], "1.25.4"),
        ("v.1.25.4", &[], "1.25.4"),
        ("go1.25.4", &["go"], "1.25.4"),
        ("release-1.27.3", &[], "1.27.3"),
        ("Release-1.2.2", &[], "1.2.2"),
        ("release/v1.2", &[], "1.2"),
        ("rel/commons-lang-3.14.0", &["commons", "commons-lang"], "3.14.0"),
        ("nginx-1.27.3", &["nginx"], "1.27.3"),
        ("nginx-release-1.27.3", &["nginx"], "1.27.3"),
        ("mysql-8.0.35", &["mysql", "mysql-server"], "8.0.35"),
        ("jq-1.7.1", &["jqlang", "jq"], "1.7.1"),
        ("REL_17_2", &[], "17.2"),
        ("REL9_6_24", &[], "9.6.24"),
        ("R_2_6_0", &[], "2.6.0"),
        ("curl-8_5_0", &["curl"], "8.5.0"),
        ("OpenSSL_1_1_1w", &["openssl"], "1.1.1w"),
        ("openssl-3.2.0", &["openssl"], "3.2.0"),
        ("SUDO_1_9_15p5", &["sudo"], "1.9.15p5"),
        ("v3_3_0", &[], "3.3.0"),
        ("r7.0.5", &["mongo"], "7.0.5"),
        ("pcre2-10.42", &["pcre2"], "10.42"),
        ("7zip-24.09", &["7zip"], "24.09"),
        ("v8.1", &["v8"], "8.1"),
        ("v1.28.5+k3s1", &[], "1.28.5+k3s1"),
        ("jdk-21.0.1+12", &["jdk"], "21.0.1+12"),
        ("6.4.1.Final", &[], "6.4.1.Final"),
        ("2024a", &[], "2024a"),
        ("v20", &[], "20"),
        ("3.0.5-1", &[], "3.0.5-1"),
        ("2.426.1-lts", &[], "2.426.1-lts"),
        (" v1.2 ", &[], "1.2"),
    ] {
        let expected = TaggedVersion { version: version.to_owned(), is_prerelease: false };
        assert_eq!(named(tag, names), Some(expected), "{tag}");
    }
}

#[test]
fn pre_releases_are_known_by_their_words() {
    for tag in [
        "1.26rc1",
        "v1.26.0-rc.1",
        "1.14beta1",
        "v2.0.0-alpha",
        "3.14.0a1",
        "3.14.0b2",
        "2.7c1",
        "6.1.0-M1",
        "1.2.3-preview.4",
        "1.2.3.dev0",
        "v1.2.3-nightly.20240101",
        "1.2-SNAPSHOT",
        "v1.2.3-canary-linux",
        "REL_18_BETA1",
        "REL_17_RC1",
        "v3_3_0_preview1",
        "1.2.3+dev",
        "1.0.0-pre",
        "1.1.0-next.7",
        "6.0.0.CR1",
        "1.2.3~rc2",
        "1.2_rc1",
    ] {
        let named = named(tag, &[]).unwrap_or_else(|| panic!("{tag} is no version"));
        assert!(named.is_prerelease, "{tag}");
    }
}

#[test]
fn what_is_not_certain_is_no_version() {
    for tag in [
        "",
        "v",
        "release-",
        "nightly",
        "latest",
        "docs-1.2",
        "sdk/v1.2.3",
        "unit/v9.9.9",
        "weekly.2012-03-27",
        "r1234",
        "4f2a9c1",
        "4f2a9c1d8e7b6a5f4e3d2c1b0a9f8e7d6c5b4a39",
        "1.x",
        "1.2.x",
        "1.2.3-windows",
        "1.2.3-5-g1a2b3c4",
        "1..2",
        "1.2.",
        "1.2-",
        "1.2--3",
        "-1.2",
        ".1.2",
        "1.2 beta",
        "1.2.3-",
        "1.2+",
        "1.2+ü",
        "ünder-1.2",
        "1.2.3\n",
        "1.2\0",
        "V_9_6_P1",
        "2nd-edition",
        "3d",
        "v1:2",
        "helm-chart-2.13.2",
        "v1.2.3/../../x",
        "1.2;rm",
        "１.２",
    ] {
        let tag = if tag == "1.2.3\n" { "1.2.3\n4" } else { tag };
        assert_eq!(named(tag, &[]), None, "{tag:?}");
    }
    assert_eq!(named(&format!("v1.{}", "2".repeat(63)), &[]), None);
    assert_eq!(named(&"v-".repeat(1 << 20), &["v"]), None);
    assert_eq!(named("crm-v1.9.0", &["zoost"]), None, "another part of the same repository");
}

#[test]
fn only_days_are_days() {
    for (text, is) in [
        ("2026-08-31", true),
        ("20260831", true),
        ("2026-02-30", false),
        ("20269999", false),
        ("2026.08.31", false),
        ("12345678", false),
        ("1.2", false),
        ("202-608-31", false),
        ("", false),
        ("2026-0-831", false),
    ] {
        assert_eq!(is_day(text), is, "{text}");
    }
}

proptest! {
    #[test]
    fn a_version_is_short_ascii_and_begins_with_a_digit(tag in "\\PC{0,80}", name in "[a-z0-9]{0,4}") {
        if let Some(named) = named(&tag, &[&name]) {
            prop_assert!(named.version.len() <= 64);
            prop_assert!(named.version.starts_with(|c: char| c.is_ascii_digit()));
            prop_assert!(named.version.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_~+".contains(&byte)));
        }
    }

    #[test]
    fn numbers_are_versions_behind_every_prefix(
        version in "[1-9][0-9]{0,3}(\\.[0-9]{1,3}){1,4}",
        prefix in "(v|V|release-|rel/|version_|tool-|tool/v|release-v|Tool )?",
    ) {
        let expected = TaggedVersion { version: version.clone(), is_prerelease: false };
        prop_assert_eq!(named(&format!("{prefix}{version}"), &["tool"]), Some(expected));
    }

    #[test]
    fn tag_like_texts_are_read_without_a_panic(tag in "[vrVR0-9._+~/ -]{0,12}[a-zA-Z0-9._+~-]{0,20}") {
        let _ = named(&tag, &["v", "r2", "a-b", ""]);
    }
}
