//! What a program accepts, its schema accepts; and a schema that knows what is wrong says so.

use jsonschema::Validator;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::schema::documents;
use crate::schema::examples::{self, Pool, TRACKERS, UNKNOWN, request};
use crate::support::validation::{self, judged};

fn validator(nth: usize) -> Validator {
    jsonschema::validator_for(&documents()[nth].1).expect("a schema")
}

/// An object with some of the keys; the more likely ones are mostly there.
fn some_of(pool: Pool, likely: &'static [&'static str]) -> BoxedStrategy<Value> {
    let keys: Vec<_> = pool
        .into_iter()
        .map(|(key, values)| {
            let chance = if likely.contains(&key) { 0.95 } else { 0.15 };
            // The first ones are right, and what is wrong in one place hides what is wrong in another.
            let first = values[0].clone();
            (Just(key), proptest::option::weighted(chance, prop_oneof![3 => Just(first), 2 => select(values)]))
        })
        .collect();
    keys.prop_map(|keys| {
        keys.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect::<Map<_, _>>()
    })
    .prop_map(Value::Object)
    .boxed()
}

fn tracker() -> BoxedStrategy<Value> {
    let of = |keys: &'static [&'static str]| {
        some_of(examples::tracker().into_iter().filter(|(key, _)| keys.contains(key)).collect(), keys)
    };
    let right = |driver: &'static str, tracker: Value| {
        let mut tracker = tracker;
        tracker["driver"] = json!(driver);
        tracker
    };
    let drivers = ["file", "git", "git", "s3", "gcs"];
    let kinds =
        drivers.into_iter().zip(TRACKERS).map(|(driver, keys)| of(keys).prop_map(move |t| right(driver, t)).boxed());
    let any = some_of(examples::tracker(), &["driver"]);
    proptest::strategy::Union::new(kinds.chain([any])).boxed()
}

/// The same object, mostly with something else under a key.
fn with(object: BoxedStrategy<Value>, key: &'static str, value: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    (object, proptest::option::weighted(0.6, value))
        .prop_map(move |(mut object, value)| {
            if let Some(value) = value {
                object[key] = value;
            }
            object
        })
        .boxed()
}

fn source() -> BoxedStrategy<Value> {
    let source = with(some_of(examples::source(), &["os", "product"]), "tracker", tracker());
    with(source, "upstream", some_of(examples::upstream(), &[]))
}

fn put_params() -> BoxedStrategy<Value> {
    let answers = some_of(examples::answer(), &["notice", "status", "statement"]);
    let answer = answers.prop_map(|answer| json!({"answer": answer})).boxed();
    prop_oneof![some_of(examples::put_params(), &["version"]), some_of(examples::put_params(), &[]), answer].boxed()
}

/// A right value with one thing in it that every schema can tell is wrong.
fn spoilt() -> BoxedStrategy<(usize, Value)> {
    let tracker = json!({"driver": "git", "uri": "https://h/x", "username": "u", "password": "p4ssw0rd", "path": "a"});
    let archive = json!({"url": "https://x/", "suites": ["a"], "components": ["main"], "architectures": ["amd64"]});
    let answer = json!({"notice": "USN-1-1", "status": "not_affected", "justification": "component_not_present"});
    let whole = [
        (
            0,
            json!({"emit": "notices", "os": "jammy", "priorities": ["high", "critical"], "severities": ["low"], "pro": true,
            "packages": ["a"], "ignore_packages": ["b"], "window": "1d", "remind": "1d", "product": "p", "debug": true,
            "partners": [{"name": "foundation", "tracker": {"driver": "file", "path": "/theirs"}}],
            "tracker": tracker, "upstream": {"oval": "https://x/", "api": false, "archive": archive}, "ca_certs": [examples::CERTIFICATE]}),
        ),
        (
            0,
            json!({"os": "jammy", "product": "p", "tracker": {"driver": "s3", "bucket": "abc", "use_path_style": true}}),
        ),
        (
            1,
            json!({"layout": "usns", "publisher": {"name": "a", "namespace": "https://a"}, "advisory_template": "x",
            "products": ["pkg:oci/a"]}),
        ),
        (2, json!({"version": "1", "packages_file": ["a"], "notices": ["USN-1-1"], "includes": {"p": "a"}})),
        (2, json!({"answer": answer})),
        (2, json!({"import": {"record": "a", "packages": "b"}})),
    ];
    let spoilt = whole.into_iter().flat_map(|(nth, value)| {
        let mut all = Vec::new();
        spoil(&value, &mut |spoilt| all.push((nth, spoilt)));
        all
    });
    select(spoilt.collect::<Vec<_>>()).boxed()
}

