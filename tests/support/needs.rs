//! What a test needs besides Rust and git: asked for here, so that none passes without running where all of it has to be there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// `DAVOS_REQUIRE_ALL=1`, as in CI, makes a failure of what is missing.
const REQUIRE_ALL: &str = "DAVOS_REQUIRE_ALL";

/// Says that a test is left out, since this is missing.
///
/// # Panics
/// Where nothing may be missing.
#[track_caller]
pub(crate) fn skipped(missing: &str) {
    let required = std::env::var(REQUIRE_ALL).is_ok_and(|all| all == "1");
    assert!(!required, "{missing}, and {REQUIRE_ALL}=1 wants all tests to run");
    println!("skipped: {missing}");
}

/// A file or a folder of the corpus of real data, which lies beside the project where it is at hand.
#[track_caller]
pub(crate) fn corpus(path: &str) -> Option<PathBuf> {
    let there = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus").join(path);
    if there.exists() {
        return Some(there);
    }
    skipped(&format!("{} is not there", there.display()));
    None
}

/// The bytes of a file of the corpus.
#[track_caller]
pub(crate) fn corpus_bytes(path: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(corpus(path)?).expect("a file of the corpus"))
}

/// Whether a program can be run.
#[track_caller]
pub(crate) fn has_program(name: &str, argument: &str) -> bool {
    let quiet =
        Command::new(name).arg(argument).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if quiet.is_err() {
        skipped(&format!("{name} is not installed"));
    }
    quiet.is_ok()
}
