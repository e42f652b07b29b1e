//! A file being read, the same one for every protocol.

use crate::{
    Error, Result, Session,
    lines::TransferLine,
    place::{Place, access::Readable},
    registry::{Direction, Transfer},
    traffic::Meter,
};
use events::{Action, Event, Verdict};
use std::{fmt, io::IoSliceMut, sync::Arc, time::Instant};
use storage::{Change, Descriptor, Kind, Metadata, Read, ReadAt};
use types::VirtualPath;

/// A file open for reading. Ends with [`finish`](Self::finish); dropped before, it is logged all the same.
pub struct Download {
    /// `None` once ended.
    file: Option<Box<dyn ReadAt>>,
    session: Session,
    path: VirtualPath,
    transfer: Arc<Transfer>,
    meter: Meter,
}

impl Session {
    /// Opens `path` for reading. A directory opens as well; reading from it is
    /// [`IsADirectory`](Error::IsADirectory). [`QuotaExceeded`](Error::QuotaExceeded) when the user has moved
    /// all it may.
    pub async fn download(&self, path: &VirtualPath) -> Result<Download> {
        let readable = self.account().access().read(self.locate(path)?)?;
        let meter = Meter::begin(self.account(), Direction::Download, self.0.services.background.main())?;
        if self.0.services.events.wants(Action::PreDownload) {
            self.announce_download(&readable).await?;
        }
        let file = readable.open().await?;
        Ok(Download::new(self.clone(), path, file, meter))
    }

    /// Asks the observers, who are asked about files that are there alone.
    async fn announce_download(&self, readable: &Readable) -> Result<()> {
        let Metadata { kind, size, .. } = readable.stat().await?;
        if kind == Kind::Directory {
            return Ok(());
        }
        let event = || Event { size, ..self.event(Action::PreDownload, readable.place()) };
        match self.0.services.events.before(Action::PreDownload, event).await {
            Verdict::Proceed | Verdict::Handled => Ok(()),
            Verdict::Deny => Err(Error::Denied),
        }
    }

    /// What a download of `path` would bring, under the permission of a download.
    pub async fn stat_download(&self, path: &VirtualPath) -> Result<Metadata> {
        self.account().access().read(self.locate(path)?)?.stat().await
    }
}

impl Download {
    fn new(session: Session, path: &VirtualPath, file: Box<dyn ReadAt>, meter: Meter) -> Self {
        let transfer = session.start_transfer(Direction::Download, path);
        Self { file: Some(file), session, path: path.clone(), transfer, meter }
    }

    /// Reads at `offset` into `buffers`, in order: [`Read::Now`] when the bytes are at hand, else they come
    /// later in a buffer of their own. A short answer means the end of the file.
    pub fn read_at(&mut self, offset: u64, buffers: &mut [IoSliceMut<'_>]) -> Result<Read> {
        self.session.check_open()?;
        let file = self.file.as_mut().ok_or(Error::Aborted)?;
        let read = self.meter.read(buffers, |buffers| Ok(file.read_at(offset, buffers)?));
        match read {
            Ok(read) => Ok(counted(&self.transfer, read)),
            Err(error) => {
                self.transfer.fail(&error);
                Err(error)
            }
        }
    }

    /// Reads what stays on the server, whatever the user may download in all and how fast.
    pub(crate) async fn read_here(&mut self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let file = self.file.as_mut().ok_or(Error::Aborted)?;
        let read = match file.read_at(offset, &mut [IoSliceMut::new(buffer)]) {
            Ok(Read::Now(bytes)) => Ok(bytes),
            Ok(Read::Later(bytes)) => bytes.await.map(|bytes| {
                buffer[..bytes.len()].copy_from_slice(&bytes);
                bytes.len()
            }),
            Err(error) => Err(error),
        };
        read.map_err(|error| {
            let error = error.into();
            self.transfer.fail(&error);
            error
        })
    }

    pub(crate) fn descriptor(&self) -> Option<Descriptor> {
        self.file.as_ref()?.descriptor()
    }

    pub async fn stat(&self) -> Result<Metadata> {
        Ok(self.file.as_ref().ok_or(Error::Aborted)?.stat().await?)
    }

    /// Sets attributes of the open file, under the same rules as [`Session::change`].
    pub async fn change(&self, change: &Change) -> Result<()> {
        let started = Instant::now();
        let session = &self.session;
        session.account().access().may_change(&self.path, change)?;
        let change = session.effective(change, true);
        self.file.as_ref().ok_or(Error::Aborted)?.change(&change).await?;
        session.log_change(&change, started, &session.locate(&self.path)?);
        Ok(())
    }

    pub fn path(&self) -> &VirtualPath {
        &self.path
    }

    /// Ends the transfer: one line in the log, and the observers are told. Fails when a read has failed.
    pub async fn finish(mut self) -> Result<()> {
        self.file = None;
        if let Some(event) = self.end() {
            self.session.0.services.events.after(Action::Download, || event).await;
        }
        self.note_first().await;
        Ok(())
    }

    async fn note_first(&self) {
        if self.transfer.failure().is_none()
            && let Ok(place) = self.session.account().mounts().locate(&self.path)
        {
            self.session.note_first(Direction::Download, || self.event(&place)).await;
        }
    }

    fn event(&self, place: &Place) -> Event {
        Event {
            size: self.transfer.moved(),
            elapsed: self.transfer.started.elapsed(),
            status: self.transfer.status(),
            ..self.session.event(Action::Download, place)
        }
    }

    /// Logs the end and takes the transfer from the list; the event for those who want it.
    fn end(&self) -> Option<Event> {
        let session = &self.session;
        session.end_transfer(&self.transfer);
        let place = session.account().mounts().locate(&self.path).ok()?;
        let line = TransferLine {
            direction: Direction::Download,
            started: self.transfer.started,
            size: self.transfer.moved(),
            username: session.account().name(),
            place: &place,
            connection: session.connection(),
            error: self.transfer.failure().map(|failure| &*failure.text),
        };
        line.log();
        session.0.services.events.wants(Action::Download).then(|| self.event(&place))
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        if self.file.take().is_none() {
            return; // finished
        }
        self.transfer.fail(&Error::Aborted);
        if let Some(event) = self.end() {
            let services = self.session.0.services.clone();
            let bus = services.events.clone();
            services.background.spawn(async move { bus.after(Action::Download, || event).await });
        }
    }
}

/// As `read`, shown in the list of transfers, and in its line when it fails later.
fn counted(transfer: &Arc<Transfer>, read: Read) -> Read {
    match read {
        Read::Now(bytes) => {
            transfer.count(bytes as u64);
            Read::Now(bytes)
        }
        Read::Later(bytes) => {
            let transfer = transfer.clone();
            Read::Later(Box::pin(async move {
                let bytes = bytes.await.map_err(Error::from).inspect_err(|error| {
                    transfer.fail(error);
                })?;
                transfer.count(bytes.len() as u64);
                Ok(bytes)
            }))
        }
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("path", &self.path).finish_non_exhaustive()
    }
}
