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
        let Self::Database(
            DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)),
        ) = self
        else {
            return false;
        };
        let Some(error) = error.as_database_error() else { return false };
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
            _ => Self::Database(error),
        }
    }
}
