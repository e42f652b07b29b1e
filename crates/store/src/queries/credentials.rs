//! What a login compares with, and nothing else: one query, which takes as long for a name that nobody has. The
//! rest of an account, in more queries the more groups and folders it has, is read for who has proved to own it.

use crate::{
    Result, Store,
    schema::{admin, from_json, user},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use types::Secret;

impl Store {
    /// The hash of a user's password, empty when it has none; `None` if there is no such user.
    pub async fn password_of_user(&self, username: &str) -> Result<Option<Secret<String>>> {
        let query = user::Entity::find().filter(user::Column::Username.eq(username));
        let query = query.select_only().column(user::Column::Password).into_tuple::<String>();
        self.read(|db| async move { Ok(query.one(&db).await?.map(Secret::new)) }).await
    }

    /// As [`password_of_user`](Self::password_of_user), of an admin.
    pub async fn password_of_admin(&self, username: &str) -> Result<Option<Secret<String>>> {
        let query = admin::Entity::find().filter(admin::Column::Username.eq(username));
        let query = query.select_only().column(admin::Column::Password).into_tuple::<String>();
        self.read(|db| async move { Ok(query.one(&db).await?.map(Secret::new)) }).await
    }

    /// A user's public keys, each a line as in `authorized_keys`; `None` if there is no such user.
    pub async fn keys_of_user(&self, username: &str) -> Result<Option<Vec<String>>> {
        let query = user::Entity::find().filter(user::Column::Username.eq(username));
        let query = query.select_only().column(user::Column::PublicKeys).into_tuple();
        let keys = self.read(|db| async move { Ok(query.one(&db).await?) }).await?;
        keys.map(from_json).transpose()
    }
}
