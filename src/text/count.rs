//! So many of something.

use super::printable::one_line;

/// How many items a line for people names before it only counts them.
const MOST_NAMED: usize = 5;

/// So many of something, in the plural unless it is one: `1 notice`, `2 fixes`, `10,000 events`.
pub fn count(count: usize, noun: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { noun.to_owned() } else { plural(noun) })
}

/// `1 is`, `2 are`.
pub fn are(count: usize) -> String {
    format!("{} {}", grouped(count), if count == 1 { "is" } else { "are" })
}

/// The first few items, and how many more there are.
pub fn some_of(items: impl ExactSizeIterator<Item = String>) -> String {
    let more = items.len().saturating_sub(MOST_NAMED);
    let shown = items.take(MOST_NAMED).collect::<Vec<_>>().join(", ");
    one_line(&if more > 0 { format!("{shown} and {more} more") } else { shown })
}

/// The number with a comma between thousands.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The plural of an English noun; irregular ones are not needed.
fn plural(noun: &str) -> String {
    let stem = noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match stem {
        Some(stem) => format!("{stem}ies"),
        None if ["s", "x", "ch", "sh"].iter().any(|end| noun.ends_with(end)) => format!("{noun}es"),
        None => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_in_the_singular() {
        for (number, noun, said) in [
            (0, "notice", "0 notices"),
            (1, "notice", "1 notice"),
            (2, "notice", "2 notices"),
            (1, "fix", "1 fix"),
            (3, "fix", "3 fixes"),
            (2, "entry", "2 entries"),
            (2, "day", "2 days"),
            (999, "event", "999 events"),
            (1_234_567, "event", "1,234,567 events"),
        ] {
            assert_eq!(count(number, noun), said);
        }
        assert_eq!((are(1), are(0), are(1_000)), ("1 is".to_owned(), "0 are".to_owned(), "1,000 are".to_owned()));
    }
}
