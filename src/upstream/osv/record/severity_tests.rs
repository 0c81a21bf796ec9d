use proptest::prelude::*;

use super::*;

fn rated(vector: &str) -> Option<(u8, &'static str)> {
    of_vector(vector).map(|(version, severity)| (version, severity.as_str()))
}

#[test]
fn vectors_of_all_versions_are_rated() {
    for (vector, rating) in [
        // UBUNTU-CVE-2025-68615: 9.8.
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", (3, "critical")),
        // UBUNTU-CVE-2024-51988: 6.5.
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:N/I:H/A:N", (3, "medium")),
        // CVE-2026-54411 in USN-8601-1: 5.9, and 6.9 where an exploit is a proof of concept.
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N", (3, "medium")),
        ("CVSS:4.0/AV:N/AC:H/AT:P/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N/E:P/AU:N/V:D", (4, "medium")),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:L/I:L/A:N", (3, "high")),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", (3, "none")),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:H/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N", (4, "medium")),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", (4, "critical")),
        // The examples of the guide to CVSS 2 and of the OSV schema: 7.8 and 5.4.
        ("AV:N/AC:L/Au:N/C:N/I:N/A:C", (2, "high")),
        ("AV:L/AC:M/Au:N/C:N/I:P/A:C", (2, "medium")),
    ] {
        assert_eq!(rated(vector), Some(rating), "{vector}");
    }
}

#[test]
fn what_is_no_whole_vector_is_not_rated() {
    let long = format!("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/{}", "E:X/".repeat(1 << 16));
    for vector in [
        "",
        "9.8",
        "HIGH",
        "CVSS:3.1",
        "CVSS:3.1/AV:N",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:Z",
        "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:3.2/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:H/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N",
        "CVSS:5.0/AV:N/AC:L/AT:N/PR:H/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N",
        "AV:N/AC:L/Au:N/C:N/I:N",
        long.as_str(),
    ] {
        assert_eq!(rated(vector), None, "{vector:.80}");
    }
}

#[test]
fn each_vector_of_base_metrics_has_a_rating_in_versions_2_and_3() {
    let vectors = |prefix: &str, metrics: &[(&str, &str)]| {
        metrics.iter().fold(vec![prefix.to_owned()], |vectors, (metric, values)| {
            let with = |vector: &String| {
                values.chars().map(move |value| format!("{vector}/{metric}:{value}")).collect::<Vec<_>>()
            };
            vectors.iter().flat_map(with).collect()
        })
    };
    let impact = [("C", "NLH"), ("I", "NLH"), ("A", "NLH")];
    let third = [("AV", "NALP"), ("AC", "LH"), ("PR", "NLH"), ("UI", "NR"), ("S", "UC")];
    let second = [("AC", "LMH"), ("Au", "MSN"), ("C", "NPC"), ("I", "NPC"), ("A", "NPC")];
    for prefix in ["CVSS:3.0", "CVSS:3.1"] {
        let all = vectors(prefix, &[&third[..], &impact[..]].concat());
        assert_eq!(all.len(), 2_592);
        assert!(all.iter().all(|vector| rated(vector).is_some_and(|(version, _)| version == 3)));
    }
    for access in ["AV:N", "AV:A", "AV:L"] {
        assert!(vectors(access, &second).iter().all(|vector| rated(vector).is_some_and(|(version, _)| version == 2)));
    }
}

/// A vector of CVSS 4: all base metrics, and any of the others.
fn fourth() -> impl Strategy<Value = String> {
    let needed = [
        ("AV", "NALP"),
        ("AC", "LH"),
        ("AT", "NP"),
        ("PR", "NLH"),
        ("UI", "NPA"),
        ("VC", "HLN"),
        ("VI", "HLN"),
        ("VA", "HLN"),
        ("SC", "HLN"),
        ("SI", "HLN"),
        ("SA", "HLN"),
    ];
    let others = [
        ("E", "XAPU"),
        ("CR", "XHML"),
        ("IR", "XHML"),
        ("AR", "XHML"),
        ("MAV", "XNALP"),
        ("MAC", "XLH"),
        ("MAT", "XNP"),
        ("MPR", "XNLH"),
        ("MUI", "XNPA"),
        ("MVC", "XNLH"),
        ("MVI", "XNLH"),
        ("MVA", "XNLH"),
        ("MSC", "XNLH"),
        ("MSI", "XNLHS"),
        ("MSA", "XNLHS"),
        ("S", "XNP"),
        ("AU", "XNY"),
        ("R", "XAUI"),
        ("V", "XDC"),
        ("RE", "XLMH"),
    ];
    let value = |(metric, values): (&'static str, &'static str)| {
        prop::sample::select(values.chars().collect::<Vec<_>>()).prop_map(move |value| format!("/{metric}:{value}"))
    };
    let needed = needed.map(value).to_vec();
    let others: Vec<_> = others.map(|other| prop::option::of(value(other))).to_vec();
    (needed, others).prop_map(|(needed, others)| {
        format!("CVSS:4.0{}{}", needed.concat(), others.into_iter().flatten().collect::<String>())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn each_vector_of_version_4_has_a_rating(vector in fourth()) {
        prop_assert!(rated(&vector).is_some_and(|(version, _)| version == 4), "{vector}");
    }

    #[test]
    fn no_text_makes_the_parser_fail(text in "(CVSS:[2345].[01]/)?((AV|AC|AT|PR|UI|S|C|I|A|Au|E|MSI|VC)?:?[A-Z.ü]{0,2}/?){0,14}") {
        rated(&text);
    }
}
