//! Settings that admins change while the server runs: one JSON object.

use crate::{
    Db, Error, Result, Store,
    schema::settings::{ActiveModel, Column, Entity, ONLY},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Map, Value};

impl Store {
    /// The settings by section; empty when none were ever saved.
    pub async fn configs(&self) -> Result<Map<String, Value>> {
        self.read(|db| async move { configs(&db).await }).await
    }

    /// When the settings were saved, in milliseconds since the epoch; 0 when they never were.
    pub async fn configs_saved_at(&self) -> Result<i64> {
        let row = self.read(|db| async move { Ok(Entity::find_by_id(ONLY).one(&db).await?) }).await?;
        Ok(row.map_or(0, |row| row.updated_at))
    }
}

pub async fn configs(db: &Db) -> Result<Map<String, Value>> {
    match Entity::find_by_id(ONLY).one(db).await? {
        Some(row) => serde_json::from_value(row.configs).map_err(Error::Malformed),
        None => Ok(Map::new()),
    }
}

pub async fn set_configs(db: &Db, configs: &Map<String, Value>, at: i64) -> Result<()> {
    Entity::delete_many().filter(Column::Id.eq(ONLY)).exec(db).await?;
    let row =
        ActiveModel { id: Set(ONLY), configs: Set(Value::Object(configs.clone())), updated_at: Set(at) };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
