//! What holds for all texts.

use proptest::prelude::*;

use super::*;

fn ecosystems() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&KNOWN[..])
}

/// Texts most of which are versions, and many of which are nearly the same.
fn versions(ecosystem: &str) -> BoxedStrategy<String> {
    match ecosystem {
        "pypi" => "v?([01]!)?[01](\\.[01]){0,3}([.-]?(a|b|rc|c)[01]?)?(-[01]|\\.post[01]?)?(\\.dev[01]?)?(\\+[a01]{1,2}(\\.[a01])?)?",
        "gem" => "[01](\\.[01ab]{1,2}){0,4}(-[ab01](\\.[ab01])?)?",
        _ => "(v|go|V|release-)?(20[01]0-1[01]-01|[01](\\.[01]{1,2}){0,4})(\\.?(rc|beta|a|B)[01]{0,2})?(-[aA01]{1,2}(\\.[rcRC01-]{1,2}){0,2})?( X:a|\\+[01])?",
    }
    .boxed()
}

fn three() -> impl Strategy<Value = (&'static str, String, String, String)> {
    ecosystems()
        .prop_flat_map(|ecosystem| (Just(ecosystem), versions(ecosystem), versions(ecosystem), versions(ecosystem)))
}

proptest! {
    #[test]
    fn the_order_is_total((ecosystem, a, b, c) in three()) {
        let order = |one: &str, other: &str| compare(ecosystem, one, other);
        let is_version = |text: &str| order(text, text).is_some();
        prop_assert_eq!(order(&a, &b).is_some(), is_version(&a) && is_version(&b));
        prop_assert_eq!(order(&a, &b), order(&b, &a).map(Ordering::reverse));
        for text in [&a, &b, &c] {
            prop_assert!(order(text, text).is_none_or(Ordering::is_eq));
        }
        if let (Some(first), Some(second)) = (order(&a, &b), order(&b, &c)) {
            if first.is_le() && second.is_le() {
                prop_assert_eq!(order(&a, &c), Some(first.then(second)), "{} {} {}", a, b, c);
            }
            if first.is_eq() {
                prop_assert_eq!(order(&a, &c), Some(second));
            }
        }
    }

    #[test]
    fn any_text_is_compared_or_not_but_never_panics(
        ecosystem in ecosystems(),
        one in prop_oneof!["\\PC{0,40}", ".{0,210}", "[0-9av.+!_ rcgo-]{0,210}", "[01.-]{0,200}", prop::collection::vec(any::<char>(), 0..60).prop_map(String::from_iter)],
        other in "[0-9av.+!_ rcgo-]{0,210}",
    ) {
        let order = compare(ecosystem, &one, &other);
        prop_assert_eq!(order, compare(ecosystem, &other, &one).map(Ordering::reverse));
    }

    #[test]
    fn what_the_library_reads_orders_as_the_library_orders_it(
        a in "(0|[1-9][0-9]?)\\.(0|1)\\.(0|1)(-[a-c0-9-]{1,2}(\\.[a-c0-9-]{1,2}){0,2})?(\\+[a0-1]{1,2})?",
        b in "(0|[1-9][0-9]?)\\.(0|1)\\.(0|1)(-[a-c0-9-]{1,2}(\\.[a-c0-9-]{1,2}){0,2})?(\\+[a0-1]{1,2})?",
    ) {
        if let (Ok(ours), Ok(theirs)) = (semver::Version::parse(&a), semver::Version::parse(&b)) {
            for ecosystem in ["golang", "npm", "cargo", "generic", "github"] {
                prop_assert_eq!(compare(ecosystem, &a, &b), Some(ours.cmp_precedence(&theirs)));
            }
        }
    }
}
