//! An index as it is sent, packed or not: unpacked as it comes, and no further than an index may be long.

use std::io::{self, BufReader, Cursor, Read};

use anyhow::Result;
use flate2::read::MultiGzDecoder;
use liblzma::read::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::text::Digest;

/// The memory that unpacking xz may take: what is packed with `-9` needs 65 MiB.
const XZ_MEMORY: u64 = 68 << 20;

/// How an index is packed; the first is asked for first, since it is unpacked fastest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Packing {
    Gzip,
    Xz,
    Plain,
}

impl Packing {
    /// That of a file of this name, if it is one of an index of packages.
    pub(super) fn of_file(name: &str) -> Option<Packing> {
        match name {
            "Packages" => Some(Packing::Plain),
            "Packages.gz" => Some(Packing::Gzip),
            "Packages.xz" => Some(Packing::Xz),
            _ => None,
        }
    }

    /// What is behind the name of its file.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Packing::Plain => "",
            Packing::Gzip => ".gz",
            Packing::Xz => ".xz",
        }
    }

    /// That of a file which begins so. What a server names `.gz` it may have unpacked on the way.
    fn of_start(start: &[u8]) -> Packing {
        if start.starts_with(&[0x1f, 0x8b]) {
            Packing::Gzip
        } else if start.starts_with(b"\xfd7zXZ\0") {
            Packing::Xz
        } else {
            Packing::Plain
        }
    }
}

/// Reads what is packed somehow: `read` gets it unpacked. Gives how it was packed, and the digest of all that came.
pub(super) fn unpack<T>(
    packed: &mut dyn Read,
    read: impl FnOnce(&mut dyn Read) -> Result<T>,
) -> Result<(Packing, Digest, T)> {
    let mut packed = DigestingReader { reader: packed, digester: Sha256::new() };
    let mut start = Vec::new();
    packed.by_ref().take(6).read_to_end(&mut start)?;
    let packing = Packing::of_start(&start);
    let whole = BufReader::with_capacity(64 << 10, Cursor::new(start).chain(&mut packed));
    let value = match packing {
        Packing::Plain => read(&mut { whole })?,
        Packing::Gzip => read(&mut MultiGzDecoder::new(whole))?,
        Packing::Xz => {
            let stream = Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED)?;
            read(&mut XzDecoder::new_stream(whole, stream))?
        }
    };
    io::copy(&mut packed, &mut io::sink())?;
    Ok((packing, Digest::of_all(packed.digester), value))
}

/// Takes in all that is read.
struct DigestingReader<'a> {
    reader: &'a mut dyn Read,
    digester: Sha256,
}

impl Read for DigestingReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.digester.update(&buffer[..read]);
        Ok(read)
    }
}
