//! Checked places, and what may be done with each. The fields are open to `access` alone, so nobody else can
//! make one.

mod moving;

pub use self::moving::{Linkable, Movable};

use super::{Place, Standing};
use crate::{
    Error, Result, SymlinkMode,
    quota::{Charge, Limits, Opening},
    settings::Settings,
};
use storage::{
    Change, Kind, Links, Listing, Metadata, OnAbort, OpenWrite, Publish, ReadAt, Space, Start, Writer,
    tree::At,
};
use types::VirtualPath;

/// May be looked at: attributes, where a link leads.
pub struct Visible(pub(super) Place);

/// A directory that may be listed.
pub struct Listable(pub(super) Place);

/// A file that may be read.
pub struct Readable(pub(super) Place);

/// A file that may be created or written.
pub struct Writable {
    pub(super) place: Place,
    /// Settled by what was there: create exclusively, or open what exists.
    pub(super) start: Start,
    pub(super) readable: bool,
    pub(super) append: bool,
    /// What appears at the name meanwhile may be replaced.
    pub(super) may_overwrite: bool,
    pub(super) resumable: bool,
}

/// A file or link that may be removed.
pub struct RemovableFile(pub(super) Place);

/// A directory that may be removed when it is empty.
pub struct RemovableDir(pub(super) Place);

/// A directory that may be made.
pub struct Creatable(pub(super) Place);

/// Something whose attributes may be set.
pub struct Changeable(pub(super) Place);

impl Visible {
    pub async fn stat(&self) -> Result<Metadata> {
        Ok(self.0.stat().await?)
    }

    pub async fn stat_link(&self) -> Result<Metadata> {
        Ok(self.0.stat_node().await?)
    }

    /// The virtual path a link leads to.
    pub async fn read_link(&self) -> Result<VirtualPath> {
        let target = links(&self.0)?.read_link(&self.0.key).await?;
        Ok(VirtualPath::parse(&self.0.mount.at, target.as_bytes())?)
    }

    /// Room on the file system, as far as the account's limits leave it.
    pub async fn space(&self) -> Result<Space> {
        let space = self.0.mount.backend.space(&self.0.key).await?;
        Ok(self.0.charge().map_or(space, |charge| charge.space(space)))
    }
}

impl Listable {
    /// `None` for a directory that is there for the mounts below it alone.
    pub async fn open(&self) -> Result<Option<Box<dyn Listing>>> {
        match (self.0.mount.backend.list(&self.0.key).await, self.0.standing) {
            (Err(storage::Error::NotFound), Standing::AboveMount) => Ok(None),
            (listing, _) => Ok(Some(listing?)),
        }
    }
}

impl Readable {
    pub async fn stat(&self) -> Result<Metadata> {
        Ok(self.0.stat().await?)
    }

    pub async fn open(&self) -> Result<Box<dyn ReadAt>> {
        Ok(self.0.mount.backend.read(&self.0.key).await?)
    }

    pub const fn place(&self) -> &Place {
        &self.0
    }
}

impl Writable {
    /// Opens the file. Creating is exclusive: a file that appeared since it was looked for is
    /// [`AlreadyExists`](Error::AlreadyExists), one that vanished [`NotFound`](Error::NotFound), and the
    /// caller decides again; otherwise two creates at once could do with `upload` what needs `overwrite`.
    pub async fn create(&self, settings: &Settings) -> Result<Writer> {
        let (publish, on_abort) = settings.publishing(self.resumable);
        let start = match self.start {
            Start::CreateNew if !self.is_exclusive(settings) => Start::Truncate,
            start => start,
        };
        let open = OpenWrite {
            start,
            read: self.readable,
            append: self.append,
            mode: settings.file_mode(),
            publish,
            on_abort,
            durable: settings.is_durable(publish),
        };
        Ok(self.place.mount.backend.write(&self.place.key, &open).await?)
    }

    /// Whether [`create`](Self::create) makes a file where none is, or none. A staged file takes its name at
    /// the end; until then another may have, and for who may overwrite the last one counts, as in place.
    pub const fn is_exclusive(&self, settings: &Settings) -> bool {
        self.creates() && !(self.may_overwrite && self.is_staged(settings))
    }

    pub const fn on_abort(&self, settings: &Settings) -> OnAbort {
        settings.publishing(self.resumable).1
    }

