//! Everything as it is at one moment, read page by page.

use super::{IpListPage, ip_lists, settings};
use crate::{
    Db, Error, Order, Page, Result, Store,
    model::IpListEntry,
    object::{Object, list_bare},
};
use serde_json::{Map, Value};
use std::future::Future;

/// How many objects are read at a time.
const STEP: u64 = 250;

/// One moment of the database: what is changed afterwards is not seen, however long the reading takes.
///
/// It holds a connection until it is dropped. The database in memory has no other: whoever asks meanwhile waits.
#[derive(Debug)]
pub struct Snapshot {
    store: Store,
    /// `None` once it is dropped.
    db: Option<Db>,
}

impl Store {
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let db = self.read(|db| async move { db.begin_reading().await }).await?;
        Ok(Snapshot { store: self.clone(), db: Some(db) })
    }
}

impl Snapshot {
    /// The objects of a kind that come next after `after`, by name; none when there are no more. Without the names
    /// of others that refer to them, of which there may be any number.
    pub async fn next<T: Object>(&self, after: Option<&T>) -> Result<Vec<T>> {
        let after = after.map(|last| last.key().to_owned());
        let page = Page { limit: STEP, order: Order::Ascending, after, ..Page::default() };
        self.read(|db| async move { list_bare(&db, &page).await }).await
    }

    /// As [`next`](Self::next), of the entries of one IP list.
    pub async fn next_ip_list(&self, kind: i32, after: Option<&IpListEntry>) -> Result<Vec<IpListEntry>> {
        let after = after.map(|last| last.ipornet.clone());
        let page = IpListPage { limit: STEP, after, ..IpListPage::default() };
        self.read(move |db| async move { ip_lists::list(&db, kind, page).await }).await
    }

    /// The settings by section; empty when none were ever saved.
    pub async fn configs(&self) -> Result<Map<String, Value>> {
        self.read(|db| async move { settings::configs(&db).await }).await
    }

    async fn read<T, F>(&self, query: impl FnOnce(Db) -> F + Send) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let db = self.db.clone().ok_or(Error::Stopped)?;
        self.store.run(query(db)).await
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // The connection goes back to its pool by a task of its own, which takes the runtime it belongs to.
        let db = self.db.take();
        self.store.handle.spawn(async move { drop(db) });
    }
}
