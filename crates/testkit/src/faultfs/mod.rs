//! A file system that fails on purpose.
//!
//! A real mount, so what is tested is the server as it runs: the kernel passes every call on to this process,
//! which keeps all files in memory and does what the test says. A call can hang until it is released, be
//! late, or fail with any error on the n-th try; space can run out; and power can be lost, which forgets
//! everything that was not synced. `kill -9` proves nothing about fsync: the page cache outlives the process.
//!
//! What survives [`FaultFs::lose_power`]: the contents of a file as of its last fsync, and the names in a
//! directory as of its last fsync; the name a file was created under also comes with the fsync of the file,
//! as ext4, XFS and btrfs have it. A rename or a removal without an fsync of the directory is undone.

mod answer;
mod ops;
mod rules;
mod tree;

pub use self::rules::Call;

use self::{ops::Ops, rules::Rules, tree::Tree};
use anyhow::{Context, Result};
use fuser::{BackgroundSession, Config, MountOption, SessionACL};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tempfile::TempDir;

/// A mounted file system and the handle on its behaviour. Hung calls fail and the mount goes away on drop.
#[derive(Debug)]
pub struct FaultFs {
    // In this order: the session unmounts before its directory is removed.
    session: Option<BackgroundSession>,
    dir: TempDir,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    rules: Rules,
    tree: Mutex<Tree>,
}

impl FaultFs {
    /// Mounts an empty file system without any faults. Needs root or `fusermount3`, and `/dev/fuse`.
    pub fn mount() -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("faultfs-").tempdir()?;
        let shared = Arc::new(Shared { rules: Rules::default(), tree: Mutex::new(Tree::new()) });
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("faultfs".to_owned())];
        config.acl = SessionACL::All;
        let session = fuser::spawn_mount(Ops::new(Arc::clone(&shared)), dir.path(), &config)
            .context("mounting a FUSE file system")?;
        Ok(Self { session: Some(session), dir, shared })
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A directory below the mount, `home` say, as a path.
    pub fn join(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// From now on every call of this kind waits until [`FaultFs::heal`].
    pub fn hang(&self, call: Call) {
        self.shared.rules.hang(call);
    }

    /// How many calls hang at the moment.
    pub fn hanging(&self) -> usize {
        self.shared.rules.hanging()
    }

    /// From now on every call of this kind takes this much longer.
    pub fn delay(&self, call: Call, by: Duration) {
        self.shared.rules.delay(call, by);
    }

    /// From now on every call of this kind fails with `errno` ([`libc::ENOSPC`] say), after `spared` more
    /// that do not.
    pub fn fail(&self, call: Call, spared: u64, errno: i32) {
        self.shared.rules.fail(call, spared, errno);
    }

    /// The next calls beyond `bytes` of file contents fail with ENOSPC.
    pub fn limit_space(&self, bytes: u64) {
        self.tree().limit_space(bytes);
    }

    /// Takes every fault back and lets hung calls go on. The limit of space stays.
    pub fn heal(&self) {
        self.shared.rules.heal();
    }

    /// How many calls of this kind came in so far, failed ones too.
    pub fn count(&self, call: Call) -> u64 {
        self.shared.rules.count(call)
    }

    /// Forgets everything that was not synced, as a power cut does.
    pub fn lose_power(&self) {
        self.tree().lose_power();
    }

    fn tree(&self) -> MutexGuard<'_, Tree> {
        self.shared.tree()
    }
}

impl Shared {
    fn tree(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for FaultFs {
    fn drop(&mut self) {
        // Whoever waits in a hung call has to get out, or nobody can end that process.
        self.shared.rules.close();
        // Not joined: a process that still has a file open here keeps the lazily unmounted session alive.
        drop(self.session.take());
    }
}

#[cfg(test)]
mod tests;
