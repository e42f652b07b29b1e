//! A file being written, the same one for every protocol.

use crate::{
    Error, Result, Session,
    lines::{TransferLine, error_text},
    place::access::Writable,
    registry::{Direction, Transfer},
};
use bytes::Bytes;
use events::{Action, Event, Status, Verdict};
use std::{fmt, io::IoSliceMut, sync::Arc, time::Instant};
use storage::{Change, Metadata, Pending, Read, Start, Writer};
use types::VirtualPath;

/// How a client wants a file opened for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    pub start: Start,
    /// The handle is read from as well.
    pub read: bool,
    /// Writes below the size at open are [`InvalidOffset`](Error::InvalidOffset).
    pub append: bool,
    /// What a lost client sent is worth keeping, since the protocol can go on from there (SFTP, FTP); over
    /// HTTP it is not.
    pub resumable: bool,
}

/// A file being written. Must be [finished](Self::finish); dropped before that, it is aborted.
pub struct Upload {
    /// `None` once finished or aborted.
    writer: Option<Writer>,
    session: Session,
    path: VirtualPath,
    transfer: Arc<Transfer>,
    /// Appending: writes below are refused.
    floor: u64,
    /// Behind the last byte written; where [`push`](Self::push) goes on.
    cursor: u64,
    /// The first thing that went wrong. Sticky: an upload that failed once is never reported as stored.
    error: Option<Failed>,
}

/// What a finished upload left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    pub metadata: Metadata,
}

struct Failed {
    text: Box<str>,
    status: Status,
}

/// How often an open is decided again because the file appeared or vanished meanwhile.
const ATTEMPTS: usize = 8;

impl Open {
    /// As most clients open: for writing only, by a protocol that can resume.
    pub const fn new(start: Start) -> Self {
        Self { start, read: false, append: false, resumable: true }
    }
}

