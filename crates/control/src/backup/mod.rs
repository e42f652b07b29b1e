//! Backups in SFTPGo's format: everything as one JSON object.
//!
//! However much there is, it is never in memory as a whole: a backup is read from one moment of the database page
//! by page, and one that comes in is checked object by object, waits on disk and is stored in one transaction.

mod dump;
mod files;
mod read;
mod stage;

pub use self::{
    dump::Layout,
    files::{BackupFile, MAX as MAX_BACKUP},
    read::Section,
};

use crate::{Control, Error, Result};
use stage::Ready;
use store::{Existing, Put, UsageOf};

/// The version of the format that this server writes, and the newest it reads.
pub const VERSION: i64 = 17;

/// What becomes of objects that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadMode {
    Update,
    Keep,
    /// Update, and end the sessions of updated users.
    UpdateAndDisconnect,
}

/// Whose files are counted after a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadScan {
    Nobody,
    Everybody,
    UsersWithQuota,
}

/// What a backup held: each kind, and how many there were of it.
pub type Loaded = Vec<(Section, usize)>;

impl Control {
    /// Brings back a backup: all of it, or nothing when one of its objects is not valid.
    pub async fn load(&self, backup: BackupFile, mode: LoadMode, scan: LoadScan) -> Result<Loaded> {
        // In a task of its own: whoever asked may leave, and what follows from a load is not lost with it.
        let control = self.clone();
        let loading = async move { control.load_to_the_end(backup, mode, scan).await };
        self.passwords.handle().spawn(loading).await.map_err(|_| Error::Stopped)?
    }

    async fn load_to_the_end(&self, backup: BackupFile, mode: LoadMode, scan: LoadScan) -> Result<Loaded> {
        let staged = self.staged(backup, scan).await?;
        let existing = if mode == LoadMode::Keep { Existing::Keep } else { Existing::Replace };
        let done = self.store.load(staged.everything, existing, crate::now()).await?;
        if mode == LoadMode::UpdateAndDisconnect {
            for (username, _) in done.users.iter().filter(|(_, put)| *put == Put::Replaced) {
                self.registry.close_user(username);
            }
        }
        if let Err(error) = self.tell_of_load(done).await {
            // It is loaded all the same.
            tracing::error!(target: "control", %error, "hooks were not told of all that was loaded");
        }
        self.scan_loaded(staged.to_scan).await;
        Ok(staged.counts)
    }

    /// The objects of a backup, checked.
    pub(crate) async fn staged(&self, backup: BackupFile, scan: LoadScan) -> Result<Ready> {
        let control = self.clone();
        // Reading, checking and writing down take their time and a disk.
        let staging = self.passwords.handle().spawn_blocking(move || stage::stage(&control, backup, scan));
        staging.await.map_err(|_| Error::Stopped)?
    }

    /// Begins to count what was loaded. A scan that cannot begin does not undo the load.
    async fn scan_loaded(&self, owners: Vec<UsageOf>) {
        for owner in owners {
            if let Err(error) = self.scan(&owner).await {
                tracing::warn!(target: "control", ?owner, %error, "cannot count what was loaded");
            }
        }
    }
}
