//! Table `folders`.

use super::{from_json, to_json};
use crate::{Result, model::Folder};
use sea_orm::{ActiveValue::NotSet, Set, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "folders")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: String,
    pub mapped_path: String,
    pub description: String,
    pub used_quota_size: i64,
    pub used_quota_files: i64,
    pub last_quota_update: i64,
    pub filesystem: Json,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The object without the names of those who mount it.
    pub fn into_folder(self) -> Result<Folder> {
        Ok(Folder {
            id: self.id,
            name: self.name,
            mapped_path: self.mapped_path,
            description: self.description,
            used_quota_size: self.used_quota_size,
            used_quota_files: self.used_quota_files,
            last_quota_update: self.last_quota_update,
            users: Vec::new(),
            groups: Vec::new(),
            filesystem: from_json(self.filesystem)?,
        })
    }
}

impl ActiveModel {
    pub fn insert_of(folder: &Folder) -> Result<Self> {
        Ok(Self {
            id: NotSet,
            name: Set(folder.name.clone()),
            mapped_path: Set(folder.mapped_path.clone()),
            description: Set(folder.description.clone()),
            used_quota_size: Set(folder.used_quota_size),
            used_quota_files: Set(folder.used_quota_files),
            last_quota_update: Set(folder.last_quota_update),
            filesystem: Set(to_json(&folder.filesystem)?),
        })
    }
}
