//! How the tables came to be, one step per release that changed them.

mod columns;
mod m0001_initial;
mod m0002_objects;
mod m0003_quota_marks;
mod m0004_nodes;
mod m0005_admin_passwords;
mod m0006_short_lived;

use sea_orm_migration::{MigratorTraitSelf, prelude::*};
use std::sync::Arc;

/// The table that remembers which steps were taken; also the mark by which a database is known as ours.
pub const TABLE: &str = "longshore_migrations";

/// The steps, for tables whose names begin with a prefix.
pub struct Migrations(pub Arc<str>);

impl MigratorTraitSelf for Migrations {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_initial::Initial(self.0.clone())),
            Box::new(m0002_objects::Objects(self.0.clone())),
            Box::new(m0003_quota_marks::QuotaMarks(self.0.clone())),
            Box::new(m0004_nodes::Nodes(self.0.clone())),
            Box::new(m0005_admin_passwords::AdminPasswords(self.0.clone())),
            Box::new(m0006_short_lived::ShortLived(self.0.clone())),
        ]
    }

    fn migration_table_name(&self) -> DynIden {
        format!("{}{TABLE}", self.0).into_iden()
    }
}
