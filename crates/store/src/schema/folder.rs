//! Table `folders`.

use super::{from_json, to_json};
use crate::{Db, Result, model::Folder, object::Object, queries::members};
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

impl Object for Folder {
    type Table = Entity;

    const NAME: Column = Column::Name;

    fn id(&self) -> i64 {
        self.id
    }

    fn key(&self) -> &str {
        &self.name
    }

    fn from_row(row: Model) -> Result<Self> {
        Ok(Self {
            id: row.id,
            name: row.name,
            mapped_path: row.mapped_path,
            description: row.description,
            used_quota_size: row.used_quota_size,
            used_quota_files: row.used_quota_files,
            last_quota_update: row.last_quota_update,
            users: Vec::new(),
            groups: Vec::new(),
            filesystem: from_json(row.filesystem)?,
        })
    }

    fn to_row(&self) -> Result<ActiveModel> {
        Ok(ActiveModel {
            name: Set(self.name.clone()),
            used_quota_size: Set(self.used_quota_size),
            used_quota_files: Set(self.used_quota_files),
            last_quota_update: Set(self.last_quota_update),
            ..self.to_change()?
        })
    }

    fn to_change(&self) -> Result<ActiveModel> {
        Ok(ActiveModel {
            id: NotSet,
            name: NotSet,
            mapped_path: Set(self.mapped_path.clone()),
            description: Set(self.description.clone()),
            used_quota_size: NotSet,
            used_quota_files: NotSet,
            last_quota_update: NotSet,
            filesystem: Set(to_json(&self.filesystem)?),
        })
    }

    async fn fill_referrers(db: &Db, folders: &mut [Self], role: Option<&str>) -> Result<()> {
        let ids: Vec<i64> = folders.iter().map(|folder| folder.id).collect();
        let mut users = members::users_of_folders(db, ids.clone(), role).await?;
        let mut groups = members::groups_of_folders(db, ids).await?;
        for folder in folders {
            folder.users = users.take(&folder.id);
            folder.groups = groups.take(&folder.id);
        }
        Ok(())
    }
}