    /// Whether the file is seen only when it is complete.
    pub const fn is_staged(&self, settings: &Settings) -> bool {
        matches!(settings.publishing(self.resumable).0, Publish::WhenFinished)
    }

    pub const fn creates(&self) -> bool {
        matches!(self.start, Start::CreateNew)
    }

    pub const fn truncates(&self) -> bool {
        matches!(self.start, Start::CreateNew | Start::TruncateExisting)
    }

    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// The right to take back a file that this upload makes and may not keep.
    pub fn reclaim(&self) -> RemovableFile {
        RemovableFile(self.place.clone())
    }

    /// How the file is opened, for what is counted of it.
    pub fn opening(&self, settings: &Settings) -> Opening {
        let truncates = self.truncates();
        if self.is_staged(settings) || self.place.mount.backend.capabilities().atomic_write {
            Opening::Staged { truncates }
        } else {
            Opening::InPlace { truncates }
        }
    }

    /// The same permit for where a dangling link leads.
    pub async fn behind_dangling_link(self) -> Result<Self> {
        Ok(Self { place: self.place.behind_dangling_link().await?, ..self })
    }
}

impl RemovableFile {
    pub async fn remove(&self) -> Result<()> {
        let Self(place) = self;
        let Some(Charge { book, .. }) = place.charge() else {
            return Ok(place.mount.backend.remove_file(&place.key).await?);
        };
        let file = place.file_id();
        let _order = book.order(&file).await;
        let size = place.node_size().await?;
        place.mount.backend.remove_file(&place.key).await?;
        if let Some(size) = size {
            book.removed(&file, size);
        }
        Ok(())
    }

    /// Somebody else removed the file, which was `there` before: it counts no more.
    pub fn is_gone(&self, there: Option<Metadata>) {
        let file = there.filter(|metadata| metadata.kind == Kind::File);
        if let (Some(Charge { book, .. }), Some(file)) = (self.0.charge(), file) {
            book.removed(&self.0.file_id(), file.size);
        }
    }

    pub const fn place(&self) -> &Place {
        &self.0
    }
}

impl RemovableDir {
    pub async fn entries(&self) -> Result<Box<dyn Listing>> {
        Ok(self.0.mount.backend.list(&self.0.key).await?)
    }

    pub async fn remove(&self) -> Result<()> {
        Ok(self.0.mount.backend.remove_dir(&self.0.key).await?)
    }

    pub const fn place(&self) -> &Place {
        &self.0
    }
}

impl Creatable {
    pub async fn make(&self, settings: &Settings) -> Result<()> {
        Ok(self.0.mount.backend.make_dir(&self.0.key, settings.dir_mode()).await?)
    }

    pub const fn place(&self) -> &Place {
        &self.0
    }
}

impl Changeable {
    /// Sets attributes, links followed. A size counts as if it were written.
    pub async fn change(&self, change: &Change) -> Result<()> {
        let Self(place) = self;
        let apply = || place.mount.backend.change(&place.key, change);
        let (Some(Charge { book, limits }), Some(size)) = (place.charge(), change.size) else {
            return Ok(apply().await?);
        };
        let file = place.file_id();
        let _order = book.order(&file).await;
        let Some(before) = place.file_size().await? else { return Ok(apply().await?) };
        book.set_size(&file, before, size, *limits)?;
        if let Err(error) = apply().await {
            let _ = book.set_size(&file, size, before, Limits::default());
            return Err(error.into());
        }
        Ok(())
    }

    /// Sets attributes of a link itself.
    pub async fn change_link(&self, change: &Change) -> Result<()> {
        Ok(links(&self.0)?.change_link(&self.0.key, change).await?)
    }

    /// Whether the backend keeps mode, owner and times.
    pub fn has_attributes(&self) -> bool {
        self.0.mount.backend.capabilities().attributes
    }

    pub const fn place(&self) -> &Place {
        &self.0
    }
}

impl Place {
    fn at(&self) -> At<'_> {
        At { backend: &*self.mount.backend, key: &self.key }
    }

    /// Whether clients may create links here, which the configuration says for links kept here and elsewhere.
    pub fn may_create_links(&self, mode: SymlinkMode) -> bool {
        let links = self.mount.backend.links();
        links.is_some_and(|links| if links.are_remote() { mode.remote } else { mode.local })
    }
}

fn links(place: &Place) -> Result<&dyn Links> {
    place.mount.backend.links().ok_or(Error::Unsupported)
}
