//! What is good for minutes or hours: kept with its end, and thrown out behind it.

use crate::{
    Db, Error, Result, Store,
    schema::short_lived::{ActiveModel, Column, Entity},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set, sea_query::Expr};
use std::sync::Arc;

/// What is kept. The numbers are in databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShortLived {
    /// A token, by its id, that was ended before its time.
    EndedToken = 0,
    /// What was mailed to a user, by its name, who forgot its password.
    UserCode = 1,
    /// As [`UserCode`](Self::UserCode), to an admin.
    AdminCode = 2,
}

/// A text and its end, in milliseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub value: String,
    pub expires_at: i64,
}

impl Store {
    /// What is kept under a name at `now`.
    pub async fn recall(&self, kind: ShortLived, name: &str, now: i64) -> Result<Option<Kept>> {
        let query = one(kind, name).filter(Column::ExpiresAt.gt(now));
        let found = self.read(|db| async move { Ok(query.one(&db).await?) }).await?;
        Ok(found.map(|row| Kept { value: row.value, expires_at: row.expires_at }))
    }

    /// All names of a kind at `now`, each with its end.
    pub async fn recall_all(&self, kind: ShortLived, now: i64) -> Result<Vec<(String, i64)>> {
        let query = Entity::find().filter(Column::Kind.eq(kind as i32)).filter(Column::ExpiresAt.gt(now));
        let query = query.select_only().column(Column::Name).column(Column::ExpiresAt);
        self.read(|db| async move { Ok(query.into_tuple().all(&db).await?) }).await
    }

    /// Keeps what `change` makes of what is kept under a name at `now`, and answers what that is; nothing changes
    /// where it makes `None` of it. What is over is thrown out on the way.
    pub async fn keep(
        &self,
        kind: ShortLived,
        name: &str,
        now: i64,
        change: impl Fn(Option<Kept>) -> Option<Kept> + Send + Sync + 'static,
    ) -> Result<Option<Kept>> {
        let change = Arc::new(change);
        match self.keep_once(kind, name, now, change.clone()).await {
            // Nothing holds a row that is not there yet: somebody else made it meanwhile.
            Err(Error::Duplicate) => self.keep_once(kind, name, now, change).await,
            kept => kept,
        }
    }

    async fn keep_once(
        &self,
        kind: ShortLived,
        name: &str,
        now: i64,
        change: Arc<impl Fn(Option<Kept>) -> Option<Kept> + Send + Sync + 'static>,
    ) -> Result<Option<Kept>> {
        let kept = self.write((name.to_owned(), change), move |db, input| async move {
            let (name, change) = &*input;
            let tx = db.begin().await?;
            Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(&tx).await?;
            let before = one(kind, name).lock_exclusive().one(&tx).await?;
            let before = before.map(|row| Kept { value: row.value, expires_at: row.expires_at });
            let Some(after) = change(before.clone()) else { return Ok(None) };
            match before {
                Some(_) => replace(&tx, kind, name, &after).await?,
                None => add(&tx, kind, name, &after).await?,
            }
            tx.commit().await?;
            Ok(Some(after))
        });
        kept.await
    }
}

fn one(kind: ShortLived, name: &str) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::Kind.eq(kind as i32)).filter(Column::Name.eq(name))
}

async fn replace(db: &Db, kind: ShortLived, name: &str, after: &Kept) -> Result<()> {
    let update = Entity::update_many()
        .col_expr(Column::Value, Expr::value(after.value.as_str()))
        .col_expr(Column::ExpiresAt, Expr::value(after.expires_at))
        .filter(Column::Kind.eq(kind as i32));
    update.filter(Column::Name.eq(name)).exec(db).await?;
    Ok(())
}

async fn add(db: &Db, kind: ShortLived, name: &str, after: &Kept) -> Result<()> {
    let row = ActiveModel {
        kind: Set(kind as i32),
        name: Set(name.to_owned()),
        value: Set(after.value.clone()),
        expires_at: Set(after.expires_at),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
