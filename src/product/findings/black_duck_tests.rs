//! Reports of Black Duck.

use super::tests::{ids, of_corpus, refusal, report};
use super::*;

/// Some columns of today's, in another order.
const HEADER: &str = "Vulnerability id,Remediation status,Component version name,Component name,Component origin name,\
                      Component origin id,Component origin version name,Base score,Security Risk,Vulnerability source,Description";

#[test]
fn a_report_in_the_older_form_is_read() {
    let Some(report) = of_corpus("blackduck-one-vuln.csv") else { return };
    let [finding] = report.findings.as_slice() else { panic!("one finding") };
    assert_eq!(ids(&report), ["VULNDB-106409 commons-beanutils:commons-beanutils 1.8.3"]);
    assert_eq!((finding.kind.as_str(), finding.no_fix.as_deref()), ("maven", Some("NEW")));
    assert_eq!((finding.severity, finding.place.as_str()), (Some(Severity::High), "line 2"));
    assert!(finding.details.starts_with("Commons BeanUtils contains a flaw") && finding.fixed.is_empty());
}

#[test]
fn a_report_in_the_form_of_today_is_read() {
    let Some(report) = of_corpus("blackduck-new-format.csv") else { return };
    let first = &report.findings[0];
    assert_eq!(ids(&report)[0], "BDSA-2019-2725 org.apache.commons:commons-compress 1.18");
    assert_eq!(first.aliases, ["CVE-2019-12402"]);
    // The score says medium; the word beside it is LOW.
    assert_eq!((first.severity, first.priority), (Some(Severity::Medium), None));
    assert_eq!(ids(&report)[1], "CVE-2019-14540 com.fasterxml.jackson.core:jackson-databind 2.9.9.3");
    let ignored = report.findings.iter().filter(|finding| finding.no_fix.as_deref() == Some("IGNORED")).count();
    assert_eq!((ignored, report.findings[7].version.as_str()), (2, "2.3.4.RELEASE"));
}

#[test]
fn the_columns_stand_in_any_order_between_commas_semicolons_or_tabs() {
    let row = "CVE-2025-1,NEW,1.9,Webpack,npmjs,@ngtools/webpack/1.9.8,1.9.8,7.5,LOW,NVD,Bad";
    let plain = report(&format!("{HEADER}\n{row}\n"));
    assert_eq!(ids(&plain), ["CVE-2025-1 @ngtools/webpack 1.9.8"]);
    for text in [
        format!("\u{feff}{HEADER}\r\n{row}\r\n"),
        format!("{HEADER}\n{row}\n").replace(',', ";").replace("7.5", "7,5"),
        format!("{HEADER}\n{row}").replace(',', "\t"),
        format!("{}\n{row}\n", HEADER.to_uppercase()),
        format!("\"{}\"\n\"{}\"\n,,,,,,,,,,\n", HEADER.replace(',', "\",\""), row.replace(',', "\",\"")),
    ] {
        assert_eq!(report(&text), plain, "{text}");
    }
}

#[test]
fn a_quoted_field_may_have_lines_and_separators_in_it() {
    let text = format!("{HEADER}\nCVE-1,NEW,1,a,,,,,,NVD,\"One, \"\"two\"\"\nand three\"\nCVE-2,NEW,2,b,,,,,,NVD,x\n");
    let report = report(&text);
    assert_eq!(ids(&report), ["CVE-1 a 1", "CVE-2 b 2"]);
    assert_eq!(report.findings[0].details, "One, \"two\"\nand three");
    assert_eq!(report.findings[1].place, "line 4");
}

#[test]
fn the_name_is_that_of_the_registry_where_it_is_told() {
    for (origin, id, version, package) in [
        ("maven", "commons-beanutils:commons-beanutils:1.8.3", "1.8.3", "commons-beanutils:commons-beanutils 1.8.3"),
        ("ubuntu", "apt/1.6.12/amd64", "1.6.12", "apt 1.6.12"),
        ("github", "golang/go:go1.22", "go1.22", "golang/go go1.22"),
        ("maven", "something else", "1.8.3", "People's name 1"),
        ("maven", ":1.8.3", "1.8.3", "People's name 1"),
        ("", "", "", "People's name 1"),
    ] {
        let report = report(&format!("{HEADER}\nCVE-1,NEW,1,People's name,{origin},{id},{version},,,NVD,\n"));
        assert_eq!(ids(&report), [format!("CVE-1 {package}")], "{id}");
    }
}

#[test]
fn the_score_rates_and_the_word_where_there_is_none() {
    for (score, word, severity) in
        [("9.8", "LOW", Some("critical")), ("", "HIGH", Some("high")), ("x", "OK", None), ("0.0", "", Some("none"))]
    {
        let report = report(&format!("{HEADER}\nCVE-1,NEW,1,a,,,,{score},{word},NVD,\n"));
        assert_eq!(report.findings[0].severity.map(Severity::as_str), severity, "{score} {word}");
    }
}

#[test]
fn a_number_is_an_id_only_with_the_name_of_its_database() {
    let report = report(&format!("{HEADER}\n106409,NEW,1,a,,,,,,VULNDB,\n106410,NEW,1,a,,,,,,,\n"));
    assert_eq!(ids(&report), ["VULNDB-106409 a 1"]);
    assert_eq!(
        report.unreadable,
        [r#"line 3, "106410" in "a": "106410" is no id of a vulnerability; one looks like CVE-2025-6075"#]
    );
}

#[test]
fn a_missing_column_is_named_and_one_that_stands_twice_too() {
    for (column, named) in [
        ("Vulnerability id", "Vulnerability id"),
        ("Component name", "Component name"),
        ("Component version name", "Component version name"),
        ("Remediation status", "Remediation status"),
    ] {
        let without: Vec<&str> = HEADER.split(',').filter(|name| *name != column).collect();
        let error = refusal(&format!("{}\n", without.join(",")));
        let expected = format!(
            "reading it as the CSV of Black Duck: it has no column {named:?}; give the security_….csv of the report, with all its \
             columns"
        );
        assert_eq!(error, expected);
    }
    let unrated = HEADER.replace("Base score", "x").replace("Security Risk", "y");
    assert!(refusal(&unrated).contains("it has no column \"Base score\""));
    let twice = refusal(&format!("{HEADER},vulnerability ID\n"));
    assert_eq!(twice, "reading it as the CSV of Black Duck: the column \"Vulnerability id\" stands there twice");
}

#[test]
fn a_row_with_too_few_columns_is_named_and_a_quote_left_open_refused() {
    let good = "CVE-1,NEW,1,a,,,,,,NVD,x";
    let report = report(&format!("{HEADER}\nCVE-2,NEW\n{good}\n"));
    assert_eq!(ids(&report), ["CVE-1 a 1"]);
    assert_eq!(report.unreadable, ["line 2: it has 2 columns, and the first line has 11"]);
    let early = refusal(&format!("{HEADER}\nCVE-2,NEW,\"1,a,,,,,,NVD,x\n{good}\n{good}\n"));
    assert!(early.contains("line 2: it has 3 columns, and the first line has 11: is a quote left open?"), "{early}");
    let last = refusal(&format!("{HEADER}\nCVE-2,NEW,1,a,,,,,,NVD,\"x\n{good}\n{good}\n"));
    assert!(last.contains("a quote is left open, which makes one field of the rest of the file"), "{last}");
}
