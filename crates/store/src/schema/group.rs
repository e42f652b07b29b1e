//! Table `groups`.

use super::{from_json, to_json};
use crate::{Result, model::Group};
use sea_orm::{ActiveValue::NotSet, Set, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "groups")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: String,
    pub description: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub user_settings: Json,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The object without its folders and members.
    pub fn into_group(self) -> Result<Group> {
        Ok(Group {
            id: self.id,
            name: self.name,
            description: self.description,
            created_at: self.created_at,
            updated_at: self.updated_at,
            user_settings: from_json(self.user_settings)?,
            virtual_folders: Vec::new(),
            users: Vec::new(),
            admins: Vec::new(),
        })
    }
}

impl ActiveModel {
    pub fn insert_of(group: &Group) -> Result<Self> {
        Ok(Self {
            id: NotSet,
            name: Set(group.name.clone()),
            description: Set(group.description.clone()),
            created_at: Set(group.created_at),
            updated_at: Set(group.updated_at),
            user_settings: Set(to_json(&group.user_settings)?),
        })
    }
}
