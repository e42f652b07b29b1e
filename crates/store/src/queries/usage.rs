//! What users and folders have stored, and what users have moved, written in groups by whoever counts it.

use crate::{
    Result, Store,
    schema::{folder, user},
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{CaseStatement, Expr, ExprTrait, SimpleExpr},
};

/// The counters of one user or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    pub of: UsageOf,
    pub files: i64,
    /// Bytes.
    pub size: i64,
    /// When it was so, in milliseconds since the epoch.
    pub at: i64,
}

/// What a user has moved, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic {
    pub username: String,
    pub uploaded: i64,
    pub downloaded: i64,
    /// When it was so, in milliseconds since the epoch.
    pub at: i64,
}

/// By name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageOf {
    User(String),
    Folder(String),
}

impl Store {
    /// Writes counters, all of them or none. One whose owner is gone is left out.
    pub async fn write_usage(&self, usage: Vec<Usage>) -> Result<()> {
        self.write(usage, |db, usage| async move {
            let tx = db.begin().await?;
            for Usage { of, files, size, at } in &*usage {
                match of {
                    UsageOf::User(name) => {
                        user::Entity::update_many()
                            .col_expr(user::Column::UsedQuotaFiles, Expr::value(*files))
                            .col_expr(user::Column::UsedQuotaSize, Expr::value(*size))
                            .col_expr(
                                user::Column::LastQuotaUpdate,
                                later(user::Column::LastQuotaUpdate, *at),
                            )
                            .filter(user::Column::Username.eq(name.as_str()))
                            .exec(&tx)
                            .await?;
                    }
                    UsageOf::Folder(name) => {
                        folder::Entity::update_many()
                            .col_expr(folder::Column::UsedQuotaFiles, Expr::value(*files))
                            .col_expr(folder::Column::UsedQuotaSize, Expr::value(*size))
                            .col_expr(
                                folder::Column::LastQuotaUpdate,
                                later(folder::Column::LastQuotaUpdate, *at),
                            )
                            .filter(folder::Column::Name.eq(name.as_str()))
                            .exec(&tx)
                            .await?;
                    }
                }
            }
            tx.commit().await
        })
        .await
    }

    /// As [`write_usage`](Self::write_usage), for what was moved.
    pub async fn write_traffic(&self, traffic: Vec<Traffic>) -> Result<()> {
        self.write(traffic, |db, traffic| async move {
            let tx = db.begin().await?;
            for Traffic { username, uploaded, downloaded, at } in &*traffic {
                user::Entity::update_many()
                    .col_expr(user::Column::UsedUploadDataTransfer, Expr::value(*uploaded))
                    .col_expr(user::Column::UsedDownloadDataTransfer, Expr::value(*downloaded))
                    .col_expr(user::Column::LastQuotaUpdate, later(user::Column::LastQuotaUpdate, *at))
                    .filter(user::Column::Username.eq(username.as_str()))
                    .exec(&tx)
                    .await?;
            }
            tx.commit().await
        })
        .await
    }
}

/// The later of what is in `column` and `at`: what is stored and what is moved share one time.
fn later(column: impl ColumnTrait, at: i64) -> SimpleExpr {
    let stored = || Expr::col(column);
    CaseStatement::new().case(stored().lt(at), at).finally(stored()).into()
}
