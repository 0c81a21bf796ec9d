//! How fast a server is written to, and how long is waited when it wants that.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use jiff::{SignedDuration, Timestamp};

use crate::clock::Waits;
use crate::http::Limits;

/// Between two writes (GitHub, "Best practices for using the REST API": at least one second, one after the other).
const BETWEEN_WRITES: SignedDuration = SignedDuration::from_secs(1);
/// So many issues and comments may be made in a minute, and in an hour (GitHub, "Rate limits for the REST API", secondary limits).
const IN_A_MINUTE: usize = 80;
const IN_AN_HOUR: usize = 500;
/// How long to wait where a server that wants fewer requests doesn't say for how long; it doubles.
const AT_LEAST: Duration = Duration::from_secs(60);
/// A server that wants more than this is not waited for: the next synchronisation goes on.
const LONGEST: Duration = Duration::from_secs(2 * 60 * 60);
/// How often in a row to wait for it.
const MOST_WAITS: u32 = 8;
/// How long a check asks.
const LONGEST_CHECK: Duration = Duration::from_secs(35);
/// How long an answer may take to begin, where somebody writes.
const LONGEST_ANSWER: Duration = Duration::from_secs(30);
/// A wait that is worth a line.
const WORTH_A_LINE: Duration = Duration::from_secs(10);

/// Keeps to the limits of a server.
pub struct Pace<'a> {
    waits: &'a dyn Waits,
    tell: Box<dyn Fn(String) + 'a>,
    is_patient: bool,
    started: Instant,
    last_write: Cell<Option<Timestamp>>,
    created: RefCell<VecDeque<Timestamp>>,
    waited: Cell<u32>,
}

impl<'a> Pace<'a> {
    /// A pace that waits as long as it has to, and says so.
    pub fn patient(waits: &'a dyn Waits, tell: impl Fn(String) + 'a) -> Pace<'a> {
        Pace {
            waits,
            tell: Box::new(tell),
            is_patient: true,
            started: Instant::now(),
            last_write: Cell::new(None),
            created: RefCell::default(),
            waited: Cell::new(0),
        }
    }

    /// The pace of a check, which nobody waits for: it writes nothing, and comes again.
    pub fn of_a_check(waits: &'a dyn Waits) -> Pace<'a> {
        Pace { is_patient: false, ..Pace::patient(waits, |_| {}) }
    }

    /// The time.
    pub(super) fn now(&self) -> Timestamp {
        self.waits.now()
    }

    /// How long an answer may take. What is written is waited for longer than the server takes to end it, so that nothing is
    /// written twice.
    pub(super) fn limits(&self) -> Limits {
        match self.is_patient {
            true => Limits { read: LONGEST_ANSWER, whole: LONGEST_ANSWER * 2, ..Limits::default() },
            false => Limits::default(),
        }
    }

    /// Whether there is time for another request.
    ///
    /// # Errors
    /// If a check took so long already that nobody waits for it.
    pub(super) fn in_time(&self, place: &str) -> Result<()> {
        if !self.is_patient && self.started.elapsed() > LONGEST_CHECK {
            bail!(
                "asking {place} takes longer than the {} s of a check; the next one tries again",
                LONGEST_CHECK.as_secs()
            );
        }
        Ok(())
    }

    /// Waits until something may be written; `creates` tells whether that makes an issue or a comment.
    pub(super) fn before_write(&self, creates: bool) {
        let now = self.waits.now();
        let mut at = self.last_write.get().map_or(now, |last| last + BETWEEN_WRITES);
        if creates {
            let created = self.created.borrow();
            for (most, span) in [(IN_A_MINUTE, 60), (IN_AN_HOUR, 60 * 60)] {
                let nth = created.len().checked_sub(most).and_then(|nth| created.get(nth));
                at = at.max(nth.map_or(now, |nth| *nth + SignedDuration::from_secs(span)));
            }
        }
        let length = Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO);
        if length >= WORTH_A_LINE {
            (self.tell)(format!("waiting {} for the limits of the server", in_words(length)));
        }
        if !length.is_zero() {
            self.waits.wait(length);
        }
        let now = self.waits.now();
        self.last_write.set(Some(now));
        if creates {
            let mut created = self.created.borrow_mut();
            created.push_back(now);
            if created.len() > IN_AN_HOUR {
                created.pop_front();
            }
        }
    }

    /// The server wants fewer requests, and this long a wait if it says so.
    ///
    /// # Errors
    /// If that is longer than anybody waits.
    pub(super) fn limited(&self, place: &str, asked: Option<Duration>) -> Result<()> {
        let times = self.waited.get();
        let length = asked.unwrap_or(AT_LEAST.saturating_mul(1 << times.min(6)));
        if !self.is_patient {
            bail!("{place} wants fewer requests, and none for {}; a later check asks again", in_words(length));
        }
        if length > LONGEST || times >= MOST_WAITS {
            bail!(
                "{place} wants fewer requests, and none for {}; what was written stays, and the next synchronisation goes on from here",
                in_words(length)
            );
        }
        self.waited.set(times + 1);
        (self.tell)(format!("{place} wants fewer requests: waiting {}", in_words(length)));
        self.waits.wait(length);
        Ok(())
    }

    /// Waits until what was written shows.
    pub(super) fn settle(&self, length: Duration) {
        self.waits.wait(length);
    }

    /// An answer came that wants no waiting.
    pub(super) fn answered(&self) {
        self.waited.set(0);
    }

    /// Waits before a request is tried again that failed so often.
    ///
    /// # Errors
    /// With the failure, if that was often enough.
    pub(super) fn again(&self, failed: u32, failure: anyhow::Error) -> Result<()> {
        let most = if self.is_patient { 5 } else { 2 };
        if failed >= most {
            return Err(failure.context(format!("after {failed} tries")));
        }
        self.waits.wait(Duration::from_secs(1 << failed));
        Ok(())
    }
}

/// A length of time for people.
pub(super) fn in_words(length: Duration) -> String {
    let seconds = length.as_secs() + u64::from(length.subsec_nanos() > 0);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// How long so many issues and comments and other writes take at least.
pub(super) fn estimate(creates: usize, others: usize) -> Duration {
    let writes = Duration::from_secs((creates + others) as u64);
    let hours = (creates.saturating_sub(1) / IN_AN_HOUR) as u64;
    writes.max(Duration::from_secs(hours * 3600))
}
