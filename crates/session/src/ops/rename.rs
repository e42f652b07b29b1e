//! Renaming.

use crate::{Error, Result, Session, lines::Command};
use events::Action;
use std::time::Instant;
use types::VirtualPath;

/// How often a rename is decided again because its target appeared meanwhile.
const ATTEMPTS: usize = 8;

impl Session {
    /// Renames, replacing a file (with the permission to overwrite it) but never a directory.
    ///
    /// [`Unsupported`](Error::Unsupported) onto a directory, onto itself and into itself;
    /// [`NotADirectory`](Error::NotADirectory) for a directory onto a file; [`Denied`](Error::Denied) from or
    /// to the root; [`NotFound`](Error::NotFound) when the source or the target's parent is missing.
    pub async fn rename(&self, from: &VirtualPath, to: &VirtualPath) -> Result<()> {
        let started = Instant::now();
        for _ in 0..ATTEMPTS {
            match self.try_rename(from, to, started).await {
                Err(Error::AlreadyExists) => {}
                result => return result,
            }
        }
        Err(Error::AlreadyExists)
    }

    async fn try_rename(&self, from: &VirtualPath, to: &VirtualPath, started: Instant) -> Result<()> {
        let access = self.account().access();
        access.may_rename(from, to)?;
        let into_itself = to.strip(from).is_some();
        let (from, to) = (self.locate(from)?, self.locate(to)?);
        let moved = from.probe_node().await?.ok_or(Error::NotFound)?;
        // Into itself there is nothing to replace, and asking could fail with something less to the point.
        let replaced = if into_itself { None } else { to.probe_node().await? };
        let movable = access.rename(from, moved.kind, to, replaced.as_ref())?;
        let settings = &self.0.services.settings;
        movable.rename(settings).await?;
        if settings.are_names_durable() {
            // First where it is now: between the two it has both names, and not none.
            movable.to().sync_name().await?;
            movable.from().sync_name().await?;
        }
        self.log(Command::Rename, started, movable.from(), Some(movable.to()));
        self.publish(Action::Rename, started, movable.from(), Some(movable.to()), moved.size).await;
        Ok(())
    }
}
