//! What only some kinds of objects are asked.

use crate::{
    Admin, Group, Result, Store, User,
    object::{Object, insert},
    schema::{admin, group, user},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};

impl Store {
    /// Stores `admin` unless there is an admin already, which is looked up in the same transaction.
    pub async fn insert_first_admin(&self, admin: Admin) -> Result<Option<Admin>> {
        self.write(admin, |db, admin| async move {
            let tx = db.begin().await?;
            if admin::Entity::find().count(&tx).await? > 0 {
                return Ok(None);
            }
            let stored = insert(&tx, &*admin).await?;
            tx.commit().await?;
            Ok(Some(stored))
        })
        .await
    }

    /// The groups of these names that exist, in no order, with their folders; without their members, who are
    /// of no use to a login and may be many.
    pub async fn groups_named(&self, names: Vec<String>) -> Result<Vec<Group>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        self.read(|db| async move {
            let rows = group::Entity::find().filter(group::Column::Name.is_in(names)).all(&db).await?;
            let mut groups = rows.into_iter().map(Group::from_row).collect::<Result<Vec<_>>>()?;
            super::links::fill_group_folders(&db, &mut groups).await?;
            Ok(groups)
        })
        .await
    }

    /// Replaces the password's hash, if it is still `old`: a hash that was upgraded must not undo a change
    /// of the password meanwhile.
    pub async fn replace_user_hash(&self, id: i64, old: String, new: String) -> Result<bool> {
        self.write((old, new), move |db, hashes| async move {
            let (old, new) = &*hashes;
            let update = user::Entity::update_many()
                .col_expr(user::Column::Password, Expr::value(new.as_str()))
                .filter(user::Column::Id.eq(id))
                .filter(user::Column::Password.eq(old.as_str()));
            Ok(update.exec(&db).await?.rows_affected > 0)
        })
        .await
    }

    /// As [`Store::replace_user_hash`], of an admin.
    pub async fn replace_admin_hash(&self, id: i64, old: String, new: String) -> Result<bool> {
        self.write((old, new), move |db, hashes| async move {
            let (old, new) = &*hashes;
            let update = admin::Entity::update_many()
                .col_expr(admin::Column::Password, Expr::value(new.as_str()))
                .filter(admin::Column::Id.eq(id))
                .filter(admin::Column::Password.eq(old.as_str()));
            Ok(update.exec(&db).await?.rows_affected > 0)
        })
        .await
    }

    /// The names of all users, for what concerns each of them.
    pub async fn user_names(&self) -> Result<Vec<String>> {
        use sea_orm::QuerySelect;
        self.read(|db| async move {
            let names = user::Entity::find().select_only().column(User::NAME);
            Ok(names.into_tuple::<String>().all(&db).await?)
        })
        .await
    }
}
