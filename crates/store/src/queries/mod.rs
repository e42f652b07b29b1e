//! The queries, one file per kind of object.

mod admins;
mod folders;
mod groups;
mod links;
mod logins;
mod usage;
mod users;

pub(crate) use self::logins::Logins;
pub use self::usage::{Traffic, Usage, UsageOf};

use crate::Result;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

/// Which way a list is sorted, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Ascending,
    Descending,
}

impl From<Order> for sea_orm::Order {
    fn from(order: Order) -> Self {
        match order {
            Order::Ascending => Self::Asc,
            Order::Descending => Self::Desc,
        }
    }
}

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub offset: u64,
    pub limit: u64,
    pub order: Order,
}

/// A transaction that is going to write. SQLite takes its lock at once: a transaction that starts by reading
/// and finds another writer before it would fail, whatever the busy timeout.
async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction> {
    let sqlite_transaction_mode = Some(SqliteTransactionMode::Immediate);
    let options = TransactionOptions { sqlite_transaction_mode, ..Default::default() };
    Ok(db.begin_with_options(options).await?)
}
