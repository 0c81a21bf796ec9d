//! The blocks of a bzip2 stream, found by their bits.
//!
//! A bzip2 stream is `BZh` and a level, blocks that start at any bit, and an end mark with a checksum over those of the
//! blocks. Nothing tells where a block ends but the next mark, so the marks are looked for.

/// The 48 bits that a block starts with.
const BLOCK: u64 = 0x3141_5926_5359;
/// The 48 bits that stand after the last block.
const END: u64 = 0x1772_4538_5090;
/// The width of either mark.
const MARK: usize = 48;

/// Where the blocks of a stream are.
pub(super) struct Layout {
    level: u8,
    blocks: Vec<Bzip2Block>,
}

/// One block: its first bit and the first after it.
#[derive(Clone, Copy)]
struct Bzip2Block {
    start: usize,
    end: usize,
}

impl Layout {
    /// Finds the blocks of `stream`. `None` if it isn't one whole stream whose checksums add up: the plain decoder then
    /// has the word, on a concatenation of streams as on damage.
    pub(super) fn of(stream: &[u8]) -> Option<Layout> {
        let level = level(stream)?;
        let (mut blocks, mut crc): (Vec<Bzip2Block>, u32) = (Vec::new(), 0);
        let mut expected = 32;
        for (start, mark) in BlockStarts::of(stream) {
            if let Some(block) = blocks.last_mut() {
                block.end = start;
                expected = start;
            }
            if start != expected {
                return None;
            }
            let stored = bits(stream, start + MARK, 32)? as u32;
            if mark == END {
                let whole = (start + MARK + 32).div_ceil(8) == stream.len();
                return (whole && stored == crc).then_some(Layout { level, blocks });
            }
            crc = crc.rotate_left(1) ^ stored;
            blocks.push(Bzip2Block { start, end: start });
        }
        None
    }

    /// How many blocks there are.
    pub(super) fn len(&self) -> usize {
        self.blocks.len()
    }

    /// The most bytes that a block takes as a stream of its own.
    pub(super) fn longest(&self) -> usize {
        let longest = self.blocks.iter().map(|block| (block.end - block.start).div_ceil(8)).max();
        longest.unwrap_or_default() + 16
    }

    /// Writes the block with this number to `alone`, as a stream of its own.
    pub(super) fn isolate(&self, number: usize, stream: &[u8], alone: &mut Vec<u8>) -> Option<()> {
        let Bzip2Block { start, end } = *self.blocks.get(number)?;
        let crc = bits(stream, start + MARK, 32)?;
        alone.clear();
        alone.extend_from_slice(&[b'B', b'Z', b'h', self.level]);
        let (whole, rest) = ((end - start) / 8, (end - start) % 8);
        let (first, shift) = (start / 8, start % 8);
        let bytes = stream.get(first..=first + whole)?;
        alone.extend(bytes.windows(2).map(|pair| (u16::from_be_bytes([pair[0], pair[1]]) >> (8 - shift)) as u8));
        // The bits that fill no byte, the end mark, and the checksum, which for one block is the block's own.
        let last = bits(stream, start + 8 * whole, rest)?;
        let tail = (u128::from(last) << (MARK + 32)) | (u128::from(END) << 32) | u128::from(crc);
        let length = rest + MARK + 32;
        alone.extend_from_slice(&(tail << (128 - length)).to_be_bytes()[..length.div_ceil(8)]);
        Some(())
    }
}

/// The level of a stream by its header, as the digit it is written with.
pub(super) fn level(stream: &[u8]) -> Option<u8> {
    match stream {
        [b'B', b'Z', b'h', level @ b'1'..=b'9', ..] => Some(*level),
        _ => None,
    }
}

/// Up to 56 bits from a bit on.
fn bits(stream: &[u8], at: usize, count: usize) -> Option<u64> {
    let mut window = [0; 8];
    let bytes = stream.get(at / 8..(at + count).div_ceil(8))?;
    window.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(if count == 0 { 0 } else { (u64::from_be_bytes(window) << (at % 8)) >> (64 - count) })
}

/// The marks in a stream, as (first bit, mark).
struct BlockStarts<'a> {
    stream: &'a [u8],
    /// How many bytes have entered the window.
    read: usize,
    /// The last eight bytes read.
    window: u64,
    /// The shifts of the window that are still to be compared.
    shifts: u8,
    /// By the byte of the window that every shifted mark covers: the shifts at which it can be part of one.
    possible: [u8; 256],
}

impl<'a> BlockStarts<'a> {
    /// The lowest bit of the window's byte that is looked up; a mark at any shift from 0 to 7 covers it.
    const COVERED: usize = 16;

    fn of(stream: &'a [u8]) -> Self {
        let mut possible = [0; 256];
        for mark in [BLOCK, END] {
            for shift in 0..8 {
                possible[usize::from((mark >> (Self::COVERED - shift)) as u8)] |= 1 << shift;
            }
        }
        BlockStarts { stream, read: 0, window: 0, shifts: 0, possible }
    }
}

impl Iterator for BlockStarts<'_> {
    type Item = (usize, u64);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            while self.shifts != 0 {
                // The highest shift is the mark that starts first.
                let shift = 7 - self.shifts.leading_zeros() as usize;
                self.shifts &= !(1 << shift);
                let candidate = (self.window >> shift) & ((1 << MARK) - 1);
                if candidate == BLOCK || candidate == END {
                    return Some(((8 * self.read).checked_sub(shift + MARK)?, candidate));
                }
            }
            self.window = (self.window << 8) | u64::from(*self.stream.get(self.read)?);
            self.read += 1;
            self.shifts = self.possible[usize::from((self.window >> Self::COVERED) as u8)];
        }
    }
}

#[cfg(test)]
impl Layout {
    /// Splits the second block in two, as bits that look like a mark would.
    pub(super) fn split_for_test(&mut self) {
        let Bzip2Block { start, end } = self.blocks[1];
        let middle = start + (end - start) / 3;
        self.blocks[1].end = middle;
        self.blocks.insert(2, Bzip2Block { start: middle, end });
    }
}
