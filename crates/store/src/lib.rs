//! The data provider: objects in an SQL database.
//!
//! One implementation on sea-orm serves every database; what differs between them is settled when it is
//! opened. There is no provider trait: the memory driver is SQLite in memory, so what works there works on
//! disk.
//!
//! This crate stores what it is given. Who may change what, and what a valid object is, is `control`'s
//! business.

mod error;
mod foreign;
pub mod model;
mod open;
mod queries;
mod schema;
#[cfg(test)]
mod tests;

pub use self::{
    error::{Error, Result},
    model::{Admin, Filesystem, Folder, FolderMapping, Group, GroupMapping, KmsSecret, User},
    open::{Driver, OpenError, Options},
    queries::{Order, Page, Traffic, Usage, UsageOf},
};

use queries::Logins;
use sea_orm::DatabaseConnection;
use std::{future::Future, sync::Arc};
use tokio::runtime::Handle;

/// The open database. Cheap to clone.
///
/// Queries run on the runtime that `open` was given, whatever thread asks: a connection that moves bulk data
/// has a runtime of its own, and sockets and timers of the pool must not be bound to one that ends with it.
/// A query goes on to its end when the asker gives up, so a write is never left half-way.
#[derive(Clone, Debug)]
pub struct Store {
    handle: Handle,
    read: DatabaseConnection,
    /// One connection on SQLite, which takes one writer at a time: waiting here is fair and never ends in
    /// `SQLITE_BUSY`.
    write: DatabaseConnection,
    logins: Arc<Logins>,
    driver: &'static str,
}

impl Store {
    /// Opens the database, creating and upgrading it as needed.
    ///
    /// A database of SFTPGo, or a file that is no SQLite database, is refused untouched.
    pub async fn open(options: &Options, handle: Handle) -> Result<Self, OpenError> {
        let options = options.clone();
        let on = handle.clone();
        match handle.spawn(async move { open::open(&options, on).await }).await {
            Ok(opened) => opened,
            Err(_) => Err(OpenError::Stopped),
        }
    }

    /// The name of the driver, as in `data_provider.driver`.
    pub const fn driver(&self) -> &'static str {
        self.driver
    }

    /// Fails when the database does not answer.
    pub async fn ping(&self) -> Result<()> {
        self.read(|db| async move { Ok(db.ping().await?) }).await
    }

    async fn read<T, F>(&self, query: impl FnOnce(DatabaseConnection) -> F + Send) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.run(query(self.read.clone())).await
    }

    async fn write<T, F>(&self, query: impl FnOnce(DatabaseConnection) -> F + Send) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.run(query(self.write.clone())).await
    }

    async fn run<T: Send + 'static>(
        &self,
        query: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        self.handle.spawn(query).await.unwrap_or(Err(Error::Stopped))
    }
}
