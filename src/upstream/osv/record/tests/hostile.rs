//! Records without measure, and any text at all.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

/// A list of so many entries.
fn many(count: usize, entry: impl Fn(usize) -> String) -> String {
    let mut list = String::new();
    for nth in 0..count {
        let comma = if nth > 0 { "," } else { "" };
        let _ = write!(list, "{comma}{}", entry(nth));
    }
    list
}

#[test]
fn what_is_beyond_measure_is_refused_by_its_name() {
    let affected = |count| {
        with(&format!(
            r#""affected": [{}]"#,
            many(count, |_| r#"{"package":{"ecosystem":"Go","name":"x"}}"#.to_owned())
        ))
    };
    assert_eq!(record(&affected(10_000)).affected.len(), 10_000);
    assert!(
        refusal(&affected(10_001))
            .contains("affected: there are 10,001 entries, and davos reads at most 10,000 entries")
    );

    let versions = |count| package(&format!(r#""versions": [{}]"#, many(count, |nth| format!("\"1.{nth}\""))));
    assert_eq!(record(&versions(20_000)).affected[0].versions.len(), 20_000);
    assert!(
        refusal(&versions(20_001))
            .contains("affected[0].versions: there are 20,001 entries, and davos reads at most 20,000")
    );

    let events = |count| range(&many(count, |nth| format!(r#"{{"introduced":"1.{nth}"}}"#)));
    assert_eq!(record(&events(10_000)).affected[0].ranges[0].len(), 10_000);
    assert!(refusal(&events(10_001)).contains("affected[0].ranges[0].events: there are 10,001 entries"));
    let ranges = |count| {
        let ranges = many(count, |_| r#"{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1"}]}"#.to_owned());
        let first = format!(r#"{{"package":{{"ecosystem":"Go","name":"x"}},"ranges":[{ranges}]}}"#);
        with(&format!(r#""affected": [{first}, {{"package":{{"ecosystem":"Go","name":"y"}},"versions":["1"]}}]"#))
    };
    let read = record(&ranges(5_000));
    assert_eq!(
        (read.affected[0].ranges.len(), read.affected[1].name.as_str()),
        (5_000, "y"),
        "nothing after them is left out"
    );
    assert!(refusal(&ranges(5_001)).contains("ranges[5000].events: davos reads at most 10,000 events in all ranges"));

    let in_all = with(&format!(
        r#""affected": [{}]"#,
        many(101, |_| format!(
            r#"{{"package":{{"ecosystem":"Go","name":"x"}},"versions":[{}]}}"#,
            many(2_000, |_| "\"1\"".to_owned())
        ))
    ));
    assert!(refusal(&in_all).contains("affected[100].versions: davos reads at most 200,000 versions of all packages"));
    let ids = with(&format!(r#""aliases": [{}]"#, many(10_001, |nth| format!("\"A-{nth}\""))));
    assert!(refusal(&ids).contains("aliases: there are 10,001 entries"));
}

#[test]
fn deep_nesting_does_no_harm() {
    let deep = |depth: usize| with(&format!(r#""x_deep": {}{}"#, "[".repeat(depth), "]".repeat(depth)));
    assert_eq!(record(&deep(1_000_000)).remarks, Remarks::default());
    assert!(refusal(&"{\"a\":".repeat(1_000_000)).contains("breaks off"));
    let in_place = with(&format!(r#""aliases": {}{}"#, "[".repeat(1_000_000), "]".repeat(1_000_000)));
    assert!(refusal(&in_place).contains("aliases[0]: a text is needed, not a list"));
}

/// JSON with the keys of a record in it, in places where they belong and where they don't.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let text = prop_oneof![
        Just("0".to_owned()),
        Just("1.0".to_owned()),
        Just("SEMVER".to_owned()),
        Just("GIT".to_owned()),
        Just("CVSS_V4".to_owned()),
        Just("Ubuntu".to_owned()),
        Just("2026-01-31T12:00:00Z".to_owned()),
        "\\PC{0,9}",
        "[\u{0}-\u{ff}\u{202e}]{0,120}",
    ];
    let leaf = prop_oneof![
        4 => text.prop_map(serde_json::Value::from),
        1 => any::<f64>().prop_map(serde_json::Value::from),
        1 => prop_oneof![Just(serde_json::Value::Null), Just(true.into())],
    ];
    let key = prop::sample::select(
        [
            KEYS,
            &[
                "package",
                "ecosystem",
                "name",
                "purl",
                "ranges",
                "versions",
                "type",
                "events",
                "introduced",
                "fixed",
                "score",
                "url",
                "priority",
                "x\u{7}",
            ],
        ]
        .concat(),
    );
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// That nothing in it fools a reader, and that it is not too long.
fn assert_fit(sentence: &str) -> Result<(), TestCaseError> {
    prop_assert!(sentence.lines().all(|line| crate::text::printable(line) == line), "{sentence:?}");
    prop_assert!(sentence.len() < 22 * 1_200, "{sentence:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn whatever_is_written_is_read_or_refused_in_fit_words(keys in prop::collection::btree_map(prop::sample::select(KEYS), json(), 0..8), has_id in any::<bool>()) {
        let mut object: serde_json::Map<String, serde_json::Value> = keys.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        if has_id {
            object.insert("id".to_owned(), "GO-2025-3956".into());
        }
        match read(serde_json::Value::Object(object).to_string().as_bytes()) {
            Err(error) => assert_fit(&error.to_string())?,
            Ok(read) => {
                prop_assert!(read.remarks.named.len() <= read.remarks.count);
                for remark in &read.remarks.named {
                    assert_fit(remark)?;
                }
                let named = read.affected.iter().flat_map(|package| [&package.name, &package.ecosystem].into_iter().chain(&package.versions));
                for name in named.chain(&read.aliases).chain(&read.references) {
                    prop_assert!(crate::text::printable(name) == *name && !name.is_empty());
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_the_reader_fail(bytes in prop::collection::vec(any::<u8>(), 0..60), text in "[\\[\\]{}\",:a-c0\\\\u ]{0,40}") {
        let _ = read(&bytes);
        if let Err(error) = read(text.as_bytes()) {
            assert_fit(&error.to_string())?;
        }
    }

    #[test]
    fn a_record_that_is_cut_off_is_refused(end in 1_usize..100) {
        let whole = range(r#"{"introduced": "0"}, {"fixed": "1.0"}"#);
        let cut = &whole[..whole.len() - end.min(whole.len() - 1)];
        prop_assert!(refusal(cut).contains("breaks off at line 1"), "{cut}");
    }
}
