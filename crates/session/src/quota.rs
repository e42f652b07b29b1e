//! How much an owner may store, counted as it is stored.
//!
//! Counters live in memory, one [`Book`] per user or folder, shared by all sessions; whoever keeps them on
//! disk takes the [changes](Ledger::take_changes) in groups. Bytes are counted when a write is accepted, by
//! the size the file reaches and not by what was sent, so parallel uploads, far offsets and size changes
//! can't pass a limit together. What an upload holds and does not use in the end is given back.
//!
//! Not chosen: a database transaction per file (dearer than storing a small one), and reading the limit when a
//! transfer opens (twenty uploads at once would each see all that is left).

mod book;
mod ledger;
mod mark;
mod slot;

pub(crate) use self::slot::{Opening, Slot};
pub use self::{
    book::{Book, FileId},
    ledger::{Ledger, Owner},
    mark::{KeepMark, Marked},
};

use std::sync::Arc;
use storage::Space;

/// The most an owner may store; 0 is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    pub files: u64,
    pub bytes: u64,
}

/// On whose account something is stored, and up to where. Folders that count for their user share its book.
#[derive(Clone, Debug)]
pub struct Charge {
    pub book: Arc<Book>,
    pub limits: Limits,
}

impl Charge {
    /// The file system's room as this account sees it: with a limit of bytes the limit is the size of the
    /// file system, unless that is smaller still, and likewise for files.
    pub(crate) fn space(&self, real: Space) -> Space {
        let Limits { files, bytes } = self.limits;
        let used = self.book.usage();
        let mut space = real;
        if bytes > 0 {
            let on_disk = |blocks: u64| blocks.saturating_mul(real.fragment_size);
            let left = bytes.saturating_sub(used.bytes).min(on_disk(real.blocks_available));
            let bytes = bytes.min(on_disk(real.blocks));
            // The largest block that leaves both numbers exact.
            let block = 1 << bytes.trailing_zeros().min(left.trailing_zeros()).min(12);
            (space.block_size, space.fragment_size) = (block, block);
            space.blocks = bytes / block;
            (space.blocks_free, space.blocks_available) = (left / block, left / block);
        }
        if files > 0 {
            let mut left = files.saturating_sub(used.files);
            space.files = files;
            // Some file systems make room for files as they come, and say 0.
            if real.files > 0 {
                left = left.min(real.files_available);
                space.files = files.min(real.files);
            }
            (space.files_free, space.files_available) = (left, left);
        }
        space
    }
}
