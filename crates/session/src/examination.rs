//! [`Examination`]: a file the server reads for itself.

use crate::{Result, Session};
use std::{fmt, io::IoSliceMut};
use storage::{Metadata, Read, ReadAt};
use types::VirtualPath;

/// A file open for what only the server reads: to hash it. No transfer: it is neither logged nor reported, not
/// counted as downloaded and as fast as the disk.
pub struct Examination {
    file: Box<dyn ReadAt>,
    session: Session,
}

impl Session {
    /// Opens `path` to be examined, which needs what a download needs.
    pub async fn examine(&self, path: &VirtualPath) -> Result<Examination> {
        let file = self.account().access().read(self.locate(path)?)?.open().await?;
        Ok(Examination { file, session: self.clone() })
    }
}

impl Examination {
    /// As [`Download::read_at`](crate::Download::read_at).
    pub fn read_at(&mut self, offset: u64, buffers: &mut [IoSliceMut<'_>]) -> Result<Read> {
        self.session.check_open()?;
        Ok(self.file.read_at(offset, buffers)?)
    }

    pub async fn stat(&self) -> Result<Metadata> {
        Ok(self.file.stat().await?)
    }
}

impl fmt::Debug for Examination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Examination").finish_non_exhaustive()
    }
}
