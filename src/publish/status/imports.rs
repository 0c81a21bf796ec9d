//! What an import took over is history: it was recorded at one moment, long after it happened.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::tracker::{Body, By, Event, Released};

/// Releases that one import took over, lowest number first.
#[derive(Debug)]
pub(super) struct Import<'a> {
    /// Their events.
    pub(super) releases: Vec<(&'a Event, &'a Released)>,
}

/// The imports in a log, told from it alone: a put records one release, so a build that recorded several at the same instant
/// took over a record.
pub(super) fn imports(events: &[Event]) -> Vec<Import<'_>> {
    let mut batches: BTreeMap<(Timestamp, [Option<&str>; 5]), Import<'_>> = BTreeMap::new();
    for event in events {
        if let Body::Released(released) = &event.body {
            let batch = batches.entry((event.at, build(&event.by))).or_insert_with(|| Import { releases: Vec::new() });
            batch.releases.push((event, released));
        }
    }
    // Since imports mark their events, one of a single release is known too.
    let is_import = |import: &Import<'_>| {
        import.releases.len() > 1 || import.releases.iter().any(|(_, released)| released.import_left.is_some())
    };
    batches.into_values().filter(is_import).collect()
}

/// The numbers of all events of imports that record a release.
pub(super) fn imported(events: &[Event]) -> BTreeSet<u64> {
    imports(events).iter().flat_map(|import| import.releases.iter().map(|(event, _)| event.seq)).collect()
}

/// When imports wrote, and as which build.
pub(super) type ImportMoments<'a> = BTreeSet<(Timestamp, [Option<&'a str>; 5])>;

/// Those of all imports in a log.
pub(super) fn import_moments(events: &[Event]) -> ImportMoments<'_> {
    imports(events)
        .iter()
        .flat_map(|import| import.releases.iter().map(|(event, _)| (event.at, build(&event.by))))
        .collect()
}

/// Whether an import wrote this event: it says so, or it stands beside what one recorded.
pub(super) fn is_of_an_import(moments: &ImportMoments<'_>, event: &Event) -> bool {
    let says_so = match &event.body {
        Body::Opened(opened) => opened.import_left.is_some(),
        Body::Released(released) => released.import_left.is_some(),
        Body::Answered(_) => false,
    };
    says_so || moments.contains(&(event.at, build(&event.by)))
}

fn build(by: &By) -> [Option<&str>; 5] {
    [&by.team, &by.pipeline, &by.job, &by.build, &by.url].map(Option::as_deref)
}

#[cfg(test)]
mod tests {
    use crate::publish::status::fixture::StatusFixture;

    use super::*;

    #[test]
    fn a_build_that_recorded_several_releases_at_once_is_an_import() {
        let story = StatusFixture::of("rootfs")
            .released("1.0", &[])
            .after(-24)
            .opened("USN-1-1", "high", &[])
            .after(-24)
            .released("1.1", &["USN-1-1"])
            .released("1.2", &[])
            .by(By::default())
            .after(-24)
            .released("1.3", &[]);
        let history = story.history();
        assert_eq!(imported(history.events()), BTreeSet::from([1, 3]), "not the next day, and not by another build");
        let imports = imports(history.events());
        let versions: Vec<String> = imports[0].releases.iter().map(|(_, r)| r.version.to_string()).collect();
        assert_eq!(versions, ["1.0", "1.1"]);
    }
}
