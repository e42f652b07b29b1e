//! A file open for writing.

use super::{
    attributes::{change_open, metadata},
    confine::Root,
    create::New,
    ending::{self, Ending},
    file, open,
    queue::Shared,
    stage::Stage,
};
use crate::{
    Change, Descriptor, Error, Key, Metadata, OnAbort, OpenWrite, Pending, Publish, Read, Result, WriteAt,
    Writer, lane,
};
use async_trait::async_trait;
use bytes::Bytes;
use rustix::{fd::AsFd, fs::OFlags};
use std::{io::IoSliceMut, mem, sync::Arc};
use tokio::runtime::Handle;

/// See [`WriteAt`].
pub struct LocalWriter {
    shared: Arc<Shared>,
    readable: bool,
    durable: bool,
    on_abort: OnAbort,
    /// `None` once ended.
    ending: Option<Ending>,
}

pub fn open(root: &Root, new: &New, key: &Key, open: &OpenWrite) -> Result<Writer> {
    let (file, ending) = match open.publish {
        Publish::AsWritten => open::in_place(root, new, key, open)?,
        Publish::WhenFinished => {
            let (file, stage) = Stage::open(root, new, key, open)?;
            (file, Ending::Staged(stage))
        }
    };
    if open.append {
        rustix::fs::fcntl_setfl(&file, rustix::fs::fcntl_getfl(&file)? | OFlags::APPEND)?;
    }
    Ok(Writer::Random(Box::new(LocalWriter {
        shared: Arc::new(Shared::new(file)),
        readable: open.read,
        durable: open.durable,
        on_abort: open.on_abort,
        ending: Some(ending),
    })))
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

    fn descriptor(&self) -> Option<Descriptor> {
        Some(Descriptor::new(self.shared.clone()))
    }

    async fn sync(&self) -> Result<()> {
        self.run(Shared::sync).await
    }

    async fn reveal(&mut self) -> Result<Option<Box<[u8]>>> {
        self.shared.settled().await;
        let (shared, ending) = (self.shared.clone(), self.ending.take());
        let (ending, revealed) = lane::run(move || {
            let mut ending = ending;
            let revealed = ending.as_mut().map_or(Ok(None), |ending| ending.reveal(&shared.file));
            Ok((ending, revealed))
        })
        .await?;
        self.ending = ending;
        revealed
    }

    async fn finish(mut self: Box<Self>) -> Result<Metadata> {
        self.shared.settled().await;
        let (shared, ending) = (self.shared.clone(), self.ending.take());
        let (durable, on_abort) = (self.durable, self.on_abort);
        drop(self);
        lane::run(move || {
            if let Some(ending) = ending {
                if let Err(failed) = shared.failed() {
                    give_up(ending, &shared, on_abort);
                    return Err(failed);
                }
                ending.finish(&shared.file, durable, on_abort)?;
            }
            // By now the file has its name.
            let closed = rustix::fs::fstat(&shared.file).map_err(Error::from).and_then(|stat| {
                close(shared)?;
                Ok(metadata(&stat))
            });
            closed.map_err(|error| Error::Unsettled(error.into()))
        })
        .await
    }

    async fn abort(mut self: Box<Self>, on_abort: OnAbort) -> Option<u64> {
        self.shared.settled().await;
        let (shared, ending) = (self.shared.clone(), self.ending.take());
        lane::run(move || Ok(ending.and_then(|ending| give_up(ending, &shared, on_abort)))).await.ok()?
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

/// Dropped without an end: as aborted.
impl Drop for LocalWriter {
    fn drop(&mut self) {
        let ending = self.ending.take().filter(|ending| !ending.is_plain());
        let (Some(ending), shared) = (ending, self.shared.clone()) else { return };
        let on_abort = self.on_abort;
        match Handle::try_current() {
            Ok(runtime) if !lane::is_private() => {
                drop(runtime.spawn_blocking(move || give_up(ending, &shared, on_abort)));
            }
            _ => {
                give_up(ending, &shared, on_abort);
            }
        }
    }
}

/// The size of what stays. What a lost client sent may be worth an older file, which its client can go on from;
/// what the disk has lost a part of is not.
fn give_up(ending: Ending, shared: &Shared, on_abort: OnAbort) -> Option<u64> {
    let spoilt = shared.failed().is_err() && ending.replaces();
    ending.abort(&shared.file, if spoilt { OnAbort::Discard } else { on_abort })
}

/// Closes the file and hears what the file system has to say: over a network this is where a full disk shows.
fn close(shared: Arc<Shared>) -> Result<()> {
    match Arc::try_unwrap(shared) {
        Ok(shared) => ending::close(shared.into_file()),
        // A drain is just ending, and holds it for another moment.
        Err(shared) => ending::flush(&shared.file),
    }
}
