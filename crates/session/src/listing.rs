//! [`Listing`]: a directory being read.

use crate::{Result, Session};
use std::fmt;
use storage::Entry;

/// Page by page: a million names need no more memory than a hundred.
pub struct Listing {
    session: Session,
    pages: Box<dyn storage::Listing>,
}

impl Listing {
    pub(crate) fn new(session: Session, pages: Box<dyn storage::Listing>) -> Self {
        Self { session, pages }
    }

    /// The next entries, in the directory's own order, without `.` and `..`; empty at the end. Attributes
    /// are of the nodes themselves, links not followed.
    pub async fn next(&mut self) -> Result<Vec<Entry>> {
        self.session.touch();
        Ok(self.pages.next().await?)
    }
}

impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").finish_non_exhaustive()
    }
}
