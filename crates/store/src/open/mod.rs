//! Opening a database: which one, with which options, and whether it is ours at all.

mod server;
mod sqlite;

pub use self::server::{Server, Tls};

use crate::{Db, Store, foreign, schema::migrations::Migrations};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr};
use sea_orm_migration::MigratorTraitSelf;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::runtime::Handle;

pub use self::sqlite::connect;

/// Where objects are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Driver {
    /// A file, made when it is missing.
    Sqlite(PathBuf),
    /// As `Sqlite`, for configurations that name SFTPGo's key-value file.
    Bolt(PathBuf),
    /// Gone with the process.
    Memory,
    Postgres(Server),
    /// Speaks PostgreSQL's protocol, and refuses a transaction that would have had to wait: it is tried again.
    CockroachDb(Server),
    /// MySQL or MariaDB.
    MySql(Server),
}

/// How to open a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub driver: Driver,
    /// Connections at once; 0 is a small number per processor.
    pub pool_size: u32,
    /// What the names of all tables begin with.
    pub prefix: String,
    pub tables: Tables,
}

impl Options {
    /// The usual options.
    pub const fn new(driver: Driver) -> Self {
        Self { driver, pool_size: 0, prefix: String::new(), tables: Tables::Upgrade }
    }
}

/// What to do about tables that are missing or of an earlier version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tables {
    /// Create and upgrade them.
    #[default]
    Upgrade,
    /// Leave them alone and fail.
    Require,
}

/// Why a database could not be opened. Each is one line for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "{} is a database of SFTPGo (schema {schema}) and was left untouched: to move in, stop the old server, \
         point data_provider.name at a new file and run longshore import {}",
        path.display(),
        path.display()
    )]
    Sftpgo { path: PathBuf, schema: String },
    #[error(
        "{} is a bolt database of SFTPGo and was left untouched: to move in, save a backup with the old \
         server (GET /api/v2/dumpdata), point data_provider.name at a new file and run longshore import with \
         the backup",
        path.display()
    )]
    Bolt { path: PathBuf },
    #[error("{} holds tables of another program ({table} …) and was left untouched", path.display())]
    Foreign { path: PathBuf, table: String },
    #[error("{} is not a SQLite database and was left untouched", path.display())]
    NotSqlite { path: PathBuf },
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{0}")]
    Option(String),
    #[error(
        "the database has not the tables of this version and data_provider.update_mode is 1: run initprovider first"
    )]
    NotUpgraded,
    #[error("cannot open the database")]
    Database(#[from] DbErr),
    #[error("cannot open the database: the runtime is shutting down")]
    Stopped,
}

/// The keys of the locks under which tables are upgraded, where several servers may start at once.
const POSTGRES_LOCK: i64 = 0x4c6f_6e67;
const MYSQL_LOCK: &str = "longshore_migrations";
/// How long to wait for a database server to answer, and for a free connection.
const CONNECT: Duration = Duration::from_secs(10);
const ACQUIRE: Duration = Duration::from_secs(10);

pub async fn open(options: &Options, handle: Handle) -> Result<Store, OpenError> {
    let prefix: Arc<str> = check_prefix(&options.prefix)?.into();
    let (read, write, driver) = pools(options).await?;
    let migrations = Migrations(prefix.clone());
    match options.tables {
        Tables::Upgrade => upgrade(&write, &migrations).await?,
        Tables::Require => require(&write, &migrations).await?,
    }
    let (read, write) = (Db::new(read, prefix.clone()), Db::new(write, prefix));
    Ok(Store { handle, read, write, logins: Arc::default(), driver })
}

/// Takes back the newest step of the tables; what only it holds is lost. `to_version` is the number of steps
/// that stay: one less than there are, or `None`.
pub async fn revert(options: &Options, to_version: Option<u32>) -> Result<(), OpenError> {
    let migrations = Migrations(check_prefix(&options.prefix)?.into());
    let (_, write, _) = pools(options).await?;
    let applied = migrations.get_applied_migrations_read_only(&write).await?.len() as u32;
    if applied < 2 {
        return Err(OpenError::Option("there is no earlier version to go back to".to_owned()));
    }
    if to_version.is_some_and(|version| version != applied - 1) {
        return Err(OpenError::Option(format!("the only version to go back to is {}", applied - 1)));
    }
    Ok(migrations.down(&write, Some(1)).await?)
}

