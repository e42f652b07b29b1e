//! Table `short_lived`: what is good for minutes or hours, on every server that uses the database.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "short_lived")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub value: String,
    /// Milliseconds since the epoch.
    pub expires_at: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
