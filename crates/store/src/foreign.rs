//! Recognising a file that is not ours, before anything is written to it.

use crate::{OpenError, open::connect, schema::migrations};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, Statement};
use sqlx::sqlite::SqliteConnectOptions;
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// What a SQLite file starts with.
const SQLITE: &[u8] = b"SQLite format 3\0";
/// The magic number of a bolt database's first meta page, after its page header of 16 bytes.
pub const BOLT: [u8; 4] = 0xED0C_DAED_u32.to_le_bytes();

/// Fails if the file at `path` is somebody else's. A missing or empty file is nobody's.
pub async fn refuse(path: &Path, prefix: &str) -> Result<(), OpenError> {
    let head = match head(path) {
        Ok(head) => head,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(OpenError::Unreadable { path: path.into(), source }),
    };
    if head.is_empty() {
        return Ok(());
    }
    if head.get(16..20) == Some(&BOLT[..]) {
        return Err(OpenError::Bolt { path: path.into() });
    }
    if !head.starts_with(SQLITE) {
        return Err(OpenError::NotSqlite { path: path.into() });
    }
    let looking = SqliteConnectOptions::new().filename(path).read_only(true);
    // Without a log beside it the file is complete, and reading it as immutable leaves no lock files behind.
    let looking = looking.immutable(!beside(path, "-wal").exists());
    let db = connect(&looking, 1).await?;
    let found = judge(path, prefix, &db).await;
    db.close().await?;
    found
}

async fn judge(path: &Path, prefix: &str, db: &DatabaseConnection) -> Result<(), OpenError> {
    let tables = tables(db).await?;
    if tables.is_empty() || tables.iter().any(|table| is_ours(table, prefix)) {
        return Ok(());
    }
    for table in &tables {
        // SFTPGo may put a prefix before each of its names.
        let Some(prefix) = table.strip_suffix("schema_version") else { continue };
        if tables.iter().any(|table| *table == format!("{prefix}users")) {
            let schema = schema_version(db, table).await?;
            return Err(OpenError::Sftpgo { path: path.into(), schema });
        }
    }
    Err(OpenError::Foreign { path: path.into(), table: tables.into_iter().next().unwrap_or_default() })
}

/// Every table of ours begins with the prefix; what others keep in the same file is their business.
fn is_ours(table: &str, prefix: &str) -> bool {
    table.strip_prefix(prefix) == Some(migrations::TABLE)
}

async fn tables(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), names)).await?;
    rows.iter().map(|row| row.try_get("", "name")).collect()
}

async fn schema_version(db: &DatabaseConnection, table: &str) -> Result<String, DbErr> {
    let table = table.replace('"', "\"\"");
    let version = format!("SELECT CAST(version AS TEXT) AS version FROM \"{table}\" LIMIT 1");
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), version)).await?;
    row.map_or(Ok("unknown".into()), |row| row.try_get("", "version"))
}

fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(32);
    File::open(path)?.take(32).read_to_end(&mut head)?;
    Ok(head)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
