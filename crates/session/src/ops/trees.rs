//! Removing whole trees.

use crate::{Error, Result, Session};
use storage::{Entry, Kind};
use types::VirtualPath;

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

    async fn remove_tree(&self, path: &VirtualPath) -> Result<()> {
        // Each directory twice: to empty it, and, when all below it is gone, to remove it.
        let mut todo = vec![(path.clone(), false)];
        while let Some((dir, emptied)) = todo.pop() {
            if emptied {
                self.remove_dir(&dir).await?;
                continue;
            }
            todo.push((dir.clone(), true));
            for Entry { name, metadata } in self.all_entries(&dir).await? {
                let Some(path) = dir.join(&name) else { return Err(Error::Invalid) };
                match metadata.kind {
                    Kind::Directory => todo.push((path, false)),
                    Kind::File | Kind::Symlink | Kind::Other => self.remove_file(&path).await?,
                }
                // Storage may answer at once, and others on this thread want their turn.
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    /// Read whole before anything in it is removed: what a listing shows of changes made meanwhile is
    /// anyone's guess. Whoever may remove may learn the names of what it removes, so `list` is not asked for.
    async fn all_entries(&self, dir: &VirtualPath) -> Result<Vec<Entry>> {
        let removable = self.account().access().remove_dir(self.locate(dir)?)?;
        let mut pages = removable.entries().await?;
        let mut all = Vec::new();
        loop {
            let page = pages.next().await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }
}
