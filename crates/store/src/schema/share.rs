//! Table `shares`.

use super::{from_json, to_json};
use crate::{
    Db, Result, User,
    model::Share,
    object::{Object, require},
};
use sea_orm::{ActiveValue::NotSet, Set, entity::prelude::*};
use types::Secret;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "shares")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub share_id: String,
    pub name: String,
    pub username: String,
    pub password: String,
    pub description: String,
    pub scope: i32,
    pub paths: Json,
    pub allow_from: Json,
    pub created_at: i64,
    pub updated_at: i64,
    pub last_use_at: i64,
    pub expires_at: i64,
    pub max_tokens: i64,
    pub used_tokens: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Object for Share {
    type Table = Entity;

    const NAME: Column = Column::ShareId;
    /// Nobody remembers ids.
    const SEARCHED: Column = Column::Name;
    const SCOPE: Option<Column> = Some(Column::Username);

    fn id(&self) -> i64 {
        self.row
    }

    fn key(&self) -> &str {
        &self.id
    }

    fn from_row(row: Model) -> Result<Self> {
        Ok(Self {
            row: row.id,
            id: row.share_id,
            name: row.name,
            description: row.description,
            scope: row.scope,
            paths: from_json(row.paths)?,
            username: row.username,
            created_at: row.created_at,
            updated_at: row.updated_at,
            last_use_at: row.last_use_at,
            expires_at: row.expires_at,
            password: Secret::new(row.password),
            max_tokens: row.max_tokens,
            used_tokens: row.used_tokens,
            allow_from: from_json(row.allow_from)?,
        })
    }

    fn to_row(&self) -> Result<ActiveModel> {
        Ok(ActiveModel {
            share_id: Set(self.id.clone()),
            created_at: Set(self.created_at),
            last_use_at: Set(self.last_use_at),
            used_tokens: Set(self.used_tokens),
            ..self.to_change()?
        })
    }

    /// How often it was used is not among them: visitors count while its owner edits it.
    fn to_change(&self) -> Result<ActiveModel> {
        Ok(ActiveModel {
            id: NotSet,
            share_id: NotSet,
            name: Set(self.name.clone()),
            username: Set(self.username.clone()),
            password: Set(self.password.expose().clone()),
            description: Set(self.description.clone()),
            scope: Set(self.scope),
            paths: Set(to_json(&self.paths)?),
            allow_from: Set(to_json(&self.allow_from)?),
            created_at: NotSet,
            updated_at: Set(self.updated_at),
            last_use_at: NotSet,
            expires_at: Set(self.expires_at),
            max_tokens: Set(self.max_tokens),
            used_tokens: NotSet,
        })
    }

    async fn check_references(&self, db: &Db) -> Result<()> {
        require::<User>(db, "user", &self.username).await
    }
}
