//! The table of `source`, row by row.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::notice::{Priority, Severity, UbuntuRelease};
use crate::text::Redactor;

fn parse(source: &Value) -> anyhow::Result<Source> {
    let redactor = Redactor::new(source, []);
    let mistakes = Mistakes::new(&redactor);
    let source = Source::read(source, &mistakes);
    mistakes.settle("the pipeline")?;
    Ok(source.expect("a source, where there is no mistake"))
}

fn notices(source: Value) -> NoticesSource {
    match parse(&source).expect("a source") {
        Source::Notices(notices) => notices,
        other => panic!("{other:?}"),
    }
}

/// The only mistake of a source that is right but for these keys.
#[track_caller]
fn mistake(keys: Value) -> String {
    let mut source = json!({"os": "jammy"});
    let object = source.as_object_mut().expect("an object");
    object.extend(keys.as_object().expect("an object").clone());
    let error = parse(&source).expect_err("a mistake").to_string();
    assert!(!error.contains('\n'), "one mistake was expected: {error}");
    error.strip_prefix("the pipeline has a mistake: source").expect(&error).to_owned()
}

#[test]
fn a_source_needs_no_more_than_the_release() {
    let source = notices(json!({"os": "ubuntu-22.04-lts"}));
    assert_eq!(source.os.as_ref().map(UbuntuRelease::codename), Some("jammy"));
    assert_eq!(source.filter.priorities, [Priority::High, Priority::Critical].into());
    assert!(source.filter.severities.is_empty() && source.filter.packages.is_none());
    assert!(source.filter.ignore_packages.is_empty() && source.tracked.is_none());
    let common = source.common;
    assert!(!common.pro && !common.debug && common.remind.is_none() && common.ca_certs.is_empty());
    assert_eq!(common.window.to_string(), "30d");
    assert_eq!(common.upstream, Sources::default());
    assert!(common.upstream.oval.is_some() && common.upstream.api.is_some() && common.upstream.rss.is_some());
}

#[test]
fn null_counts_as_absent() {
    let keys = ["emit", "priorities", "severities", "packages", "ignore_packages", "pro", "window", "remind"];
    let more = ["product", "tracker", "upstream", "ca_certs", "debug"];
    let mut source = json!({"os": "jammy"});
    for key in keys.into_iter().chain(more) {
        source[key] = Value::Null;
    }
    assert_eq!(notices(source), notices(json!({"os": "jammy"})));
}

#[test]
fn a_number_is_a_release_only_if_yaml_did_not_change_it() {
    assert_eq!(notices(json!({"os": 22.04})).os.as_ref().map(UbuntuRelease::codename), Some("jammy"));
    assert!(mistake(json!({"os": 20.1})).contains("so quote it: \"20.10\""));
}

#[test]
fn severities_replace_the_default_priorities() {
    let filter = notices(json!({"os": "jammy", "severities": ["high", "critical"]})).filter;
    assert!(filter.priorities.is_empty());
    assert_eq!(filter.severities, [Severity::High, Severity::Critical].into());
    let filter = notices(json!({"os": "jammy", "severities": []})).filter;
    assert_eq!(filter.priorities.len(), 2);
}

#[test]
fn high_without_critical_earns_a_warning() {
    let source = notices(json!({"os": "jammy", "priorities": ["high"], "severities": ["high"]}));
    assert_eq!(source.common.warnings.len(), 2);
    assert!(source.common.warnings[0].contains("source.priorities lists `high` without `critical`"));
    let source = notices(json!({"os": "jammy", "priorities": ["medium"], "severities": ["critical", "high"]}));
    assert!(source.common.warnings.is_empty());
}

#[test]
fn folders_of_upstream_end_in_a_slash_and_false_switches_off() {
    let upstream = json!({"oval": "http://mirror/oval", "api": "file:///srv/api", "rss": false});
    let config = notices(json!({"os": "jammy", "upstream": upstream})).common.upstream;
    assert_eq!(config.oval.expect("an address").as_str(), "http://mirror/oval/");
    assert_eq!(config.api.expect("an address").as_str(), "file:///srv/api/");
    assert_eq!(config.rss, None);
    let upstream = json!({"oval": true, "rss": "https://mirror/rss.xml"});
    let config = notices(json!({"os": "jammy", "upstream": upstream})).common.upstream;
    assert_eq!(config.oval, Sources::default().oval);
    assert_eq!(config.rss.expect("an address").as_str(), "https://mirror/rss.xml");
}

