//! Table `admins`.

use super::{from_json, to_json};
use crate::{Result, model::Admin};
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
    pub role: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The object without its groups, which live in a table of their own.
    pub fn into_admin(self) -> Result<Admin> {
        Ok(Admin {
            id: self.id,
            status: self.status,
            username: self.username,
            description: self.description,
            password: Secret::new(self.password),
            email: self.email,
            permissions: from_json(self.permissions)?,
            filters: from_json(self.filters)?,
            additional_info: self.additional_info,
            groups: Vec::new(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            last_login: self.last_login,
            role: self.role,
        })
    }
}

impl ActiveModel {
    pub fn insert_of(admin: &Admin) -> Result<Self> {
        Ok(Self {
            username: Set(admin.username.clone()),
            created_at: Set(admin.created_at),
            last_login: Set(admin.last_login),
            ..Self::update_of(admin)?
        })
    }

    /// The columns an update replaces.
    pub fn update_of(admin: &Admin) -> Result<Self> {
        Ok(Self {
            id: if admin.id == 0 { NotSet } else { Set(admin.id) },
            username: NotSet,
            status: Set(admin.status),
            description: Set(admin.description.clone()),
            password: Set(admin.password.expose().clone()),
            email: Set(admin.email.clone()),
            permissions: Set(to_json(&admin.permissions)?),
            filters: Set(to_json(&admin.filters)?),
            additional_info: Set(admin.additional_info.clone()),
            created_at: NotSet,
            updated_at: Set(admin.updated_at),
            last_login: NotSet,
            role: Set(admin.role.clone()),
        })
    }
}
