//! [`Listing`]: a directory being read.

use crate::{Result, Session};
use std::fmt;
use storage::Entry;
use types::VirtualPath;

/// Page by page: a million names need no more memory than a hundred.
pub struct Listing {
    session: Session,
    path: VirtualPath,
    pages: Box<dyn storage::Listing>,
}

impl Listing {
    pub(crate) fn new(session: Session, path: VirtualPath, pages: Box<dyn storage::Listing>) -> Self {
        Self { session, path, pages }
    }

    /// The next entries, in the directory's own order, without `.` and `..`; empty at the end. Attributes
    /// are of the nodes themselves, links not followed.
    pub async fn next(&mut self) -> Result<Vec<Entry>> {
        self.session.check_open()?;
        loop {
            let mut page = self.pages.next().await?;
            let end = page.is_empty();
            let access = self.session.account().access();
            page.retain(|entry| !access.hides(&self.path, &entry.name));
            // A page of hidden names alone is not the end.
            if end || !page.is_empty() {
                return Ok(page);
            }
        }
    }
}

impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").finish_non_exhaustive()
    }
}
