//! The rules of docs/decisions/0002, one a test.

use super::*;
use crate::notice::{Fix, Notice, NoticeHeader, NoticeId, Priority, Published};
use crate::product::Globs;
use crate::text::Digest;
use crate::tracker::{Answered, Body, By, Event, Evidence, FixedIn, FixedNotice, Opened, Released, Status};

/// A log of one notice, told event by event.
#[derive(Default)]
struct TestLog(LogState);

fn id() -> NoticeId {
    "USN-7946-1".parse().expect("an id")
}

fn time(day: u8) -> Timestamp {
    format!("2026-01-{day:02}T00:00:00Z").parse().expect("a time")
}

fn version(text: &str) -> ReleaseVersion {
    text.parse().expect("a version")
}

fn fixes() -> Vec<Fix> {
    let (package, version) = ("gpgv".parse().expect("a name"), "2.2.27-3ubuntu2.5".parse().expect("a version"));
    vec![Fix::deb(package, version, false)]
}

fn facts(priority: Priority) -> NoticeSummary {
    let published = Published::At(time(8));
    let header = NoticeHeader { id: id(), published, priority, severity: None, has_cves: true };
    NoticeSummary { header, fixes: fixes() }
}

impl TestLog {
    fn then(mut self, day: u8, body: Body) -> TestLog {
        let (seq, product) = (self.0.len() + 1, "rootfs".parse().expect("a name"));
        let event = Event { schema: 1, seq, at: time(day), product, by: By::default(), prev: None, body };
        self.0.push(&event, Digest::of(b"")).expect("an event");
        self
    }

    fn opened_as(self, day: u8, opening: u32, priority: Priority, fixed_in: Option<&str>, fixes: Vec<Fix>) -> TestLog {
        let release = Some("jammy".parse().expect("a release"));
        let notice = Notice { release, fixes, ..Notice::blank(id(), Published::At(time(8))) };
        let fixed_in = fixed_in.map(|release| FixedIn { version: version(release), evidence: Vec::new() });
        let opened = Opened {
            notice,
            opening,
            priority,
            severity: None,
            packages: Vec::new(),
            fixed_in,
            not_affected_in: None,
            shown: true,
            import_left: None,
        };
        self.then(day, Body::Opened(Box::new(opened)))
    }

    fn opened(self, day: u8, opening: u32, priority: Priority) -> TestLog {
        self.opened_as(day, opening, priority, None, fixes())
    }

    fn opened_without_packages(self, day: u8) -> TestLog {
        self.opened_as(day, 1, Priority::High, None, Vec::new())
    }

    fn already_fixed(self, day: u8, release: &str) -> TestLog {
        self.opened_as(day, 1, Priority::High, Some(release), fixes())
    }

    fn answered(self, day: u8, until: Option<u8>) -> TestLog {
        let statement = Some("won't fix".to_owned());
        let answered = Answered::new(id(), Status::Affected, None, statement, until.map(time));
        self.then(day, Body::Answered(answered.expect("an answer")))
    }

    fn fixed_by(self, day: u8, release: &str) -> TestLog {
        let released = Released {
            version: version(release),
            packages: None,
            includes: Default::default(),
            partners: Default::default(),
            fixed: vec![FixedNotice { notice: id(), evidence: Evidence::None, via: None, path: Vec::new() }],
            not_affected: Vec::new(),
            open: Vec::new(),
            open_inside: Vec::new(),
            late: false,
            import_left: None,
        };
        self.then(day, Body::Released(released))
    }

    /// What is due on a day for a resource that asks for high notices.
    fn due(&self, day: u8, judgement: Judgement, current: Option<&str>, remind: Option<i64>) -> Option<(u32, bool)> {
        let filter = Filter {
            priorities: [Priority::High].into(),
            severities: Default::default(),
            packages: None,
            ignore_packages: Globs::default(),
        };
        let current = current.map(version);
        let remind = remind.map(|days| SignedDuration::from_hours(days * 24));
        let facts = facts(Priority::High);
        let due = due(&self.0, &facts, &judgement, &filter, current.as_ref(), remind, time(day));
        due.map(|due| (due.opening, due.fixed))
    }

    fn due_when_actionable(&self, day: u8) -> Option<(u32, bool)> {
        self.due(day, Judgement::Actionable(Vec::new()), None, None)
    }
}

#[test]
fn a_notice_is_opened_once() {
    assert_eq!(TestLog::default().due_when_actionable(9), Some((1, false)));
    assert_eq!(TestLog::default().opened(9, 1, Priority::High).due_when_actionable(10), None);
    assert_eq!(TestLog::default().due(9, Judgement::NotInstalled, None, None), None);
}

#[test]
fn one_that_is_fixed_beforehand_is_only_recorded() {
    assert_eq!(TestLog::default().due(9, Judgement::AlreadyFixed, Some("1.0"), None), Some((1, true)));
    assert_eq!(TestLog::default().already_fixed(9, "1.0").due(10, Judgement::AlreadyFixed, Some("1.0"), None), None);
}

#[test]
fn one_that_has_become_graver_is_opened_again_under_the_same_number() {
    let medium = TestLog::default().opened(9, 1, Priority::Medium);
    assert_eq!(medium.due_when_actionable(10), Some((1, false)));
    assert_eq!(medium.answered(10, None).due_when_actionable(11), Some((1, false)));
}

#[test]
fn packages_that_nobody_told_are_learned() {
    let story = TestLog::default().opened_without_packages(9);
    assert_eq!(story.due(10, Judgement::NotInstalled, Some("1.0"), None), Some((1, false)));
    assert_eq!(story.due(10, Judgement::AlreadyFixed, Some("1.0"), None), Some((1, true)));
}

#[test]
fn an_open_notice_that_releases_fix_by_corrected_facts_is_closed() {
    let story = TestLog::default().opened(9, 1, Priority::High);
    assert_eq!(story.due(10, Judgement::AlreadyFixed, Some("1.0"), None), Some((1, true)));
}

#[test]
fn a_reminder_is_a_further_opening_as_long_as_the_notice_is_open() {
    let story = TestLog::default().opened(9, 1, Priority::High);
    let actionable = || Judgement::Actionable(Vec::new());
    assert_eq!(story.due(11, actionable(), None, Some(3)), None);
    assert_eq!(story.due(12, actionable(), None, Some(3)), Some((2, false)));
    assert_eq!(story.opened(12, 2, Priority::High).due(13, actionable(), None, Some(3)), None);
}

#[test]
fn an_answer_holds_until_it_runs_out() {
    let opened = || TestLog::default().opened(9, 1, Priority::High);
    assert_eq!(opened().answered(10, None).due_when_actionable(20), None);
    assert_eq!(opened().answered(10, Some(15)).due_when_actionable(14), None);
    assert_eq!(opened().answered(10, Some(15)).due_when_actionable(15), Some((2, false)));
}

#[test]
fn a_recorded_fix_holds_until_packages_of_that_release_or_a_higher_one_contradict_it() {
    let story = TestLog::default().opened(9, 1, Priority::High).fixed_by(10, "1.2.0");
    let due = |current| story.due(11, Judgement::Actionable(Vec::new()), current, None);
    assert_eq!(due(None), None);
    assert_eq!(due(Some("1.1.0")), None);
    assert_eq!(due(Some("1.2.0")), Some((2, false)));
    assert_eq!(due(Some("1.3.0")), Some((2, false)));
}
