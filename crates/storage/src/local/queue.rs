//! Writes that may not happen on the thread that accepts them.
//!
//! They are kept in order in one queue per file; a thread of the blocking pool is borrowed only while there
//! is work, and what arrives meanwhile joins it.

use crate::Result;
use bytes::Bytes;
use rustix::{
    fd::{AsFd, BorrowedFd, OwnedFd},
    io::retry_on_intr,
};
use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI32, Ordering},
    },
};
use tokio::{runtime::Handle, sync::oneshot};

/// A file open for writing, with the writes still to come.
#[derive(Debug)]
pub struct Shared {
    pub file: OwnedFd,
    /// The first error's number. A file that missed a write is never reported as complete.
    failed: AtomicI32,
    /// Whether a drain is under way; while it is, a write in place would overtake those queued.
    draining: AtomicBool,
    queue: Mutex<VecDeque<Job>>,
}

#[derive(Debug)]
struct Job {
    offset: u64,
    data: Vec<Bytes>,
    done: oneshot::Sender<Result<()>>,
}

impl AsFd for Shared {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Shared {
    pub fn new(file: OwnedFd) -> Self {
        let (failed, draining) = (AtomicI32::new(0), AtomicBool::new(false));
        Self { file, failed, draining, queue: Mutex::default() }
    }

    pub fn is_idle(&self) -> bool {
        !self.draining.load(Ordering::Acquire)
    }

    /// The first error of a write, if there was one.
    pub fn failed(&self) -> Result<()> {
        match self.failed.load(Ordering::Acquire) {
            0 => Ok(()),
            errno => Err(io::Error::from_raw_os_error(errno).into()),
        }
    }

    /// Writes now, on this thread.
    pub fn write(&self, offset: u64, data: &[Bytes]) -> Result<()> {
        self.failed()?;
        write_all(&self.file, offset, data).map_err(|errno| {
            self.failed.store(errno.raw_os_error(), Ordering::Release);
            errno.into()
        })
    }

    /// Syncs what was written. A failure is kept as that of a write is: the kernel tells it once, and calls
    /// the same bytes good the next time.
    pub fn sync(&self) -> Result<()> {
        self.failed()?;
        rustix::fs::fsync(&self.file).map_err(|errno| {
            self.failed.store(errno.raw_os_error(), Ordering::Release);
            errno.into()
        })
    }

    pub fn into_file(self) -> OwnedFd {
        self.file
    }

    /// Queues a write; the receiver hears of its end. Without pieces it marks where the queue was.
    pub fn push(self: &Arc<Self>, offset: u64, data: Vec<Bytes>) -> oneshot::Receiver<Result<()>> {
        let (done, receiver) = oneshot::channel();
        let mut queue = self.queue();
        queue.push_back(Job { offset, data, done });
        // Changed under the lock only, so that a drain that found nothing has said so before it ends.
        let start = !self.draining.swap(true, Ordering::AcqRel);
        drop(queue);
        if start {
            let shared = self.clone();
            match Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn_blocking(move || shared.drain())),
                // Nowhere to borrow a thread from: this one has nobody else to serve.
                Err(_) => shared.drain(),
            }
        }
        receiver
    }

    /// Waits until what was queued is written; a failed write is no error here.
    pub async fn settled(self: &Arc<Self>) {
        if !self.is_idle() {
            let _ = self.push(0, Vec::new()).await;
        }
    }

    fn drain(&self) {
        loop {
            let jobs = {
                let mut queue = self.queue();
                if queue.is_empty() {
                    self.draining.store(false, Ordering::Release);
                    return;
                }
                mem::take(&mut *queue)
            };
            for Job { offset, data, done } in jobs {
                let _ = done.send(self.write(offset, &data)); // nobody need wait for it
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Job>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes the pieces one after the other, in as few calls as they take.
fn write_all(file: &OwnedFd, mut offset: u64, data: &[Bytes]) -> rustix::io::Result<()> {
    const AT_ONCE: usize = 64;
    for pieces in data.chunks(AT_ONCE) {
        let mut slices = [IoSlice::new(&[]); AT_ONCE];
        for (slice, piece) in slices.iter_mut().zip(pieces) {
            *slice = IoSlice::new(piece);
        }
        let mut rest = &mut slices[..pieces.len()];
        // Drops empty pieces at the front, so that no call is made for nothing.
        IoSlice::advance_slices(&mut rest, 0);
        while !rest.is_empty() {
            let written = retry_on_intr(|| rustix::io::pwritev(file, rest, offset))?;
            if written == 0 {
                return Err(rustix::io::Errno::IO);
            }
            offset += written as u64;
            IoSlice::advance_slices(&mut rest, written);
        }
    }
    Ok(())
}
