//! The processes that git starts, which end when the step is stopped.

use std::collections::BTreeSet;
use std::io;
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

/// How long children that are asked to end may take to tidy up.
const TIDYING: Duration = Duration::from_secs(1);

/// The groups of all children that run.
static RUNNING: Mutex<Running> = Mutex::new(Running { groups: BTreeSet::new(), stopped: false });

struct Running {
    groups: BTreeSet<i32>,
    stopped: bool,
}

fn running() -> MutexGuard<'static, Running> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A child with all that it starts, until it is dropped.
pub(super) struct ProcessGroup(Pid);

impl ProcessGroup {
    /// Starts a command that makes a group of its own. Once the step is stopped, nothing is started any more and this doesn't
    /// return.
    pub(super) fn start(command: &mut Command) -> io::Result<(Child, ProcessGroup)> {
        // Held until the child is known, so that none is missed.
        let mut running = running();
        if running.stopped {
            drop(running);
            wait_for_the_end();
        }
        let child = command.spawn()?;
        let group = Pid::from_child(&child);
        running.groups.insert(group.as_raw_nonzero().get());
        Ok((child, ProcessGroup(group)))
    }

    /// Ends them all at once.
    pub(super) fn kill(&self) {
        // Fails only where all have ended.
        let _ = kill_process_group(self.0, Signal::KILL);
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        let stopped = {
            let mut running = running();
            running.groups.remove(&self.0.as_raw_nonzero().get());
            running.stopped
        };
        // What a child that was ended says of it is no news: who ended it ends this process too.
        if stopped {
            wait_for_the_end();
        }
    }
}

fn wait_for_the_end() -> ! {
    loop {
        thread::park();
    }
}

/// Ends all children, and keeps more from being started: the process is about to end. git removes its locks when it is asked
/// to end, which it gets a second for.
pub fn end_children() {
    let groups: Vec<Pid> = {
        let mut running = running();
        running.stopped = true;
        running.groups.iter().filter_map(|&group| Pid::from_raw(group)).collect()
    };
    for &group in &groups {
        let _ = kill_process_group(group, Signal::TERM);
    }
    let asked = Instant::now();
    while groups.iter().any(|&group| test_kill_process_group(group).is_ok()) && asked.elapsed() < TIDYING {
        thread::sleep(Duration::from_millis(10));
    }
    for &group in &groups {
        let _ = kill_process_group(group, Signal::KILL);
    }
}