#[test]
fn one_anchor_serves_notices_and_releases() {
    let mut source = json!({"os": "jammy", "priorities": [], "product": "cflinuxfs4", "window": "1w",
        "tracker": {"driver": "file", "path": "/srv/log"}, "emit": "releases"});
    let Source::Releases(releases) = parse(&source).expect("a source") else { panic!("no releases") };
    assert_eq!(releases.tracked.product.as_str(), "cflinuxfs4");
    assert_eq!(releases.tracked.tracker, StoreConfig::File { path: "/srv/log".into() });
    source["priorities"] = Value::Null;
    source["emit"] = json!("notices");
    assert_eq!(notices(source).tracked, Some(releases.tracked));
}

#[test]
fn a_product_may_stand_without_a_tracker() {
    assert_eq!(notices(json!({"os": "jammy", "product": "cflinuxfs4"})).tracked, None);
}

#[test]
fn each_key_has_its_mistakes() {
    let path = json!({"driver": "file", "path": "/x"});
    for (keys, said) in [
        (
            json!({"emit": "release"}),
            ".emit: \"release\" is not allowed, did you mean `releases`?; allowed: notices, releases",
        ),
        (
            json!({"emit": "state"}),
            ".emit: \"state\" is not allowed, did you mean `status`?; allowed: notices, releases, status",
        ),
        (json!({"emit": "status"}), ".tracker: needed with `emit: status`; it holds the logs of all products"),
        (json!({"emit": 1}), ".emit: 1 is not allowed; write text; quote it"),
        (json!({"os": null}), ".os: needed; write a codename"),
        (json!({"os": "jammy jellyfish"}), ".os: \"jammy jellyfish\" is no Ubuntu release"),
        (json!({"os": ["jammy"]}), ".os: a list is not allowed; write text"),
        (json!({"priorities": "high"}), ".priorities: \"high\" is not allowed; write a list: [high]"),
        (
            json!({"priorities": ["critical", "hihg"]}),
            ".priorities[1]: \"hihg\" is not allowed, did you mean `high`?; allowed: unknown,",
        ),
        (json!({"severities": ["negligible"]}), ".severities[0]: \"negligible\" is not allowed; allowed: none, low"),
        (json!({"severities": [null]}), ".severities[0]: null is not allowed"),
        (json!({"priorities": [], "severities": []}), ": `priorities` and `severities` are both empty"),
        (json!({"priorities": []}), ": `priorities` and `severities` are both empty"),
        (json!({"packages": "openssl"}), ".packages: \"openssl\" is not allowed; write a list: [openssl]"),
        (json!({"packages": ["["]}), ".packages[0]: \"[\" is no glob"),
        (json!({"ignore_packages": [""]}), ".ignore_packages[0]: \"\" is not allowed"),
        (json!({"pro": "yes"}), ".pro: \"yes\" is not allowed; write true or false"),
        (json!({"window": 30}), ".window: 30 has no unit; write 30h, 30d or 30w"),
        (json!({"window": "1 month"}), ".window: \"1 month\" is no length of time"),
        (json!({"remind": "0h"}), ".remind: \"0h\" is not allowed; write at least 1h"),
        (json!({"product": "../etc"}), ".product: \"../etc\" is no product name"),
        (json!({"tracker": path}), ".product: needed with `tracker`"),
        (json!({"emit": "releases", "product": "a"}), ".tracker: needed with `emit: releases`"),
        (json!({"product": "a", "tracker": "/srv"}), ".tracker: \"/srv\" is not allowed; write keys with values"),
        (json!({"product": "a", "tracker": {"path": "/x"}}), ".tracker.driver: needed; allowed: file, git"),
        (
            json!({"product": "a", "tracker": {"driver": "fiel"}}),
            ".tracker.driver: \"fiel\" is not allowed, did you mean `file`?",
        ),
        (json!({"product": "a", "tracker": {"driver": "file"}}), ".tracker.path: needed"),
        (json!({"product": "a", "tracker": {"driver": "file", "path": " "}}), ".tracker.path: \" \" is not allowed"),
        (
            json!({"product": "a", "tracker": {"driver": "file", "path": "/x", "pat": 1}}),
            ".tracker.pat: unknown key, did you mean `path`?; allowed: driver, path",
        ),
        (
            json!({"upstream": {"oval": "ftp://mirror/"}}),
            ".upstream.oval: \"ftp://mirror/\" is not allowed; write an address",
        ),
        (json!({"upstream": {"api": "https://mirror/?x=y"}}), ".upstream.api: \"https://mirror/?x=y\" is not allowed"),
        (json!({"upstream": {"rss": 1}}), ".upstream.rss: 1 is not allowed; write an address"),
        (json!({"upstream": {"ovals": false}}), ".upstream.ovals: unknown key, did you mean `oval`?"),
        (json!({"upstream": {"oval": false, "api": false, "rss": false}}), ".upstream: all sources are off"),
        (json!({"ca_certs": ["/etc/ssl/ca.pem"]}), ".ca_certs[0]: is no certificate"),
        (json!({"ca_certs": "-----BEGIN CERTIFICATE-----\nMIIB"}), ".ca_certs: is one text, where a list belongs"),
        (json!({"ca_certs": ["-----BEGIN PRIVATE KEY-----\nMIIB"]}), ".ca_certs[0]: holds a private key"),
        (json!({"debug": 1}), ".debug: 1 is not allowed"),
        (json!({"prioritys": []}), ".prioritys: unknown key, did you mean `priorities`?; allowed: emit, os,"),
        (json!({"a\u{1b}[31m": 1}), ".a\\u{1b}[31m: unknown key; allowed"),
    ] {
        let error = mistake(keys.clone());
        assert!(error.starts_with(said), "{keys}: {error}");
    }
}

