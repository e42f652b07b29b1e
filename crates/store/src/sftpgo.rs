//! A database of SFTPGo, read as the backup that SFTPGo itself would make of it.
//!
//! What is read here is data; names of tables and columns are those of its schema 35. Nothing is written: a
//! server is asked in a transaction that can only read, and a SQLite file that has a log beside it is read
//! from a copy, for even a reader would leave its marks there.

mod columns;
mod links;

use crate::{OpenError, Server, open::connect};
use columns::{Column, Field};
use links::Links;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, Statement,
    TransactionTrait,
};
use serde_json::{Map, Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// The version of the tables that is read.
pub const SCHEMA: i64 = 35;
/// The version of the backup that comes of it.
const BACKUP: i64 = 17;

/// Where SFTPGo keeps its objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Sqlite(PathBuf),
    Postgres(Server),
    MySql(Server),
}

/// Why a database could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    #[error("it is no database of SFTPGo: {0}")]
    Foreign(#[source] DbErr),
    #[error(
        "its schema is {found}, and {SCHEMA} is the one that is read: start its newest version once, or import a backup made by it"
    )]
    Schema { found: i64 },
    #[error("{table}.{column}: not JSON: {source}")]
    Malformed { table: &'static str, column: &'static str, source: serde_json::Error },
    /// Left out it would open more than it opens there.
    #[error("{table} {name:?} has {column}, which is not known here")]
    Unknown { table: &'static str, name: String, column: &'static str },
    #[error("{0}")]
    Option(String),
    #[error("cannot read it: {0}")]
    Io(#[from] io::Error),
    #[error("cannot read it: {0}")]
    Database(#[from] DbErr),
}

/// Reads everything in the database at `source`, whose tables' names begin with `prefix`, as one JSON object in
/// the form of SFTPGo's backups.
pub async fn read(source: &Source, prefix: &str) -> Result<Value, SourceError> {
    // Lives as long as the copy is read.
    let mut _copy = None;
    let db = match source {
        Source::Sqlite(path) => {
            let (file, copy) = quiet(path)?;
            let is_copy = copy.is_some();
            _copy = copy;
            let file = SqliteConnectOptions::new().filename(file);
            connect(&file.read_only(!is_copy).immutable(!is_copy), 1).await?
        }
        Source::Postgres(server) => server.postgres(1).await.map_err(SourceError::from_open)?.0,
        Source::MySql(server) => server.mysql(1).await.map_err(SourceError::from_open)?,
    };
    let (level, access) = match db.get_database_backend() {
        DbBackend::Sqlite => (None, None),
        _ => (Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)),
    };
    let tx = db.begin_with_config(level, access).await?;
    let read = Tables { tx: &tx, prefix }.read().await;
    tx.rollback().await?;
    db.close().await?;
    read
}

/// The file to read: itself when it is complete, otherwise a copy of it and of its log.
fn quiet(path: &Path) -> io::Result<(PathBuf, Option<TempDir>)> {
    let log = beside(path, "-wal");
    if !log.exists() {
        return Ok((path.to_owned(), None));
    }
    let dir = TempDir::new()?;
    let copy = dir.path().join("copy.db");
    fs::copy(path, &copy)?;
    fs::copy(&log, beside(&copy, "-wal"))?;
    Ok((copy, Some(dir)))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

impl SourceError {
    fn from_open(error: OpenError) -> Self {
        match error {
            OpenError::Database(error) => Self::Database(error),
            other => Self::Option(other.to_string()),
        }
    }
}

/// The tables, in one transaction.
struct Tables<'a> {
    tx: &'a DatabaseTransaction,
    prefix: &'a str,
}

/// A row, as the object it becomes, and the numbers that tie it to others.
struct Row {
    fields: Map<String, Value>,
    ids: Vec<Option<i64>>,
}

