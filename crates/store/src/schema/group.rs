//! Table `groups`.

use super::{from_json, to_json};
use crate::{
    Db, Result,
    model::Group,
    object::Object,
    queries::{links, members},
};
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

impl Object for Group {
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
            description: row.description,
            created_at: row.created_at,
            updated_at: row.updated_at,
            user_settings: from_json(row.user_settings)?,
            virtual_folders: Vec::new(),
            users: Vec::new(),
            admins: Vec::new(),
        })
    }

    fn to_row(&self) -> Result<ActiveModel> {
        Ok(ActiveModel {
            name: Set(self.name.clone()),
            created_at: Set(self.created_at),
            ..self.to_change()?
        })
    }

    fn to_change(&self) -> Result<ActiveModel> {
        Ok(ActiveModel {
            id: NotSet,
            name: NotSet,
            description: Set(self.description.clone()),
            created_at: NotSet,
            updated_at: Set(self.updated_at),
            user_settings: Set(to_json(&self.user_settings)?),
        })
    }

    async fn fill(db: &Db, groups: &mut [Self]) -> Result<()> {
        links::fill_group_folders(db, groups).await
    }

    async fn fill_referrers(db: &Db, groups: &mut [Self], role: Option<&str>) -> Result<()> {
        let ids: Vec<i64> = groups.iter().map(|group| group.id).collect();
        let mut users = members::users_of_groups(db, ids.clone(), role).await?;
        let mut admins = members::admins_of_groups(db, ids, role).await?;
        for group in groups {
            group.users = users.take(&group.id);
            group.admins = admins.take(&group.id);
        }
        Ok(())
    }

    fn is_linked(&self) -> bool {
        !self.virtual_folders.is_empty()
    }

    async fn link(&self, db: &Db, id: i64) -> Result<()> {
        links::save_group(db, id, self).await
    }

    async fn cut(db: &Db, id: i64) -> Result<()> {
        links::cut_group(db, id).await
    }
}
