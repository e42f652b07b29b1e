//! A directory being read: one `getdents` buffer per page.

use super::{
    attributes::metadata,
    temporary::{Because, is_temporary, sweep},
};
use crate::{Entry, Listing, Result, lane};
use async_trait::async_trait;
use rustix::{
    fd::OwnedFd,
    fs::{AtFlags, RawDir},
    io::Errno,
};
use std::sync::Arc;

/// Some three to five hundred names.
const PAGE_BYTES: usize = 16 * 1024;

/// See [`Listing`]. Where the reading stands is the descriptor's own position.
pub struct LocalListing(Arc<OwnedFd>);

impl LocalListing {
    pub fn new(dir: OwnedFd) -> Self {
        Self(Arc::new(dir))
    }
}

#[async_trait]
impl Listing for LocalListing {
    async fn next(&mut self) -> Result<Vec<Entry>> {
        let dir = self.0.clone();
        lane::run(move || page(&dir)).await
    }
}

/// The entries of the next buffer that holds any; empty at the end.
fn page(dir: &OwnedFd) -> Result<Vec<Entry>> {
    let mut buffer = Vec::with_capacity(PAGE_BYTES);
    let mut entries = Vec::new();
    let mut raw = RawDir::new(dir, buffer.spare_capacity_mut());
    while let Some(entry) = raw.next() {
        let entry = entry?;
        let name = entry.file_name();
        if is_temporary(name.to_bytes()) {
            sweep(dir, name, Because::Old);
        } else if !matches!(name.to_bytes(), b"." | b"..") {
            match rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => {
                    entries.push(Entry { name: name.to_bytes().into(), metadata: metadata(&stat) });
                }
                Err(Errno::NOENT) => {} // removed since it was read
                Err(error) => return Err(error.into()),
            }
        }
        // What is in the buffer has left the descriptor: all of it goes into this page.
        if raw.is_buffer_empty() && !entries.is_empty() {
            break;
        }
    }
    Ok(entries)
}
