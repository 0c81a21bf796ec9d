//! The body of an answer: a stream with a cap and a time limit that remembers why it broke.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::failure::TrySetback;
use super::{Answer, FailureKind, Validators};

/// What a server or a file gave.
pub(super) enum Received<R> {
    NotModified,
    Fresh { reader: R, validators: Validators, max_age: Duration },
}

impl<R: Read> Received<R> {
    pub(super) fn fresh((validators, max_age): (Validators, Duration), reader: R) -> Self {
        Received::Fresh { reader, validators, max_age }
    }

    /// Reads it to its end with `parse`.
    pub(super) fn parse<T>(
        self,
        cap: u64,
        until: Instant,
        parse: &mut impl FnMut(&mut dyn Read) -> Result<T>,
    ) -> Result<Answer<T>, TrySetback> {
        let Received::Fresh { reader, validators, max_age } = self else { return Ok(Answer::NotModified) };
        let mut body = CappedBody { reader, left: cap, cap, until, start: Vec::new(), broken: None };
        let parsed = parse(&mut body);
        if parsed.is_ok() && body.broken.is_none() {
            // An error is kept in `broken`.
            let _ = io::copy(&mut body, &mut io::sink());
        }
        if let Some(broken) = body.broken {
            return Err(broken);
        }
        let value = parsed.map_err(|error| TrySetback::of_content(&error, &body.start))?;
        Ok(Answer::Fresh { value, validators, max_age })
    }
}

/// How much of a body is kept to be quoted.
const START: usize = 400;

struct CappedBody<R> {
    reader: R,
    left: u64,
    cap: u64,
    until: Instant,
    start: Vec<u8>,
    broken: Option<TrySetback>,
}

impl<R> CappedBody<R> {
    /// Remembers the first reason; parsers tend to wrap or swallow it.
    fn breaks(&mut self, setback: TrySetback) -> io::Error {
        self.broken.get_or_insert(setback);
        io::Error::other("the body broke")
    }
}

impl<R: Read> Read for CappedBody<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.broken.is_some() {
            return Err(io::Error::other("the body broke"));
        }
        if Instant::now() >= self.until {
            return Err(self.breaks(TrySetback::of_read(&io::ErrorKind::TimedOut.into())));
        }
        // One byte more than allowed shows that there is more.
        let longest = usize::try_from(self.left.saturating_add(1)).unwrap_or(usize::MAX).min(buffer.len());
        let read = match self.reader.read(&mut buffer[..longest]) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => return Err(self.breaks(TrySetback::of_read(&error))),
        };
        let Some(left) = self.left.checked_sub(read as u64) else {
            let what = format!("the answer is longer than the {} bytes that it may have", self.cap);
            return Err(self.breaks(TrySetback::of(FailureKind::TooLong, what)));
        };
        self.left = left;
        let quoted = read.min(START.saturating_sub(self.start.len()));
        self.start.extend_from_slice(&buffer[..quoted]);
        Ok(read)
    }
}
