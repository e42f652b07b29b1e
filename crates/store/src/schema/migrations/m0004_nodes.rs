//! Servers that share the database, and which of them was changing whose counters.

use super::columns::Tables;
use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, integer},
};
use std::sync::Arc;

pub struct Nodes(pub Arc<str>);

impl MigrationName for Nodes {
    fn name(&self) -> &str {
        "m0004_nodes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Nodes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = Tables::new(&self.0, manager);
        let mut nodes = tables.table("nodes");
        nodes.col(tables.sorted("name")).col(big_integer("beat"));
        nodes.primary_key(Index::create().col("name"));
        manager.create_table(nodes).await?;

        let mut marks = tables.table("node_marks");
        marks.col(integer("kind")).col(tables.sorted("name")).col(tables.sorted("node"));
        marks.primary_key(Index::create().col("kind").col("name").col("node"));
        manager.create_table(marks).await?;
        // Whose they were nobody knows any more: the empty name is no server's.
        let kept = Query::select()
            .column(Alias::new("kind"))
            .column(Alias::new("name"))
            .expr(Expr::value(""))
            .from(Alias::new(tables.name("quota_marks")))
            .to_owned();
        let mut copy = Query::insert();
        copy.into_table(Alias::new(tables.name("node_marks")));
        copy.columns([Alias::new("kind"), Alias::new("name"), Alias::new("node")]);
        let copy = copy.select_from(kept).map_err(|error| DbErr::Migration(error.to_string()))?.to_owned();
        manager.execute(copy).await?;
        manager.drop_table(Table::drop().table(tables.name("quota_marks")).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = Tables::new(&self.0, manager);
        super::m0003_quota_marks::QuotaMarks(self.0.clone()).up(manager).await?;
        let kept = Query::select()
            .distinct()
            .column(Alias::new("kind"))
            .column(Alias::new("name"))
            .from(Alias::new(tables.name("node_marks")))
            .to_owned();
        let mut copy = Query::insert();
        copy.into_table(Alias::new(tables.name("quota_marks")));
        copy.columns([Alias::new("kind"), Alias::new("name")]);
        let copy = copy.select_from(kept).map_err(|error| DbErr::Migration(error.to_string()))?.to_owned();
        manager.execute(copy).await?;
        for table in ["node_marks", "nodes"] {
            manager.drop_table(Table::drop().table(tables.name(table)).to_owned()).await?;
        }
        Ok(())
    }
}
