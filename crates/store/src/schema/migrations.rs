//! How the tables came to be, one step per release that changed them.

use sea_orm_migration::prelude::*;

/// The table that remembers which steps were taken; also the mark by which a database is known as ours.
pub const TABLE: &str = "longshore_migrations";

pub struct Migrations;

#[async_trait::async_trait]
impl MigratorTrait for Migrations {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(initial::Initial)]
    }

    fn migration_table_name() -> DynIden {
        TABLE.into_iden()
    }
}

mod initial {
    //! Users, admins, folders, groups and what ties them together.

    use sea_orm_migration::{
        prelude::*,
        schema::{big_integer, big_pk_auto, integer, json, string_len, string_len_uniq, text},
    };

    /// Names, paths and texts are limited by what MySQL can index (`utf8mb4`, 3072 bytes).
    const NAME: u32 = 255;

    pub struct Initial;

    impl MigrationName for Initial {
        fn name(&self) -> &str {
            "m0001_initial"
        }
    }

    #[async_trait::async_trait]
    impl MigrationTrait for Initial {
        async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
            for table in [users(), admins(), folders(), groups()] {
                manager.create_table(table).await?;
            }
            for table in [
                users_groups(),
                admins_groups(),
                folder_mapping("users_folders", "user_id", "users"),
                folder_mapping("groups_folders", "group_id", "groups"),
            ] {
                manager.create_table(table).await?;
            }
            for (name, table, column) in [
                ("ix_users_groups_group", "users_groups", "group_id"),
                ("ix_admins_groups_group", "admins_groups", "group_id"),
                ("ix_users_folders_folder", "users_folders", "folder_id"),
                ("ix_groups_folders_folder", "groups_folders", "folder_id"),
            ] {
                let index = Index::create().name(name).table(table).col(column).to_owned();
                manager.create_index(index).await?;
            }
            Ok(())
        }

        async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
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
                manager.drop_table(Table::drop().table(table).to_owned()).await?;
            }
            Ok(())
        }
    }

    fn users() -> TableCreateStatement {
        let mut table = Table::create();
        table.table("users").col(big_pk_auto("id")).col(string_len_uniq("username", NAME));
        for column in ["status", "uid", "gid", "max_sessions"] {
            table.col(integer(column));
        }
        for column in ["email", "role", "password"] {
            table.col(string_len(column, NAME));
        }
        for column in ["description", "home_dir", "additional_info"] {
            table.col(text(column));
        }
        for column in ["public_keys", "permissions", "filters", "filesystem", "oidc_custom_fields"] {
            table.col(json(column));
        }
        for column in [
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
        ] {
            table.col(big_integer(column));
        }
        table.to_owned()
    }

    fn admins() -> TableCreateStatement {
        Table::create()
            .table("admins")
            .col(big_pk_auto("id"))
            .col(string_len_uniq("username", NAME))
            .col(integer("status"))
            .col(text("description"))
            .col(string_len("password", NAME))
            .col(string_len("email", NAME))
            .col(json("permissions"))
            .col(json("filters"))
            .col(text("additional_info"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .col(big_integer("last_login"))
            .col(string_len("role", NAME))
            .to_owned()
    }

    fn folders() -> TableCreateStatement {
        Table::create()
            .table("folders")
            .col(big_pk_auto("id"))
            .col(string_len_uniq("name", NAME))
            .col(text("mapped_path"))
            .col(text("description"))
            .col(big_integer("used_quota_size"))
            .col(big_integer("used_quota_files"))
            .col(big_integer("last_quota_update"))
            .col(json("filesystem"))
            .to_owned()
    }

    fn groups() -> TableCreateStatement {
        Table::create()
            .table("groups")
            .col(big_pk_auto("id"))
            .col(string_len_uniq("name", NAME))
            .col(text("description"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .col(json("user_settings"))
            .to_owned()
    }

    /// A group with users may not go, so its side has no cascade.
    fn users_groups() -> TableCreateStatement {
        Table::create()
            .table("users_groups")
            .col(big_integer("user_id"))
            .col(big_integer("group_id"))
            .col(integer("kind"))
            .col(integer("position"))
            .primary_key(Index::create().col("user_id").col("group_id"))
            .foreign_key(&mut cascade("users_groups", "user_id", "users"))
            .foreign_key(ForeignKey::create().from("users_groups", "group_id").to("groups", "id"))
            .to_owned()
    }

    fn admins_groups() -> TableCreateStatement {
        Table::create()
            .table("admins_groups")
            .col(big_integer("admin_id"))
            .col(big_integer("group_id"))
            .col(integer("add_to_users_as"))
            .col(integer("position"))
            .primary_key(Index::create().col("admin_id").col("group_id"))
            .foreign_key(&mut cascade("admins_groups", "admin_id", "admins"))
            .foreign_key(&mut cascade("admins_groups", "group_id", "groups"))
            .to_owned()
    }

    /// The same folder may be mounted twice with different subpaths, so the position is the key.
    fn folder_mapping(
        table: &'static str,
        owner: &'static str,
        owners: &'static str,
    ) -> TableCreateStatement {
        Table::create()
            .table(table)
            .col(big_integer(owner))
            .col(integer("position"))
            .col(big_integer("folder_id"))
            .col(text("virtual_path"))
            .col(big_integer("quota_size"))
            .col(big_integer("quota_files"))
            .col(string_len("subpath", NAME))
            .primary_key(Index::create().col(owner).col("position"))
            .foreign_key(&mut cascade(table, owner, owners))
            .foreign_key(&mut cascade(table, "folder_id", "folders"))
            .to_owned()
    }

    fn cascade(table: &'static str, column: &'static str, target: &'static str) -> ForeignKeyCreateStatement {
        ForeignKey::create()
            .from(table, column)
            .to(target, "id")
            .on_delete(ForeignKeyAction::Cascade)
            .to_owned()
    }
}
