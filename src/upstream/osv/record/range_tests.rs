use proptest::prelude::*;

use super::*;

fn introduced(version: &str) -> RangeEvent {
    RangeEvent::Introduced(version.to_owned())
}

fn fixed(version: &str) -> RangeEvent {
    RangeEvent::Fixed(version.to_owned())
}

fn last_affected(version: &str) -> RangeEvent {
    RangeEvent::LastAffected(version.to_owned())
}

/// By the numbers between the points; what is no number has no order.
fn compare(a: &str, b: &str) -> Option<Ordering> {
    let numbers = |text: &str| text.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u32>>>();
    Some(numbers(a)?.cmp(&numbers(b)?))
}

/// `1.24.0..1.24.6`, with `..=` before a last affected version.
fn told(events: &[RangeEvent]) -> Vec<String> {
    let told = |range: Interval| {
        let end = match (range.fixed, range.last_affected) {
            (Some(fixed), None) => fixed,
            (None, Some(last)) => format!("={last}"),
            (None, None) => String::new(),
            both => panic!("two ends: {both:?}"),
        };
        format!("{}..{end}", range.introduced.unwrap_or_default())
    };
    intervals(events, compare).expect("versions with an order").into_iter().map(told).collect()
}

#[test]
fn each_branch_is_an_interval() {
    let go_2025_3956 = [introduced("0"), fixed("1.23.12"), introduced("1.24.0"), fixed("1.24.6")];
    assert_eq!(told(&go_2025_3956), ["..1.23.12", "1.24.0..1.24.6"]);
}

#[test]
fn events_may_be_written_in_any_order() {
    let all = [fixed("1.24.6"), introduced("0"), introduced("1.24.0"), fixed("1.23.12")];
    assert_eq!(told(&all), ["..1.23.12", "1.24.0..1.24.6"]);
    let introduced_first = [introduced("1.24.0"), introduced("0"), fixed("1.24.6"), fixed("1.23.12")];
    assert_eq!(told(&introduced_first), ["..1.23.12", "1.24.0..1.24.6"]);
}

#[test]
fn an_interval_without_an_end_goes_on() {
    assert_eq!(told(&[introduced("0")]), [".."]);
    assert_eq!(told(&[introduced("1.2")]), ["1.2.."]);
    assert_eq!(told(&[introduced("0"), fixed("1.1"), introduced("2.0")]), ["..1.1", "2.0.."]);
    assert_eq!(told(&[introduced("0"), last_affected("2.1.214")]), ["..=2.1.214"]);
    assert_eq!(told(&[introduced("1.0"), last_affected("1.0")]), ["1.0..=1.0"]);
}

#[test]
fn what_changes_nothing_is_no_interval_of_its_own() {
    assert_eq!(told(&[introduced("1.0"), introduced("1.5"), fixed("2.0")]), ["1.0..2.0"], "introduced twice");
    assert_eq!(told(&[introduced("0"), fixed("2.0"), fixed("3.0")]), ["..2.0"], "fixed twice");
    assert_eq!(told(&[introduced("1.0"), fixed("0.5")]), ["1.0.."], "the fix of another branch");
    assert_eq!(told(&[introduced("1.0"), fixed("1.0")]), [""; 0], "never in a release");
    assert_eq!(told(&[fixed("1.0")]), [""; 0]);
    assert_eq!(told(&[]), [""; 0]);
}

#[test]
fn a_fix_that_is_affected_again_helps_nobody() {
    assert_eq!(told(&[introduced("0"), fixed("1.0"), introduced("1.0"), fixed("2.0")]), ["..2.0"]);
    assert_eq!(told(&[introduced("0"), last_affected("1.0"), introduced("1.0"), fixed("2.0")]), ["..2.0"]);
}

#[test]
fn both_kinds_of_end_may_stand_in_a_range() {
    // Against the schema, but records have it.
    let mixed = [introduced("1.0"), fixed("1.3"), introduced("2.0"), last_affected("2.5")];
    assert_eq!(told(&mixed), ["1.0..1.3", "2.0..=2.5"]);
}

#[test]
fn versions_without_an_order_are_an_error_that_names_them() {
    let error = intervals(&[introduced("1.0"), fixed("jammy")], compare).expect_err("no order").to_string();
    assert!(error.contains("\"1.0\" and \"jammy\""), "{error}");
    // Nothing has to be compared with the beginning.
    let single = [introduced("0"), fixed("jammy")];
    let range = Interval { fixed: Some("jammy".to_owned()), ..Interval::default() };
    assert_eq!(intervals(&single, compare).expect("an interval"), [range]);
}

/// The pseudocode of the schema, section "Evaluation".
fn is_affected(events: &[RangeEvent], version: u32) -> bool {
    let number = |event: &RangeEvent| {
        if event.is_beginning() { 0 } else { event.version().parse::<u32>().expect("a number") + 1 }
    };
    let mut sorted: Vec<&RangeEvent> = events.iter().collect();
    sorted.sort_by_key(|event| number(event));
    let mut affected = false;
    for event in sorted {
        match event {
            RangeEvent::Introduced(_) if version + 1 >= number(event) => affected = true,
            RangeEvent::Fixed(_) if version + 1 >= number(event) => affected = false,
            RangeEvent::LastAffected(_) if version + 1 > number(event) => affected = false,
            _ => {}
        }
    }
    affected
}

fn holds(range: &Interval, version: u32) -> bool {
    let number = |text: &String| text.parse::<u32>().expect("a number");
    range.introduced.as_ref().is_none_or(|first| number(first) <= version)
        && range.fixed.as_ref().is_none_or(|fixed| version < number(fixed))
        && range.last_affected.as_ref().is_none_or(|last| version <= number(last))
}

/// Events at even numbers, so that odd ones lie between.
fn events() -> impl Strategy<Value = Vec<RangeEvent>> {
    let version = || (1_u32..8).prop_map(|version| (2 * version).to_string());
    let event = prop_oneof![
        1 => Just(introduced("0")),
        3 => version().prop_map(RangeEvent::Introduced),
        3 => version().prop_map(RangeEvent::Fixed),
        2 => version().prop_map(RangeEvent::LastAffected),
    ];
    prop::collection::vec(event, 0..9)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn the_intervals_hold_what_the_schema_finds_affected(events in events()) {
        let ranges = intervals(&events, compare).expect("versions with an order");
        for version in 0..18 {
            let holding = ranges.iter().filter(|range| holds(range, version)).count();
            prop_assert_eq!(holding, usize::from(is_affected(&events, version)), "{} of {:?} in {:?}", version, events, ranges);
        }
        for two in ranges.windows(2) {
            let end = two[0].fixed.as_ref().or(two[0].last_affected.as_ref()).expect("an end before another begins");
            let next = two[1].introduced.as_ref().expect("a beginning after another's end");
            prop_assert!(compare(end, next) == Some(Ordering::Less), "{:?}", ranges);
        }
    }

    #[test]
    fn an_order_that_contradicts_itself_does_no_harm(events in events(), answers in prop::collection::vec(-1_i8..3, 1..50)) {
        let asked = std::cell::Cell::new(0);
        let compare = |_: &str, _: &str| {
            asked.set(asked.get() + 1);
            let answer = answers[asked.get() % answers.len()];
            (answer < 2).then(|| answer.cmp(&0))
        };
        let ranges = intervals(&events, compare).unwrap_or_default();
        prop_assert!(ranges.len() <= events.len());
    }
}