impl Session {
    /// Opens `path` for writing. Read it top to bottom: this is the whole policy of an upload, for every
    /// protocol. The backend opens only for a [`Writable`].
    ///
    /// Creating needs `upload`, touching what is there `overwrite`. A directory is
    /// [`Unsupported`](Error::Unsupported).
    pub async fn upload(&self, path: &VirtualPath, open: Open) -> Result<Upload> {
        if let Some(upload) = self.upload_new(path, &open).await? {
            return Ok(upload);
        }
        let mut announced = false;
        let mut last = Error::Aborted;
        for _ in 0..ATTEMPTS {
            let place = self.locate(path)?;
            let before = place.probe().await?;
            let writable = self.account().access().write(place, before.as_ref(), &open)?;
            if !announced {
                self.announce(&writable, before.as_ref(), &open).await?;
                announced = true;
            }
            // The file may have appeared or vanished since the probe; then what is needed to write it is
            // another permission, so decide again.
            match self.create(writable).await {
                Ok(opened) => return Ok(Upload::new(self.clone(), path, opened, before, open)),
                Err(error @ Error::AlreadyExists) if open.start != Start::CreateNew => last = error,
                Err(error @ Error::NotFound) if before.is_some() => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Most uploads make new files: those that may are made without looking first, which creating exclusively
    /// does anyway. `None` when something is there, or someone wants to be told what is: then look.
    async fn upload_new(&self, path: &VirtualPath, open: &Open) -> Result<Option<Upload>> {
        let creates = matches!(open.start, Start::CreateNew | Start::Truncate | Start::Keep);
        if !creates || self.0.services.events.wants(Action::PreUpload) {
            return Ok(None);
        }
        let place = self.locate(path)?;
        let Ok(writable) = self.account().access().write(place, None, open) else { return Ok(None) };
        let settings = &self.0.services.settings;
        if !writable.is_exclusive(settings) {
            return Ok(None);
        }
        match writable.create(settings).await {
            Ok(writer) => {
                let opened = Opened { writer, truncated: true };
                Ok(Some(Upload::new(self.clone(), path, opened, None, *open)))
            }
            Err(Error::AlreadyExists) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn announce(&self, writable: &Writable<'_>, before: Option<&Metadata>, open: &Open) -> Result<()> {
        let event = || Event {
            size: before.map_or(0, |before| before.size),
            open_flags: open_flags(writable, open),
            ..self.event(Action::PreUpload, writable.place())
        };
        match self.0.services.events.before(Action::PreUpload, event).await {
            Verdict::Proceed | Verdict::Handled => Ok(()),
            Verdict::Deny => Err(Error::Denied),
        }
    }

    async fn create(&self, writable: Writable<'_>) -> Result<Opened> {
        let truncated = writable.truncates();
        let settings = &self.0.services.settings;
        match writable.create(settings).await {
            // Exclusive creation does not go through a link; one that dangles is followed by hand, unless the
            // file will take its place.
            Err(Error::AlreadyExists) if writable.creates() && !writable.is_staged(settings) => {
                let target = writable.behind_dangling_link().await?;
                Ok(Opened { writer: target.create(settings).await?, truncated })
            }
            writer => Ok(Opened { writer: writer?, truncated }),
        }
    }
}

struct Opened {
    writer: Writer,
    truncated: bool,
}

impl Upload {
    fn new(
        session: Session,
        path: &VirtualPath,
        opened: Opened,
        before: Option<Metadata>,
        open: Open,
    ) -> Self {
        let transfer = session.start_transfer(Direction::Upload, path);
        let size = if opened.truncated { 0 } else { before.map_or(0, |before| before.size) };
        Self {
            writer: Some(opened.writer),
            session,
            path: path.clone(),
            transfer,
            floor: if open.append { size } else { 0 },
            cursor: if open.append { size } else { 0 },
            error: None,
        }
    }

    /// Writes the pieces of `data`, one after the other, at `offset`, and leaves the vector empty. What can
    /// be refused is refused here, in order; several writes may be pending, and where they overlap the later
    /// one wins.
    ///
    /// An error is remembered: [`finish`](Self::finish) fails after it, whatever was answered meanwhile.
    pub fn write_at(&mut self, offset: u64, data: &mut Vec<Bytes>) -> Result<Pending> {
        let writer = self.writer.as_mut().ok_or(Error::Aborted)?;
        self.session.check_open()?;
        let len = data.iter().map(|piece| piece.len() as u64).sum::<u64>();
        let Some(end) = offset.checked_add(len) else {
            return Err(self.fail(Error::Invalid));
        };
        if offset < self.floor {
            return Err(self.fail(Error::InvalidOffset));
        }
        let pending = match writer {
            Writer::Random(file) => file.write_at(offset, data),
            Writer::Stream(sink) if offset == self.cursor => sink.push(data),
            Writer::Stream(_) => return Err(self.fail(Error::Unsupported)),
        };
        self.cursor = end;
        self.transfer.count(len);
        match pending {
            Pending::Ready(Err(error)) => Err(self.fail(error.into())),
            pending => Ok(pending),
        }
    }

    /// Writes the next chunk of a protocol that has no offsets (FTP, HTTP, WebDAV, SCP).
    pub async fn push(&mut self, data: Bytes) -> Result<()> {
        let result = match self.write_at(self.cursor, &mut vec![data])? {
            Pending::Ready(result) => result,
            Pending::Later(result) => result.await,
        };
        result.map_err(|error| self.fail(error.into()))
    }

    /// Reads back, where the handle was opened for reading and the account may download.
    pub fn read_at(&mut self, offset: u64, buffers: &mut [IoSliceMut<'_>]) -> Result<Read> {
        match self.writer.as_mut().ok_or(Error::Aborted)? {
            Writer::Random(file) => match file.read_at(offset, buffers) {
                Err(storage::Error::Unsupported) => Err(Error::Denied),
                read => Ok(read?),
            },
            Writer::Stream(_) => Err(Error::Unsupported),
        }
    }

    pub async fn stat(&self) -> Result<Metadata> {
        match self.writer.as_ref().ok_or(Error::Aborted)? {
            Writer::Random(file) => Ok(file.stat().await?),
            Writer::Stream(_) => Err(Error::Unsupported),
        }
    }

    /// Sets attributes of the open file, under the same rules as [`Session::change`].
    pub async fn change(&self, change: &Change) -> Result<()> {
        let started = Instant::now();
        let session = &self.session;
        session.account().access().may_change(&self.path, change)?;
        let (change, file) = match self.writer.as_ref().ok_or(Error::Aborted)? {
            Writer::Random(file) => (session.effective(change, true), file),
            Writer::Stream(_) if session.effective(change, false).is_empty() => return Ok(()),
            Writer::Stream(_) => return Err(Error::Unsupported),
        };
        file.change(&change).await?;
        session.log_change(&change, started, &session.locate(&self.path)?);
        Ok(())
    }

    /// What was written so far is on stable storage afterwards.
    pub async fn sync(&self) -> Result<()> {
        match self.writer.as_ref().ok_or(Error::Aborted)? {
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
        let writer = self.writer.take().ok_or(Error::Aborted)?;
        if self.error.is_some() {
            let size = abort(writer).await;
            self.report(size).await;
            return Err(Error::Aborted);
        }
        let stored = match writer {
            Writer::Random(file) => file.finish().await,
            Writer::Stream(sink) => sink.finish().await,
        };
        match stored {
            Ok(metadata) => {
                self.report(metadata.size).await;
                Ok(Stored { metadata })
            }
            Err(error) => {
                let error = self.fail(error.into());
                self.report(self.transfer.moved()).await;
                Err(error)
            }
        }
    }

    async fn report(&self, size: u64) {
        if let Some(event) = self.end(size) {
            self.session.0.services.events.after(Action::Upload, || event).await;
        }
    }

    fn fail(&mut self, error: Error) -> Error {
        self.error.get_or_insert_with(|| Failed::new(&error));
        error
    }

    /// Logs the end and takes the transfer from the list; the event, with the size stored, for those who
    /// want it.
    fn end(&self, size: u64) -> Option<Event> {
        let session = &self.session;
        session.end_transfer(&self.transfer);
        let place = session.account().mounts().locate(&self.path).ok()?;
        let line = TransferLine {
            direction: Direction::Upload,
            started: self.transfer.started,
            size: self.transfer.moved(),
            username: session.account().name(),
            file_path: &place.stored_as(),
            connection: session.connection(),
            error: self.error.as_ref().map(|failed| &*failed.text),
        };
        line.log();
        session.0.services.events.wants(Action::Upload).then(|| Event {
            size,
            elapsed: self.transfer.started.elapsed(),
            status: self.error.as_ref().map_or(Status::Done, |failed| failed.status),
            ..session.event(Action::Upload, &place)
        })
    }
}

impl Failed {
    fn new(error: &Error) -> Self {
        let status = match error {
            Error::QuotaExceeded => Status::QuotaExceeded,
            _ => Status::Failed,
        };
        Self { text: error_text(error).into(), status }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Some(writer) = self.writer.take() else { return };
        self.error.get_or_insert_with(|| Failed::new(&Error::Aborted));
        let bus = self.session.0.services.events.clone();
        let event = self.end(0);
        // The thread this runs on may end before the abort does, and may have no runtime at all.
        self.session.0.services.background.spawn(async move {
            let size = abort(writer).await;
            if let Some(event) = event {
                bus.after(Action::Upload, || Event { size, ..event }).await;
            }
        });
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("path", &self.path).finish_non_exhaustive()
    }
}

async fn abort(writer: Writer) -> u64 {
    match writer {
        Writer::Random(file) => file.abort().await,
        Writer::Stream(sink) => sink.abort().await,
    }
}

/// The flags of the open in the numbering of Linux, which hooks are told: none for a file made over SFTP,
/// 512 for one that is truncated, 65 for one that goes on.
fn open_flags(writable: &Writable<'_>, open: &Open) -> u32 {
    const WRITE: u32 = 1;
    const CREATE: u32 = 64;
    const TRUNCATE: u32 = 512;
    match (writable.creates(), writable.truncates()) {
        (true, _) if open.resumable => 0,
        (_, true) => WRITE | CREATE | TRUNCATE,
        (_, false) => WRITE | CREATE,
    }
}