impl Tables<'_> {
    async fn read(&self) -> Result<Value, SourceError> {
        let version = self.rows("schema_version", &[], &["version"], "").await;
        let version = version.map_err(|error| match error {
            SourceError::Database(error) => SourceError::Foreign(error),
            error => error,
        })?;
        match version.first().and_then(|row| row.ids.first().copied().flatten()) {
            Some(SCHEMA) => {}
            found => return Err(SourceError::Schema { found: found.unwrap_or(0) }),
        }
        let links = Links::read(self).await?;
        let alive = "deleted_at";
        let mut dump = Map::new();
        dump.insert("version".into(), BACKUP.into());
        let put = |dump: &mut Map<String, Value>, kind: &str, objects: Vec<Value>| {
            dump.insert(kind.into(), Value::Array(objects));
        };
        let plain = |rows: Vec<Row>| rows.into_iter().map(|row| Value::Object(row.fields)).collect();
        put(&mut dump, "roles", plain(self.rows("roles", columns::ROLES, &[], "").await?));
        put(&mut dump, "folders", plain(self.rows("folders", columns::FOLDERS, &[], "").await?));
        let rows = self.rows("groups", columns::GROUPS, &["id"], "").await?;
        put(&mut dump, "groups", rows.into_iter().map(|row| links.group(row)).collect());
        let rows = self.rows("users", columns::USERS, &["id", "role_id"], alive).await?;
        put(&mut dump, "users", rows.into_iter().map(|row| links.user(row)).collect());
        let rows = self.rows("admins", columns::ADMINS, &["id", "role_id"], "").await?;
        put(&mut dump, "admins", rows.into_iter().map(|row| links.admin(row)).collect());
        let rows = self.rows("api_keys", columns::API_KEYS, &["user_id", "admin_id"], "").await?;
        put(&mut dump, "api_keys", rows.into_iter().filter_map(|row| links.api_key(row)).collect());
        let rows = self.rows("shares", columns::SHARES, &["id", "user_id"], "").await?;
        let shares: Result<Vec<Value>, SourceError> =
            rows.into_iter().filter_map(|row| links.share(row).transpose()).collect();
        put(&mut dump, "shares", shares?);
        put(&mut dump, "event_actions", plain(self.rows("events_actions", columns::ACTIONS, &[], "").await?));
        let rows = self.rows("events_rules", columns::RULES, &["id"], alive).await?;
        put(&mut dump, "event_rules", rows.into_iter().map(|row| links.rule(row)).collect());
        put(&mut dump, "ip_lists", plain(self.rows("ip_lists", columns::IP_LISTS, &[], alive).await?));
        let configs = self.rows("configurations", columns::CONFIGS, &[], "").await?;
        if let Some(row) = configs.into_iter().next() {
            dump.extend(row.fields);
        }
        Ok(Value::Object(dump))
    }

    /// The rows of `table`, in the order in which they were made: `columns` as fields and `ids` as numbers.
    /// Where `alive` names a column, rows with anything but 0 in it were deleted and are left out.
    async fn rows(
        &self,
        table: &'static str,
        columns: &[Column],
        ids: &[&'static str],
        alive: &str,
    ) -> Result<Vec<Row>, SourceError> {
        let rows = self.tx.query_all_raw(self.statement(table, columns, ids, alive)).await?;
        let read = |row: &sea_orm::QueryResult| {
            let mut fields = Map::new();
            for (at, column) in columns.iter().enumerate() {
                let name = format!("c{at}");
                if let Some(value) = column.read(table, row, &name)? {
                    fields.insert(column.field.to_owned(), value);
                }
            }
            let ids = (0..ids.len()).map(|at| row.try_get::<Option<i64>>("", &format!("n{at}")));
            Ok(Row { fields, ids: ids.collect::<Result<_, _>>()? })
        };
        rows.iter().map(read).collect()
    }

    /// Every value is cast, so that it comes as text or as a large number from whatever type its database has.
    fn statement(&self, table: &str, columns: &[Column], ids: &[&str], alive: &str) -> Statement {
        let backend = self.tx.get_database_backend();
        let (quote, text, number) = match backend {
            DbBackend::MySql => ('`', "CHAR", "SIGNED"),
            _ => ('"', "TEXT", "BIGINT"),
        };
        let name = |name: &str| format!("{quote}{name}{quote}");
        let mut wanted: Vec<String> = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let kind = if column.kind == Field::Number { number } else { text };
            wanted.push(format!("CAST({} AS {kind}) AS c{at}", name(column.name)));
        }
        for (at, id) in ids.iter().enumerate() {
            wanted.push(format!("CAST({} AS {number}) AS n{at}", name(id)));
        }
        let from = name(&format!("{}{table}", self.prefix));
        let deleted = if alive.is_empty() { String::new() } else { format!(" WHERE {} = 0", name(alive)) };
        let sql = format!("SELECT {} FROM {from}{deleted} ORDER BY {}", wanted.join(", "), name("id"));
        Statement::from_string(backend, sql)
    }
}

impl Row {
    fn id(&self, at: usize) -> Option<i64> {
        self.ids.get(at).copied().flatten()
    }

    fn text(&self, field: &str) -> String {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    fn with(mut self, field: &str, value: Value) -> Self {
        self.fields.insert(field.to_owned(), value);
        self
    }

    /// Adds the name of another object, where there is one.
    fn with_name(self, field: &str, name: Option<&String>) -> Self {
        match name {
            Some(name) => self.with(field, json!(name)),
            None => self,
        }
    }
}
