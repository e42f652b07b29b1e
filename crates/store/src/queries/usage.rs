//! What users and folders have stored, and what users have moved, written in groups by whoever counts it.

use crate::{
    Result, Store,
    schema::{folder, user},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

/// The counters of one user or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    pub of: UsageOf,
    pub files: i64,
    /// Bytes.
    pub size: i64,
}

/// What a user has moved, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic {
    pub username: String,
    pub uploaded: i64,
    pub downloaded: i64,
}

/// By name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageOf {
    User(String),
    Folder(String),
}

impl Store {
    /// Writes counters as they were `at` milliseconds since the epoch, all of them or none. One whose owner is
    /// gone is left out.
    pub async fn write_usage(&self, usage: Vec<Usage>, at: i64) -> Result<()> {
        self.write(usage, move |db, usage| async move {
            let tx = db.begin().await?;
            for Usage { of, files, size } in &*usage {
                match of {
                    UsageOf::User(name) => {
                        user::Entity::update_many()
                            .col_expr(user::Column::UsedQuotaFiles, Expr::value(*files))
                            .col_expr(user::Column::UsedQuotaSize, Expr::value(*size))
                            .col_expr(user::Column::LastQuotaUpdate, Expr::value(at))
                            .filter(user::Column::Username.eq(name.as_str()))
                            .exec(&tx)
                            .await?;
                    }
                    UsageOf::Folder(name) => {
                        folder::Entity::update_many()
                            .col_expr(folder::Column::UsedQuotaFiles, Expr::value(*files))
                            .col_expr(folder::Column::UsedQuotaSize, Expr::value(*size))
                            .col_expr(folder::Column::LastQuotaUpdate, Expr::value(at))
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
    pub async fn write_traffic(&self, traffic: Vec<Traffic>, at: i64) -> Result<()> {
        self.write(traffic, move |db, traffic| async move {
            let tx = db.begin().await?;
            for Traffic { username, uploaded, downloaded } in &*traffic {
                user::Entity::update_many()
                    .col_expr(user::Column::UsedUploadDataTransfer, Expr::value(*uploaded))
                    .col_expr(user::Column::UsedDownloadDataTransfer, Expr::value(*downloaded))
                    .col_expr(user::Column::LastQuotaUpdate, Expr::value(at))
                    .filter(user::Column::Username.eq(username.as_str()))
                    .exec(&tx)
                    .await?;
            }
            tx.commit().await
        })
        .await
    }
}
