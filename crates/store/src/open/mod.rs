//! Opening a database: which one, with which options, and whether it is ours at all.

mod server;
pub mod several;
mod sqlite;
mod strings;
mod trust;

pub use self::server::{Server, Tls};

use crate::{Db, Store, Write, foreign, schema::migrations::Migrations, writer::Writer};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use sea_orm_migration::MigratorTraitSelf;
use several::Several;
use std::{path::PathBuf, sync::Arc};
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
    pub safety: Safety,
}

impl Options {
    /// The usual options.
    pub const fn new(driver: Driver) -> Self {
        let (tables, safety) = (Tables::Upgrade, Safety::Commit);
        Self { driver, pool_size: 0, prefix: String::new(), tables, safety }
    }
}

/// When a change in a SQLite file is safe from a power cut. A server has settings of its own for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Safety {
    /// Before it is answered.
    #[default]
    Commit,
    /// Some time later; the file stays whole all the same.
    Later,
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
    /// The connection was not made because of who the server is, or who we are.
    #[error("data_provider.{key}: {means}")]
    Untrusted { key: &'static str, means: String, source: DbErr },
    #[error("cannot open the database")]
    Database(#[from] DbErr),
    #[error("cannot open the database: the runtime is shutting down")]
    Stopped,
}

/// The keys of the locks under which tables are upgraded, where several servers may start at once.
const POSTGRES_LOCK: i64 = 0x4c6f_6e67;
const MYSQL_LOCK: &str = "longshore_migrations";

/// Opened, and nothing looked at yet.
struct Pools {
    read: DatabaseConnection,
    write: DatabaseConnection,
    driver: &'static str,
    /// Where there is more than one way to the server.
    several: Option<Several>,
}

pub async fn open(options: &Options, handle: Handle) -> Result<Store, OpenError> {
    let prefix: Arc<str> = check_prefix(&options.prefix)?.into();
    let Pools { read, write, driver, several } = pools(options).await?;
    let migrations = Migrations(prefix.clone());
    match options.tables {
        Tables::Upgrade => upgrade(&write, &migrations).await?,
        Tables::Require => require(&write, &migrations).await?,
    }
    let backend = write.get_database_backend();
    let (read, write) = (Db::new(read, prefix.clone()), Db::new(write, prefix));
    let write = match backend {
        DbBackend::Sqlite => Write::One(Writer::new(write)),
        _ => Write::Many(write),
    };
    Ok(Store { handle, read, write, logins: Arc::default(), driver, several })
}

/// Takes the tables back to version `to_version`, which is how many steps stay; `None` is one less than there are.
/// What only the others hold is lost. Answers the version.
pub async fn revert(options: &Options, to_version: Option<u32>) -> Result<u32, OpenError> {
    let migrations = Migrations(check_prefix(&options.prefix)?.into());
    let Pools { write, .. } = pools(options).await?;
    let applied = migrations.get_applied_migrations_read_only(&write).await?.len() as u32;
    if applied < 2 {
        return Err(OpenError::Option("there is no earlier version to go back to".to_owned()));
    }
    let version = to_version.unwrap_or(applied - 1);
    if !(1..applied).contains(&version) {
        let last = applied - 1;
        return Err(OpenError::Option(format!("the versions to go back to are 1 to {last}")));
    }
    let taken_back = Some(applied - version);
    down(&write, &migrations, taken_back).await?;
    Ok(version)
}

/// Deletes every object: the tables go and come back empty.
pub async fn reset(options: &Options) -> Result<(), OpenError> {
    let migrations = Migrations(check_prefix(&options.prefix)?.into());
    let Pools { write, .. } = pools(options).await?;
    down(&write, &migrations, None).await?;
    Ok(upgrade(&write, &migrations).await?)
}

async fn pools(options: &Options) -> Result<Pools, OpenError> {
    let size = connections(options.pool_size);
    Ok(match &options.driver {
        Driver::Memory => Pools::one(sqlite::memory().await?, "memory"),
        Driver::Sqlite(path) | Driver::Bolt(path) => {
            foreign::refuse(path, &options.prefix).await?;
            let (read, write) = sqlite::file(path, size, options.safety).await?;
            let driver = if matches!(options.driver, Driver::Bolt(_)) { "bolt" } else { "sqlite" };
            Pools { write, ..Pools::one(read, driver) }
        }
        Driver::Postgres(server) => {
            let (pool, several) = server.postgres(size).await?;
            Pools { several, ..Pools::one(pool, "postgresql") }
        }
        Driver::CockroachDb(server) => {
            let (pool, several) = server.postgres(size).await?;
            Pools { several, ..Pools::one(pool, "cockroachdb") }
        }
        Driver::MySql(server) => Pools::one(server.mysql(size).await?, "mysql"),
    })
}

impl Pools {
    /// One pool for everything.
    fn one(pool: DatabaseConnection, driver: &'static str) -> Self {
        Self { read: pool.clone(), write: pool, driver, several: None }
    }
}

/// Creates and upgrades tables, one server at a time: all steps, or none where a database changes its tables in a
/// transaction.
async fn upgrade(db: &DatabaseConnection, migrations: &Migrations) -> Result<(), DbErr> {
    // Nothing to do: a standby, which takes no changes, will do as well.
    if migrations.get_pending_migrations_read_only(db).await.is_ok_and(|steps| steps.is_empty()) {
        return Ok(());
    }
    match db.get_database_backend() {
        DbBackend::Postgres => {
            // Held until the transaction ends, with the steps in it.
            let tx = db.begin().await?;
            tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({POSTGRES_LOCK})")).await?;
            migrations.up(&tx, None).await?;
            tx.commit().await
        }
        DbBackend::MySql => {
            // Its tables cannot be made inside a transaction, so the lock is a connection's.
            let holder = db.begin().await?;
            holder.execute_unprepared(&format!("DO GET_LOCK('{MYSQL_LOCK}', 60)")).await?;
            let done = migrations.up(db, None).await;
            holder.execute_unprepared(&format!("DO RELEASE_LOCK('{MYSQL_LOCK}')")).await?;
            done
        }
        _ => {
            // Another process waits for the file.
            let sqlite_transaction_mode = Some(SqliteTransactionMode::Immediate);
            let options = TransactionOptions { sqlite_transaction_mode, ..Default::default() };
            let tx = db.begin_with_options(options).await?;
            migrations.up(&tx, None).await?;
            tx.commit().await
        }
    }
}

/// Takes back so many steps: all of them, or none where a database changes its tables in a transaction.
async fn down(db: &DatabaseConnection, migrations: &Migrations, steps: Option<u32>) -> Result<(), DbErr> {
    if db.get_database_backend() == DbBackend::MySql {
        return migrations.down(db, steps).await;
    }
    let tx = db.begin().await?;
    migrations.down(&tx, steps).await?;
    tx.commit().await
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
