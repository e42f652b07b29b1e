//! Counting anew what is stored.

use super::Counted;
use crate::{Control, Error, Result, User, now};
use session::{Owner, Usage};
use std::{
    collections::HashMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use store::{Folder, QuotaMark, UsageOf};

/// Whose files are counted: a user's own, with the folders that count for it, or a folder's.
#[derive(Clone, Debug)]
pub enum Stored {
    ByUser(Box<User>),
    InFolder(Box<Folder>),
}

/// Counts files. Given by whoever may open storage.
pub type Count = dyn Fn(Stored) -> Counting + Send + Sync;
type Counting = Pin<Box<dyn Future<Output = Result<Usage, CountFailed>> + Send>>;
pub type CountFailed = Box<dyn std::error::Error + Send + Sync>;

/// A scan under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// Of the user or the folder.
    pub name: Arc<str>,
    /// Milliseconds since the epoch.
    pub started: i64,
}

/// The scans that are under way, at most one of each owner.
#[derive(Clone, Default)]
pub struct Scans {
    count: Option<Arc<Count>>,
    running: Arc<Mutex<HashMap<Owner, i64>>>,
}

/// Takes the scan from the list however it ends.
struct Running {
    scans: Scans,
    owner: Owner,
}

/// How often the files are counted again when they changed meanwhile.
const ATTEMPTS: usize = 3;

impl Control {
    /// Counts with `count`; without it no scan can be started.
    #[must_use]
    pub fn scanning(self, count: impl Fn(Stored) -> Counting + Send + Sync + 'static) -> Self {
        let scans = Scans { count: Some(Arc::new(count)), ..self.scans };
        Self { scans, ..self }
    }

    /// Begins to count what a user has stored, or what is in a folder. [`Error::Busy`] when that is under way.
    pub async fn scan(&self, of: &UsageOf) -> Result<()> {
        self.check_tracked()?;
        let Counted { owner, stored, .. } = self.counted(of).await?;
        self.begin_scan(owner, stored)
    }

    /// Counts anew what an owner has stored whose counters were being changed when a server ended, if it ended
    /// before they were kept: those, and nobody else, may be wrong. The mark is `node`'s from now on.
    pub(super) async fn recount(&self, of: &UsageOf, node: &str) -> Result<()> {
        let mark = QuotaMark { of: of.clone(), node: node.to_owned() };
        let Counted { owner, stored, kept } = match self.counted(of).await {
            Err(Error::NotFound(..)) => return Ok(self.store.set_quota_mark(mark, false).await?),
            counted => counted?,
        };
        // Before the other one goes, so that it is never nobody's.
        self.store.set_quota_mark(mark, true).await?;
        self.ledger.marked_book(owner.clone(), kept);
        tracing::info!(target: "quota", ?of, "counting again what may have been lost");
        self.begin_scan(owner, stored)
    }

    /// The scans of users under way, by name.
    pub fn user_scans(&self) -> Vec<Scan> {
        self.scans.list(|owner| match owner {
            Owner::User(name) => Some(name),
            Owner::Folder(_) => None,
        })
    }

    /// The scans of folders under way, by name.
    pub fn folder_scans(&self) -> Vec<Scan> {
        self.scans.list(|owner| match owner {
            Owner::Folder(name) => Some(name),
            Owner::User(_) => None,
        })
    }

    fn begin_scan(&self, owner: Owner, stored: Stored) -> Result<()> {
        let Some(count) = self.scans.count.clone() else {
            return Err(Error::Refused("scans are not available here"));
        };
        let Some(running) = self.scans.enter(owner) else {
            return Err(Error::Busy("Another scan is already in progress"));
        };
        let control = self.clone();
        tokio::spawn(async move {
            let owner = &running.owner;
            if let Err(error) = control.count(&*count, owner, stored).await {
                tracing::error!(target: "quota", ?owner, %error, "the quota scan failed");
            }
        });
        Ok(())
    }

    /// What changes while files are counted may be counted or not: then they are counted again.
    async fn count(&self, count: &Count, owner: &Owner, stored: Stored) -> Result<(), CountFailed> {
        let mut usage = Usage::default();
        for _ in 0..ATTEMPTS {
            let before = self.ledger.usage(owner);
            usage = count(stored.clone()).await?;
            if self.ledger.usage(owner) == before {
                break;
            }
        }
        Ok(self.set_usage(owner, usage).await?)
    }
}

impl Scans {
    fn enter(&self, owner: Owner) -> Option<Running> {
        let mut running = self.running();
        if running.contains_key(&owner) {
            return None;
        }
        running.insert(owner.clone(), now());
        Some(Running { scans: self.clone(), owner })
    }

    fn list(&self, chosen: impl Fn(&Owner) -> Option<&Arc<str>>) -> Vec<Scan> {
        let running = self.running();
        let scan = |(owner, started): (&Owner, &i64)| {
            chosen(owner).map(|name| Scan { name: name.clone(), started: *started })
        };
        let mut scans: Vec<_> = running.iter().filter_map(scan).collect();
        scans.sort_by(|a, b| a.name.cmp(&b.name));
        scans
    }

    fn running(&self) -> MutexGuard<'_, HashMap<Owner, i64>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.scans.running().remove(&self.owner);
    }
}

impl fmt::Debug for Scans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scans").field("running", &self.running()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_scanned_once_at_a_time() {
        let scans = Scans::default();
        let (ann, folder) = (Owner::User("ann".into()), Owner::Folder("ann".into()));
        let running = scans.enter(ann.clone()).unwrap();
        assert!(scans.enter(ann.clone()).is_none());
        let other = scans.enter(folder).unwrap();
        let names = scans.list(|owner| match owner {
            Owner::User(name) => Some(name),
            Owner::Folder(_) => None,
        });
        assert_eq!(names.iter().map(|scan| &*scan.name).collect::<Vec<_>>(), ["ann"]);
        drop(running);
        assert!(scans.enter(ann).is_some());
        drop(other);
        assert!(scans.running().is_empty());
    }
}
