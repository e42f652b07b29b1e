//! What can go wrong with the data provider, by meaning.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An object with this name is there already.
    #[error("the name is taken")]
    Duplicate,
    /// An object names another one that does not exist.
    #[error("{kind} {name:?} does not exist")]
    MissingReference { kind: &'static str, name: String },
    /// The object is still named by others.
    #[error("still in use")]
    InUse,
    /// A JSON column holds something else than what was once put there.
    #[error("a stored object cannot be read: {0}")]
    Malformed(#[source] serde_json::Error),
    #[error("the database cannot be reached: {0}")]
    Unreachable(#[source] DbErr),
    /// Nothing was changed; there may be room again later.
    #[error("the database has no space left: {0}")]
    Full(#[source] DbErr),
    /// Others kept changing the same objects; nothing was changed.
    #[error("the database is busy: {0}")]
    Busy(#[source] DbErr),
    #[error("database: {0}")]
    Database(#[source] DbErr),
    /// What waits on disk to be stored cannot be read back.
    #[error("temporary file: {0}")]
    Staged(#[source] std::io::Error),
    /// The runtime that serves the database is going down.
    #[error("the data provider is shutting down")]
    Stopped,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The transaction was ended for the sake of another one and may go through when it is tried again:
    /// serialization failures and deadlocks of PostgreSQL and CockroachDB (40001, 40P01) and of MySQL (1213, 1020
    /// for a row that changed since it was read, and 1205 for a lock that was waited for too long).
    pub(crate) fn is_retryable(&self) -> bool {
        let Self::Database(error) = self else { return false };
        if names_what_went(error) {
            return true;
        }
        let Some(error) = said(error).and_then(|error| error.as_database_error()) else { return false };
        if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
            return matches!(error.number(), 1020 | 1205 | 1213);
        }
        matches!(error.code().as_deref(), Some("40001" | "40P01"))
    }

    /// What is said when it was tried often enough.
    pub(crate) fn in_the_end(self) -> Self {
        match self {
            Self::Database(error) if Self::Database(error.clone()).is_retryable() => Self::Busy(error),
            other => other,
        }
    }

    /// It is about what the objects are, and not about the database: a transaction can go on after it.
    pub(crate) const fn is_about_objects(&self) -> bool {
        match self {
            Self::Duplicate | Self::MissingReference { .. } | Self::InUse | Self::Malformed(_) => true,
            Self::Unreachable(_) | Self::Full(_) | Self::Busy(_) | Self::Database(_) => false,
            Self::Staged(_) | Self::Stopped => false,
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Duplicate,
            Some(SqlErr::ForeignKeyConstraintViolation(_)) if names_what_went(&error) => {
                Self::Database(error)
            }
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => Self::InUse,
            _ if is_full(&error) => Self::Full(error),
            _ if is_unreachable(&error) => Self::Unreachable(error),
            _ => Self::Database(error),
        }
    }
}

/// A row names another one that was there a moment ago (of MySQL 1452). Tried again, it is missed by name.
fn names_what_went(error: &DbErr) -> bool {
    let Some(error) = said(error).and_then(|error| error.as_database_error()) else { return false };
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return error.number() == 1452;
    }
    let postgres = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>();
    // The same code is that of a row which is named by others still; the text tells which side is at fault.
    postgres.is_some_and(|error| error.code() == "23503" && error.message().starts_with("insert or update"))
}

/// What the driver said.
fn said(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

/// No connection, or one that was lost, or a server that takes no changes now.
fn is_unreachable(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) {
        return true;
    }
    let Some(error) = said(error) else { return false };
    let sqlx::Error::Database(error) = error else {
        use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Protocol, Tls, WorkerCrashed};
        return matches!(error, Io(_) | PoolClosed | PoolTimedOut | Protocol(_) | Tls(_) | WorkerCrashed);
    };
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        // Too many connections (1040, 1203, 1226), going down (1053), killed (1317, 1927), read only (1290, 1836), not
        // the data directory's fault alone (1026, 1030 and 3 are input and output).
        return matches!(
            error.number(),
            3 | 1026 | 1030 | 1040 | 1053 | 1203 | 1226 | 1290 | 1317 | 1836 | 1927
        );
    }
    if let Some(error) = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
        // Classes: connections, insufficient resources, the operator, the system; and a standby.
        let code = error.code();
        return ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) || code == "25006";
    }
    // Of SQLite: another process holds the file too long (5, 6), it became read only (8), input and output (10), it
    // cannot be opened (14).
    matches!(sqlite_code(&**error), Some(5 | 6 | 8 | 10 | 14))
}

/// No room, in the words of each: PostgreSQL's 53100; MySQL's 1021 and 1114; `SQLITE_FULL`; and the number or the
/// text of the system's `ENOSPC` and `EDQUOT` where they are passed on.
fn is_full(error: &DbErr) -> bool {
    let Some(error) = said(error).and_then(|error| error.as_database_error()) else { return false };
    let text = error.message();
    if ["No space left on device", "Disk quota exceeded"].iter().any(|full| text.contains(full)) {
        return true;
    }
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        let passed_on =
            text.contains("rror 28 ") || text.contains("rrcode: 28 ") || text.contains("rror: 28 ");
        return passed_on || matches!(error.number(), 1021 | 1114);
    }
    if let Some(error) = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
        return error.code() == "53100";
    }
    // SQLite writes, cuts, syncs, and makes its shared memory longer.
    sqlite_code(error) == Some(13)
        || matches!(error.code().as_deref(), Some("778" | "1546" | "1034" | "4874"))
}

/// The primary result code, which is the low byte of an extended one.
fn sqlite_code(error: &dyn sqlx::error::DatabaseError) -> Option<u32> {
    let code: u32 = error.code()?.parse().ok()?;
    Some(code & 0xff)
}
