//! What a client sent on a channel and nobody has taken up yet.

use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;

/// Pieces below this are copied together, in bytes.
const SHORT: usize = 4096;

/// A queue of channel data.
///
/// A piece is a slice of the buffer that it was received into and keeps all of it: a window full of single bytes
/// would hold on to fifty times as much. So short pieces are copied, when they have to wait for others.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    pieces: VecDeque<Bytes>,
    /// Comes after `pieces`.
    tail: BytesMut,
}

impl Inbox {
    pub(crate) fn push(&mut self, data: Bytes) {
        if data.len() < SHORT && !self.is_empty() {
            self.tail.extend_from_slice(&data);
            return;
        }
        if !self.tail.is_empty() {
            self.pieces.push_back(self.tail.split().freeze());
        }
        self.pieces.push_back(data);
    }

    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        let tail = || (!self.tail.is_empty()).then(|| self.tail.split().freeze());
        self.pieces.pop_front().or_else(tail)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty() && self.tail.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_comes_out_in_order() {
        let mut inbox = Inbox::default();
        let mut sent = Vec::new();
        for n in 0..500_usize {
            let piece = vec![n as u8; [1, 3, SHORT, 100, SHORT - 1, 2 * SHORT][n % 6]];
            sent.extend_from_slice(&piece);
            inbox.push(piece.into());
        }
        let mut got = Vec::new();
        while let Some(piece) = inbox.pop() {
            assert!(!piece.is_empty());
            got.extend_from_slice(&piece);
        }
        assert!(got == sent && inbox.is_empty());
    }

    #[test]
    fn short_pieces_do_not_keep_their_buffers() {
        let mut inbox = Inbox::default();
        let buffer = Bytes::from(vec![7; 100_000]);
        inbox.push(Bytes::from_static(b"first"));
        (0..1000).for_each(|n| inbox.push(buffer.slice(n * 50..n * 50 + 1)));
        assert!(buffer.is_unique(), "a piece holds the buffer");
        assert_eq!(inbox.pieces.len(), 1);
    }
}
