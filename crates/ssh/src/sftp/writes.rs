//! Consecutive WRITEs gathered into one write.
//!
//! A client sends a file as a train of WRITEs, each at the end of the one before, and an SSH packet carries
//! a part of one. What one read of the socket brought is written with one system call; each WRITE is
//! answered when all of its bytes are written.

use super::reply::Failure;
use bytes::Bytes;

/// The most bytes gathered before they are written.
const MAX_RUN: usize = 1 << 20;
/// The most pieces gathered: the kernel takes 1024 at a time.
const MAX_PIECES: usize = 1024;

/// Bytes for one file from one offset on, and the requests they belong to.
#[derive(Default)]
pub(super) struct WriteRun {
    pub(super) handle: u32,
    pub(super) offset: u64,
    len: usize,
    pub(super) pieces: Vec<Bytes>,
    /// WRITEs whose last byte is among `pieces`.
    pub(super) whole: Vec<u32>,
    /// The WRITE whose data is still arriving.
    current: Option<Current>,
}

struct Current {
    id: u32,
    left: usize,
    fate: Fate,
}

/// What becomes of the data of a WRITE.
enum Fate {
    Written,
    /// Read past: the handle is none to write to, or an earlier part of the data could not be written.
    Refused(Failure),
}

/// A WRITE that ended without anything to write.
pub(super) struct Refused(pub(super) u32, pub(super) Failure);

impl WriteRun {
    /// Whether a WRITE at `offset` of `handle` continues what is gathered.
    pub(super) fn continues(&self, handle: u32, offset: u64) -> bool {
        self.is_empty()
            || (self.handle == handle
                && self.offset.checked_add(self.len as u64) == Some(offset)
                && self.len < MAX_RUN
                && self.pieces.len() < MAX_PIECES)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty() && self.whole.is_empty()
    }

    /// Begins a WRITE of `len` bytes, which [continues](Self::continues) the run.
    pub(super) fn begin(&mut self, id: u32, handle: u32, offset: u64, len: u32) {
        if self.is_empty() {
            (self.handle, self.offset, self.len) = (handle, offset, 0);
        }
        if len == 0 {
            self.whole.push(id);
        } else {
            self.current = Some(Current { id, left: len as usize, fate: Fate::Written });
        }
    }

    /// Begins a WRITE that cannot be carried out; answered at once when it brings no data.
    pub(super) fn refuse(&mut self, id: u32, len: u32, failure: Failure) -> Option<Refused> {
        if len == 0 {
            return Some(Refused(id, failure));
        }
        self.current = Some(Current { id, left: len as usize, fate: Fate::Refused(failure) });
        None
    }

    /// Takes the next data of the current WRITE.
    pub(super) fn push(&mut self, data: Bytes) -> Option<Refused> {
        let current = self.current.as_mut()?;
        current.left = current.left.saturating_sub(data.len());
        let complete = current.left == 0;
        if matches!(current.fate, Fate::Written) {
            self.len += data.len();
            self.pieces.push(data);
            if complete {
                self.whole.push(current.id);
            }
        }
        if !complete {
            return None;
        }
        match self.current.take() {
            Some(Current { id, fate: Fate::Refused(failure), .. }) => Some(Refused(id, failure)),
            _ => None,
        }
    }

    /// Whether enough is gathered to be written right away.
    pub(super) fn is_full(&self) -> bool {
        self.len >= MAX_RUN || self.pieces.len() >= MAX_PIECES
    }

    /// Starts anew behind what was written. The rest of the current WRITE follows from there.
    pub(super) fn advance(&mut self) {
        self.offset = self.offset.saturating_add(self.len as u64);
        self.len = 0;
        self.pieces.clear();
        self.whole.clear();
    }

    /// The current WRITE failed in a part already handed over: its rest is read past.
    pub(super) fn fail_current(&mut self, failure: &Failure) {
        if let Some(current) = self.current.as_mut() {
            current.fate = Fate::Refused(failure.clone());
        }
    }

    /// Gives the memory of an idle channel back.
    pub(super) fn shrink(&mut self) {
        if self.is_empty() {
            (self.pieces, self.whole) = (Vec::new(), Vec::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sftp_proto::Status;

    fn data(len: usize) -> Bytes {
        vec![1; len].into()
    }

    #[test]
    fn a_train_of_writes_is_one_run() {
        let mut run = WriteRun::default();
        assert!(run.continues(7, 100));
        run.begin(1, 7, 100, 10);
        assert!(run.push(data(4)).is_none() && run.whole.is_empty());
        assert!(run.push(data(6)).is_none());
        assert!(run.continues(7, 110) && !run.continues(7, 111) && !run.continues(8, 110));
        run.begin(2, 7, 110, 5);
        run.push(data(2));
        assert_eq!((run.offset, run.pieces.len(), &run.whole[..]), (100, 3, &[1][..]));
        run.advance();
        run.push(data(3));
        assert_eq!((run.offset, run.pieces.len(), &run.whole[..]), (112, 1, &[2][..]));
    }

    #[test]
    fn a_failed_part_fails_its_whole_write() {
        let mut run = WriteRun::default();
        run.begin(1, 7, 0, 10);
        run.push(data(4));
        run.advance();
        run.fail_current(&(Status::Failure, "full".into()));
        assert!(run.push(data(3)).is_none());
        let Some(Refused(1, (Status::Failure, _))) = run.push(data(3)) else { panic!("not refused") };
        assert!(run.is_empty());
    }
}
