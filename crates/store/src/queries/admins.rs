//! Administrators.

use super::{Page, begin, links};
use crate::{Error, Result, Store, model::Admin, schema::admin};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

impl Store {
    pub async fn admin(&self, username: &str) -> Result<Option<Admin>> {
        let username = username.to_owned();
        self.read(|db| async move { find(&db, &username).await }).await
    }

    pub async fn admins(&self, page: Page) -> Result<Vec<Admin>> {
        self.read(move |db| async move {
            let query = admin::Entity::find().order_by(admin::Column::Username, page.order.into());
            let rows = query.offset(page.offset).limit(page.limit).all(&db).await?;
            let mut admins = rows.into_iter().map(admin::Model::into_admin).collect::<Result<Vec<_>>>()?;
            links::fill_admins(&db, &mut admins).await?;
            Ok(admins)
        })
        .await
    }

    pub async fn count_admins(&self) -> Result<u64> {
        self.read(|db| async move { Ok(admin::Entity::find().count(&db).await?) }).await
    }

    /// Stores a new admin; its `id` is given out here.
    pub async fn insert_admin(&self, admin: Admin) -> Result<Admin> {
        self.write(|db| async move {
            let tx = begin(&db).await?;
            let stored = insert(&tx, &admin).await?;
            tx.commit().await?;
            Ok(stored)
        })
        .await
    }

    /// Stores `admin` unless there is an admin already, which is looked up in the same transaction.
    pub async fn insert_first_admin(&self, admin: Admin) -> Result<Option<Admin>> {
        self.write(|db| async move {
            let tx = begin(&db).await?;
            if admin::Entity::find().count(&tx).await? > 0 {
                return Ok(None);
            }
            let stored = insert(&tx, &admin).await?;
            tx.commit().await?;
            Ok(Some(stored))
        })
        .await
    }

    /// As [`Store::update_user`].
    pub async fn update_admin<E>(
        &self,
        username: &str,
        change: impl FnOnce(Admin) -> Result<Admin, E> + Send + 'static,
    ) -> Result<Option<Admin>, E>
    where
        E: From<Error> + Send + 'static,
    {
        let username = username.to_owned();
        let update = self.write(move |db| async move {
            let tx = begin(&db).await?;
            let query = admin::Entity::find().filter(admin::Column::Username.eq(&username)).lock_exclusive();
            let Some(before) = whole(&tx, query.one(&tx).await?).await? else { return Ok(Ok(None)) };
            let id = before.id;
            let after = match change(before) {
                Ok(after) => Admin { id, ..after },
                Err(refused) => return Ok(Err(refused)),
            };
            admin::ActiveModel::update_of(&after)?.update(&tx).await?;
            links::save_admin(&tx, id, &after).await?;
            let stored = find(&tx, &username).await?;
            tx.commit().await?;
            Ok(Ok(stored))
        });
        update.await?
    }

    /// Deletes an admin and answers what it was.
    pub async fn delete_admin(&self, username: &str) -> Result<Option<Admin>> {
        let username = username.to_owned();
        self.write(|db| async move {
            let tx = begin(&db).await?;
            let Some(admin) = find(&tx, &username).await? else { return Ok(None) };
            admin::Entity::delete_by_id(admin.id).exec(&tx).await?;
            tx.commit().await?;
            Ok(Some(admin))
        })
        .await
    }
}

async fn insert<C: ConnectionTrait>(db: &C, admin: &Admin) -> Result<Admin> {
    let row = admin::ActiveModel { id: sea_orm::NotSet, ..admin::ActiveModel::insert_of(admin)? };
    let id = row.insert(db).await?.id;
    links::save_admin(db, id, admin).await?;
    find(db, &admin.username).await?.ok_or(Error::Stopped)
}

async fn find<C: ConnectionTrait>(db: &C, username: &str) -> Result<Option<Admin>> {
    let row = admin::Entity::find().filter(admin::Column::Username.eq(username)).one(db).await?;
    whole(db, row).await
}

async fn whole<C: ConnectionTrait>(db: &C, row: Option<admin::Model>) -> Result<Option<Admin>> {
    let Some(row) = row else { return Ok(None) };
    let mut admin = row.into_admin()?;
    links::fill_admins(db, std::slice::from_mut(&mut admin)).await?;
    Ok(Some(admin))
}
