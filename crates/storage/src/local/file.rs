//! A file open for reading.

use super::{
    attributes::{change_open, metadata},
    confine::Root,
};
use crate::{Change, Descriptor, Error, Key, Kind, Metadata, Read, ReadAt, Result, lane};
use async_trait::async_trait;
use bytes::Bytes;
use rustix::{
    buffer::spare_capacity,
    fd::{BorrowedFd, OwnedFd},
    fs::OFlags,
    io::retry_on_intr,
};
use std::{io::IoSliceMut, sync::Arc};

/// See [`ReadAt`].
pub struct LocalFile(Arc<OwnedFd>);

impl LocalFile {
    pub fn new(file: OwnedFd) -> Self {
        Self(Arc::new(file))
    }
}

/// Opens for reading. A directory opens too, and says what it is when it is read from.
pub fn open(root: &Root, key: &Key) -> Result<OwnedFd> {
    // Opening a pipe would wait for its other end.
    let file = root.open(key, OFlags::RDONLY | OFlags::NONBLOCK)?;
    match metadata(&rustix::fs::fstat(&file)?).kind {
        Kind::File | Kind::Directory => Ok(file),
        Kind::Symlink | Kind::Other => Err(Error::Denied),
    }
}

#[async_trait]
impl ReadAt for LocalFile {
    fn read_at(&mut self, offset: u64, buffers: &mut [IoSliceMut<'_>]) -> Result<Read> {
        let wanted = buffers.iter().map(|buffer| buffer.len()).sum();
        if lane::is_private() {
            return Ok(Read::Now(read_into(borrow(&self.0), offset, buffers, wanted)?));
        }
        let file = self.0.clone();
        Ok(Read::Later(Box::pin(lane::run(move || read(borrow(&file), offset, wanted)))))
    }

    async fn stat(&self) -> Result<Metadata> {
        let file = self.0.clone();
        lane::run(move || Ok(metadata(&rustix::fs::fstat(&*file)?))).await
    }

    async fn change(&self, change: &Change) -> Result<()> {
        let (file, change) = (self.0.clone(), *change);
        lane::run(move || change_open(&*file, &change)).await
    }

    fn descriptor(&self) -> Option<Descriptor> {
        Some(Descriptor::new(self.0.clone()))
    }
}

/// Fills `buffers`, which hold `wanted` bytes, as far as the file goes.
///
/// The kernel may answer short of the end (an error further on, a signal), so only an empty answer counts as
/// the end: taking a short one for it would cut files silently.
pub fn read_into(
    file: BorrowedFd<'_>,
    offset: u64,
    buffers: &mut [IoSliceMut<'_>],
    wanted: usize,
) -> Result<usize> {
    if is_beyond(offset, wanted) {
        return Ok(0);
    }
    let mut done = retry_on_intr(|| rustix::io::preadv(file, buffers, offset))?;
    while done > 0 && done < wanted {
        let more =
            retry_on_intr(|| rustix::io::preadv(file, &mut behind(buffers, done), offset + done as u64))?;
        if more == 0 {
            break;
        }
        done += more;
    }
    Ok(done)
}

/// As [`read_into`], into a buffer of its own.
pub fn read(file: BorrowedFd<'_>, offset: u64, wanted: usize) -> Result<Bytes> {
    if is_beyond(offset, wanted) {
        return Ok(Bytes::new());
    }
    let mut data = Vec::with_capacity(wanted);
    while data.len() < wanted {
        let at = offset + data.len() as u64;
        if retry_on_intr(|| rustix::io::pread(file, spare_capacity(&mut data), at))? == 0 {
            break;
        }
    }
    data.truncate(wanted);
    Ok(data.into())
}

/// Whether no file can reach so far: the kernel has an error for it, where others have an end of the file.
fn is_beyond(offset: u64, wanted: usize) -> bool {
    offset.checked_add(wanted as u64).is_none_or(|end| i64::try_from(end).is_err())
}

/// What of `buffers` lies behind their first `done` bytes.
fn behind<'a>(buffers: &'a mut [IoSliceMut<'_>], mut done: usize) -> Vec<IoSliceMut<'a>> {
    let mut rest = Vec::with_capacity(buffers.len());
    for buffer in buffers {
        let skip = done.min(buffer.len());
        done -= skip;
        if skip < buffer.len() {
            rest.push(IoSliceMut::new(&mut buffer[skip..]));
        }
    }
    rest
}

fn borrow(file: &OwnedFd) -> BorrowedFd<'_> {
    rustix::fd::AsFd::as_fd(file)
}
