//! How an upload ends, and what of it is counted.

use crate::{
    Error, Settings,
    place::access::{RemovableFile, Writable},
    quota::{Opening, Slot},
};
use storage::{Metadata, OnAbort, Writer};

/// What the end of an upload has to know of its beginning.
pub(crate) struct Landing {
    /// The file, to be taken back when it may not stay.
    file: RemovableFile,
    staged: bool,
    /// All that is in it came with this upload.
    fresh: bool,
    on_abort: OnAbort,
}

/// A file that could not be finished.
#[derive(Debug)]
pub(crate) struct NotStored {
    pub error: storage::Error,
    /// The size of what is there of it.
    pub left: u64,
}

/// Why an upload is aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// The client is gone, or a write failed: what came may be worth keeping.
    Broken,
    /// A limit was passed: what came may not stay.
    OverQuota,
    /// It was complete, and an observer would not have it.
    Rejected,
}

impl Why {
    pub const fn of(error: &Error) -> Self {
        match error {
            Error::QuotaExceeded => Self::OverQuota,
            Error::Rejected => Self::Rejected,
            _ => Self::Broken,
        }
    }
}

impl Landing {
    pub fn new(writable: &Writable, opening: Opening, settings: &Settings) -> Self {
        Self {
            file: writable.reclaim(),
            staged: matches!(opening, Opening::Staged { .. }),
            fresh: writable.truncates(),
            on_abort: writable.on_abort(settings),
        }
    }

    pub async fn finish(self, writer: Writer, slot: Slot) -> Result<Metadata, NotStored> {
        let book = slot.book();
        let _order = match &book {
            Some(book) => Some(slot.order(book, &self.file.place().file_id()).await),
            None => None,
        };
        let replaced = self.replaced(&slot).await;
        let stored = match writer {
            Writer::Random(file) => file.finish().await,
            Writer::Stream(sink) => sink.finish().await,
        };
        match stored {
            Ok(metadata) => {
                slot.settle(Some(metadata.size), replaced);
                Ok(metadata)
            }
            Err(error) => {
                let place = self.file.place();
                let left = match (&error, self.staged) {
                    (storage::Error::Unsettled(_), true) => place.node_size().await,
                    (_, true) => Ok(None),
                    (_, false) => place.file_size().await,
                };
                let left = left.unwrap_or(None);
                slot.settle(left, replaced);
                Err(NotStored { error, left: left.unwrap_or(0) })
            }
        }
    }

    /// Gives up; the size of what stays.
    pub async fn abort(self, writer: Writer, slot: Slot, why: Why) -> u64 {
        let whole = match why {
            Why::Broken => None,
            Why::OverQuota => Some(self.fresh),
            Why::Rejected => Some(true),
        };
        if let Some(whole) = whole {
            return self.take_back(writer, slot, whole).await;
        }
        let book = slot.book();
        let _order = match &book {
            Some(book) => Some(slot.order(book, &self.file.place().file_id()).await),
            None => None,
        };
        let replaced = self.replaced(&slot).await;
        let left = abort(writer, self.on_abort).await;
        slot.settle(left, replaced);
        left.unwrap_or(0)
    }

    /// What passed a limit or was rejected may not stay. In place nothing is left of an older file to go back to,
    /// so the file goes `whole`; but one that was only added to stays, as far as it was in order.
    async fn take_back(self, writer: Writer, slot: Slot, whole: bool) -> u64 {
        let left = abort(writer, OnAbort::Discard).await;
        if whole && !self.staged && self.file.remove().await.is_ok() {
            slot.settle(None, None);
            return 0;
        }
        slot.settle(left, None);
        left.unwrap_or(0)
    }

    /// The size of the file whose place a staged one is about to take.
    async fn replaced(&self, slot: &Slot) -> Option<u64> {
        if !self.staged || slot.book().is_none() {
            return None;
        }
        self.file.place().node_size().await.unwrap_or(None)
    }
}

async fn abort(writer: Writer, on_abort: OnAbort) -> Option<u64> {
    match writer {
        Writer::Random(file) => file.abort(on_abort).await,
        Writer::Stream(sink) => sink.abort(on_abort).await,
    }
}
