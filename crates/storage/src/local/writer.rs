//! A file open for writing.

use super::{
    attributes::{change_open, check_file, metadata},
    confine::Root,
    create::New,
    file,
    queue::Shared,
};
use crate::{
    Change, Error, Key, Metadata, OnAbort, OpenWrite, Pending, Read, Result, Start, WriteAt, Writer, lane,
};
use async_trait::async_trait;
use bytes::Bytes;
use rustix::{
    fd::{AsFd, IntoRawFd, OwnedFd},
    fs::{AtFlags, Mode, OFlags},
};
use std::{io, io::IoSliceMut, mem, sync::Arc};
use tokio::runtime::Handle;

/// See [`WriteAt`].
pub struct LocalWriter {
    shared: Arc<Shared>,
    readable: bool,
    /// How to take back what was created, for [`OnAbort::Discard`].
    undo: Option<Undo>,
}

/// The entry a new file was given.
struct Undo {
    dir: OwnedFd,
    name: Box<[u8]>,
}

/// How often an open is tried again because the file appears and vanishes.
const RETRIES: usize = 8;

pub fn open(root: &Root, new: &New, key: &Key, open: &OpenWrite) -> Result<Writer> {
    let (file, created) = match open.start {
        Start::CreateNew => (create(root, new, key, open)?, true),
        Start::Existing => (existing(root, key, open, OFlags::empty())?, false),
        Start::TruncateExisting => (existing(root, key, open, OFlags::TRUNC)?, false),
        Start::Keep => either(root, new, key, open, OFlags::empty())?,
        Start::Truncate => either(root, new, key, open, OFlags::TRUNC)?,
    };
    let undo = match open.on_abort {
        OnAbort::Discard if created => {
            let spot = root.spot(key)?;
            Some(Undo { dir: spot.dir, name: spot.name.into() })
        }
        OnAbort::Discard | OnAbort::Keep => None,
    };
    let shared = Arc::new(Shared::new(file));
    Ok(Writer::Random(Box::new(LocalWriter { shared, readable: open.read, undo })))
}

fn create(root: &Root, new: &New, key: &Key, open: &OpenWrite) -> Result<OwnedFd> {
    let flags = access(open) | OFlags::CREATE | OFlags::EXCL;
    let file = root.open_with(key, flags, Mode::from_raw_mode(open.mode))?;
    new.settle(&file, open.mode)?;
    Ok(file)
}

fn existing(root: &Root, key: &Key, open: &OpenWrite, flags: OFlags) -> Result<OwnedFd> {
    // A pipe without a reader must not be waited for, and one with a reader must not be written.
    let file = root.open(key, access(open) | flags | OFlags::NONBLOCK)?;
    check_file(&file)?;
    Ok(file)
}

/// Opens or creates. In two steps, since a plain `O_CREAT` does not tell which of the two it did, and only a
/// new file gets an owner and a mode.
fn either(root: &Root, new: &New, key: &Key, open: &OpenWrite, flags: OFlags) -> Result<(OwnedFd, bool)> {
    for _ in 0..RETRIES {
        match existing(root, key, open, flags) {
            Err(Error::NotFound) => {}
            file => return Ok((file?, false)),
        }
        match create(root, new, key, open) {
            Err(Error::AlreadyExists) => {}
            file => return Ok((file?, true)),
        }
    }
    Err(Error::AlreadyExists)
}

fn access(open: &OpenWrite) -> OFlags {
    if open.read { OFlags::RDWR } else { OFlags::WRONLY }
}

#[async_trait]
impl WriteAt for LocalWriter {
    fn write_at(&mut self, offset: u64, data: &mut Vec<Bytes>) -> Pending {
        if lane::is_private() && self.shared.is_idle() {
            let result = self.shared.write(offset, data);
            data.clear();
            return Pending::Ready(result);
        }
        let done = self.shared.push(offset, mem::take(data));
        Pending::Later(Box::pin(async { done.await.unwrap_or_else(|lost| Err(Error::Other(lost.into()))) }))
    }

