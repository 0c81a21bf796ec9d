//! The one checksum that `object_store` asks the crate `crc-fast` for: CRC-64/NVME, for uploads to S3.
//!
//! The crate itself knows some forty, with tables of 0.7 MB that every program would carry, though davos asks for none: S3 has the
//! SHA-256 of its signature. So `Cargo.toml` puts this in its place, with the names that `object_store` uses.

#![forbid(unsafe_code)]

static CRC_64_NVME: crc::Crc<u64> = crc::Crc::<u64>::new(&crc::CRC_64_NVME);

/// A checksum.
pub enum CrcAlgorithm {
    /// CRC-64/NVME.
    Crc64Nvme,
}

/// A checksum of what was told so far.
pub struct Digest(crc::Digest<'static, u64>);

impl Digest {
    /// That of nothing yet.
    pub fn new(algorithm: CrcAlgorithm) -> Digest {
        match algorithm {
            CrcAlgorithm::Crc64Nvme => Digest(CRC_64_NVME.digest()),
        }
    }

    /// Tells more.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The checksum of all that was told.
    pub fn finalize(&self) -> u64 {
        self.0.clone().finalize()
    }
}
