//! What is kept of what a child writes, which may be without end.

/// What a run of git left.
#[derive(Debug)]
pub(super) struct Output {
    /// How it ended, for people.
    pub(super) status: String,
    /// Whether it ended with 0.
    pub(super) success: bool,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: String,
}

/// Takes in all, and keeps some.
pub(super) trait Capture {
    fn take(&mut self, bytes: &[u8]);

    /// What was kept.
    fn all(self) -> Vec<u8>;
}

/// The first so many bytes.
pub(super) struct Start {
    bytes: Vec<u8>,
    most: usize,
}

impl Start {
    pub(super) fn new(most: usize) -> Start {
        Start { bytes: Vec::new(), most }
    }
}

impl Capture for Start {
    fn take(&mut self, bytes: &[u8]) {
        let room = self.most - self.bytes.len();
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn all(self) -> Vec<u8> {
        self.bytes
    }
}

/// The start and the end, in whole lines where something between them is left out: a secret that is cut in half is no longer
/// recognized by who removes them.
pub(super) struct Ends {
    start: Start,
    end: Vec<u8>,
    most: usize,
    left_out: bool,
}

impl Ends {
    /// At most so many bytes of each.
    pub(super) fn new(most: usize) -> Ends {
        Ends { start: Start::new(most), end: Vec::new(), most, left_out: false }
    }
}

impl Capture for Ends {
    fn take(&mut self, bytes: &[u8]) {
        let before = self.start.bytes.len();
        self.start.take(bytes);
        self.end.extend_from_slice(&bytes[self.start.bytes.len() - before..]);
        // Only when as much again has come, so that each byte is moved once at most.
        if self.end.len() > 2 * self.most {
            self.end.drain(..self.end.len() - self.most);
            self.left_out = true;
        }
    }

    fn all(mut self) -> Vec<u8> {
        let mut kept = self.start.bytes;
        if self.left_out {
            kept.truncate(kept.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1));
            let whole = self.end.iter().position(|&byte| byte == b'\n').map_or(self.end.len(), |at| at + 1);
            self.end.drain(..whole);
        }
        kept.append(&mut self.end);
        kept
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kept(mut keeper: impl Capture, chunks: &[Vec<u8>]) -> Vec<u8> {
        chunks.iter().for_each(|chunk| keeper.take(chunk));
        keeper.all()
    }

    proptest! {
        #[test]
        fn what_fits_is_kept_as_it_is(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..20)) {
            prop_assert_eq!(kept(Ends::new(400), &chunks), chunks.concat());
            prop_assert_eq!(kept(Start::new(400), &chunks), chunks.concat());
        }

        #[test]
        fn however_much_comes_little_is_kept_and_every_line_of_it_is_whole(
            chunks in prop::collection::vec("[ab\n]{0,30}", 0..60),
        ) {
            let bytes: Vec<Vec<u8>> = chunks.iter().map(|chunk| chunk.clone().into_bytes()).collect();
            let all = chunks.concat();
            let kept = String::from_utf8(kept(Ends::new(50), &bytes)).expect("whole letters");
            prop_assert!(kept.len() <= 50 + 2 * 50, "{}", kept.len());
            let lines: Vec<&str> = all.split('\n').collect();
            for line in kept.split('\n') {
                prop_assert!(line.is_empty() || lines.contains(&line), "{line:?}");
            }
        }

        #[test]
        fn the_start_is_the_start(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..20)) {
            let all = chunks.concat();
            prop_assert_eq!(kept(Start::new(50), &chunks), &all[..all.len().min(50)]);
        }
    }
}
