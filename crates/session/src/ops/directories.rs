//! Directories, and removing what is in them.

use crate::{Error, Listing, Result, Session, lines::Command, place::Place};
use events::{Action, Event, Verdict};
use std::time::Instant;
use storage::Kind;
use types::VirtualPath;

impl Session {
    /// The entries of a directory, page by page.
    pub async fn list(&self, path: &VirtualPath) -> Result<Listing> {
        let pages = self.account().access().list(self.locate(path)?)?.open().await?;
        Ok(Listing::new(self.clone(), path.clone(), pages))
    }

    /// [`AlreadyExists`](Error::AlreadyExists) also for the root; [`NotFound`](Error::NotFound) when the
    /// parent is missing.
    pub async fn make_dir(&self, path: &VirtualPath) -> Result<()> {
        let started = Instant::now();
        let creatable = self.account().access().make_dir(self.locate(path)?)?;
        let settings = &self.0.services.settings;
        creatable.make(settings).await?;
        if settings.are_names_durable() {
            creatable.place().sync_name().await?;
        }
        self.log(Command::Mkdir, started, creatable.place(), None);
        self.publish(Action::MakeDir, started, creatable.place(), None, 0).await;
        Ok(())
    }

    /// Makes `path` and what is missing above it. What is there stays as it is.
    pub async fn make_dirs(&self, path: &VirtualPath) -> Result<()> {
        let mut missing = Vec::new();
        for path in path.ancestors() {
            let place = self.locate(&path)?;
            if path.is_root() || place.probe().await?.is_some() {
                break;
            }
            missing.push(path);
        }
        for path in missing.iter().rev() {
            match self.make_dir(path).await {
                // Somebody else was faster.
                Ok(()) | Err(Error::AlreadyExists) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// [`NotEmpty`](Error::NotEmpty), [`NotADirectory`](Error::NotADirectory) for a file or a link, and
    /// [`Denied`](Error::Denied) for the root.
    pub async fn remove_dir(&self, path: &VirtualPath) -> Result<()> {
        let started = Instant::now();
        let removable = self.account().access().remove_dir(self.locate(path)?)?;
        removable.remove().await?;
        self.settle_removal(removable.place()).await?;
        self.log(Command::Rmdir, started, removable.place(), None);
        self.publish(Action::RemoveDir, started, removable.place(), None, 0).await;
        Ok(())
    }

    /// Removes a file or a link, never what it points to; [`IsADirectory`](Error::IsADirectory) for a
    /// directory.
    pub async fn remove_file(&self, path: &VirtualPath) -> Result<()> {
        let started = Instant::now();
        let removable = self.account().access().remove_file(self.locate(path)?)?;
        let size = self.size_for_events(&[Action::PreDelete, Action::Delete], removable.place()).await?;
        let asked = self.0.services.events.wants(Action::PreDelete);
        // An observer is asked about what is there and could be removed.
        let there = if asked { removable.place().probe_node().await? } else { None };
        match there.map(|node| node.kind) {
            None if asked => return Err(Error::NotFound),
            Some(Kind::Directory) => return Err(Error::IsADirectory),
            _ => {}
        }
        let event = || Event { size, ..self.event(Action::PreDelete, removable.place()) };
        match self.0.services.events.before(Action::PreDelete, event).await {
            Verdict::Deny => return Err(Error::Denied),
            Verdict::Proceed => removable.remove().await?,
            Verdict::Handled => match removable.remove().await {
                Ok(()) => {}
                Err(Error::NotFound) => removable.is_gone(there),
                Err(error) => return Err(error),
            },
        }
        self.settle_removal(removable.place()).await?;
        self.log(Command::Remove, started, removable.place(), None);
        self.publish(Action::Delete, started, removable.place(), None, size).await;
        Ok(())
    }

    async fn settle_removal(&self, removed: &Place) -> Result<()> {
        if self.0.services.settings.are_changes_durable() { removed.sync_name().await } else { Ok(()) }
    }
}
