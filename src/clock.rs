//! The time of a step that waits: a synchronisation keeps to the limits of a server for minutes or hours.

use std::thread;
use std::time::Duration;

use jiff::Timestamp;

/// A clock, and a way to wait.
pub trait Waits {
    /// The time.
    fn now(&self) -> Timestamp;

    /// Waits so long.
    fn wait(&self, length: Duration);
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealTime;

impl Waits for RealTime {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn wait(&self, length: Duration) {
        thread::sleep(length);
    }
}
