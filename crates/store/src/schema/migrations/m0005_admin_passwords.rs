//! When an admin's password was changed, which ends the tokens before it.

use super::columns::Tables;
use sea_orm_migration::{prelude::*, schema::big_integer};
use std::sync::Arc;

const COLUMN: &str = "last_password_change";

pub struct AdminPasswords(pub Arc<str>);

impl MigrationName for AdminPasswords {
    fn name(&self) -> &str {
        "m0005_admin_passwords"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for AdminPasswords {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = Tables::new(&self.0, manager);
        let column = big_integer(COLUMN).default(0).to_owned();
        let mut admins = Table::alter();
        admins.table(tables.name("admins")).add_column(column);
        manager.alter_table(admins).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = Tables::new(&self.0, manager);
        let mut admins = Table::alter();
        admins.table(tables.name("admins")).drop_column(Alias::new(COLUMN));
        manager.alter_table(admins).await
    }
}
