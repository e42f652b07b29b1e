//! [`Descriptor`]: copying inside the kernel.

use crate::{Result, lane};
use rustix::{fd::AsFd, io::Errno};
use std::{fmt, sync::Arc};

/// An open file as the kernel knows it, so that what is in it can be copied without passing through here.
#[derive(Clone)]
pub struct Descriptor(Arc<dyn AsFd + Send + Sync>);

impl Descriptor {
    pub(crate) fn new(file: Arc<dyn AsFd + Send + Sync>) -> Self {
        Self(file)
    }

    /// Copies up to `len` bytes from offset `from` to offset `to` of `target`, by shared blocks where the file
    /// system can. The bytes copied, 0 at the end of the file; `None` where the kernel cannot copy between
    /// these two, and nothing was done.
    pub async fn copy(&self, from: u64, target: &Self, to: u64, len: u64) -> Result<Option<u64>> {
        let (source, target) = (self.0.clone(), target.0.clone());
        lane::run(move || {
            let (mut from, mut to) = (from, to);
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            let copy = || {
                rustix::fs::copy_file_range(
                    source.as_fd(),
                    Some(&mut from),
                    target.as_fd(),
                    Some(&mut to),
                    len,
                )
            };
            match rustix::io::retry_on_intr(copy) {
                Ok(copied) => Ok(Some(copied as u64)),
                // BADF: one of the two is not open for this, which the caller can tell better.
                Err(Errno::XDEV | Errno::NOSYS | Errno::OPNOTSUPP | Errno::INVAL | Errno::BADF) => Ok(None),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    /// Whether both are one file, whatever names they were opened by.
    pub async fn is_same_file(&self, other: &Self) -> Result<bool> {
        let (one, other) = (self.0.clone(), other.0.clone());
        lane::run(move || {
            let (one, other) = (rustix::fs::fstat(one.as_fd())?, rustix::fs::fstat(other.as_fd())?);
            Ok((one.st_dev, one.st_ino) == (other.st_dev, other.st_ino))
        })
        .await
    }
}

impl fmt::Debug for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Descriptor").field(&self.0.as_fd()).finish()
    }
}
