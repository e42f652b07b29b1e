//! [`Listing`]: a directory being read.

use crate::{Result, Session, place::virtual_directory};
use std::{collections::BTreeSet, fmt, mem};
use storage::Entry;
use types::VirtualPath;

/// Page by page: a million names need no more memory than a hundred.
pub struct Listing {
    session: Session,
    path: VirtualPath,
    /// What virtual folders put into the directory: shown first, and instead of what is there on disk.
    virtual_names: BTreeSet<Box<[u8]>>,
    /// Virtual folders still to be shown.
    first: Vec<Entry>,
    pages: Option<Box<dyn storage::Listing>>,
}

impl Listing {
    pub(crate) fn new(session: Session, path: VirtualPath, pages: Option<Box<dyn storage::Listing>>) -> Self {
        let names = session.account().mounts().names_in(&path);
        let virtual_names: BTreeSet<Box<[u8]>> = names.into_iter().map(Into::into).collect();
        let entry = |name: Box<[u8]>| Entry { name, metadata: virtual_directory() };
        let first = virtual_names.iter().cloned().map(entry).collect();
        Self { session, path, virtual_names, first, pages }
    }

    /// The next entries, virtual folders before the directory's own order, without `.` and `..`; empty at the
    /// end. Attributes are of the nodes themselves, links not followed.
    pub async fn next(&mut self) -> Result<Vec<Entry>> {
        self.session.check_open()?;
        let access = self.session.account().access();
        if !self.first.is_empty() {
            let mut page = mem::take(&mut self.first);
            page.retain(|entry| !access.hides(&self.path, &entry.name));
            if !page.is_empty() {
                return Ok(page);
            }
        }
        let Some(pages) = &mut self.pages else { return Ok(Vec::new()) };
        loop {
            let mut page = pages.next().await?;
            let end = page.is_empty();
            page.retain(|entry| {
                !self.virtual_names.contains(&entry.name) && !access.hides(&self.path, &entry.name)
            });
            // A page of hidden names alone is not the end.
            if end || !page.is_empty() {
                return Ok(page);
            }
        }
    }
}

impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").field("path", &self.path).finish_non_exhaustive()
    }
}
