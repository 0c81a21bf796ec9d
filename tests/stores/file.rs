//! The store in a folder.

use davos::tracker::FileStore;

use crate::conformance::conforms;

#[test]
fn it_conforms() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("tracker");
    conforms(&|| Box::new(FileStore::new(root.clone())), 300);
}
