//! What users and folders have used: set by hand, or counted anew.

mod nodes;
mod scans;

pub use self::nodes::{BEAT, Watch};
pub(crate) use self::scans::Scans;
pub use self::scans::{Count, CountFailed, Scan, Stored};

use crate::{Control, Error, Result, User, now};
use session::{Owner, Traffic, Usage};
use store::{Folder, UsageOf};

/// How given counters become those of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// They take their place.
    Reset,
    /// They are added to them.
    Add,
}

impl Control {
    /// Sets what a user has stored, or adds to it; what is counted from now on is added to that.
    pub async fn update_user_usage(&self, username: &str, usage: Usage, update: Update) -> Result<()> {
        self.check_tracked()?;
        let user = self.user(username).await?;
        let limited = user.quota_files > 0 || user.quota_size > 0;
        if update == Update::Add && !limited && !self.settings.tracks_everybody {
            return Err(Error::invalid("mode: the user has no quota to add to"));
        }
        let owner = Owner::User(user.username.as_str().into());
        self.set_usage(&owner, update.usage(kept(&user), usage)).await
    }

    /// As [`update_user_usage`](Self::update_user_usage), for a folder.
    pub async fn update_folder_usage(&self, name: &str, usage: Usage, update: Update) -> Result<()> {
        self.check_tracked()?;
        let Counted { owner, kept, .. } = self.counted(&UsageOf::Folder(name.to_owned())).await?;
        let before = self.ledger.usage(&owner).unwrap_or(kept);
        self.set_usage(&owner, update.usage(before, usage)).await
    }

    /// Sets what a user has moved, or adds to it.
    pub async fn update_traffic(&self, username: &str, traffic: Traffic, update: Update) -> Result<()> {
        self.check_tracked()?;
        let user = self.user(username).await?;
        let before = Traffic {
            uploaded: counter(user.used_upload_data_transfer),
            downloaded: counter(user.used_download_data_transfer),
        };
        let traffic = match update {
            Update::Reset => traffic,
            Update::Add if has_transfer_limit(&user) || self.settings.tracks_everybody => Traffic {
                uploaded: before.uploaded.saturating_add(traffic.uploaded),
                downloaded: before.downloaded.saturating_add(traffic.downloaded),
            },
            Update::Add => return Err(Error::invalid("mode: the user has no transfer quota to add to")),
        };
        let name = user.username.as_str().into();
        if self.ledger.traffic(&user.username).is_some() {
            self.ledger.tally(&name, traffic).set(traffic);
        }
        let (uploaded, downloaded) = (stored(traffic.uploaded), stored(traffic.downloaded));
        let row = store::Traffic { username: user.username, uploaded, downloaded, at: now() };
        Ok(self.store.write_traffic(vec![row]).await?)
    }

    /// Where sessions count already they go on from here; who logs in next begins with what is stored.
    async fn set_usage(&self, owner: &Owner, usage: Usage) -> Result<()> {
        if self.ledger.usage(owner).is_some() {
            self.ledger.set(owner.clone(), usage);
        }
        let (files, size) = (stored(usage.files), stored(usage.bytes));
        let row = store::Usage { of: usage_of(owner), files, size, at: now() };
        Ok(self.store.write_usage(vec![row]).await?)
    }

    async fn counted(&self, of: &UsageOf) -> Result<Counted> {
        match of {
            UsageOf::User(name) => {
                // Folders of its groups count for it as its own do.
                let user = self.effective_user(self.user(name).await?).await?;
                let owner = Owner::User(user.username.as_str().into());
                Ok(Counted { owner, kept: kept(&user), stored: Stored::ByUser(user.into()) })
            }
            UsageOf::Folder(name) => {
                let folder: Folder = self.object(name).await?;
                let owner = Owner::Folder(folder.name.as_str().into());
                let (files, bytes) = (folder.used_quota_files, folder.used_quota_size);
                let kept = Usage { files: counter(files), bytes: counter(bytes) };
                Ok(Counted { owner, kept, stored: Stored::InFolder(folder.into()) })
            }
        }
    }

    fn check_tracked(&self) -> Result<()> {
        match self.settings.tracks_quota {
            true => Ok(()),
            false => Err(Error::Refused("quota tracking is disabled: data_provider.track_quota is 0")),
        }
    }
}

/// Somebody whose files are counted.
struct Counted {
    owner: Owner,
    /// What was last known of it.
    kept: Usage,
    stored: Stored,
}

/// The name under which the store knows an owner.
pub fn usage_of(owner: &Owner) -> UsageOf {
    match owner {
        Owner::User(name) => UsageOf::User(name.to_string()),
        Owner::Folder(name) => UsageOf::Folder(name.to_string()),
    }
}

impl Update {
    const fn usage(self, before: Usage, given: Usage) -> Usage {
        match self {
            Self::Reset => given,
            Self::Add => Usage {
                files: before.files.saturating_add(given.files),
                bytes: before.bytes.saturating_add(given.bytes),
            },
        }
    }
}

const fn has_transfer_limit(user: &User) -> bool {
    user.upload_data_transfer > 0 || user.download_data_transfer > 0 || user.total_data_transfer > 0
}

fn kept(user: &User) -> Usage {
    Usage { files: counter(user.used_quota_files), bytes: counter(user.used_quota_size) }
}

/// A counter below nothing counts nothing.
fn counter(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}

fn stored(counter: u64) -> i64 {
    i64::try_from(counter).unwrap_or(i64::MAX)
}
