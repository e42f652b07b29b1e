//! SQLite: in a file, or in memory.

use super::Safety;
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use std::{
    fs::OpenOptions,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    time::Duration,
};

/// How long a query waits for another process that holds the file.
const BUSY: Duration = Duration::from_secs(10);

/// One connection: the database lives and ends with it.
pub async fn memory() -> Result<DatabaseConnection, DbErr> {
    connect(&SqliteConnectOptions::new().in_memory(true), 1).await
}

/// The pool for reading and the one connection for writing.
pub async fn file(
    path: &Path,
    readers: u32,
    safety: Safety,
) -> Result<(DatabaseConnection, DatabaseConnection), DbErr> {
    private(path);
    let file = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let file = file.journal_mode(SqliteJournalMode::Wal).busy_timeout(BUSY);
    let file = file.synchronous(match safety {
        Safety::Commit => SqliteSynchronous::Full,
        Safety::Later => SqliteSynchronous::Normal,
    });
    let write = connect(&file, 1).await?;
    Ok((connect(&file, readers).await?, write))
}

/// A new file is its owner's alone, for it holds hashes and keys; the files beside it get the same mode. What
/// cannot be made here is told when the database is opened.
fn private(path: &Path) {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    if made.is_err() && path.metadata().is_ok_and(|file| file.permissions().mode() & 0o077 != 0) {
        tracing::warn!("{} can be read by others than its owner", path.display());
    }
}

/// A pool of `size` connections. One that is idle is kept: an in-memory database lives in its connection.
pub async fn connect(file: &SqliteConnectOptions, size: u32) -> Result<DatabaseConnection, DbErr> {
    let file = file.clone().foreign_keys(true);
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(size)
        .min_connections(1)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |_| file.clone());
    Database::connect(options).await
}
