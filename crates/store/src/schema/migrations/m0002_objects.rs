//! Roles, API keys, shares, event actions and rules, IP lists, settings.

use super::columns::{Tables, numbers, short, short_null};
use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_pk_auto, integer, json},
};
use std::sync::Arc;

pub struct Objects(pub Arc<str>);

impl MigrationName for Objects {
    fn name(&self) -> &str {
        "m0002_objects"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Objects {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = Tables::new(&self.0, manager);
        for table in [
            roles(&tables),
            api_keys(&tables),
            shares(&tables),
            event_actions(&tables),
            event_rules(&tables),
            rules_actions(&tables),
            ip_lists(&tables),
            settings(&tables),
        ] {
            manager.create_table(table).await?;
        }
        for (table, column) in INDEXES {
            manager.create_index(tables.index(table, column)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = Tables::new(&self.0, manager);
        for table in [
            "settings",
            "ip_lists",
            "rules_actions",
            "event_rules",
            "event_actions",
            "shares",
            "api_keys",
            "roles",
        ] {
            manager.drop_table(Table::drop().table(tables.name(table)).to_owned()).await?;
        }
        for table in ["users", "admins"] {
            let name = tables.name(&format!("ix_{table}_role"));
            manager.drop_index(Index::drop().name(name).table(tables.name(table)).to_owned()).await?;
        }
        Ok(())
    }
}

const INDEXES: [(&str, &str); 6] = [
    ("users", "role"),
    ("admins", "role"),
    ("api_keys", "user"),
    ("api_keys", "admin"),
    ("shares", "username"),
    ("rules_actions", "action_id"),
];

fn roles(tables: &Tables<'_>) -> TableCreateStatement {
    let mut table = tables.table("roles");
    table.col(big_pk_auto("id")).col(tables.unique("name")).col(tables.text("description"));
    numbers(&mut table, &["created_at", "updated_at"]);
    table
}

/// A key goes with the account it stands for.
fn api_keys(tables: &Tables<'_>) -> TableCreateStatement {
    let mut table = tables.table("api_keys");
    table.col(big_pk_auto("id")).col(tables.unique("key_id"));
    table.col(short("name")).col(short("hash")).col(integer("scope")).col(tables.text("description"));
    table.col(short_null("user")).col(short_null("admin"));
    numbers(&mut table, &["created_at", "updated_at", "last_use_at", "expires_at"]);
    table
        .foreign_key(&mut tables.cascade_by_name("api_keys", "user", ("users", "username")))
        .foreign_key(&mut tables.cascade_by_name("api_keys", "admin", ("admins", "username")));
    table
}

/// A share goes with its user.
fn shares(tables: &Tables<'_>) -> TableCreateStatement {
    let mut table = tables.table("shares");
    table.col(big_pk_auto("id")).col(tables.unique("share_id"));
    for column in ["name", "username", "password"] {
        table.col(short(column));
    }
    table.col(tables.text("description")).col(integer("scope")).col(json("paths")).col(json("allow_from"));
    numbers(
        &mut table,
        &["created_at", "updated_at", "last_use_at", "expires_at", "max_tokens", "used_tokens"],
    );
    table.foreign_key(&mut tables.cascade_by_name("shares", "username", ("users", "username")));
    table
}

fn event_actions(tables: &Tables<'_>) -> TableCreateStatement {
    let mut table = tables.table("event_actions");
    table.col(big_pk_auto("id")).col(tables.unique("name")).col(tables.text("description"));
    table.col(integer("kind")).col(json("options"));
    table
}

fn event_rules(tables: &Tables<'_>) -> TableCreateStatement {
    let mut table = tables.table("event_rules");
    table.col(big_pk_auto("id")).col(tables.unique("name")).col(tables.text("description"));
    table.col(integer("status")).col(integer("trigger_kind")).col(json("conditions"));
    numbers(&mut table, &["created_at", "updated_at"]);
    table
}

/// An action that a rule runs may not go, so its side has no cascade.
fn rules_actions(tables: &Tables<'_>) -> TableCreateStatement {
    tables
        .table("rules_actions")
        .col(big_integer("rule_id"))
        .col(big_integer("action_id"))
        .col(integer("position"))
        .col(json("options"))
        .primary_key(Index::create().col("rule_id").col("action_id"))
        .foreign_key(&mut tables.cascade("rules_actions", "rule_id", "event_rules"))
        .foreign_key(&mut tables.holds("rules_actions", "action_id", "event_actions"))
        .to_owned()
}

fn ip_lists(tables: &Tables<'_>) -> TableCreateStatement {
    let mut table = tables.table("ip_lists");
    table.col(integer("kind")).col(tables.sorted("ipornet")).col(tables.text("description"));
    table.col(integer("mode")).col(integer("protocols"));
    numbers(&mut table, &["created_at", "updated_at"]);
    table.primary_key(Index::create().col("kind").col("ipornet"));
    table
}

/// One row.
fn settings(tables: &Tables<'_>) -> TableCreateStatement {
    let mut table = tables.table("settings");
    table.col(big_integer("id").primary_key().take()).col(json("configs")).col(big_integer("updated_at"));
    table
}
