//! OVAL files for tests: small ones made by hand, and real ones where the corpus is at hand.

use std::path::Path;

/// A file of the corpus; says so and gives `None` where there is none.
pub(super) fn corpus(name: &str) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus").join(name);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        println!("skipped: there is no {}", path.display());
    }
    bytes
}
