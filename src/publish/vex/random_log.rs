//! Logs as they may come, for tests.

use proptest::prelude::*;
use serde_json::json;

use crate::publish::fixture::{LogFixture, notice};

/// Something that comes into a log.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Open { id: u8, cves: u8, packages: u8, version: u8, pro: bool, title: String, fixed_in: bool },
    Answer { id: u8, what: u8, until: bool },
    RecordedRelease { number: u8, packages: Option<[u8; 3]>, settled: [u8; 5], inside: u8 },
}

/// One of them.
pub(super) fn op() -> impl Strategy<Value = Op> {
    let title = "[a-z<>&@`*|\\\\\u{202e}\u{7}\n\u{feff}\\[\\]()!#é-]{0,20}";
    prop_oneof![
        3 => (0..5u8, 0..8u8, 0..8u8, 1..4u8, any::<bool>(), title, any::<bool>()).prop_map(
            |(id, cves, packages, version, pro, title, fixed_in)| Op::Open { id, cves, packages, version, pro, title, fixed_in }
        ),
        4 => (0..5u8, 0..5u8, any::<bool>()).prop_map(|(id, what, until)| Op::Answer { id, what, until }),
        2 => (0..6u8, proptest::option::of(any::<[u8; 3]>()), any::<[u8; 5]>(), 0..3u8)
            .prop_map(|(number, packages, settled, inside)| Op::RecordedRelease { number, packages, settled, inside }),
    ]
}

/// A log, as it comes; its events need not agree with each other, since somebody else may have written them.
pub(super) fn log(ops: &[Op]) -> LogFixture {
    let names = ["a", "b", "c"];
    let epoch = |name: &str| if name == "b" { "1:" } else { "" };
    let usn = |id: u8| format!("USN-{}-1", id + 1);
    let mut story = LogFixture::of("p");
    for op in
        ops.iter().chain([&Op::RecordedRelease { number: 3, packages: Some([1, 2, 0]), settled: [0; 5], inside: 0 }])
    {
        story = match op {
            Op::Open { id, cves, packages, version, pro, title, fixed_in } => {
                let cves: Vec<String> =
                    (0..3).filter(|n| cves & (1 << n) != 0).map(|n| format!("CVE-2026-000{n}")).collect();
                let cves: Vec<(&str, &str)> = cves.iter().map(|cve| (cve.as_str(), "high")).collect();
                let pro = if *pro { "!" } else { "" };
                let fix = |n: &usize| (names[*n], format!("{}{version}{pro}", epoch(names[*n])));
                let fixes: Vec<(&str, String)> = (0..3).filter(|n| packages & (1 << n) != 0).map(|n| fix(&n)).collect();
                let fixes: Vec<(&str, &str)> = fixes.iter().map(|(name, version)| (*name, version.as_str())).collect();
                let notice = notice(&usn(*id), title, "2026-01-01", &cves, &fixes);
                let fixed_in = fixed_in.then(|| json!({"version": "1.0", "evidence": []}));
                story.then(json!({"opened": {"notice": notice, "opening": 1, "priority": "high", "severity": null,
                    "packages": [], "fixed_in": fixed_in}}))
            }
            Op::Answer { id, what, until } => {
                let (status, justification, statement) = [
                    ("not_affected", Some("component_not_present"), None),
                    ("not_affected", Some("inline_mitigations_already_exist"), Some("a\u{202e}b")),
                    ("not_affected", None, Some("why")),
                    ("affected", None, Some("won't fix")),
                    ("under_investigation", None, None),
                ][usize::from(*what)];
                let until = until.then_some("2026-01-16T00:00:00Z");
                story.then(json!({"answered": {"notice": usn(*id), "status": status, "justification": justification,
                    "statement": statement, "until": until}}))
            }
            Op::RecordedRelease { number, packages, settled, inside } => {
                let lines = packages.map(|versions| {
                    let lines = names.iter().zip(versions).filter(|(_, version)| version % 5 > 0);
                    lines.map(|(name, version)| format!("{name}={}{}\n", epoch(name), version % 5)).collect::<String>()
                        + "z=1\n"
                });
                let of = |kinds: &[u8]| {
                    (0..5u8).filter(|id| kinds.contains(&(settled[usize::from(*id)] % 8))).collect::<Vec<_>>()
                };
                let evidence = json!([{"package": "a", "have": "3", "need": "2"}]);
                let fixed = of(&[1, 2, 3]).into_iter().map(|id| match settled[usize::from(id)] % 8 {
                    1 => json!({"notice": usn(id), "evidence": evidence, "via": null}),
                    2 => json!({"notice": usn(id), "evidence": evidence, "via": "q"}),
                    _ => json!({"notice": usn(id), "evidence": "none", "via": null}),
                });
                let ids = |kinds: &[u8]| of(kinds).into_iter().map(usn).collect::<Vec<_>>();
                let rest = json!({"fixed": fixed.collect::<Vec<_>>(), "not_affected": ids(&[4]), "open": ids(&[5, 6]),
                    "includes": {"q": format!("1.{inside}")}});
                story.released(&format!("1.{number}.0"), lines.as_deref(), rest)
            }
        };
    }
    story
}
