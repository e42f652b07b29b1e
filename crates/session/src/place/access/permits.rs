//! Checked places, and what may be done with each. The fields are open to `access` alone, so nobody else can
//! make one.

use super::{Place, Standing};
use crate::{Error, Result, SymlinkMode, settings::Settings};
use std::sync::Arc;
use storage::{
    Change, Links, Listing, Metadata, OpenWrite, Publish, ReadAt, Rename, Space, Start, Writer,
    tree::{self, At},
};
use types::VirtualPath;

/// May be looked at: attributes, where a link leads.
pub struct Visible<'a>(pub(super) Place<'a>);

/// A directory that may be listed.
pub struct Listable<'a>(pub(super) Place<'a>);

/// A file that may be read.
pub struct Readable<'a>(pub(super) Place<'a>);

/// A file that may be created or written.
pub struct Writable<'a> {
    pub(super) place: Place<'a>,
    /// Settled by what was there: create exclusively, or open what exists.
    pub(super) start: Start,
    pub(super) readable: bool,
    /// What appears at the name meanwhile may be replaced.
    pub(super) may_overwrite: bool,
    pub(super) resumable: bool,
}

/// A file or link that may be removed.
pub struct RemovableFile<'a>(pub(super) Place<'a>);

/// A directory that may be removed when it is empty.
pub struct RemovableDir<'a>(pub(super) Place<'a>);

/// A directory that may be made.
pub struct Creatable<'a>(pub(super) Place<'a>);

/// Something whose attributes may be set.
pub struct Changeable<'a>(pub(super) Place<'a>);

/// A link that may be made.
pub struct Linkable<'a> {
    pub(super) target: Place<'a>,
    pub(super) link: Place<'a>,
}

/// Something that may be renamed.
pub struct Movable<'a> {
    pub(super) from: Place<'a>,
    pub(super) to: Place<'a>,
    pub(super) replaces: bool,
    /// Allowed only when no file is inside.
    pub(super) directories_only: bool,
}

impl Visible<'_> {
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

    pub async fn space(&self) -> Result<Space> {
        Ok(self.0.mount.backend.space(&self.0.key).await?)
    }
}

impl Listable<'_> {
    /// `None` for a directory that is there for the mounts below it alone.
    pub async fn open(&self) -> Result<Option<Box<dyn Listing>>> {
        match (self.0.mount.backend.list(&self.0.key).await, self.0.standing) {
            (Err(storage::Error::NotFound), Standing::AboveMount) => Ok(None),
            (listing, _) => Ok(Some(listing?)),
        }
    }
}

impl<'a> Readable<'a> {
    pub async fn open(&self) -> Result<Box<dyn ReadAt>> {
        Ok(self.0.mount.backend.read(&self.0.key).await?)
    }

    pub const fn place(&self) -> &Place<'a> {
        &self.0
    }
}

impl<'a> Writable<'a> {
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

    pub const fn place(&self) -> &Place<'a> {
        &self.place
    }

    /// The same permit for where a dangling link leads.
    pub async fn behind_dangling_link(self) -> Result<Self> {
        Ok(Self { place: self.place.behind_dangling_link().await?, ..self })
    }
}

impl<'a> RemovableFile<'a> {
    pub async fn remove(&self) -> Result<()> {
        Ok(self.0.mount.backend.remove_file(&self.0.key).await?)
    }

    pub const fn place(&self) -> &Place<'a> {
        &self.0
    }
}

impl<'a> RemovableDir<'a> {
    pub async fn remove(&self) -> Result<()> {
        Ok(self.0.mount.backend.remove_dir(&self.0.key).await?)
    }

    pub const fn place(&self) -> &Place<'a> {
        &self.0
    }
}

impl<'a> Creatable<'a> {
    pub async fn make(&self, settings: &Settings) -> Result<()> {
        Ok(self.0.mount.backend.make_dir(&self.0.key, settings.dir_mode()).await?)
    }

    pub const fn place(&self) -> &Place<'a> {
        &self.0
    }
}

impl<'a> Changeable<'a> {
    pub async fn change(&self, change: &Change) -> Result<()> {
        Ok(self.0.mount.backend.change(&self.0.key, change).await?)
    }

    /// Sets attributes of a link itself.
    pub async fn change_link(&self, change: &Change) -> Result<()> {
        Ok(links(&self.0)?.change_link(&self.0.key, change).await?)
    }

    /// Whether the backend keeps mode, owner and times.
    pub fn has_attributes(&self) -> bool {
        self.0.mount.backend.capabilities().attributes
    }

    pub const fn place(&self) -> &Place<'a> {
        &self.0
    }
}

impl<'a> Linkable<'a> {
    pub async fn make_link(&self) -> Result<()> {
        let same = Arc::ptr_eq(&self.target.mount.backend, &self.link.mount.backend);
        if !same {
            return Err(Error::Unsupported);
        }
        Ok(links(&self.link)?.make_link(&self.target.key, &self.link.key).await?)
    }

    pub async fn hard_link(&self) -> Result<()> {
        let same = Arc::ptr_eq(&self.target.mount.backend, &self.link.mount.backend);
        if !same {
            return Err(Error::Unsupported);
        }
        Ok(links(&self.link)?.hard_link(&self.target.key, &self.link.key).await?)
    }

    pub const fn target(&self) -> &Place<'a> {
        &self.target
    }

    pub const fn link(&self) -> &Place<'a> {
        &self.link
    }
}

impl<'a> Movable<'a> {
    /// Renames: in one step where the storage can, else by copying and removing. A target that appeared since
    /// it was looked for is [`AlreadyExists`](Error::AlreadyExists).
    pub async fn rename(&self) -> Result<()> {
        let (from, to) = (self.from.at(), self.to.at());
        if self.directories_only && tree::holds_files(from).await? {
            return Err(Error::Denied);
        }
        let rename = if self.replaces { Rename::Replace } else { Rename::NoReplace };
        let renamed = if Arc::ptr_eq(&self.from.mount.backend, &self.to.mount.backend) {
            from.backend.rename(from.key, to.key, rename).await
        } else {
            from.backend.rename_into(from.key, to.backend, to.key, rename).await
        };
        match renamed {
            Err(storage::Error::CrossesDevices) => Ok(tree::relocate(from, to, rename).await?),
            renamed => Ok(renamed?),
        }
    }

    pub const fn from(&self) -> &Place<'a> {
        &self.from
    }

    pub const fn to(&self) -> &Place<'a> {
        &self.to
    }
}

impl Place<'_> {
    fn at(&self) -> At<'_> {
        At { backend: &*self.mount.backend, key: &self.key }
    }

    /// Whether clients may create links here, which the configuration says by kind of backend.
    pub fn may_create_links(&self, mode: SymlinkMode) -> bool {
        let allowed = match self.mount.backend.describe().provider {
            REMOTE_SFTP => mode.remote,
            _ => mode.local,
        };
        allowed && self.mount.backend.links().is_some()
    }
}

/// `FsProviders` of the REST schema.
const REMOTE_SFTP: u8 = 5;

fn links<'a>(place: &Place<'a>) -> Result<&'a dyn Links> {
    place.mount.backend.links().ok_or(Error::Unsupported)
}
