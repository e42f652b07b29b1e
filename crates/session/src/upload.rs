//! A file being written, the same one for every protocol.

mod copying;
mod judging;
mod landing;
mod open;

pub use self::{copying::Source, open::Open};
pub(crate) use self::{
    landing::{NotStored, Why},
    open::{Announce, Opened},
};

use crate::{
    Account, Connection, Error, Result, Session,
    lines::TransferLine,
    place::Place,
    registry::{Direction, Transfer},
    session::Inner,
    traffic::Meter,
};
use bytes::Bytes;
use events::{Action, Bus, Event};
use std::{fmt, io::IoSliceMut, sync::Arc, time::Instant};
use storage::{Change, Metadata, Pending, Read, Writer};
use types::VirtualPath;

/// A file being written. Must be [finished](Self::finish); dropped before that, it is aborted.
pub struct Upload {
    /// `None` once finished or aborted.
    opened: Option<Opened>,
    session: Session,
    path: VirtualPath,
    transfer: Arc<Transfer>,
    /// Every write goes to the end, whatever its offset.
    append: bool,
    /// Behind the last byte written; where [`push`](Self::push) goes on.
    cursor: u64,
    meter: Meter,
    /// Of reads, if there are any.
    reads: Option<Meter>,
    /// An observer was asked whether it may be published.
    judged: bool,
}

/// What a finished upload left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    pub metadata: Metadata,
}

impl Upload {
    fn new(session: Session, path: &VirtualPath, opened: Opened, open: Open, meter: Meter) -> Self {
        let transfer = session.start_transfer(Direction::Upload, path);
        let cursor = if open.append { opened.size } else { 0 };
        Self {
            opened: Some(opened),
            session,
            path: path.clone(),
            transfer,
            append: open.append,
            cursor,
            meter,
            reads: None,
            judged: false,
        }
    }

    /// Writes the pieces of `data`, one after the other, at `offset`, and leaves the vector empty. What can
    /// be refused is refused here, in order; several writes may be pending, and where they overlap the later
    /// one wins. Appending, the offset does not matter.
    ///
    /// An error is remembered: [`finish`](Self::finish) fails after it, whatever was answered meanwhile.
    pub fn write_at(&mut self, offset: u64, data: &mut Vec<Bytes>) -> Result<Pending> {
        let len = data.iter().map(|piece| piece.len() as u64).sum::<u64>();
        if let Err(error) = self.meter.count(len) {
            return Err(self.fail(error));
        }
        let pending = self.store(offset, len, data)?;
        Ok(self.meter.hold_write(len, pending))
    }

    /// Writes what did not come from the client or is counted as coming from it already.
    fn store(&mut self, offset: u64, len: u64, data: &mut Vec<Bytes>) -> Result<Pending> {
        let opened = self.opened.as_mut().ok_or(Error::Aborted)?;
        self.session.check_open()?;
        let offset = if self.append { self.cursor } else { offset };
        let Some(end) = offset.checked_add(len) else {
            return Err(self.fail(Error::Invalid));
        };
        let slot = &mut opened.slot;
        let room = if self.append { slot.append(len) } else { slot.grow(end) };
        if let Err(error) = room {
            return Err(self.fail(error));
        }
        let pending = match &mut opened.writer {
            Writer::Random(file) => file.write_at(offset, data),
            Writer::Stream(sink) if offset == self.cursor => sink.push(data),
            Writer::Stream(_) => return Err(self.fail(Error::Unsupported)),
        };
        self.cursor = end;
        self.transfer.count(len);
        match pending {
            Pending::Ready(Err(error)) => Err(self.fail(error.into())),
            pending => Ok(self.watched(pending)),
        }
    }

    /// Writes the next chunk of a protocol that has no offsets (FTP, HTTP, WebDAV, SCP).
    pub async fn push(&mut self, data: Bytes) -> Result<()> {
        let result = match self.write_at(self.cursor, &mut vec![data])? {
            Pending::Ready(result) => result,
            Pending::Later(result) => result.await,
        };
        Ok(result?)
    }

