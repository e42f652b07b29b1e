//! Table `ip_lists`.

use crate::model::IpListEntry;
use sea_orm::{Set, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ip_lists")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub ipornet: String,
    pub description: String,
    pub mode: i32,
    pub protocols: i32,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for IpListEntry {
    fn from(row: Model) -> Self {
        Self {
            ipornet: row.ipornet,
            description: row.description,
            kind: row.kind,
            mode: row.mode,
            protocols: row.protocols,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<&IpListEntry> for ActiveModel {
    fn from(entry: &IpListEntry) -> Self {
        Self {
            kind: Set(entry.kind),
            ipornet: Set(entry.ipornet.clone()),
            description: Set(entry.description.clone()),
            mode: Set(entry.mode),
            protocols: Set(entry.protocols),
            created_at: Set(entry.created_at),
            updated_at: Set(entry.updated_at),
        }
    }
}
