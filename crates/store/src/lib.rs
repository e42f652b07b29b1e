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
mod staged;
#[cfg(test)]
mod tests;
mod writer;

pub use self::{
    error::{Error, Result},
    foreign::BOLT,
    model::{
        Admin, ApiKey, EventAction, EventRule, Filesystem, Folder, FolderMapping, Group, GroupMapping,
        IpListEntry, KmsSecret, Role, Share, User,
    },
    object::{Object, Order, Page, Put},
    open::{Driver, OpenError, Options, Safety, Server, Tables, Tls, reset, revert},
    queries::{
        Everything, Existing, IpListPage, Kept, Loaded, QuotaMark, ShortLived, Snapshot, Traffic, Usage,
        UsageOf,
    },
    staged::{Stage, Staged, scratch},
};

use db::Db;
use open::several::{SLOW, Several};
use queries::Logins;
use std::{
    future::Future,
    hash::{BuildHasher, Hasher, RandomState},
    pin::pin,
    sync::Arc,
    time::Duration,
};
use tokio::{runtime::Handle, time::timeout};
use writer::{Turn, Writer};

/// How often a transaction is tried again that another one stood in the way of.
const RETRIES: u32 = 12;
/// How long to wait before the first of these at most, and before the later ones. By chance, so that two that met
/// once do not meet again.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// The open database. Cheap to clone.
///
/// Queries run on the runtime that `open` was given, whatever thread asks: a connection that moves bulk data
/// has a runtime of its own, and sockets and timers of the pool must not be bound to one that ends with it.
/// A query goes on to its end when the asker gives up, so a write is never left half-way.
#[derive(Clone, Debug)]
pub struct Store {
    handle: Handle,
    read: Db,
    write: Write,
    logins: Arc<Logins>,
    driver: &'static str,
    /// Where there is more than one way to the server.
    several: Option<Several>,
}

/// Where changes go.
#[derive(Clone, Debug)]
enum Write {
    /// A server, which has many writers.
    Many(Db),
    /// SQLite, which takes one at a time: waiting for it here is fair and never ends in `SQLITE_BUSY`.
    One(Writer),
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
        self.write_in(Turn::Shared, input, query).await
    }

    /// As [`write`](Self::write), for what takes long.
    async fn write_alone<I, T, F>(
        &self,
        input: I,
        query: impl Fn(Db, Arc<I>) -> F + Send + Sync + 'static,
    ) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.write_in(Turn::Alone, input, query).await
    }

    async fn write_in<I, T, F>(
        &self,
        turn: Turn,
        input: I,
        query: impl Fn(Db, Arc<I>) -> F + Send + Sync + 'static,
    ) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let input = Arc::new(input);
        match &self.write {
            Write::One(writer) => writer.write(&self.handle, turn, move |db| query(db, input.clone())).await,
            Write::Many(db) => {
                let db = db.clone();
                self.run(async move { again(|| query(db.clone(), input.clone())).await }).await
            }
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        query: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let running = match self.several.clone() {
            None => self.handle.spawn(query),
            Some(several) => self.handle.spawn(watched(several, query)),
        };
        running.await.unwrap_or(Err(Error::Stopped))
    }
}

/// Runs `query`, and looks for another server when it takes long or fails for want of one.
async fn watched<T>(several: Several, query: impl Future<Output = Result<T>>) -> Result<T> {
    let mut query = pin!(query);
    let done = match timeout(SLOW, &mut query).await {
        Ok(done) => done,
        Err(_) => tokio::join!(query, several.look_again()).0,
    };
    if matches!(done, Err(Error::Unreachable(_))) {
        several.look_again().await;
    }
    done
}

/// Runs `query` until nothing stands in its way, or too often.
async fn again<T, F: Future<Output = Result<T>>>(query: impl Fn() -> F) -> Result<T> {
    for tried in 0..RETRIES {
        match query().await {
            Err(error) if error.is_retryable() => tokio::time::sleep(pause(tried)).await,
            done => return done,
        }
    }
    query().await.map_err(Error::in_the_end)
}

/// Up to twice as long each time.
fn pause(tried: u32) -> Duration {
    let longest = FIRST_PAUSE.saturating_mul(1 << tried.min(16)).min(LONGEST_PAUSE);
    // Whoever hashes something gets keys that nobody else has.
    let chance = RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64;
    longest.mul_f64(chance)
}
