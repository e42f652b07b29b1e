//! Table `event_actions`.

use super::{from_json, to_json};
use crate::{Db, Error, Result, model::EventAction, object::Object, queries::rules};
use sea_orm::{ActiveValue::NotSet, Set, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event_actions")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: String,
    pub description: String,
    pub kind: i32,
    pub options: Json,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Object for EventAction {
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
            kind: row.kind,
            options: from_json(row.options)?,
            rules: Vec::new(),
        })
    }

    fn to_row(&self) -> Result<ActiveModel> {
        Ok(ActiveModel { name: Set(self.name.clone()), ..self.to_change()? })
    }

    fn to_change(&self) -> Result<ActiveModel> {
        Ok(ActiveModel {
            id: NotSet,
            name: NotSet,
            description: Set(self.description.clone()),
            kind: Set(self.kind),
            options: Set(to_json(&self.options)?),
        })
    }

    async fn fill_referrers(db: &Db, actions: &mut [Self], _: Option<&str>) -> Result<()> {
        rules::fill_actions(db, actions).await
    }

    async fn unlink(&self, _: &Db) -> Result<()> {
        if self.rules.is_empty() { Ok(()) } else { Err(Error::InUse) }
    }
}
