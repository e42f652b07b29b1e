//! Users.

use super::{Page, begin, links};
use crate::{Error, Result, Store, model::User, schema::user};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};

impl Store {
    pub async fn user(&self, username: &str) -> Result<Option<User>> {
        let username = username.to_owned();
        self.read(|db| async move { find(&db, &username).await }).await
    }

    pub async fn users(&self, page: Page) -> Result<Vec<User>> {
        self.read(move |db| async move {
            let query = user::Entity::find().order_by(user::Column::Username, page.order.into());
            let rows = query.offset(page.offset).limit(page.limit).all(&db).await?;
            let mut users = rows.into_iter().map(user::Model::into_user).collect::<Result<Vec<_>>>()?;
            links::fill_users(&db, &mut users).await?;
            Ok(users)
        })
        .await
    }

    pub async fn count_users(&self) -> Result<u64> {
        self.read(|db| async move { Ok(user::Entity::find().count(&db).await?) }).await
    }

    /// Stores a new user; its `id` is given out here.
    pub async fn insert_user(&self, user: User) -> Result<User> {
        self.write(|db| async move {
            let tx = begin(&db).await?;
            let row = user::ActiveModel { id: sea_orm::NotSet, ..user::ActiveModel::insert_of(&user)? };
            let id = row.insert(&tx).await?.id;
            links::save_user(&tx, id, &user).await?;
            let stored = find(&tx, &user.username).await?;
            tx.commit().await?;
            stored.ok_or(Error::Stopped)
        })
        .await
    }

    /// Replaces a user by what `change` makes of it, or answers `None` when there is none.
    ///
    /// `change` runs inside the transaction: no other change comes between what it sees and what it returns.
    /// The name, the id, counters and times kept by sessions stay whatever it returns.
    pub async fn update_user<E>(
        &self,
        username: &str,
        change: impl FnOnce(User) -> Result<User, E> + Send + 'static,
    ) -> Result<Option<User>, E>
    where
        E: From<Error> + Send + 'static,
    {
        let username = username.to_owned();
        let update = self.write(move |db| async move {
            let tx = begin(&db).await?;
            let Some(before) = find_locked(&tx, &username).await? else { return Ok(Ok(None)) };
            let id = before.id;
            let after = match change(before) {
                Ok(after) => User { id, ..after },
                Err(refused) => return Ok(Err(refused)),
            };
            user::ActiveModel::update_of(&after)?.update(&tx).await?;
            links::save_user(&tx, id, &after).await?;
            let stored = find(&tx, &username).await?;
            tx.commit().await?;
            Ok(Ok(stored))
        });
        update.await?
    }

    /// Deletes a user and answers what it was.
    pub async fn delete_user(&self, username: &str) -> Result<Option<User>> {
        let username = username.to_owned();
        self.write(|db| async move {
            let tx = begin(&db).await?;
            let Some(user) = find(&tx, &username).await? else { return Ok(None) };
            user::Entity::delete_by_id(user.id).exec(&tx).await?;
            tx.commit().await?;
            Ok(Some(user))
        })
        .await
    }

    /// Replaces the password's hash, if it is still `old`: a hash that was upgraded must not undo a change
    /// of the password meanwhile.
    pub async fn replace_user_hash(&self, id: i64, old: String, new: String) -> Result<bool> {
        self.write(move |db| async move {
            let update = user::Entity::update_many()
                .col_expr(user::Column::Password, Expr::value(new))
                .filter(user::Column::Id.eq(id))
                .filter(user::Column::Password.eq(old));
            Ok(update.exec(&db).await?.rows_affected > 0)
        })
        .await
    }
}

async fn find<C: ConnectionTrait>(db: &C, username: &str) -> Result<Option<User>> {
    let row = user::Entity::find().filter(user::Column::Username.eq(username)).one(db).await?;
    whole(db, row).await
}

async fn find_locked<C: ConnectionTrait>(db: &C, username: &str) -> Result<Option<User>> {
    let query = user::Entity::find().filter(user::Column::Username.eq(username)).lock_exclusive();
    whole(db, query.one(db).await?).await
}

async fn whole<C: ConnectionTrait>(db: &C, row: Option<user::Model>) -> Result<Option<User>> {
    let Some(row) = row else { return Ok(None) };
    let mut user = row.into_user()?;
    links::fill_users(db, std::slice::from_mut(&mut user)).await?;
    Ok(Some(user))
}
