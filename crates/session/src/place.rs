//! Which backend holds a path: the home directory and what is laid over it.

use crate::{
    Error, Result,
    quota::{Charge, FileId},
};
use std::{collections::BTreeSet, sync::Arc};
use storage::{Backend, Description, Key, Kind, Metadata, Time};
use types::VirtualPath;

pub mod access;

/// A backend at a virtual directory.
#[derive(Debug)]
pub struct Mount {
    pub at: VirtualPath,
    pub backend: Arc<dyn Backend>,
    /// Who is charged for what is stored here; `None` where nobody counts.
    pub charge: Option<Charge>,
}

/// Mounts, deepest first.
pub struct Mounts(Vec<Arc<Mount>>);

/// How a path stands to the mounts, which clients can neither move nor remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Plain,
    /// A virtual folder's own directory.
    Mount,
    /// A directory that has one somewhere below. It is there even when the disk below has lost it.
    AboveMount,
}

/// A path found in its backend. Anyone inside the session may ask what is there; to do something to it, it
/// has to become a [`Writable`](access::Writable) and the like, which only [`access`] can make.
#[derive(Clone, Debug)]
pub struct Place {
    path: VirtualPath,
    key: Key,
    mount: Arc<Mount>,
    standing: Standing,
}

impl Mounts {
    pub fn new(mut mounts: Vec<Mount>) -> Self {
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.at.parts().count()));
        Self(mounts.into_iter().map(Arc::new).collect())
    }

    pub fn locate(&self, path: &VirtualPath) -> Result<Place> {
        let found = self.0.iter().find_map(|mount| Some((mount, path.strip(&mount.at)?)));
        let (mount, rest) = found.ok_or(Error::NotFound)?;
        let key = Key::new(rest).ok_or(Error::Invalid)?;
        Ok(Place { path: path.clone(), key, mount: mount.clone(), standing: self.standing(path) })
    }

    /// The names that mounts put into `dir`: their own, and those of directories on the way to them.
    pub fn names_in(&self, dir: &VirtualPath) -> BTreeSet<&[u8]> {
        let below = self.0.iter().filter_map(|mount| mount.at.strip(dir));
        below
            .filter_map(|rest| rest.split(|byte| *byte == b'/').next())
            .filter(|name| !name.is_empty())
            .collect()
    }

    fn standing(&self, path: &VirtualPath) -> Standing {
        let mut folders = self.0.iter().filter(|mount| !mount.at.is_root()).peekable();
        if folders.peek().is_none() || path.is_root() {
            return Standing::Plain;
        }
        match folders.filter_map(|mount| mount.at.strip(path)).map(<[u8]>::is_empty).max() {
            None => Standing::Plain,
            Some(true) => Standing::Mount,
            Some(false) => Standing::AboveMount,
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Mount> {
        self.0.iter().map(|mount| &**mount)
    }
}

impl Place {
    pub fn path(&self) -> &VirtualPath {
        &self.path
    }

    /// How the backend names it: a path on disk. For logs and events.
    pub fn stored_as(&self) -> String {
        self.mount.backend.name_of(&self.key)
    }

    /// The same, byte for byte.
    pub fn path_on_storage(&self) -> Vec<u8> {
        self.mount.backend.path_of(&self.key)
    }

    pub fn charge(&self) -> Option<&Charge> {
        self.mount.charge.as_ref()
    }

    /// What tells the file from others, whichever session and path it is reached by.
    pub fn file_id(&self) -> FileId {
        let root = self.mount.backend.name_of(&Key::root());
        [root.as_bytes(), b"/", self.key.as_bytes()].concat().into()
    }

    /// The size of the file that is there, links followed.
    pub async fn file_size(&self) -> Result<Option<u64>> {
        Ok(size_of_file(self.probe().await?))
    }

    /// The size of the file that is there; a link is none.
    pub async fn node_size(&self) -> Result<Option<u64>> {
        Ok(size_of_file(self.probe_node().await?))
    }

    /// What the backend is, for events.
    pub fn description(&self) -> Description {
        self.mount.backend.describe()
    }

    /// Makes the directory if it is missing: the start directory, the parents of a virtual folder. What the
    /// account may do is not asked, since its administrator asked for them.
    pub async fn make_for_login(&self, mode: u32) -> Result<()> {
        match self.mount.backend.make_dir(&self.key, mode).await {
            Ok(()) | Err(storage::Error::AlreadyExists) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The entry, or the lack of it, is on stable storage afterwards.
    pub async fn sync_name(&self) -> Result<()> {
        Ok(self.mount.backend.sync(&self.key.parent()).await?)
    }

    /// The content and the attributes are on stable storage afterwards.
    pub async fn sync(&self) -> Result<()> {
        Ok(self.mount.backend.sync(&self.key).await?)
    }

    /// What is there, links followed.
    pub async fn probe(&self) -> Result<Option<Metadata>> {
        found(self.stat().await)
    }

    /// As [`probe`](Self::probe), but what is missing is an error.
    async fn stat(&self) -> storage::Result<Metadata> {
        match (self.mount.backend.stat(&self.key).await, self.standing) {
            (Ok(metadata), Standing::Mount) => Ok(Metadata { mode: FOLDER_MODE, ..metadata }),
            (Err(storage::Error::NotFound), Standing::AboveMount) => Ok(virtual_directory()),
            (stat, _) => stat,
        }
    }

    /// What is there, links not followed at the last part.
    pub async fn probe_node(&self) -> Result<Option<Metadata>> {
        found(self.stat_node().await)
    }

    async fn stat_node(&self) -> storage::Result<Metadata> {
        match (self.mount.backend.links(), self.standing) {
            (Some(links), Standing::Plain) => links.stat_link(&self.key).await,
            // Where mounts are concerned a link on disk does not count: it could not be followed to them.
            (None, _) | (_, Standing::Mount | Standing::AboveMount) => self.stat().await,
        }
    }

    /// Where a link whose target is missing leads: a file created through it is created there. The path, and
    /// with it what the account may do, stays that of the link.
    async fn behind_dangling_link(mut self) -> Result<Self> {
        let Some(links) = self.mount.backend.links() else { return Ok(self) };
        for _ in 0..MAX_HOPS {
            match links.stat_link(&self.key).await {
                Ok(Metadata { kind: Kind::Symlink, .. }) => self.key = links.read_link(&self.key).await?,
                Ok(_) | Err(storage::Error::NotFound) => return Ok(self),
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Loop)
    }
}

/// As many links as Linux follows.
const MAX_HOPS: usize = 40;

/// What a virtual folder's own directory shows, whatever the disk says.
const FOLDER_MODE: u32 = 0o755;

/// A directory that is there for the mounts alone.
pub const fn virtual_directory() -> Metadata {
    let epoch = Time { secs: 0, nanos: 0 };
    Metadata {
        kind: Kind::Directory,
        size: 0,
        mode: FOLDER_MODE,
        uid: 0,
        gid: 0,
        links: 1,
        accessed: epoch,
        modified: epoch,
    }
}

fn size_of_file(found: Option<Metadata>) -> Option<u64> {
    found.filter(|metadata| metadata.kind == Kind::File).map(|metadata| metadata.size)
}

fn found(stat: storage::Result<Metadata>) -> Result<Option<Metadata>> {
    match stat {
        Ok(metadata) => Ok(Some(metadata)),
        Err(storage::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
