//! The keys that say which notices a resource asks for.

use std::collections::BTreeSet;

use crate::fields::{Field, Fields};
use crate::notice::{Priority, Severity};
use crate::product::{Filter, Globs};

/// The filter, and whether it can match nothing at all.
pub(super) fn filter(fields: &mut Fields<'_>, warnings: &mut Vec<String>) -> (Filter, bool) {
    let priorities_given = fields.get("priorities");
    let mut priorities = BTreeSet::new();
    if let Some(field) = &priorities_given {
        priorities = words(field, Priority::ALL, Priority::as_str);
        lonely(&priorities, Priority::High, Priority::Critical, "priorities", warnings);
    }
    let severities_given = fields.get("severities");
    let mut severities = BTreeSet::new();
    if let Some(field) = &severities_given {
        severities = words(field, Severity::ALL, Severity::as_str);
        lonely(&severities, Severity::High, Severity::Critical, "severities", warnings);
    }
    // `severities: []` says no more than its absence does.
    let written = |field: &Option<Field<'_>>| field.as_ref().is_some_and(|f| f.value().as_array() != Some(&Vec::new()));
    if priorities_given.is_none() && !written(&severities_given) {
        priorities = [Priority::High, Priority::Critical].into();
    }
    let matches_nothing = !written(&severities_given) && priorities_given.is_some() && !written(&priorities_given);
    let packages = fields.get("packages").map(globs).filter(|globs| !globs.is_empty());
    let ignore_packages = fields.get("ignore_packages").map(globs).unwrap_or_default();
    (Filter { priorities, severities, packages, ignore_packages }, matches_nothing)
}

fn words<T: Copy + Ord>(field: &Field<'_>, all: &[T], word: fn(T) -> &'static str) -> BTreeSet<T> {
    let allowed: Vec<_> = all.iter().map(|&one| word(one)).collect();
    let read = |item: Field<'_>| {
        let text = item.word(&allowed)?;
        all.iter().copied().find(|&one| word(one) == text)
    };
    field.list().into_iter().filter_map(read).collect()
}

fn lonely<T: Ord>(listed: &BTreeSet<T>, high: T, critical: T, key: &str, warnings: &mut Vec<String>) {
    if listed.contains(&high) && !listed.contains(&critical) {
        warnings.push(format!("source.{key} lists `high` without `critical`: critical notices don't match"));
    }
}

/// Names or globs; an empty list says nothing.
fn globs(field: Field<'_>) -> Globs {
    let read = |item: &Field<'_>| {
        let text = item.some_text()?.trim().to_owned();
        Globs::new([text.as_str()]).map_err(|e| item.mistake(e)).ok().map(|_| text)
    };
    let patterns: Vec<_> = field.list().iter().filter_map(read).collect();
    Globs::new(patterns).unwrap_or_else(|e| {
        field.mistake(e);
        Globs::default()
    })
}
