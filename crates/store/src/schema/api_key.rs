//! Table `api_keys`.

use crate::{
    Admin, Db, Result, User,
    model::ApiKey,
    object::{Object, require},
};
use sea_orm::{ActiveValue::NotSet, Set, entity::prelude::*};
use types::Secret;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub key_id: String,
    pub name: String,
    pub hash: String,
    pub scope: i32,
    pub description: String,
    pub user: Option<String>,
    pub admin: Option<String>,
    pub created_at: i64,
    pub updated_at: i64,
    pub last_use_at: i64,
    pub expires_at: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Object for ApiKey {
    type Table = Entity;

    const NAME: Column = Column::KeyId;
    /// Nobody remembers ids.
    const SEARCHED: Column = Column::Name;

    fn id(&self) -> i64 {
        self.row
    }

    fn key(&self) -> &str {
        &self.id
    }

    fn from_row(row: Model) -> Result<Self> {
        Ok(Self {
            row: row.id,
            id: row.key_id,
            name: row.name,
            key: Secret::new(row.hash),
            scope: row.scope,
            created_at: row.created_at,
            updated_at: row.updated_at,
            last_use_at: row.last_use_at,
            expires_at: row.expires_at,
            description: row.description,
            user: row.user.unwrap_or_default(),
            admin: row.admin.unwrap_or_default(),
        })
    }

    fn to_row(&self) -> Result<ActiveModel> {
        Ok(ActiveModel {
            key_id: Set(self.id.clone()),
            created_at: Set(self.created_at),
            last_use_at: Set(self.last_use_at),
            ..self.to_change()?
        })
    }

    fn to_change(&self) -> Result<ActiveModel> {
        let given = |name: &String| Some(name.clone()).filter(|name| !name.is_empty());
        Ok(ActiveModel {
            id: NotSet,
            key_id: NotSet,
            name: Set(self.name.clone()),
            hash: Set(self.key.expose().clone()),
            scope: Set(self.scope),
            description: Set(self.description.clone()),
            user: Set(given(&self.user)),
            admin: Set(given(&self.admin)),
            created_at: NotSet,
            updated_at: Set(self.updated_at),
            last_use_at: NotSet,
            expires_at: Set(self.expires_at),
        })
    }

    async fn check_references(&self, db: &Db) -> Result<()> {
        if !self.user.is_empty() {
            require::<User>(db, "user", &self.user).await?;
        }
        if !self.admin.is_empty() {
            require::<Admin>(db, "admin", &self.admin).await?;
        }
        Ok(())
    }
}
