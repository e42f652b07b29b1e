//! Columns and tables as each database needs them, so that the same names, sizes and orders hold on all.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, string_len},
    sea_orm::DbBackend,
};

/// What names are limited by: MySQL indexes 3072 bytes, which is more than 255 characters of `utf8mb4`.
const NAME: u32 = 255;

/// Makes tables for one database, with a prefix before their names.
pub struct Tables<'a> {
    prefix: &'a str,
    backend: DbBackend,
}

impl<'a> Tables<'a> {
    pub fn new(prefix: &'a str, manager: &SchemaManager<'_>) -> Self {
        Self { prefix, backend: manager.get_database_backend() }
    }

    /// The full name of a table or an index.
    pub fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// A table without columns yet.
    pub fn table(&self, name: &str) -> TableCreateStatement {
        let mut table = Table::create();
        table.table(self.name(name));
        if self.backend == DbBackend::MySql {
            // MySQL's own default takes `a`, `A` and `ä` for one name.
            table.engine("InnoDB").character_set("utf8mb4").collate("utf8mb4_bin");
        }
        table.to_owned()
    }

    /// A short text that lists are sorted by: byte by byte, whatever the database's language.
    pub fn sorted(&self, column: &'static str) -> ColumnDef {
        let mut column = string_len(column, NAME);
        if self.backend == DbBackend::Postgres {
            column.extra("COLLATE \"C\"");
        }
        column
    }

    /// As [`sorted`](Self::sorted), each once.
    pub fn unique(&self, column: &'static str) -> ColumnDef {
        self.sorted(column).unique_key().take()
    }

    /// A text of any length.
    pub fn text(&self, column: &'static str) -> ColumnDef {
        match self.backend {
            // Its TEXT ends at 64 KiB.
            DbBackend::MySql => ColumnDef::new(column).custom("longtext").not_null().take(),
            _ => ColumnDef::new(column).text().not_null().take(),
        }
    }

    /// An index of one column.
    pub fn index(&self, table: &str, column: &'static str) -> IndexCreateStatement {
        let name = self.name(&format!("ix_{table}_{column}"));
        Index::create().name(name).table(self.name(table)).col(column).to_owned()
    }

    /// Rows go with the row of `target` that `column` names.
    pub fn cascade(&self, table: &str, column: &'static str, target: &str) -> ForeignKeyCreateStatement {
        self.refers(table, column, target, "id").on_delete(ForeignKeyAction::Cascade).to_owned()
    }

    /// A row of `target` stays while `column` names it.
    pub fn holds(&self, table: &str, column: &'static str, target: &str) -> ForeignKeyCreateStatement {
        self.refers(table, column, target, "id")
    }

    /// As [`cascade`](Self::cascade), by the unique text in `target_column`.
    pub fn cascade_by_name(
        &self,
        table: &str,
        column: &'static str,
        (target, target_column): (&str, &'static str),
    ) -> ForeignKeyCreateStatement {
        self.refers(table, column, target, target_column).on_delete(ForeignKeyAction::Cascade).to_owned()
    }

    fn refers(
        &self,
        table: &str,
        column: &'static str,
        target: &str,
        target_column: &'static str,
    ) -> ForeignKeyCreateStatement {
        ForeignKey::create()
            .name(self.name(&format!("fk_{table}_{column}")))
            .from(self.name(table), column)
            .to(self.name(target), target_column)
            .to_owned()
    }
}

/// A short text.
pub fn short(column: &'static str) -> ColumnDef {
    string_len(column, NAME)
}

/// A short text that may be missing.
pub fn short_null(column: &'static str) -> ColumnDef {
    ColumnDef::new(column).string_len(NAME).null().take()
}

/// Adds columns of 64-bit numbers.
pub fn numbers(table: &mut TableCreateStatement, columns: &[&'static str]) {
    for column in columns {
        table.col(big_integer(*column));
    }
}
