//! The end of a step that somebody stops: Concourse sends SIGTERM when a build is aborted, and SIGKILL ten seconds later.

use std::process::exit;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::build_output::BuildOutput;
use crate::store::end_children;
use crate::text::Redactor;

/// From now on, who stops the step is told what that means, and the process ends at once. The first process of a container
/// would not even end otherwise: a signal that it doesn't handle is lost on it (pid_namespaces(7)).
pub(super) fn heed(colour: bool) {
    // Where that can't be had, the step is no worse for it.
    let Ok(mut signals) = Signals::new([SIGTERM, SIGINT, SIGHUP]) else { return };
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            let name = match signal {
                SIGTERM => "SIGTERM",
                SIGINT => "SIGINT",
                _ => "SIGHUP",
            };
            BuildOutput::new(&mut std::io::stderr(), Redactor::default(), colour, false).error(format!(
                "stopped by {name}; what was being recorded is in the log whole or not at all, so just run it again"
            ));
            end_children();
            exit(128 + signal);
        }
    });
}
