//! Opening a file for writing: the whole policy of an upload.

use super::{Upload, landing::Landing};
use crate::{
    Error, Result, Session,
    place::access::Writable,
    quota::{Opening, Slot},
    registry::Direction,
    traffic::Meter,
};
use events::{Action, Event, Verdict};
use storage::{Metadata, Start, Writer};
use types::VirtualPath;

/// How a client wants a file opened for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    pub start: Start,
    /// The handle is read from as well.
    pub read: bool,
    /// Every write goes to the end, whatever its offset.
    pub append: bool,
    /// What a lost client sent is worth keeping, since the protocol can go on from there (SFTP, FTP); over
    /// HTTP it is not.
    pub resumable: bool,
}

/// Whether observers are asked before a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Announce {
    Yes,
    /// What the file is written for has been, or needs not be.
    No,
}

/// A file that was opened.
pub(crate) struct Opened {
    pub writer: Writer,
    pub landing: Landing,
    pub slot: Slot,
    /// Its size now.
    pub size: u64,
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
    /// protocol. The backend opens only for a [`Writable`], and only with a slot.
    ///
    /// Creating needs `upload`, touching what is there `overwrite`. A directory is
    /// [`Unsupported`](Error::Unsupported). [`QuotaExceeded`](Error::QuotaExceeded) when nothing is left.
    pub async fn upload(&self, path: &VirtualPath, open: Open) -> Result<Upload> {
        let meter = Meter::begin(self.account(), Direction::Upload, self.0.services.background.main())?;
        let opened = self.open_for_writing(path, &open, Announce::Yes).await?;
        Ok(Upload::new(self.clone(), path, opened, open, meter))
    }

    pub(crate) async fn open_for_writing(
        &self,
        path: &VirtualPath,
        open: &Open,
        mut announce: Announce,
    ) -> Result<Opened> {
        if let Some(opened) = self.open_new(path, open, announce).await? {
            return Ok(opened);
        }
        let mut last = Error::Aborted;
        for _ in 0..ATTEMPTS {
            let place = self.locate(path)?;
            let before = place.probe().await?;
            let writable = self.account().access().write(place, before.as_ref(), open)?;
            if std::mem::replace(&mut announce, Announce::No) == Announce::Yes {
                self.announce(&writable, before.as_ref(), open).await?;
            }
            // The file may have appeared or vanished since the probe; then what is needed to write it is
            // another permission, so decide again.
            match self.create(writable, before.map(|before| before.size)).await {
                Err(error @ Error::AlreadyExists) if open.start != Start::CreateNew => last = error,
                Err(error @ Error::NotFound) if before.is_some() => last = error,
                opened => return opened,
            }
        }
        Err(last)
    }

    /// Most uploads make new files: those that may are made without looking first, which creating exclusively
    /// does anyway. `None` when something is there, or someone wants to be told what is: then look.
    async fn open_new(&self, path: &VirtualPath, open: &Open, announce: Announce) -> Result<Option<Opened>> {
        let creates = matches!(open.start, Start::CreateNew | Start::Truncate | Start::Keep);
        let told = announce == Announce::Yes && self.0.services.events.wants(Action::PreUpload);
        if !creates || told {
            return Ok(None);
        }
        let place = self.locate(path)?;
        let Ok(writable) = self.account().access().write(place, None, open) else { return Ok(None) };
        if !writable.is_exclusive(&self.0.services.settings) {
            return Ok(None);
        }
        match self.open(&writable, None).await {
            // No room for a new file is no reason to refuse one that is there and may be replaced.
            Err(Error::AlreadyExists | Error::QuotaExceeded) => Ok(None),
            opened => opened.map(Some),
        }
    }

    async fn announce(&self, writable: &Writable, before: Option<&Metadata>, open: &Open) -> Result<()> {
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

    async fn create(&self, writable: Writable, before: Option<u64>) -> Result<Opened> {
        let staged = writable.is_staged(&self.0.services.settings);
        match self.open(&writable, before).await {
            // Exclusive creation does not go through a link; one that dangles is followed by hand, unless the
            // file will take its place.
            Err(Error::AlreadyExists) if writable.creates() && !staged => {
                self.open(&writable.behind_dangling_link().await?, before).await
            }
            opened => opened,
        }
    }

    /// Reserves room, opens, and counts what opening did. `before` is the size of the file that is there.
    async fn open(&self, writable: &Writable, before: Option<u64>) -> Result<Opened> {
        let settings = &self.0.services.settings;
        let place = writable.place();
        let opening = writable.opening(settings);
        let file = place.charge().map(|_| place.file_id());
        let _order = match (place.charge(), &file) {
            (Some(charge), Some(file)) => Some(charge.book.order(file).await),
            _ => None,
        };
        // What is counted has to be what is there now, and not when permission was asked.
        let before = match (&file, opening) {
            (None, _) => before,
            (Some(_), _) if writable.is_exclusive(settings) => None,
            (Some(_), Opening::InPlace { .. }) => place.file_size().await?,
            (Some(_), Opening::Staged { .. }) => place.node_size().await?,
        };
        let mut slot = Slot::reserve(place.charge(), self.account().max_upload_size(), opening, before)?;
        let writer = writable.create(settings).await?;
        if let Some(file) = &file {
            slot.opened(file, before);
        }
        let landing = Landing::new(writable, opening, settings);
        let size = if writable.truncates() { 0 } else { before.unwrap_or(0) };
        Ok(Opened { writer, landing, slot, size })
    }
}

/// The flags of the open in the numbering of Linux, which hooks are told: none for a file made over SFTP,
/// 512 for one that is truncated, 65 for one that goes on.
fn open_flags(writable: &Writable, open: &Open) -> u32 {
    const WRITE: u32 = 1;
    const CREATE: u32 = 64;
    const TRUNCATE: u32 = 512;
    match (writable.creates(), writable.truncates()) {
        (true, _) if open.resumable => 0,
        (_, true) => WRITE | CREATE | TRUNCATE,
        (_, false) => WRITE | CREATE,
    }
}
