//! S3, against a real server.

use davos::store::ObjectStore;

use crate::stores::conformance::conforms;
use crate::support::weed::Weed;

#[test]
fn s3_keeps_the_promises_of_a_store() {
    let Some(weed) = Weed::shared() else { return };
    let place = weed.place("conformance");
    conforms(&|| Box::new(ObjectStore::s3(place.clone(), &[]).expect("a store")), 1_100);
}
