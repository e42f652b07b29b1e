//! Users, admins, folders, groups and what ties them together.

use super::columns::{Tables, numbers, short};
use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_pk_auto, integer, json},
};
use std::sync::Arc;

pub struct Initial(pub Arc<str>);

impl MigrationName for Initial {
    fn name(&self) -> &str {
        "m0001_initial"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Initial {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = Tables::new(&self.0, manager);
        for table in [users(&tables), admins(&tables), folders(&tables), groups(&tables)] {
            manager.create_table(table).await?;
        }
        for table in [
            users_groups(&tables),
            admins_groups(&tables),
            folder_mapping(&tables, "users_folders", "user_id", "users"),
            folder_mapping(&tables, "groups_folders", "group_id", "groups"),
        ] {
            manager.create_table(table).await?;
        }
        for (table, column) in [
            ("users_groups", "group_id"),
            ("admins_groups", "group_id"),
            ("users_folders", "folder_id"),
            ("groups_folders", "folder_id"),
        ] {
            manager.create_index(tables.index(table, column)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = Tables::new(&self.0, manager);
        for table in [
            "groups_folders",
            "users_folders",
            "admins_groups",
            "users_groups",
            "groups",
            "folders",
            "admins",
            "users",
        ] {
            manager.drop_table(Table::drop().table(tables.name(table)).to_owned()).await?;
        }
        Ok(())
    }
}

fn users(tables: &Tables<'_>) -> TableCreateStatement {
    let mut table = tables.table("users");
    table.col(big_pk_auto("id")).col(tables.unique("username"));
    for column in ["status", "uid", "gid", "max_sessions"] {
        table.col(integer(column));
    }
    for column in ["email", "role", "password"] {
        table.col(short(column));
    }
    for column in ["description", "home_dir", "additional_info"] {
        table.col(tables.text(column));
    }
    for column in ["public_keys", "permissions", "filters", "filesystem", "oidc_custom_fields"] {
        table.col(json(column));
    }
    numbers(
        &mut table,
        &[
            "expiration_date",
            "quota_size",
            "quota_files",
            "used_quota_size",
            "used_quota_files",
            "last_quota_update",
            "upload_bandwidth",
            "download_bandwidth",
            "upload_data_transfer",
            "download_data_transfer",
            "total_data_transfer",
            "used_upload_data_transfer",
            "used_download_data_transfer",
            "created_at",
            "updated_at",
            "last_login",
            "first_download",
            "first_upload",
            "last_password_change",
        ],
    );
    table
}

fn admins(tables: &Tables<'_>) -> TableCreateStatement {
    let mut table = tables.table("admins");
    table.col(big_pk_auto("id")).col(tables.unique("username")).col(integer("status"));
    for column in ["password", "email", "role"] {
        table.col(short(column));
    }
    table.col(tables.text("description")).col(tables.text("additional_info"));
    table.col(json("permissions")).col(json("filters"));
    numbers(&mut table, &["created_at", "updated_at", "last_login"]);
    table
}

fn folders(tables: &Tables<'_>) -> TableCreateStatement {
    let mut table = tables.table("folders");
    table.col(big_pk_auto("id")).col(tables.unique("name"));
    table.col(tables.text("mapped_path")).col(tables.text("description")).col(json("filesystem"));
    numbers(&mut table, &["used_quota_size", "used_quota_files", "last_quota_update"]);
    table
}

fn groups(tables: &Tables<'_>) -> TableCreateStatement {
    let mut table = tables.table("groups");
    table.col(big_pk_auto("id")).col(tables.unique("name"));
    table.col(tables.text("description")).col(json("user_settings"));
    numbers(&mut table, &["created_at", "updated_at"]);
    table
}

/// A group with users may not go, so its side has no cascade.
fn users_groups(tables: &Tables<'_>) -> TableCreateStatement {
    tables
        .table("users_groups")
        .col(big_integer("user_id"))
        .col(big_integer("group_id"))
        .col(integer("kind"))
        .col(integer("position"))
        .primary_key(Index::create().col("user_id").col("group_id"))
        .foreign_key(&mut tables.cascade("users_groups", "user_id", "users"))
        .foreign_key(&mut tables.holds("users_groups", "group_id", "groups"))
        .to_owned()
}

fn admins_groups(tables: &Tables<'_>) -> TableCreateStatement {
    tables
        .table("admins_groups")
        .col(big_integer("admin_id"))
        .col(big_integer("group_id"))
        .col(integer("add_to_users_as"))
        .col(integer("position"))
        .primary_key(Index::create().col("admin_id").col("group_id"))
        .foreign_key(&mut tables.cascade("admins_groups", "admin_id", "admins"))
        .foreign_key(&mut tables.cascade("admins_groups", "group_id", "groups"))
        .to_owned()
}

/// The same folder may be mounted twice with different subpaths, so the position is the key.
fn folder_mapping(
    tables: &Tables<'_>,
    table: &'static str,
    owner: &'static str,
    owners: &'static str,
) -> TableCreateStatement {
    tables
        .table(table)
        .col(big_integer(owner))
        .col(integer("position"))
        .col(big_integer("folder_id"))
        .col(tables.text("virtual_path"))
        .col(big_integer("quota_size"))
        .col(big_integer("quota_files"))
        .col(short("subpath"))
        .primary_key(Index::create().col(owner).col("position"))
        .foreign_key(&mut tables.cascade(table, owner, owners))
        .foreign_key(&mut tables.cascade(table, "folder_id", "folders"))
        .to_owned()
}