/// Deletes every object: the tables go and come back empty.
pub async fn reset(options: &Options) -> Result<(), OpenError> {
    let migrations = Migrations(check_prefix(&options.prefix)?.into());
    let (_, write, _) = pools(options).await?;
    migrations.down(&write, None).await?;
    Ok(upgrade(&write, &migrations).await?)
}

/// The connections for reading and for writing, and the driver's name.
async fn pools(
    options: &Options,
) -> Result<(DatabaseConnection, DatabaseConnection, &'static str), OpenError> {
    Ok(match &options.driver {
        Driver::Memory => {
            let only = sqlite::memory().await?;
            (only.clone(), only, "memory")
        }
        Driver::Sqlite(path) | Driver::Bolt(path) => {
            foreign::refuse(path, &options.prefix).await?;
            let (read, write) = sqlite::file(path, connections(options.pool_size)).await?;
            (read, write, if matches!(options.driver, Driver::Bolt(_)) { "bolt" } else { "sqlite" })
        }
        Driver::Postgres(server) => both(pool(server.postgres()?, options.pool_size).await?, "postgresql"),
        Driver::CockroachDb(server) => {
            both(pool(server.postgres()?, options.pool_size).await?, "cockroachdb")
        }
        Driver::MySql(server) => both(pool(server.mysql()?, options.pool_size).await?, "mysql"),
    })
}

fn both(
    pool: DatabaseConnection,
    driver: &'static str,
) -> (DatabaseConnection, DatabaseConnection, &'static str) {
    (pool.clone(), pool, driver)
}

async fn pool(mut server: ConnectOptions, size: u32) -> Result<DatabaseConnection, DbErr> {
    server
        .max_connections(connections(size))
        .min_connections(1)
        .connect_timeout(CONNECT)
        .acquire_timeout(ACQUIRE)
        .sqlx_logging(false);
    Database::connect(server).await
}

/// Creates and upgrades tables, one server at a time. On SQLite the step itself holds the file's lock.
async fn upgrade(db: &DatabaseConnection, migrations: &Migrations) -> Result<(), DbErr> {
    match db.get_database_backend() {
        DbBackend::Postgres => {
            // Held until the transaction ends, with the steps in it.
            use sea_orm::TransactionTrait;
            let tx = db.begin().await?;
            tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({POSTGRES_LOCK})")).await?;
            migrations.up(&tx, None).await?;
            tx.commit().await
        }
        DbBackend::MySql => {
            // Its tables cannot be made inside a transaction, so the lock is a connection's.
            use sea_orm::TransactionTrait;
            let holder = db.begin().await?;
            holder.execute_unprepared(&format!("DO GET_LOCK('{MYSQL_LOCK}', 60)")).await?;
            let done = migrations.up(db, None).await;
            holder.execute_unprepared(&format!("DO RELEASE_LOCK('{MYSQL_LOCK}')")).await?;
            done
        }
        _ => migrations.up(db, None).await,
    }
}

async fn require(db: &DatabaseConnection, migrations: &Migrations) -> Result<(), OpenError> {
    let pending = migrations.get_pending_migrations_read_only(db).await;
    match pending {
        Ok(steps) if steps.is_empty() => Ok(()),
        Ok(_) => Err(OpenError::NotUpgraded),
        Err(error) => Err(error.into()),
    }
}

/// A prefix goes into statements as it is, so it holds nothing that means something there.
fn check_prefix(prefix: &str) -> Result<&str, OpenError> {
    let plain = prefix.len() <= 30 && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain {
        return Ok(prefix);
    }
    Err(OpenError::Option(format!(
        "data_provider.sql_tables_prefix: {prefix:?} holds other characters than letters, digits and _, or more than 30"
    )))
}

fn connections(asked: u32) -> u32 {
    match asked {
        0 => std::thread::available_parallelism().map_or(4, |cores| cores.get().clamp(2, 8) as u32 * 2),
        asked => asked,
    }
}
