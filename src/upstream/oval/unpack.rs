//! Unpacks a bzip2 file, two blocks side by side, and hands out the bytes in order.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Instant;

use anyhow::{Result, bail};
use bzip2::{Decompress, Status};

use super::blocks::{Layout, level};
use super::readers::{Capped, InTime, Streams, UNPACKED_LIMIT, too_large};

/// How many blocks are unpacked at a time. Each costs up to 3.6 MB.
const SIDE_BY_SIDE: usize = 2;
/// The size of the pieces in which a block is handed over, and how many wait at most. A decoder has done a third of its work
/// when it gives its first byte, and while one block is handed out, the next waits once this is full: with a quarter of a block
/// in waiting, neither decoder stands idle for long, and little memory is needed.
const PIECE: usize = 32 << 10;
const WAITING: usize = 8;

/// Unpacks `compressed` and gives what `read` makes of it.
///
/// `read` is called a second time, from the start, if the blocks could not be unpacked one by one: bits that look like
/// the start of a block may stand in the middle of one.
///
/// # Errors
/// If `compressed` is no bzip2 file, is cut off or damaged, unpacks to too much, or is not read before `until`; or the
/// error of `read`.
pub(super) fn unpack<T>(compressed: &[u8], until: Instant, read: impl Fn(&mut dyn BufRead) -> Result<T>) -> Result<T> {
    refuse_foreign(compressed)?;
    let read = |source: &mut dyn BufRead| read(&mut InTime::new(source, until));
    if let Some(layout) = Layout::of(compressed) {
        let (outcome, intact) = by_blocks(compressed, &layout, read);
        if intact {
            return outcome;
        }
    }
    in_sequence(compressed, read)
}

/// Names what came instead of a bzip2 file.
fn refuse_foreign(body: &[u8]) -> Result<()> {
    let start = body.trim_ascii_start();
    const ADVICE: &str = "see whether the address leads to the right server";
    if start.is_empty() {
        bail!("the answer is empty, where a bzip2 file belongs; {ADVICE}");
    }
    if start.starts_with(b"<") {
        bail!("the answer is a page of HTML or XML, where a bzip2 file belongs; is there a proxy in between?");
    }
    if level(body).is_none() {
        bail!("the answer is no bzip2 file (it doesn't start with \"BZh\"); {ADVICE}");
    }
    Ok(())
}

/// Unpacks with the plain decoder.
fn in_sequence<T>(compressed: &[u8], read: impl Fn(&mut dyn BufRead) -> Result<T>) -> Result<T> {
    let unpacked = Capped { inner: Streams::of(compressed), left: UNPACKED_LIMIT };
    read(&mut BufReader::with_capacity(PIECE, unpacked))
}

/// Unpacks the blocks side by side. Also tells whether all that was asked for could be unpacked.
fn by_blocks<T>(compressed: &[u8], layout: &Layout, read: impl Fn(&mut dyn BufRead) -> Result<T>) -> (Result<T>, bool) {
    thread::scope(|scope| {
        let mut unpacked = InOrder { decoders: Vec::new(), blocks: layout.len(), ..InOrder::default() };
        for first in 0..SIDE_BY_SIDE.min(layout.len()) {
            let (sender, receiver) = sync_channel(WAITING);
            let decoder = move || unpack_every_other(compressed, layout, first, &sender);
            if let Err(error) = thread::Builder::new().spawn_scoped(scope, decoder) {
                return (Err(error.into()), false);
            }
            unpacked.decoders.push(receiver);
        }
        let outcome = read(&mut unpacked);
        (outcome, !unpacked.failed)
    })
}

/// A piece of a block, or the end of one.
enum Piece {
    Bytes(Vec<u8>),
    End,
    Failed(String),
}

/// Unpacks the blocks `first`, `first + SIDE_BY_SIDE` and so on, until all are done or nobody wants more.
fn unpack_every_other(compressed: &[u8], layout: &Layout, first: usize, pieces: &SyncSender<Piece>) {
    // Were it to grow between two blocks, it would be put where the decoder's memory just was, and that put elsewhere.
    let mut alone = Vec::with_capacity(layout.longest());
    for number in (first..layout.len()).step_by(SIDE_BY_SIDE) {
        let outcome = layout
            .isolate(number, compressed, &mut alone)
            .ok_or_else(|| "the block lies outside the file".to_owned())
            .and_then(|()| unpack_block(&alone, pieces));
        let last = match outcome {
            Ok(()) => Piece::End,
            Err(why) => Piece::Failed(why),
        };
        let failed = matches!(last, Piece::Failed(_));
        if pieces.send(last).is_err() || failed {
            return;
        }
    }
}

