//! Removing whole trees.

use crate::{Error, Result, Session};
use storage::{Entry, Kind};
use types::VirtualPath;

/// How many entries of a directory are read before they are removed, about.
const BATCH: usize = 4096;

impl Session {
    /// Removes a file, a link, or a directory with all that is in it. Each entry is judged, logged and
    /// reported as if it were removed alone; at the first that may not go the rest stays.
    ///
    /// [`Denied`](Error::Denied) for the root.
    pub async fn remove_all(&self, path: &VirtualPath) -> Result<()> {
        if path.is_root() {
            return Err(Error::Denied);
        }
        match self.locate(path)?.probe_node().await?.map(|node| node.kind) {
            Some(Kind::Directory) => self.remove_tree(path).await,
            // A missing one has its error from where permissions are asked.
            _ => self.remove_file(path).await,
        }
    }

    /// Without recursion, and with a part of each directory in memory at a time.
    async fn remove_tree(&self, path: &VirtualPath) -> Result<()> {
        let mut todo = vec![path.clone()];
        while let Some(dir) = todo.pop() {
            let entries = self.some_entries(&dir).await?;
            if entries.is_empty() {
                self.remove_dir(&dir).await?;
                continue;
            }
            todo.push(dir.clone()); // again, when all of these are gone
            for Entry { name, metadata } in entries {
                let Some(path) = dir.join(&name) else { return Err(Error::Invalid) };
                match metadata.kind {
                    Kind::Directory => todo.push(path),
                    Kind::File | Kind::Symlink | Kind::Other => self.remove_file(&path).await?,
                }
                // Storage may answer at once, and others on this thread want their turn.
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    /// The first entries of `dir`, read before any of them is removed: what a listing shows of changes made
    /// meanwhile is anyone's guess. Whoever may remove may learn the names of what it removes, so `list` is not
    /// asked for.
    async fn some_entries(&self, dir: &VirtualPath) -> Result<Vec<Entry>> {
        let removable = self.account().access().remove_dir(self.locate(dir)?)?;
        let mut pages = removable.entries().await?;
        let mut some = Vec::new();
        while some.len() < BATCH {
            let page = pages.next().await?;
            if page.is_empty() {
                break;
            }
            some.extend(page);
        }
        Ok(some)
    }
}
