//! Readers that give only so much: so many bytes, so many streams, until a time.

use std::io::{self, BufRead, Read};
use std::time::Instant;

use bzip2::bufread::BzDecoder;

/// The most that a file may unpack to. The largest real one has about 25 MB.
pub(super) const UNPACKED_LIMIT: u64 = 256 << 20;
/// The most streams that a file may consist of, empty ones included. Who packs block by block, as pbzip2 does, needs one
/// for each 100 kB at least.
pub(super) const STREAMS_LIMIT: u32 = 10_000;

/// The streams of a file, one after the other, with the plain decoder.
pub(super) struct Streams<'a> {
    stream: BzDecoder<&'a [u8]>,
    left: u32,
}

impl<'a> Streams<'a> {
    pub(super) fn of(file: &'a [u8]) -> Self {
        Streams { stream: BzDecoder::new(file), left: STREAMS_LIMIT - 1 }
    }
}

impl Read for Streams<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.stream.read(buffer)?;
            let rest: &[u8] = self.stream.get_ref();
            if count > 0 || rest.is_empty() || buffer.is_empty() {
                return Ok(count);
            }
            self.left = self.left.checked_sub(1).ok_or_else(|| {
                io::Error::new(io::ErrorKind::InvalidData, format!("it has more than {STREAMS_LIMIT} bzip2 streams"))
            })?;
            self.stream = BzDecoder::new(rest);
        }
    }
}

/// After how many bytes the clock is looked at again. The XML reader asks for bytes a million times in a large file.
const LOOK_EACH: usize = 32 << 10;

/// A reader that gives nothing after a time: reading and what is made of it take time, not only waiting for a server.
pub(super) struct InTime<'a> {
    inner: &'a mut dyn BufRead,
    until: Instant,
    /// How many bytes are given until the clock is looked at again.
    unwatched: usize,
}

impl<'a> InTime<'a> {
    pub(super) fn new(inner: &'a mut dyn BufRead, until: Instant) -> Self {
        InTime { inner, until, unwatched: 0 }
    }
}

impl BufRead for InTime<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.unwatched == 0 {
            if Instant::now() >= self.until {
                let why = "reading it takes longer than a step may take";
                return Err(io::Error::new(io::ErrorKind::TimedOut, why));
            }
            self.unwatched = LOOK_EACH;
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.unwatched = self.unwatched.saturating_sub(amount);
        self.inner.consume(amount);
    }
}

impl Read for InTime<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

/// A reader that refuses to give more than so many bytes.
pub(super) struct Capped<R> {
    pub(super) inner: R,
    pub(super) left: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                io::Error::new(error.kind(), "the file is cut short; the next check asks for it again")
            }
            // What is said of the file by ourselves.
            io::ErrorKind::InvalidData if error.get_ref().is_some_and(|inner| inner.to_string().starts_with("it ")) => {
                error
            }
            kind => io::Error::new(kind, format!("the file is damaged ({error}); the next check asks for it again")),
        })?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(too_large)?;
        Ok(count)
    }
}

pub(super) fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("it unpacks to more than {} MiB", UNPACKED_LIMIT >> 20))
}