/// Unpacks a stream of one block, which must be used up to its last byte.
fn unpack_block(alone: &[u8], pieces: &SyncSender<Piece>) -> Result<(), String> {
    let mut decoder = Decompress::new(false);
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        let used = decoder.total_in() as usize;
        let status = decoder.decompress_vec(alone.get(used..).unwrap_or_default(), &mut piece);
        let stuck = piece.is_empty() && decoder.total_in() as usize == used;
        if !piece.is_empty() && pieces.send(Piece::Bytes(piece)).is_err() {
            return Err("nobody wants more".to_owned());
        }
        match status {
            Ok(Status::StreamEnd) if decoder.total_in() as usize == alone.len() => return Ok(()),
            Ok(Status::StreamEnd) => return Err("the block ends before its time".to_owned()),
            Ok(_) if stuck => return Err("the block is cut off".to_owned()),
            Ok(_) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// The unpacked bytes of all blocks, in order.
#[derive(Default)]
struct InOrder {
    decoders: Vec<Receiver<Piece>>,
    blocks: usize,
    block: usize,
    piece: Vec<u8>,
    used: usize,
    total: u64,
    failed: bool,
}

impl InOrder {
    fn next_piece(&mut self) -> io::Result<()> {
        match self.decoders.get(self.block % SIDE_BY_SIDE).map(Receiver::recv) {
            Some(Ok(Piece::Bytes(piece))) => {
                self.total += piece.len() as u64;
                if self.total > UNPACKED_LIMIT {
                    return Err(too_large());
                }
                (self.piece, self.used) = (piece, 0);
            }
            Some(Ok(Piece::End)) => self.block += 1,
            Some(Ok(Piece::Failed(why))) => {
                self.failed = true;
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
            Some(Err(_)) | None => {
                self.failed = true;
                return Err(io::Error::other("the decoder is gone"));
            }
        }
        Ok(())
    }
}

impl BufRead for InOrder {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.used == self.piece.len() && self.block < self.blocks {
            self.next_piece()?;
        }
        Ok(&self.piece[self.used..])
    }

    fn consume(&mut self, amount: usize) {
        self.used = (self.used + amount).min(self.piece.len());
    }
}

impl Read for InOrder {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::needs::corpus_bytes;
    use crate::upstream::oval::fixture::{pack, soon};
    use crate::upstream::oval::readers::STREAMS_LIMIT;

    fn all(reader: &mut dyn BufRead) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// About 350 kB in four blocks, without much pattern.
    fn text() -> Vec<u8> {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as u8 % 64 + 32
        };
        (0..350_000).map(|_| next()).collect()
    }

    #[test]
    fn blocks_side_by_side_give_what_the_plain_decoder_gives() {
        for text in [text(), b"short".to_vec(), vec![b'x'; 3_000_000], Vec::new()] {
            let packed = pack(text.as_slice());
            let layout = Layout::of(&packed).expect("one whole stream");
            let (unpacked, intact) = by_blocks(&packed, &layout, all);
            assert!(intact && unpacked.expect("unpacked") == text);
            assert!(in_sequence(&packed, all).expect("unpacked") == text);
        }
        let Some(file) = corpus_bytes("oval/derived-bench.com.ubuntu.jammy.usn.oval.xml.bz2") else { return };
        assert!(Layout::of(&file).expect("one whole stream").len() > 20);
        assert!(unpack(&file, soon(), all).expect("unpacked") == in_sequence(&file, all).expect("unpacked"));
    }

    #[test]
    fn several_streams_in_one_file_are_read_one_after_the_other() {
        let file = [pack(b"one "), pack(text()), pack(b" three")].concat();
        assert!(Layout::of(&file).is_none());
        assert!(
            unpack(&file, soon(), all).expect("unpacked") == [b"one ".to_vec(), text(), b" three".to_vec()].concat()
        );
    }

    #[test]
    fn a_block_that_is_none_is_left_to_the_plain_decoder() {
        let packed = pack(text());
        let mut layout = Layout::of(&packed).expect("one whole stream");
        layout.split_for_test();
        let (outcome, intact) = by_blocks(&packed, &layout, all);
        assert!(outcome.is_err() && !intact);
    }

    #[test]
    fn damage_is_an_error_wherever_it_is() {
        let packed = pack(text());
        for cut in (0..packed.len()).step_by(997).chain(packed.len() - 12..packed.len()) {
            assert!(unpack(&packed[..cut], soon(), all).is_err(), "cut at {cut} of {}", packed.len());
        }
        for at in (4..packed.len() - 1).step_by(1009) {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x10;
            assert!(unpack(&damaged, soon(), all).is_err(), "byte {at} damaged");
        }
        assert!(unpack(&[&packed[..], b"junk"].concat(), soon(), all).is_err());
        for foreign in ["", "\r\n", "<!DOCTYPE html><html>", "504 Gateway Timeout", "BZh", "BZh9"] {
            assert!(unpack(foreign.as_bytes(), soon(), all).is_err(), "{foreign:?}");
        }
    }

    #[test]
    fn so_many_streams_are_read_and_no_more_however_little_is_in_them() {
        let file = |streams: u32| [pack(b"").repeat(streams as usize - 1), pack(b"x")].concat();
        assert_eq!(unpack(&file(STREAMS_LIMIT), soon(), all).expect("unpacked"), b"x");
        let error = unpack(&file(STREAMS_LIMIT + 1), soon(), all).expect_err("too many").to_string();
        assert_eq!(error, "it has more than 10000 bzip2 streams");
    }

    #[test]
    fn nothing_is_read_when_the_time_is_over() {
        for file in [pack(b"text"), pack(b"text").repeat(2)] {
            let error = unpack(&file, Instant::now(), all).expect_err("too late").to_string();
            assert!(error.contains("takes longer than a step may take"), "{error}");
        }
    }

    #[test]
    fn no_more_is_unpacked_than_is_allowed() {
        let (sender, receiver) = sync_channel(1);
        sender.send(Piece::Bytes(vec![0])).expect("a piece");
        drop(sender);
        let almost = InOrder { decoders: vec![receiver], blocks: 1, total: UNPACKED_LIMIT, ..InOrder::default() };
        let plain = Capped { inner: io::repeat(0), left: 9 };
        for reader in [&mut BufReader::new(almost) as &mut dyn BufRead, &mut BufReader::new(plain)] {
            // Without a limit there would be no end.
            let error = reader.take(1 << 20).read_to_end(&mut Vec::new()).expect_err("too much").to_string();
            assert!(error.contains("unpacks to more than 256 MiB"), "{error}");
        }
    }
}
