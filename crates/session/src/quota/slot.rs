//! [`Slot`]: the part of a limit that one upload holds.

use super::{
    Book, Charge, FileId,
    book::{Handle, Order},
    mark::InUse,
};
use crate::{Error, Result};
use std::sync::Arc;
use storage::tree::Usage;

/// Room for one upload. Ends with [`settle`](Self::settle); dropped before, nothing was stored and it gives
/// everything back.
#[derive(Debug)]
pub struct Slot {
    /// The account's own limit for one file.
    max_size: u64,
    /// Behind the last byte so far; what may be refused lies behind it.
    end: u64,
    held: Held,
    _in_use: Option<InUse>,
}

/// How the file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    InPlace {
        truncates: bool,
    },
    /// Beside what is there, which stays until the upload is complete.
    Staged {
        truncates: bool,
    },
}

#[derive(Debug)]
enum Held {
    /// Nobody counts.
    Nothing,
    InPlace {
        charge: Charge,
        handle: Handle,
    },
    Staged {
        charge: Charge,
        /// What the file there occupies, which the new one may use.
        credit: u64,
        /// Counted beyond that.
        bytes: u64,
        files: u64,
    },
    /// In place, counted as a file and not opened yet.
    Reserved {
        charge: Charge,
        files: u64,
    },
}

impl Slot {
    /// Room for an upload over a file of `before` bytes, or for a new file.
    pub fn reserve(
        charge: Option<&Charge>,
        max_size: u64,
        opening: Opening,
        before: Option<u64>,
    ) -> Result<Self> {
        let size = before.unwrap_or(0);
        let (Opening::InPlace { truncates } | Opening::Staged { truncates }) = opening;
        let end = if truncates { 0 } else { size };
        let Some(charge) = charge else {
            return Ok(Self { max_size, end, held: Held::Nothing, _in_use: None });
        };
        let Charge { book, limits } = charge;
        book.check_room(*limits, if truncates { size } else { 0 })?;
        let files = u64::from(before.is_none());
        book.add(Usage { files, bytes: 0 }, *limits)?;
        let charge = charge.clone();
        let held = match opening {
            Opening::InPlace { .. } => Held::Reserved { charge, files },
            Opening::Staged { .. } => Held::Staged { charge, credit: size, bytes: 0, files },
        };
        Ok(Self { max_size, end, held, _in_use: book.in_use() })
    }

    /// The file is open; in place its size is now what the opening left of `before`.
    pub fn opened(&mut self, file: &FileId, before: Option<u64>) {
        let Held::Reserved { charge, .. } = &self.held else { return };
        let charge = charge.clone();
        let handle = charge.book.open(file, before.unwrap_or(0));
        if self.end == 0 {
            // Truncated: what was there is free again. To shrink is never refused.
            let _ = charge.book.resize(handle, 0, charge.limits);
        }
        self.held = Held::InPlace { charge, handle };
    }

    /// What keeps the file's size as it is from asking for it to [settling](Self::settle); for the book, see
    /// [`book`](Self::book).
    pub async fn order<'a>(&self, book: &'a Book, file: &FileId) -> Order<'a> {
        match &self.held {
            Held::InPlace { handle, .. } => book.order_open(*handle, file).await,
            _ => book.order(file).await,
        }
    }

    /// Where it is counted.
    pub fn book(&self) -> Option<Arc<Book>> {
        match &self.held {
            Held::Nothing => None,
            Held::InPlace { charge, .. } | Held::Staged { charge, .. } | Held::Reserved { charge, .. } => {
                Some(charge.book.clone())
            }
        }
    }

    /// The file reaches `end` now, or is refused to.
    pub fn grow(&mut self, end: u64) -> Result<()> {
        if end <= self.end {
            return Ok(());
        }
        self.check_size(end)?;
        match &mut self.held {
            Held::Nothing | Held::Reserved { .. } => {}
            Held::InPlace { charge, handle } => charge.book.grow(*handle, end, charge.limits)?,
            Held::Staged { charge, credit, bytes, .. } => {
                let more = end.saturating_sub(*credit).saturating_sub(*bytes);
                charge.book.add(Usage { files: 0, bytes: more }, charge.limits)?;
                *bytes += more;
            }
        }
        self.end = end;
        Ok(())
    }

    /// The file grows by `more` bytes at its end, wherever other writers have moved it, or is refused to.
    pub fn append(&mut self, more: u64) -> Result<()> {
        let end = self.end.saturating_add(more);
        let Held::InPlace { charge, handle } = &self.held else { return self.grow(end) };
        self.check_size(end)?;
        self.end = charge.book.append(*handle, more, charge.limits)?.max(end);
        Ok(())
    }

    /// The file is about to be cut or extended to `size`.
    pub fn resize(&mut self, size: u64) -> Result<()> {
        if size > self.end {
            return self.grow(size);
        }
        if let Held::InPlace { charge, handle } = &self.held {
            charge.book.resize(*handle, size, charge.limits)?;
        }
        // What a staged file held stays held until the end, when its true size is known.
        self.end = size;
        Ok(())
    }

    /// What is stored in the end: `stored` bytes, or no file of ours at all; and what a staged one replaced.
    pub fn settle(mut self, stored: Option<u64>, replaced: Option<u64>) {
        match std::mem::replace(&mut self.held, Held::Nothing) {
            Held::Nothing => {}
            Held::Reserved { charge, files } => charge.book.subtract(Usage { files, bytes: 0 }),
            Held::InPlace { charge, handle } => charge.book.close(handle, stored.unwrap_or(0)),
            Held::Staged { charge, bytes, files, .. } => {
                let now = stored.map_or(Usage::default(), |bytes| Usage { files: 1, bytes });
                let gone = match (stored, replaced) {
                    (Some(_), Some(bytes)) => Usage { files: 1, bytes },
                    _ => Usage::default(),
                };
                // First what is there now, so that the sum is never below nothing in between.
                let _ = charge.book.add(now, super::Limits::default());
                charge.book.subtract(Usage { files: files + gone.files, bytes: bytes + gone.bytes });
            }
        }
    }

    fn check_size(&self, size: u64) -> Result<()> {
        if self.max_size > 0 && size > self.max_size { Err(Error::QuotaExceeded) } else { Ok(()) }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        match &self.held {
            Held::Nothing => {}
            Held::Reserved { charge, files } => charge.book.subtract(Usage { files: *files, bytes: 0 }),
            // Its writer never came to an end; what was counted is the best that is known.
            Held::InPlace { charge, handle } => charge.book.close(*handle, self.end),
            Held::Staged { charge, bytes, files, .. } => {
                charge.book.subtract(Usage { files: *files, bytes: *bytes });
            }
        }
    }
}