    /// Reads back, where the handle was opened for reading and the account may download. Counts as a download,
    /// and is held to the limits of one.
    pub fn read_at(&mut self, offset: u64, buffers: &mut [IoSliceMut<'_>]) -> Result<Read> {
        self.session.check_open()?;
        let reads = self.reads()?;
        let Writer::Random(file) = &mut self.opened.as_mut().ok_or(Error::Aborted)?.writer else {
            return Err(Error::Unsupported);
        };
        let read = |buffers: &mut [IoSliceMut<'_>]| match file.read_at(offset, buffers) {
            Err(storage::Error::Unsupported) => Err(Error::Denied),
            read => Ok(read?),
        };
        reads.read(buffers, read)
    }

    /// What reading through this handle is held to.
    fn reads(&mut self) -> Result<Meter> {
        if let Some(meter) = &self.reads {
            return Ok(meter.clone());
        }
        let session = &self.session;
        let meter =
            Meter::begin(session.account(), Direction::Download, session.0.services.background.main())?;
        self.reads = Some(meter.clone());
        Ok(meter)
    }

    pub async fn stat(&self) -> Result<Metadata> {
        match self.writer()? {
            Writer::Random(file) => Ok(file.stat().await?),
            Writer::Stream(_) => Err(Error::Unsupported),
        }
    }

    /// Sets attributes of the open file, under the same rules as [`Session::change`].
    pub async fn change(&mut self, change: &Change) -> Result<()> {
        let started = Instant::now();
        let session = &self.session;
        session.account().access().may_change(&self.path, change)?;
        let Opened { writer, slot, .. } = self.opened.as_mut().ok_or(Error::Aborted)?;
        let (change, file) = match writer {
            Writer::Random(file) => (session.effective(change, true), file),
            Writer::Stream(_) if session.effective(change, false).is_empty() => return Ok(()),
            Writer::Stream(_) => return Err(Error::Unsupported),
        };
        if let Some(size) = change.size {
            slot.resize(size)?;
        }
        file.change(&change).await?;
        session.log_change(&change, started, &session.locate(&self.path)?);
        Ok(())
    }

    /// What was written so far is on stable storage afterwards.
    pub async fn sync(&self) -> Result<()> {
        match self.writer()? {
            Writer::Random(file) => Ok(file.sync().await?),
            Writer::Stream(_) => Err(Error::Unsupported),
        }
    }

    pub fn path(&self) -> &VirtualPath {
        &self.path
    }

    /// Closes the file, logs the transfer and tells the observers. An error means that what is stored is not
    /// what was sent: a write failed before, or closing did.
    pub async fn finish(mut self) -> Result<Stored> {
        let judged = if self.transfer.failure().is_none() { self.judge().await } else { Ok(()) };
        let Opened { writer, slot, landing, .. } = self.opened.take().ok_or(Error::Aborted)?;
        if let Some(failure) = self.transfer.failure() {
            let size = landing.abort(writer, slot, failure.why).await;
            self.report(size).await;
            return Err(judged.err().unwrap_or(Error::Aborted));
        }
        match landing.finish(writer, slot).await {
            Ok(metadata) => {
                self.report(metadata.size).await;
                self.note_first(metadata.size).await;
                Ok(Stored { metadata })
            }
            Err(NotStored { error, left }) => {
                let error = self.fail(error.into());
                self.report(left).await;
                Err(error)
            }
        }
    }

    async fn report(&self, stored: u64) {
        Ended::new(self).report(stored).await;
    }

    fn writer(&self) -> Result<&Writer> {
        Ok(&self.opened.as_ref().ok_or(Error::Aborted)?.writer)
    }

    /// Sticky: an upload that failed once is never reported as stored.
    fn fail(&self, error: Error) -> Error {
        self.transfer.fail(&error);
        error
    }

    /// A write that ends later and fails then fails the upload as well.
    fn watched(&self, pending: Pending) -> Pending {
        let Pending::Later(written) = pending else { return pending };
        let transfer = self.transfer.clone();
        Pending::Later(Box::pin(async move {
            let written = written.await.map_err(Error::from);
            Ok(written.inspect_err(|error| {
                transfer.fail(error);
            })?)
        }))
    }
}

/// An upload that is over, of which is to be told. It outlives its session, and does not keep it alive.
struct Ended {
    account: Arc<Account>,
    connection: Arc<Connection>,
    bus: Bus,
    transfer: Arc<Transfer>,
    place: Option<Place>,
    /// For those who want it.
    event: Option<Event>,
}

impl Ended {
    /// Takes the transfer from the list.
    fn new(upload: &Upload) -> Self {
        let Upload { session, transfer, path, judged, .. } = upload;
        session.end_transfer(transfer);
        let Inner { account, connection, services, .. } = &*session.0;
        let place = account.mounts().locate(path).ok();
        let wanted = place.as_ref().filter(|_| services.events.wants(Action::Upload));
        Self {
            account: account.clone(),
            connection: connection.clone(),
            bus: services.events.clone(),
            transfer: transfer.clone(),
            event: wanted.map(|place| Event { judged: *judged, ..session.event(Action::Upload, place) }),
            place,
        }
    }

    /// Logs the end, and tells those who want to know. Of an upload that failed both say what is stored, and
    /// not what came.
    async fn report(self, stored: u64) {
        let Self { account, connection, bus, transfer, place, event } = self;
        let failure = transfer.failure();
        let Some(place) = place else { return };
        let line = TransferLine {
            direction: Direction::Upload,
            started: transfer.started,
            size: if failure.is_some() { stored } else { transfer.moved() },
            username: account.name(),
            place: &place,
            connection: &connection,
            error: failure.map(|failure| &*failure.text),
        };
        line.log();
        if let Some(event) = event {
            let (elapsed, status) = (transfer.started.elapsed(), transfer.status());
            bus.after(Action::Upload, || Event { size: stored, elapsed, status, ..event }).await;
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Some(Opened { writer, slot, landing, .. }) = self.opened.take() else { return };
        let why = self.transfer.fail(&Error::Aborted).why;
        let ended = Ended::new(self);
        // The thread this runs on may end before the abort does, and may have no runtime at all.
        self.session.0.services.background.spawn(async move {
            let stored = landing.abort(writer, slot, why).await;
            ended.report(stored).await;
        });
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("path", &self.path).finish_non_exhaustive()
    }
}
