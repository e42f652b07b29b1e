//! Table `admins`.

use super::{from_json, to_json};
use crate::{
    Db, Result, Role,
    model::Admin,
    object::{Object, require},
    queries::links,
};
use sea_orm::{ActiveValue::NotSet, Set, entity::prelude::*};
use types::Secret;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "admins")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub username: String,
    pub status: i32,
    pub description: String,
    pub password: String,
    pub email: String,
    pub permissions: Json,
    pub filters: Json,
    pub additional_info: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub last_login: i64,
    pub last_password_change: i64,
    pub role: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Object for Admin {
    type Table = Entity;

    const NAME: Column = Column::Username;

    fn id(&self) -> i64 {
        self.id
    }

    fn key(&self) -> &str {
        &self.username
    }

    fn from_row(row: Model) -> Result<Self> {
        Ok(Admin {
            id: row.id,
            status: row.status,
            username: row.username,
            description: row.description,
            password: Secret::new(row.password),
            email: row.email,
            permissions: from_json(row.permissions)?,
            filters: from_json(row.filters)?,
            additional_info: row.additional_info,
            groups: Vec::new(),
            created_at: row.created_at,
            updated_at: row.updated_at,
            last_login: row.last_login,
            last_password_change: row.last_password_change,
            role: row.role,
        })
    }

    fn to_row(&self) -> Result<ActiveModel> {
        Ok(ActiveModel {
            username: Set(self.username.clone()),
            created_at: Set(self.created_at),
            last_login: Set(self.last_login),
            last_password_change: Set(self.last_password_change),
            ..self.to_change()?
        })
    }

    fn to_change(&self) -> Result<ActiveModel> {
        Ok(ActiveModel {
            id: NotSet,
            username: NotSet,
            status: Set(self.status),
            description: Set(self.description.clone()),
            password: Set(self.password.expose().clone()),
            email: Set(self.email.clone()),
            permissions: Set(to_json(&self.permissions)?),
            filters: Set(to_json(&self.filters)?),
            additional_info: Set(self.additional_info.clone()),
            created_at: NotSet,
            updated_at: Set(self.updated_at),
            last_login: NotSet,
            // A backup does not know of it, and puts back the same password as a rule.
            last_password_change: match self.last_password_change {
                0 => NotSet,
                time => Set(time),
            },
            role: Set(self.role.clone()),
        })
    }

    async fn check_references(&self, db: &Db) -> Result<()> {
        if self.role.is_empty() { Ok(()) } else { require::<Role>(db, "role", &self.role).await }
    }

    async fn fill(db: &Db, admins: &mut [Self], _: Option<&str>) -> Result<()> {
        links::fill_admins(db, admins).await
    }

    async fn link(&self, db: &Db, id: i64) -> Result<()> {
        links::save_admin(db, id, self).await
    }
}