#[test]
fn a_source_that_is_no_object_is_refused() {
    assert!(parse(&json!([])).expect_err("a mistake").to_string().contains("source: a list is not allowed"));
    assert!(parse(&Value::Null).expect_err("a mistake").to_string().contains("source.os: needed"));
}

#[test]
fn all_mistakes_are_told_at_once_and_not_more_than_a_screen() {
    let error = parse(&json!({"os": 1, "debug": "x", "pro": 2})).expect_err("mistakes").to_string();
    assert_eq!(error.lines().count(), 4, "{error}");
    let many: serde_json::Map<_, _> = (0..50).map(|n| (format!("unknown-{n}"), json!(1))).collect();
    let error = parse(&Value::Object(many)).expect_err("mistakes").to_string();
    assert_eq!(error.lines().count(), 22, "{error}");
    assert!(error.ends_with("and 31 more"), "{error}");
}

#[test]
fn no_mistake_shows_a_secret() {
    for source in [
        json!({"os": "jammy", "passwrod": "hunter22hunter22"}),
        json!({"os": "jammy", "tracker": {"driver": "https://u:hunter22hunter22@x"}}),
        json!({"upstream": {"oval": "ftp://user:hunter22hunter22@mirror.example.com/and/a/long/path"}}),
        json!({"os": "hunter22hunter22 x", "tracker": {"password": "hunter22hunter22"}}),
        json!({"product": "hunter22hunter22/", "token": "hunter22hunter22"}),
    ] {
        let error = parse(&source).expect_err("a mistake").to_string();
        assert!(!error.contains("hunter22"), "{error}");
    }
}

/// Any JSON, often with the keys that mean something.
fn any_json() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        Just("os"),
        Just("emit"),
        Just("tracker"),
        Just("driver"),
        Just("path"),
        Just("product"),
        Just("upstream"),
        Just("oval"),
        Just("window"),
        Just("priorities"),
        Just("packages"),
        Just("version"),
        Just("answer"),
        Just("x")
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "(file|notices|releases|high|30d|jammy)".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|keys| Value::Object(keys.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_source_makes_it_panic(source in any_json()) {
        let _ = parse(&source);
    }
}

#[test]
fn certificates_are_kept_as_every_program_reads_them() {
    let pem = include_str!("../../../tests/support/tls/ca.pem");
    let common = |pasted: String| notices(json!({"os": "jammy", "ca_certs": [pasted]})).common;
    for pasted in [pem.to_owned(), pem.replace('\n', " "), pem.replace('\n', "\r\n"), format!("ours:\n{pem}\n# end\n")]
    {
        assert_eq!((common(pasted.clone()).ca_certs, common(pasted).warnings), (vec![pem.to_owned()], vec![]));
    }
    let two = common(format!("{pem}ours\n{pem}"));
    assert_eq!(two.ca_certs, [[pem, pem].concat()]);
    assert!(two.warnings[0].starts_with("source.ca_certs[0]: line 12 is neither"), "{:?}", two.warnings);
}
