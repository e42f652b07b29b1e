//! Tables `event_rules` and `rules_actions`.

use super::{from_json, to_json};
use crate::{Db, Result, model::EventRule, object::Object, queries::rules};
use sea_orm::{ActiveValue::NotSet, Set, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event_rules")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: String,
    pub description: String,
    pub status: i32,
    pub trigger_kind: i32,
    pub conditions: Json,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Object for EventRule {
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
            status: row.status,
            description: row.description,
            created_at: row.created_at,
            updated_at: row.updated_at,
            trigger: row.trigger_kind,
            conditions: from_json(row.conditions)?,
            actions: Vec::new(),
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
            status: Set(self.status),
            trigger_kind: Set(self.trigger),
            conditions: Set(to_json(&self.conditions)?),
            created_at: NotSet,
            updated_at: Set(self.updated_at),
        })
    }

    async fn fill(db: &Db, rules: &mut [Self], _: Option<&str>) -> Result<()> {
        rules::fill_rules(db, rules).await
    }

    async fn link(&self, db: &Db, id: i64) -> Result<()> {
        rules::save_rule(db, id, self).await
    }
}

/// Which actions a rule runs.
pub mod rule_action {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "rules_actions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub rule_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub action_id: i64,
        pub position: i32,
        pub options: Json,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
