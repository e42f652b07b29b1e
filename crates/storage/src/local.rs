//! Files on a local disk, confined to a root directory.
//!
//! Nothing is kept open between operations: an idle session holds no descriptor, and a root that vanished or
//! was made again is noticed by the next operation. Opening the root costs about a microsecond.

mod attributes;
mod confine;
mod create;
mod ending;
mod file;
mod journal;
mod links;
mod listing;
mod open;
mod order;
mod queue;
mod stage;
mod takeover;
mod temporary;
mod walk;
mod writer;

pub use self::journal::{Journal, LeftOvers};

use self::{confine::Root, create::New, file::LocalFile, listing::LocalListing};
use crate::{
    Backend, Capabilities, Change, Description, Error, Key, Links, Listing, Metadata, OpenWrite, ReadAt,
    Rename, Result, Space, Writer, lane,
};
use async_trait::async_trait;
use rustix::fs::{AtFlags, OFlags};
use std::{
    any::Any,
    fs,
    os::unix::{ffi::OsStrExt, fs::DirBuilderExt},
    path::PathBuf,
};

/// A directory of the local file system as a [`Backend`]. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Local {
    root: Root,
    new: New,
}

impl Local {
    /// Confined to `root`, which may itself be reached through links and need not exist yet. What is created
    /// belongs to `owner` (uid, gid) where one is given, else to the server's own user.
    pub fn new(root: impl Into<PathBuf>, owner: Option<(u32, u32)>) -> Self {
        Self {
            root: Root::new(root.into()),
            new: New { owner, nameless: true, journal: None, lasting: false },
        }
    }

    /// Notes the temporary files it makes in `journal`, so that those a killed server leaves are removed when it
    /// starts again.
    #[must_use]
    pub fn journalled(mut self, journal: Option<Journal>) -> Self {
        self.new.journal = journal;
        self
    }

    /// The root, when it is made, is on stable storage before anything is put there.
    #[must_use]
    pub fn lasting(mut self, lasting: bool) -> Self {
        self.new.lasting = lasting;
        self
    }

    /// Walks every path part by part, as on kernels without `openat2`.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn without_openat2(mut self) -> Self {
        self.root = self.root.without_openat2();
        self
    }

    /// Gives staged files a temporary name, as on file systems that know no nameless ones.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn without_nameless_files(mut self) -> Self {
        self.new.nameless = false;
        self
    }

    /// Runs `work` where it may block.
    async fn run<T: Send + 'static>(
        &self,
        key: &Key,
        work: impl FnOnce(&Self, &Key) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if lane::is_private() {
            return work(self, key);
        }
        let (local, key) = (self.clone(), key.clone());
        lane::run(move || work(&local, &key)).await
    }
}

#[async_trait]
impl Backend for Local {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            random_write: true,
            atomic_rename: true,
            rename_directories: true,
            attributes: true,
            atomic_write: false,
            implied_directories: false,
        }
    }

    fn describe(&self) -> Description {
        Description { provider: 0, endpoint: String::new(), bucket: String::new() }
    }

    fn name_of(&self, key: &Key) -> String {
        let root = self.root.path().to_string_lossy();
        if key.is_root() {
            return root.into_owned();
        }
        format!("{}/{}", root.trim_end_matches('/'), String::from_utf8_lossy(key.as_bytes()))
    }

    fn path_of(&self, key: &Key) -> Vec<u8> {
        let mut root = self.root.path().as_os_str().as_bytes();
        if key.is_root() {
            return root.to_vec();
        }
        while let [shorter @ .., b'/'] = root {
            root = shorter;
        }
        [root, b"/", key.as_bytes()].concat()
    }

    async fn prepare(&self, mode: u32) -> Result<()> {
        self.run(&Key::root(), move |local, _| local.make_root(mode)).await
    }

    async fn stat(&self, key: &Key) -> Result<Metadata> {
        self.run(key, |local, key| local.root.stat(key)).await
    }

    async fn list(&self, dir: &Key) -> Result<Box<dyn Listing>> {
        let open = |local: &Self, dir: &Key| local.root.open(dir, OFlags::RDONLY | OFlags::DIRECTORY);
        Ok(Box::new(LocalListing::new(self.run(dir, open).await?)))
    }

    async fn read(&self, key: &Key) -> Result<Box<dyn ReadAt>> {
        let open = |local: &Self, key: &Key| file::open(&local.root, key);
        Ok(Box::new(LocalFile::new(self.run(key, open).await?)))
    }

    async fn write(&self, key: &Key, open: &OpenWrite) -> Result<Writer> {
        let open = open.clone();
        self.run(key, move |local, key| writer::open(&local.root, &local.new, key, &open)).await
    }

    async fn rename(&self, from: &Key, to: &Key, rename: Rename) -> Result<()> {
        let to = to.clone();
        self.run(from, move |local, from| confine::rename(&local.root, from, &local.root, &to, rename)).await
    }

    async fn rename_into(&self, from: &Key, other: &dyn Backend, to: &Key, rename: Rename) -> Result<()> {
        let Some(other) = (other as &dyn Any).downcast_ref::<Self>() else {
            return Err(Error::CrossesDevices);
        };
        let (other, to) = (other.clone(), to.clone());
        self.run(from, move |local, from| confine::rename(&local.root, from, &other.root, &to, rename)).await
    }

    async fn remove_file(&self, key: &Key) -> Result<()> {
        self.run(key, |local, key| local.root.unlink(key, AtFlags::empty())).await
    }

    async fn remove_dir(&self, key: &Key) -> Result<()> {
        self.run(key, |local, key| match local.root.unlink(key, AtFlags::REMOVEDIR) {
            Err(Error::NotEmpty) => {
                // What its owner does not see must not keep it from being removed.
                temporary::sweep_all(&local.root, key)?;
                local.root.unlink(key, AtFlags::REMOVEDIR)
            }
            removed => removed,
        })
        .await
    }

    async fn make_dir(&self, key: &Key, mode: u32) -> Result<()> {
        self.run(key, move |local, key| local.new.directory(&local.root, key, mode)).await
    }

    async fn change(&self, key: &Key, change: &Change) -> Result<()> {
        let change = *change;
        self.run(key, move |local, key| attributes::change(&local.root, key, &change)).await
    }

    async fn sync(&self, key: &Key) -> Result<()> {
        self.run(key, |local, key| ending::sync(&local.root, key)).await
    }

    async fn space(&self, key: &Key) -> Result<Space> {
        self.run(key, |local, key| attributes::space(&local.root, key)).await
    }

    fn links(&self) -> Option<&dyn Links> {
        Some(self)
    }
}

impl Local {
    fn make_root(&self, mode: u32) -> Result<()> {
        let path = self.root.path();
        if path.is_dir() {
            return Ok(());
        }
        let missing = path.ancestors().take_while(|dir| !dir.as_os_str().is_empty() && !dir.is_dir()).count();
        fs::DirBuilder::new().recursive(true).mode(mode).create(path)?;
        if self.new.lasting {
            for dir in path.ancestors().skip(1).take(missing) {
                fs::File::open(dir)?.sync_all()?;
            }
        }
        // The parents stay the server's; the root itself belongs to its user.
        self.new.settle(&self.root.open(&Key::root(), OFlags::RDONLY | OFlags::DIRECTORY)?, mode)
    }
}
