//! What queries run on: a pool of connections, or a transaction on one of them.

use crate::Result;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    IsolationLevel, QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use sqlx::Connection;
use std::sync::Arc;

/// A connection that puts the configured prefix before the names of tables.
///
/// An entity's table has one name, fixed when it is compiled. The prefix goes into the statement instead:
/// values are bound to it apart, so the only quoted words in it are names of tables, columns and keys, and no
/// column is named as a table is.
#[derive(Clone, Debug)]
pub struct Db {
    on: On,
    prefix: Arc<str>,
}

#[derive(Clone, Debug)]
enum On {
    Pool(DatabaseConnection),
    Transaction(Arc<DatabaseTransaction>),
}

/// Every table that queries name.
pub const TABLES: [&str; 19] = [
    "users",
    "admins",
    "folders",
    "groups",
    "users_groups",
    "admins_groups",
    "users_folders",
    "groups_folders",
    "roles",
    "api_keys",
    "shares",
    "event_actions",
    "event_rules",
    "rules_actions",
    "ip_lists",
    "settings",
    "node_marks",
    "nodes",
    "short_lived",
];

impl Db {
    pub fn new(pool: DatabaseConnection, prefix: Arc<str>) -> Self {
        Self { on: On::Pool(pool), prefix }
    }

    /// A transaction that is going to write. SQLite takes its lock at once: a transaction that starts by
    /// reading and finds another writer before it would fail, whatever the busy timeout.
    pub async fn begin(&self) -> Result<Self> {
        let sqlite_transaction_mode = Some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode, ..Default::default() };
        let transaction = match &self.on {
            On::Pool(pool) => pool.begin_with_options(options).await?,
            On::Transaction(outer) => outer.begin_with_options(options).await?,
        };
        Ok(Self { on: On::Transaction(Arc::new(transaction)), prefix: self.prefix.clone() })
    }

    /// A transaction that only reads, and sees one moment all the time.
    pub async fn begin_reading(&self) -> Result<Self> {
        let options = TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..Default::default()
        };
        // SQLite knows neither option: it sees one moment in every transaction.
        let options = match self.get_database_backend() {
            DbBackend::Sqlite => TransactionOptions::default(),
            _ => options,
        };
        let transaction = match &self.on {
            On::Pool(pool) => pool.begin_with_options(options).await?,
            On::Transaction(outer) => outer.begin_with_options(options).await?,
        };
        Ok(Self { on: On::Transaction(Arc::new(transaction)), prefix: self.prefix.clone() })
    }

    /// Makes the transaction's changes last. Dropped without it, they never happened.
    pub async fn commit(self) -> Result<()> {
        match self.on {
            On::Pool(_) => Ok(()),
            On::Transaction(transaction) => match Arc::try_unwrap(transaction) {
                Ok(transaction) => Ok(transaction.commit().await?),
                Err(_) => Err(DbErr::Custom("a transaction is still in use".to_owned()).into()),
            },
        }
    }

    pub async fn ping(&self) -> Result<()> {
        match &self.on {
            On::Pool(pool) => Ok(pool.ping().await?),
            On::Transaction(_) => Ok(()),
        }
    }

    /// Gives up a connection that counts a transaction which is there no more: SQLite ends one by itself when it
    /// cannot write, and the driver does not hear of it.
    pub async fn forget_transaction(&self) {
        let On::Pool(pool) = &self.on else { return };
        let pool = pool.get_sqlite_connection_pool();
        let Ok(mut connection) = pool.acquire().await else { return };
        // Answered after the rollback that is on its way.
        let answers = connection.ping().await.is_ok();
        if !answers || connection.is_in_transaction() {
            let _ = connection.close().await;
        }
    }

    fn named(&self, mut statement: Statement) -> Statement {
        if !self.prefix.is_empty() {
            statement.sql = prefixed(&statement.sql, &self.prefix);
        }
        statement
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Db {
    fn get_database_backend(&self) -> DbBackend {
        match &self.on {
            On::Pool(pool) => pool.get_database_backend(),
            On::Transaction(transaction) => transaction.get_database_backend(),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let statement = self.named(statement);
        match &self.on {
            On::Pool(pool) => pool.execute_raw(statement).await,
            On::Transaction(transaction) => transaction.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let sql = prefixed(sql, &self.prefix);
        match &self.on {
            On::Pool(pool) => pool.execute_unprepared(&sql).await,
            On::Transaction(transaction) => transaction.execute_unprepared(&sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let statement = self.named(statement);
        match &self.on {
            On::Pool(pool) => pool.query_one_raw(statement).await,
            On::Transaction(transaction) => transaction.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let statement = self.named(statement);
        match &self.on {
            On::Pool(pool) => pool.query_all_raw(statement).await,
            On::Transaction(transaction) => transaction.query_all_raw(statement).await,
        }
    }
}

/// `sql` with `prefix` before each quoted name of a table. MySQL quotes by backticks, the others by quotes.
fn prefixed(sql: &str, prefix: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 64);
    let mut rest = sql;
    while let Some(at) = rest.find(['"', '`']) {
        let (before, quoted) = rest.split_at(at);
        let quote = if quoted.starts_with('"') { '"' } else { '`' };
        let Some(end) = quoted[1..].find(quote) else { break };
        let name = &quoted[1..=end];
        out.push_str(before);
        out.push(quote);
        if TABLES.contains(&name) {
            out.push_str(prefix);
        }
        out.push_str(name);
        out.push(quote);
        rest = &quoted[end + 2..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tables_get_the_prefix() {
        assert_eq!(
            prefixed(r#"SELECT "users"."username" FROM "users" WHERE "role" = ?"#, "ls_"),
            r#"SELECT "ls_users"."username" FROM "ls_users" WHERE "role" = ?"#
        );
        assert_eq!(
            prefixed("DELETE FROM `users_groups` WHERE `x` = 1", "p"),
            "DELETE FROM `pusers_groups` WHERE `x` = 1"
        );
        assert_eq!(prefixed("PRAGMA x", "p"), "PRAGMA x");
    }
}
