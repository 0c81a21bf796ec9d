//! Answers of endoflife.date.

use super::*;

#[test]
fn a_product_of_endoflife_date_is_read() {
    let versions = of(ENDOFLIFE_V1);
    assert_eq!(names(&versions), ["1.27.0", "1.26.7", "1.25.14"]);
    let day = |text: &str| text.parse::<Date>().expect("a day");
    assert_eq!(
        versions.lines,
        [
            ReleaseLine {
                name: "1.27".to_owned(),
                end_of_life: None,
                is_ended: Some(false),
                latest: Some("1.27.0".to_owned())
            },
            ReleaseLine {
                name: "1.26".to_owned(),
                end_of_life: None,
                is_ended: Some(false),
                latest: Some("1.26.7".to_owned())
            },
            ReleaseLine {
                name: "1.25".to_owned(),
                end_of_life: Some(day("2026-08-19")),
                is_ended: Some(true),
                latest: Some("1.25.14".to_owned())
            },
        ]
    );
    assert_eq!(versions.versions[0].published, Some(Published::Day(day("2026-08-19"))));
    assert_eq!(versions.versions[0].url.as_deref(), Some("https://go.dev/doc/go1.27"));
    assert_eq!(versions.versions[0].notes, "1.27");
    assert_eq!((versions.versions[2].published, versions.versions[2].url.as_deref()), (None, None));
    assert_eq!(versions.warnings, [""; 0]);
}

#[test]
fn the_older_answer_of_endoflife_date_is_read() {
    let versions = of(ENDOFLIFE_V0);
    assert_eq!(names(&versions), ["1.31.4", "1.30.4", "1.29.8", "1.28.3"]);
    let lines: Vec<_> = versions
        .lines
        .iter()
        .map(|line| (line.name.as_str(), line.end_of_life.map(|day| day.to_string()), line.is_ended))
        .collect();
    assert_eq!(
        lines,
        [
            ("1.31", None, Some(false)),
            ("1.30", None, Some(false)),
            ("1.29", Some("2026-05-13".to_owned()), None),
            ("1.28", None, Some(true)),
        ]
    );
}

#[test]
fn a_line_without_a_version_is_a_line_all_the_same() {
    let versions = of(&product(
        r#"{"name": "2", "isEol": false, "eolFrom": null, "latest": null}, {"name": "1", "latest": {"name": "1.4"}}"#,
    ));
    assert_eq!(
        versions
            .lines
            .iter()
            .map(|line| (line.name.as_str(), line.latest.as_deref(), line.is_ended))
            .collect::<Vec<_>>(),
        [("2", None, Some(false)), ("1", Some("1.4"), None)]
    );
    assert_eq!(versions.warnings, [""; 0]);
}

#[test]
fn wrong_facts_of_a_line_are_named_and_the_rest_is_read() {
    let versions = of(&product(
        r#"{"name": "3", "isEol": "no", "eolFrom": "soon", 
            "latest": {"name": "3.1", "date": 2026, "link": "javascript:alert(1)"}},
           {"name": ["2"], "latest": {"name": "2.2"}}, {"name": "1 \u0000", "latest": {"name": "stable"}},
           5, {"name": "0", "latest": "0.1"}"#,
    ));
    assert_eq!(names(&versions), ["3.1", "2.2"]);
    assert_eq!(versions.versions[0].url, None);
    assert_eq!(versions.lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(), ["3", "0"]);
    assert_eq!(
        versions.warnings,
        [
            "result.releases[0].latest.date is 2026 and no day",
            r#"result.releases[0].eolFrom is "soon" and no day"#,
            r#"result.releases[0].isEol is "no" and neither true nor false"#,
            "result.releases[1].name is a list or an object, which names no release line",
            r#"result.releases[2].name is "1 \0", which names no release line"#,
            "result.releases[3] is JSON of another form, so left out",
            "result.releases[4].latest is JSON of another form",
            r#"1 of 5 release lines left out, being no versions: "stable""#,
        ]
    );
}

#[test]
fn a_number_names_a_line_only_where_no_nought_can_be_lost() {
    let versions = of(r#"[{"cycle": 1.25, "latest": "1.25.14"}, {"cycle": 3.1, "latest": "3.10.4"},
           {"cycle": 21, "latest": 21}, {"cycle": "8", "latest": 8.1}]"#);
    assert_eq!(versions.lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(), ["1.25", "21", "8"]);
    assert_eq!(names(&versions), ["1.25.14", "3.10.4", "21"]);
    assert_eq!(
        versions.warnings,
        ["[1].cycle is 3.1, which names no release line", "[3].latest is 8.1, which is no version"]
    );
}