/// Spoils each key and each item of a value in turn.
fn spoil(value: &Value, tell: &mut dyn FnMut(Value)) {
    let words = ["emit", "priorities", "severities", "driver", "layout", "status", "justification"];
    match value {
        Value::Object(keys) => {
            let mut more = value.clone();
            more[UNKNOWN] = json!("x");
            // The keys of `includes` are the pipeline's own.
            if !keys.contains_key("p") {
                tell(more);
            }
            for (key, inner) in keys {
                let mut with = |inner: Value| {
                    let mut value = value.clone();
                    value[key.as_str()] = inner;
                    tell(value);
                };
                // A list of lists stands nowhere.
                with(json!([[]]));
                if words.contains(&key.as_str()) {
                    let word = json!(UNKNOWN);
                    with(if inner.is_array() { json!([word]) } else { word });
                }
                spoil(inner, &mut with);
            }
        }
        Value::Array(_) => tell(json!([{}])),
        _ => {}
    }
}

fn accepts(nth: usize, value: &Value) -> bool {
    let (accepts, _) = match nth {
        0 => judged(validation::check, &json!({"source": value})),
        1 => judged(validation::get, &request(value.clone())),
        _ => judged(validation::put, &request(value.clone())),
    };
    accepts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_program_accepts_its_schema_accepts(
        values in (source(), some_of(examples::get_params(), &[]), put_params())
    ) {
        thread_local!(static VALIDATORS: [Validator; 3] = [0, 1, 2].map(validator));
        for (nth, value) in [values.0, values.1, values.2].iter().enumerate() {
            if accepts(nth, value) {
                let refused = VALIDATORS.with(|all| all[nth].validate(value).map_err(|error| error.to_string()));
                prop_assert!(refused.is_ok(), "{value}: {refused:?}");
            }
        }
    }

    #[test]
    fn unknown_keys_and_wrong_words_and_types_are_refused_by_both((nth, value) in spoilt()) {
        thread_local!(static VALIDATORS: [Validator; 3] = [0, 1, 2].map(validator));
        prop_assert!(!accepts(nth, &value), "davos accepts {value}");
        prop_assert!(!VALIDATORS.with(|all| all[nth].is_valid(&value)), "the schema accepts {value}");
    }
}

#[test]
fn the_values_that_are_tried_are_accepted_often_enough() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for (nth, strategy) in [source(), some_of(examples::get_params(), &[]), put_params()].into_iter().enumerate() {
        let values = (0..500).map(|_| strategy.new_tree(&mut runner).expect("a value").current());
        let accepted = values.filter(|value| accepts(nth, value)).count();
        assert!((50..450).contains(&accepted), "{}: {accepted} of 500", documents()[nth].0);
    }
}

#[test]
fn a_pipeline_whose_variables_are_unknown_yet_is_accepted() {
    let source = json!({"os": "((os))", "priorities": ["((worst))"], "pro": "((pro))", "product": "((product))",
        "tracker": {"driver": "git", "uri": "((uri))", "private_key": "((key))"}});
    assert!(validator(0).is_valid(&source));
    assert!(validator(0).is_valid(&json!({"os": "jammy", "product": "p", "tracker": "((tracker))"})));
    assert!(validator(2).is_valid(&json!({"answer": {"notice": "((notice))", "status": "((status))"}})));
}
