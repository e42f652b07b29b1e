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
    #[error("database: {0}")]
    Database(#[source] DbErr),
    /// The runtime that serves the database is going down.
    #[error("the data provider is shutting down")]
    Stopped,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The transaction was ended for the sake of another one and may go through when it is tried again:
    /// serialization failures and deadlocks of PostgreSQL and CockroachDB (40001, 40P01) and of MySQL (1213,
    /// and 1205 for a lock that was waited for too long).
    pub(crate) fn is_retryable(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let Some(error) = said(error).and_then(|error| error.as_database_error()) else { return false };
        if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
            return matches!(error.number(), 1205 | 1213);
        }
        matches!(error.code().as_deref(), Some("40001" | "40P01"))
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Duplicate,
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => Self::InUse,
            _ if is_unreachable(&error) => Self::Unreachable(error),
            _ if is_full(&error) => Self::Full(error),
            _ => Self::Database(error),
        }
    }
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

/// No connection, or one that was lost: a server that goes down or comes up (PostgreSQL's classes 08 and 57P0x,
/// MySQL's 1053), or has too many of them (53300, 1040).
fn is_unreachable(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_)) {
        return true;
    }
    let Some(error) = said(error) else { return false };
    let sqlx::Error::Database(error) = error else {
        use sqlx::Error::{Io, PoolClosed, PoolTimedOut, Protocol, Tls};
        return matches!(error, Io(_) | PoolClosed | PoolTimedOut | Protocol(_) | Tls(_));
    };
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return matches!(error.number(), 1040 | 1053);
    }
    let postgres = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>();
    postgres.is_some_and(|error| {
        let code = error.code();
        code.starts_with("08") || code.starts_with("57P0") || code == "53300"
    })
}

/// `SQLITE_FULL`, and `SQLITE_IOERR_WRITE` for file systems that say it so; PostgreSQL's 53100; MySQL's 1021 and
/// 1114.
fn is_full(error: &DbErr) -> bool {
    let Some(error) = said(error).and_then(|error| error.as_database_error()) else { return false };
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return matches!(error.number(), 1021 | 1114);
    }
    if let Some(error) = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
        return error.code() == "53100";
    }
    matches!(error.code().as_deref(), Some("13" | "778"))
}
