//! The data provider: objects in an SQL database.
//!
//! One implementation on sea-orm serves every database; what differs between them is settled when it is
//! opened. There is no provider trait: the memory driver is SQLite in memory, so what works there works on
//! disk.
//!
//! This crate stores what it is given. Who may change what, and what a valid object is, is `control`'s
//! business.

mod db;
mod error;
mod foreign;
pub mod model;
mod object;
mod open;
mod queries;
mod schema;
pub mod sftpgo;
#[cfg(test)]
mod tests;

pub use self::{
    error::{Error, Result},
    foreign::BOLT,
    model::{
        Admin, ApiKey, EventAction, EventRule, Filesystem, Folder, FolderMapping, Group, GroupMapping,
        IpListEntry, KmsSecret, Role, Share, User,
    },
    object::{Object, Order, Page, Put},
    open::{Driver, OpenError, Options, Server, Tables, Tls, reset, revert},
    queries::{Everything, Existing, IpListPage, QuotaMark, Traffic, Usage, UsageOf},
};

use db::Db;
use queries::Logins;
use std::{future::Future, sync::Arc, time::Duration};
use tokio::runtime::Handle;

/// How long to wait before each time a transaction is tried again.
const RETRIES: [Duration; 5] = [
    Duration::from_millis(5),
    Duration::from_millis(20),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(250),
];

/// The open database. Cheap to clone.
///
/// Queries run on the runtime that `open` was given, whatever thread asks: a connection that moves bulk data
/// has a runtime of its own, and sockets and timers of the pool must not be bound to one that ends with it.
/// A query goes on to its end when the asker gives up, so a write is never left half-way.
#[derive(Clone, Debug)]
pub struct Store {
    handle: Handle,
    read: Db,
    /// One connection on SQLite, which takes one writer at a time: waiting here is fair and never ends in
    /// `SQLITE_BUSY`.
    write: Db,
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
        self.read(|db| async move { db.ping().await }).await
    }

    async fn read<T, F>(&self, query: impl FnOnce(Db) -> F + Send) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.run(query(self.read.clone())).await
    }

    /// Runs `query`, which writes what `input` says in a transaction of its own, again when the database asks
    /// for it: two transactions that wait for each other, or that a database without waiting refuses.
    async fn write<I, T, F>(
        &self,
        input: I,
        query: impl Fn(Db, Arc<I>) -> F + Send + Sync + 'static,
    ) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let (db, input) = (self.write.clone(), Arc::new(input));
        self.run(async move {
            for pause in RETRIES {
                match query(db.clone(), input.clone()).await {
                    Err(error) if error.is_retryable() => tokio::time::sleep(pause).await,
                    done => return done,
                }
            }
            query(db, input).await
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        query: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        self.handle.spawn(query).await.unwrap_or(Err(Error::Stopped))
    }
}