    fn read_at(&mut self, offset: u64, buffers: &mut [IoSliceMut<'_>]) -> Result<Read> {
        if !self.readable {
            return Err(Error::Unsupported);
        }
        let wanted = buffers.iter().map(|buffer| buffer.len()).sum();
        if lane::is_private() && self.shared.is_idle() {
            return Ok(Read::Now(file::read_into(self.shared.file.as_fd(), offset, buffers, wanted)?));
        }
        // A client reads what it wrote, so after what is queued.
        let shared = self.shared.clone();
        Ok(Read::Later(Box::pin(async move {
            shared.settled().await;
            lane::run(move || file::read(shared.file.as_fd(), offset, wanted)).await
        })))
    }

    async fn stat(&self) -> Result<Metadata> {
        self.run(|shared| Ok(metadata(&rustix::fs::fstat(&shared.file)?))).await
    }

    async fn change(&self, change: &Change) -> Result<()> {
        let change = *change;
        self.run(move |shared| change_open(&shared.file, &change)).await
    }

    async fn sync(&self) -> Result<()> {
        self.run(|shared| {
            rustix::fs::fsync(&shared.file)?;
            shared.failed()
        })
        .await
    }

    async fn finish(mut self: Box<Self>) -> Result<Metadata> {
        self.shared.settled().await;
        let undo = self.undo.take();
        let shared = self.shared.clone();
        drop(self);
        lane::run(move || {
            let result = shared.failed().and_then(|()| Ok(metadata(&rustix::fs::fstat(&shared.file)?)));
            if let (Err(_), Some(undo)) = (&result, undo) {
                undo.run(&shared.file);
            }
            close(shared)?;
            result
        })
        .await
    }

    async fn abort(mut self: Box<Self>) -> u64 {
        self.shared.settled().await;
        let (shared, undo) = (self.shared.clone(), self.undo.take());
        let left = lane::run(move || {
            if undo.is_some_and(|undo| undo.run(&shared.file)) {
                return Ok(0);
            }
            Ok(metadata(&rustix::fs::fstat(&shared.file)?).size)
        });
        left.await.unwrap_or(0)
    }
}

impl LocalWriter {
    /// Runs `work` after what is queued.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.shared.settled().await;
        let shared = self.shared.clone();
        lane::run(move || work(&shared)).await
    }
}

impl Undo {
    /// Removes the entry, unless another file has taken its place; whether it is gone.
    fn run(self, file: &OwnedFd) -> bool {
        let entry = rustix::fs::statat(&self.dir, &*self.name, AtFlags::SYMLINK_NOFOLLOW);
        let (Ok(entry), Ok(ours)) = (entry, rustix::fs::fstat(file)) else { return false };
        let same = (entry.st_dev, entry.st_ino) == (ours.st_dev, ours.st_ino);
        same && rustix::fs::unlinkat(&self.dir, &*self.name, AtFlags::empty()).is_ok()
    }
}

/// Dropped without an end: as aborted.
impl Drop for LocalWriter {
    fn drop(&mut self) {
        let Some(undo) = self.undo.take() else { return };
        let shared = self.shared.clone();
        match Handle::try_current() {
            Ok(runtime) if !lane::is_private() => {
                drop(runtime.spawn_blocking(move || undo.run(&shared.file)));
            }
            _ => {
                undo.run(&shared.file);
            }
        }
    }
}

/// Closes the file and hears what the file system has to say: over a network this is where a full disk shows.
fn close(shared: Arc<Shared>) -> Result<()> {
    let file = match Arc::try_unwrap(shared) {
        Ok(shared) => shared.into_file(),
        // A drain is just ending. Closing a duplicate makes the file system report all the same.
        Err(shared) => rustix::io::fcntl_dupfd_cloexec(&shared.file, 0)?,
    };
    // SAFETY: the descriptor was owned and is given up here.
    match unsafe { libc::close(file.into_raw_fd()) } {
        0 => Ok(()),
        _ => match io::Error::last_os_error() {
            // Closed all the same, on Linux; trying again could close another thread's file.
            error if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            error => Err(error.into()),
        },
    }
}
