//! The buffer between the core and the socket.

/// Bytes on their way to the socket: filled at the tail, sent from the head.
///
/// The vector's length is what was ever initialised, not what is in use, so room handed out for a read is
/// never cleared again. What was sent is not moved away on a partial write: the head only advances.
#[derive(Default)]
pub(crate) struct Output {
    buffer: Vec<u8>,
    head: usize,
    tail: usize,
    /// Largest tail since the buffer was last empty.
    peak: usize,
}

/// A drained buffer up to this size is kept anyway.
const SMALL: usize = 4 << 10;

impl Output {
    pub(crate) fn pending(&self) -> &[u8] {
        self.buffer.get(self.head..self.tail).unwrap_or_default()
    }

    pub(crate) fn sent(&mut self, n: usize) {
        self.head = (self.head + n).min(self.tail);
        if self.head < self.tail {
            return;
        }
        // A connection that moves bulk data fills the buffer again at once, and freeing it each time would cost
        // a page fault per 4 KiB. One whose last round was small has stopped moving, or never did.
        if self.buffer.len() > SMALL && self.peak <= SMALL {
            self.buffer = Vec::new();
        }
        (self.head, self.tail, self.peak) = (0, 0, 0);
    }

    pub(crate) fn release(&mut self) {
        if self.head == self.tail {
            *self = Self::default();
        }
    }

    /// Adds `n` bytes of unspecified content and returns where they begin.
    pub(crate) fn append(&mut self, n: usize) -> usize {
        if self.tail + n > self.buffer.len() {
            self.make_room(n);
        }
        let start = self.tail;
        self.tail += n;
        self.peak = self.peak.max(self.tail);
        start
    }

    /// The bytes from `start` to the tail.
    pub(crate) fn from(&mut self, start: usize) -> &mut [u8] {
        self.buffer.get_mut(start..self.tail).unwrap_or_default()
    }

    /// Takes back what was appended behind `tail`.
    pub(crate) fn truncate(&mut self, tail: usize) {
        self.tail = tail.clamp(self.head, self.tail);
    }

    fn make_room(&mut self, n: usize) {
        // Worth moving only when less is moved than was sent since the last time: linear in all.
        let pending = self.tail - self.head;
        if self.head > pending {
            self.buffer.copy_within(self.head..self.tail, 0);
            (self.head, self.tail) = (0, pending);
        }
        let needed = self.tail + n;
        if needed > self.buffer.len() {
            self.buffer.resize(needed.next_power_of_two().max(1 << 10), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(output: &mut Output, bytes: &[u8]) {
        let start = output.append(bytes.len());
        output.from(start).copy_from_slice(bytes);
    }

    #[test]
    fn partial_sends_keep_the_order() {
        let mut output = Output::default();
        let (mut expected, mut got) = (Vec::new(), Vec::new());
        for round in 0..200u32 {
            let chunk: Vec<u8> = (0..round * 7 % 900).map(|i| (i + round) as u8).collect();
            push(&mut output, &chunk);
            expected.extend_from_slice(&chunk);
            let n = output.pending().len() * 2 / 3;
            got.extend_from_slice(&output.pending()[..n]);
            output.sent(n);
        }
        got.extend_from_slice(output.pending());
        assert_eq!(got, expected);
    }

    #[test]
    fn a_large_buffer_goes_when_the_connection_calms_down() {
        let mut output = Output::default();
        push(&mut output, &[1; 500_000]);
        output.sent(500_000);
        assert!(output.buffer.len() >= 500_000, "kept for the next round");
        push(&mut output, b"small");
        output.sent(5);
        assert_eq!(output.buffer.capacity(), 0);
    }

    #[test]
    fn truncated_room_is_not_sent() {
        let mut output = Output::default();
        push(&mut output, b"kept");
        let start = output.append(10_000);
        output.truncate(start);
        assert_eq!(output.pending(), b"kept");
    }
}
