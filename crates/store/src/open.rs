//! Opening a database: which one, with which options, and whether it is ours at all.

use crate::{Store, foreign, schema::migrations::Migrations};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DbErr,
    sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use sea_orm_migration::MigratorTrait;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::runtime::Handle;

/// Where objects are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Driver {
    /// A file, made when it is missing.
    Sqlite(PathBuf),
    /// Gone with the process.
    Memory,
}

/// How to open a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub driver: Driver,
    /// Connections for reading at once; 0 is a small number per processor.
    pub pool_size: u32,
}

/// Why a database could not be opened. Each is one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "{} is a database of SFTPGo (schema {schema}) and was left untouched: to move in, save a backup with \
         the old server (GET /api/v2/dumpdata), point data_provider.name at a new file and load the backup \
         with --loaddata-from",
        path.display()
    )]
    Sftpgo { path: PathBuf, schema: String },
    #[error(
        "{} is a bolt database of SFTPGo and was left untouched: to move in, save a backup with the old \
         server (GET /api/v2/dumpdata), point data_provider.name at a new file and load the backup with \
         --loaddata-from",
        path.display()
    )]
    Bolt { path: PathBuf },
    #[error("{} holds tables of another program ({table} …) and was left untouched", path.display())]
    Foreign { path: PathBuf, table: String },
    #[error("{} is not a SQLite database and was left untouched", path.display())]
    NotSqlite { path: PathBuf },
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("cannot open the database: {0}")]
    Database(#[from] DbErr),
    #[error("cannot open the database: the runtime is shutting down")]
    Stopped,
}

/// How long a query waits for another process that holds the file.
const BUSY: Duration = Duration::from_secs(10);

pub async fn open(options: &Options, handle: Handle) -> Result<Store, OpenError> {
    let (read, write, driver) = match &options.driver {
        Driver::Memory => {
            let only = connect(&SqliteConnectOptions::new().in_memory(true), 1).await?;
            (only.clone(), only, "memory")
        }
        Driver::Sqlite(path) => {
            foreign::refuse(path).await?;
            let file = SqliteConnectOptions::new().filename(path).create_if_missing(true);
            let file = file.journal_mode(SqliteJournalMode::Wal).busy_timeout(BUSY);
            // FULL: an answered change survives a power cut.
            let file = file.synchronous(SqliteSynchronous::Full);
            let write = connect(&file, 1).await?;
            (connect(&file, readers(options.pool_size)).await?, write, "sqlite")
        }
    };
    Migrations::up(&write, None).await?;
    Ok(Store { handle, read, write, logins: Arc::default(), driver })
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

fn readers(asked: u32) -> u32 {
    match asked {
        0 => std::thread::available_parallelism().map_or(4, |cores| cores.get().clamp(2, 16) as u32),
        asked => asked,
    }
}
