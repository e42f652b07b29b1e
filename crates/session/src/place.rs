//! Which backend holds a path: the home directory and what is laid over it.

use crate::{Error, Result};
use std::sync::Arc;
use storage::{Backend, Description, Key, Kind, Metadata};
use types::VirtualPath;

pub mod access;

/// A backend at a virtual directory.
pub struct Mount {
    pub at: VirtualPath,
    pub backend: Arc<dyn Backend>,
}

/// Mounts, deepest first.
pub struct Mounts(Vec<Mount>);

/// A path found in its backend. Anyone inside the session may ask what is there; to do something to it, it
/// has to become a [`Writable`](access::Writable) and the like, which only [`access`] can make.
#[derive(Clone)]
pub struct Place<'a> {
    path: VirtualPath,
    key: Key,
    mount: &'a Mount,
}

impl Mounts {
    pub fn new(mut mounts: Vec<Mount>) -> Self {
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.at.parts().count()));
        Self(mounts)
    }

    pub fn locate(&self, path: &VirtualPath) -> Result<Place<'_>> {
        let found = self.0.iter().find_map(|mount| Some((mount, path.strip(&mount.at)?)));
        let (mount, rest) = found.ok_or(Error::NotFound)?;
        let key = Key::new(rest).ok_or(Error::Invalid)?;
        Ok(Place { path: path.clone(), key, mount })
    }

    pub fn iter(&self) -> impl Iterator<Item = &Mount> {
        self.0.iter()
    }
}

impl Place<'_> {
    pub fn path(&self) -> &VirtualPath {
        &self.path
    }

    /// How the backend names it: a path on disk. For logs and events.
    pub fn stored_as(&self) -> String {
        self.mount.backend.name_of(&self.key)
    }

    /// What the backend is, for events.
    pub fn description(&self) -> Description {
        self.mount.backend.describe()
    }

    /// Makes the directory if it is missing; what the account may do is not asked, since its administrator
    /// asked for the directory.
    pub async fn make_start_directory(&self, mode: u32) -> Result<()> {
        match self.mount.backend.make_dir(&self.key, mode).await {
            Ok(()) | Err(storage::Error::AlreadyExists) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What is there, links followed.
    pub async fn probe(&self) -> Result<Option<Metadata>> {
        found(self.mount.backend.stat(&self.key).await)
    }

    /// What is there, links not followed at the last part.
    pub async fn probe_node(&self) -> Result<Option<Metadata>> {
        match self.mount.backend.links() {
            Some(links) => found(links.stat_link(&self.key).await),
            None => self.probe().await,
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

fn found(stat: storage::Result<Metadata>) -> Result<Option<Metadata>> {
    match stat {
        Ok(metadata) => Ok(Some(metadata)),
        Err(storage::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
