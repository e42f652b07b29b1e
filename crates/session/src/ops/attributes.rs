//! Looking at things and setting their attributes.

use crate::{
    Error, Result, Session, SetstatMode,
    lines::Command,
    place::{Place, access::Changeable},
};
use std::time::Instant;
use storage::{Change, Kind, Metadata, Space};
use types::VirtualPath;

impl Session {
    /// The path as the server sees it, which here is the path itself: links are not resolved, and what is
    /// missing has a real path too. Needs `list`.
    pub async fn real_path(&self, path: &VirtualPath) -> Result<VirtualPath> {
        self.account().access().look(self.locate(path)?)?;
        Ok(path.clone())
    }

    /// Attributes, links followed.
    pub async fn stat(&self, path: &VirtualPath) -> Result<Metadata> {
        self.account().access().look(self.locate(path)?)?.stat().await
    }

    /// Attributes of the node itself.
    pub async fn stat_link(&self, path: &VirtualPath) -> Result<Metadata> {
        self.account().access().look(self.locate(path)?)?.stat_link().await
    }

    /// Room on the file system that holds `path`.
    pub async fn space(&self, path: &VirtualPath) -> Result<Space> {
        self.account().access().look(self.locate(path)?)?.space().await
    }

    /// Sets attributes, links followed: all that are asked for, or, when one of them is not permitted, none.
    pub async fn change(&self, path: &VirtualPath, change: &Change) -> Result<()> {
        let started = Instant::now();
        let changeable = self.account().access().change(self.locate(path)?, change)?;
        let change = self.effective(change, changeable.has_attributes());
        if change.is_empty() {
            return self.exists(&changeable).await;
        }
        self.check_size(&change)?;
        changeable.change(&change).await?;
        if self.0.services.settings.are_changes_durable() {
            changeable.place().sync().await?;
        }
        self.log_change(&change, started, changeable.place());
        Ok(())
    }

    /// Sets attributes of a link itself.
    pub async fn change_link(&self, path: &VirtualPath, change: &Change) -> Result<()> {
        let started = Instant::now();
        let changeable = self.account().access().change(self.locate(path)?, change)?;
        let node = changeable.place().probe_node().await?.ok_or(Error::NotFound)?;
        if node.kind != Kind::Symlink {
            // Where there is no link to follow it is the same, and a size is to be counted.
            return self.change(path, change).await;
        }
        let change = self.effective(change, changeable.has_attributes());
        if change.is_empty() {
            return Ok(());
        }
        changeable.change_link(&change).await?;
        self.log_change(&change, started, changeable.place());
        Ok(())
    }

    /// Extending a file is one way to upload it.
    fn check_size(&self, change: &Change) -> Result<()> {
        let limit = self.account().max_upload_size();
        match change.size {
            Some(size) if limit > 0 && size > limit => Err(Error::QuotaExceeded),
            _ => Ok(()),
        }
    }

    /// What `setstat_mode` leaves of a change.
    pub(crate) fn effective(&self, change: &Change, has_attributes: bool) -> Change {
        let ignore = match self.0.services.settings.setstat {
            SetstatMode::Execute => false,
            SetstatMode::Ignore => true,
            SetstatMode::IgnoreUnsupported => !has_attributes,
        };
        if ignore { Change { size: change.size, ..Change::default() } } else { *change }
    }

    /// One line per attribute, as each has a sender of its own.
    pub(crate) fn log_change(&self, change: &Change, started: Instant, at: &Place) {
        let lines = [
            change.mode.map(|mode| Command::Chmod { mode }),
            change.owner.map(|(uid, gid)| Command::Chown { uid, gid }),
            change.times.map(|(accessed, modified)| Command::Chtimes { accessed, modified }),
            change.size.map(|size| Command::Truncate { size }),
        ];
        for line in lines.into_iter().flatten() {
            self.log(line, started, at, None);
        }
    }

    /// A change of nothing succeeds on what is there.
    async fn exists(&self, changeable: &Changeable) -> Result<()> {
        changeable.place().probe_node().await?.map(drop).ok_or(Error::NotFound)
    }
}
