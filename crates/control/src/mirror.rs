//! The dump that a data provider in memory is made of, read again.

use crate::{BackupFile, Control, LoadScan, Result, now};
use session::Owner;

impl Control {
    /// Makes the objects those of `backup`: what is not in it goes, with its sessions. All of it, or nothing when one
    /// of its objects is not valid. What users have stored and moved stays counted, and admins stay where `backup`
    /// has none, so that somebody can still log in.
    pub async fn mirror(&self, backup: BackupFile) -> Result<()> {
        let staged = self.staged(backup, LoadScan::Nobody).await?;
        for username in self.store.mirror(staged.everything, now()).await? {
            self.registry.close_user(&username);
            self.ledger.forget(&Owner::User(username.into()));
        }
        Ok(())
    }
}
