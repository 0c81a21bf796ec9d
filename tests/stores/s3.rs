//! S3, against a real server; and the checksum of it that is ours.

use davos::store::ObjectStore;

use crate::stores::conformance::conforms;
use crate::support::weed::Weed;

#[test]
fn s3_keeps_the_promises_of_a_store() {
    let Some(weed) = Weed::shared() else { return };
    let place = weed.place("conformance");
    conforms(&|| Box::new(ObjectStore::s3(place.clone(), &[]).expect("a store")), 1_100);
}

/// The catalogue of checksums (reveng, "CRC-64/NVME") has this of these nine digits.
#[test]
fn the_checksum_that_object_store_may_ask_for_is_that_of_the_catalogue() {
    let mut digest = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc64Nvme);
    ["1234", "", "56789"].iter().for_each(|part| digest.update(part.as_bytes()));
    assert_eq!(digest.finalize(), 0xAE8B_1486_0A79_9888);
}
