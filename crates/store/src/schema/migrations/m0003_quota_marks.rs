//! Whose counters were being changed when the server ended.

use super::columns::Tables;
use sea_orm_migration::{prelude::*, schema::integer};
use std::sync::Arc;

pub struct QuotaMarks(pub Arc<str>);

impl MigrationName for QuotaMarks {
    fn name(&self) -> &str {
        "m0003_quota_marks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for QuotaMarks {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = Tables::new(&self.0, manager);
        let mut table = tables.table("quota_marks");
        table.col(integer("kind")).col(tables.sorted("name"));
        table.primary_key(Index::create().col("kind").col("name"));
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Tables::new(&self.0, manager).name("quota_marks");
        manager.drop_table(Table::drop().table(table).to_owned()).await
    }
}
