//! What is good for minutes or hours: tokens that were ended before their time, codes that were mailed.

use super::columns::Tables;
use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, integer},
};
use std::sync::Arc;

const TABLE: &str = "short_lived";

pub struct ShortLived(pub Arc<str>);

impl MigrationName for ShortLived {
    fn name(&self) -> &str {
        "m0006_short_lived"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for ShortLived {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = Tables::new(&self.0, manager);
        let mut table = tables.table(TABLE);
        table.col(integer("kind")).col(tables.sorted("name"));
        table.col(tables.text("value")).col(big_integer("expires_at"));
        table.primary_key(Index::create().col("kind").col("name"));
        manager.create_table(table).await?;
        manager.create_index(tables.index(TABLE, "expires_at")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Tables::new(&self.0, manager).name(TABLE);
        manager.drop_table(Table::drop().table(table).to_owned()).await
    }
}
