//! Databases of SFTPGo, on every server it keeps them in: tables of our own making with its names, and what it
//! keeps in them.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use longshore_store::{
    Server,
    sftpgo::{self, Source, SourceError},
};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend};
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;
use testkit::DatabaseServer;
use tokio::runtime::Runtime;
use types::Secret;

/// Names of tables and columns (`#` is a number), and rows.
const TABLES: [(&str, &str, &[&str]); 19] = [
    ("schema_version", "id# version#", &["1, 35"]),
    ("roles", "id# name description created_at# updated_at#", &["3, 'r', NULL, 10, 11"]),
    (
        "folders",
        "id# name description path used_quota_size# used_quota_files# last_quota_update# filesystem",
        &[
            r#"4, 'f', 'd', '/srv/f', 7, 1, 9, '{"provider":0}'"#,
            "5, 'second', NULL, '/srv/s', 0, 0, 0, NULL",
        ],
    ),
    (
        "groups",
        "id# name description created_at# updated_at# user_settings",
        &[r#"2, 'g', '', 1, 2, '{"max_sessions":4,"permissions":null}'"#, "8, 'h', '', 1, 2, '{}'"],
    ),
    (
        "users",
        "id# username status# expiration_date# description password public_keys home_dir uid# gid# max_sessions# \
         quota_size# quota_files# permissions used_quota_size# used_quota_files# last_quota_update# \
         upload_bandwidth# download_bandwidth# last_login# filters filesystem additional_info created_at# \
         updated_at# email upload_data_transfer# download_data_transfer# total_data_transfer# \
         used_upload_data_transfer# used_download_data_transfer# deleted_at# first_download# first_upload# \
         last_password_change# role_id#",
        &[
            r#"1, 'ann', 1, 0, 'née', '$2a$10$hash', 'null', '/srv/ann', 1000, 1001, 3, 5000000000, 7, '{"/":["*"]}', 12, 1, 99, 1, 2, 3, '{"allowed_ip":["10.0.0.0/8"]}', '{"provider":0}', '', 20, 21, 'a@example.com', 4, 5, 6, 70, 71, 0, 8, 9, 10, 3"#,
            r#"2, 'gone', 1, 0, '', '', 'null', '/srv/gone', 0, 0, 0, 0, 0, '{"/":["*"]}', 0, 0, 0, 0, 0, 0, '{}', '{}', '', 1, 1, '', 0, 0, 0, 0, 0, 12345, 0, 0, 0, NULL"#,
        ],
    ),
    (
        "admins",
        "id# username description password email status# permissions filters additional_info last_login# role_id# \
         created_at# updated_at#",
        &[r#"6, 'root', '', '$2a$10$admin', '', 1, '["*"]', '{}', '', 0, NULL, 1, 2"#],
    ),
    (
        "api_keys",
        "id# name key_id api_key scope# created_at# updated_at# last_use_at# expires_at# description admin_id# \
         user_id#",
        &[
            "1, 'k', 'kid', '$2a$10$key', 2, 1, 2, 3, 4, NULL, NULL, 1",
            "2, 'k2', 'old', 'x', 2, 1, 2, 3, 4, NULL, NULL, 2",
        ],
    ),
    (
        "shares",
        "id# share_id name description scope# paths created_at# updated_at# last_use_at# expires_at# password \
         max_tokens# used_tokens# allow_from options user_id#",
        &[r#"1, 'sid', 's', '', 1, '["/up"]', 1, 2, 3, 4, '', 5, 6, NULL, NULL, 1"#],
    ),
    ("shares_groups_mapping", "id# share_id# group_id# permissions# sort_order#", &[]),
    (
        "events_actions",
        "id# name description type# options",
        &[r#"1, 'a', '', 4, '{"cmd_config":{}}'"#, "2, 'b', '', 4, '{}'"],
    ),
    (
        "events_rules",
        "id# name status# description created_at# updated_at# trigger# conditions deleted_at#",
        &[r#"1, 'rule', 1, '', 1, 2, 6, '{"fs_events":["upload"]}', 0"#],
    ),
    (
        "rules_actions_mapping",
        "id# rule_id# action_id# order# options",
        &[r#"1, 1, 2, 2, '{}'"#, r#"2, 1, 1, 1, '{"stop_on_failure":true}'"#],
    ),
    (
        "ip_lists",
        "id# type# ipornet mode# description protocols# created_at# updated_at# deleted_at#",
        &["1, 2, '10.0.0.0/8', 2, 'd', 3, 1, 2, 0", "2, 2, '11.0.0.0/8', 2, 'd', 3, 1, 2, 77"],
    ),
    ("configurations", "id# configs", &[r#"1, '{"updated_at":5}'"#]),
    (
        "users_groups_mapping",
        "id# user_id# group_id# group_type# sort_order#",
        &["1, 1, 8, 2, 1", "2, 1, 2, 1, 0"],
    ),
    (
        "users_folders_mapping",
        "id# user_id# folder_id# virtual_path quota_size# quota_files# sort_order# exposed_subpaths subpath",
        &["1, 1, 5, '/second', -1, -1, 1, NULL, ''", "2, 1, 4, '/first', 100, 2, 0, NULL, 'below'"],
    ),
    (
        "groups_folders_mapping",
        "id# folder_id# group_id# virtual_path quota_size# quota_files# sort_order# exposed_subpaths subpath",
        &["1, 4, 2, '/%username%', 0, 0, 0, NULL, ''"],
    ),
    (
        "admins_groups_mapping",
        "id# admin_id# group_id# options sort_order#",
        &[r#"1, 6, 2, '{"add_to_users_as":2}', 0"#],
    ),
    ("tasks", "id# name", &[]),
];

async fn fill(db: &DatabaseConnection, prefix: &str) {
    let quote = if db.get_database_backend() == DbBackend::MySql { '`' } else { '"' };
    let column = |column: &str| match column.strip_suffix('#') {
        Some(name) => format!("{quote}{name}{quote} BIGINT"),
        None => format!("{quote}{column}{quote} TEXT"),
    };
    for (table, columns, rows) in TABLES {
        let columns: Vec<String> = columns.split_whitespace().map(column).collect();
        let create = format!("CREATE TABLE {quote}{prefix}{table}{quote} ({})", columns.join(", "));
        db.execute_unprepared(&create).await.unwrap();
        for row in rows {
            let insert = format!("INSERT INTO {quote}{prefix}{table}{quote} VALUES ({row})");
            db.execute_unprepared(&insert).await.unwrap();
        }
    }
}

fn check(read: &Value) {
    assert_eq!((&read["version"], &read["configs"]), (&json!(17), &json!({ "updated_at": 5 })));
    assert_eq!(read["users"].as_array().unwrap().len(), 1, "who was deleted stays so");
    let ann = &read["users"][0];
    assert_eq!(ann["groups"], json!([{ "name": "g", "type": 1 }, { "name": "h", "type": 2 }]));
    assert_eq!((&ann["role"], &ann["description"]), (&json!("r"), &json!("née")));
    assert_eq!((&ann["quota_size"], &ann["uid"]), (&json!(5_000_000_000_i64), &json!(1000)));
    assert_eq!((&ann["permissions"], &ann["public_keys"]), (&json!({ "/": ["*"] }), &Value::Null));
    let first = json!({
        "name": "f", "virtual_path": "/first", "quota_size": 100, "quota_files": 2, "subpath": "below",
    });
    assert_eq!((&ann["virtual_folders"][0], &ann["virtual_folders"][1]["name"]), (&first, &json!("second")));
    assert_eq!(read["groups"][0]["virtual_folders"][0]["virtual_path"], "/%username%");
    assert_eq!(read["folders"][0]["mapped_path"], "/srv/f");
    assert_eq!(read["admins"][0]["groups"], json!([{ "name": "g", "options": { "add_to_users_as": 2 } }]));
    assert_eq!(read["api_keys"].as_array().unwrap().len(), 1);
    assert_eq!((&read["api_keys"][0]["id"], &read["api_keys"][0]["user"]), (&json!("kid"), &json!("ann")));
    assert_eq!(
        (&read["shares"][0]["username"], &read["shares"][0]["paths"]),
        (&json!("ann"), &json!(["/up"]))
    );
    let actions = &read["event_rules"][0]["actions"];
    assert_eq!((&actions[0]["name"], &actions[1]["name"]), (&json!("a"), &json!("b")));
    assert_eq!(actions[0]["relation_options"], json!({ "stop_on_failure": true }));
    assert_eq!(read["ip_lists"].as_array().unwrap().len(), 1);
}

#[test]
fn a_sqlite_file_is_read_and_left_alone() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("sftpgo.db");
    let source = Source::Sqlite(path.clone());
    Runtime::new().unwrap().block_on(async {
        let url = format!("sqlite://{}?mode=rwc", path.display());
        let db = Database::connect(&url).await.unwrap();
        db.execute_unprepared("PRAGMA journal_mode = WAL").await.unwrap();
        fill(&db, "p_").await;
        // The old server still runs: what it wrote is in the log.
        check(&sftpgo::read(&source, "p_").await.unwrap());
        db.close().await.unwrap();
        let before = fs::read(&path).unwrap();
        check(&sftpgo::read(&source, "p_").await.unwrap());
        assert!(before == fs::read(&path).unwrap());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no lock is left behind");
        let foreign = sftpgo::read(&source, "").await;
        assert!(matches!(foreign, Err(SourceError::Foreign(_))), "{foreign:?}");
    });
}

#[test]
fn what_would_open_more_here_is_refused() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("sftpgo.db");
    let source = Source::Sqlite(path.clone());
    Runtime::new().unwrap().block_on(async {
        let db = Database::connect(format!("sqlite://{}?mode=rwc", path.display())).await.unwrap();
        fill(&db, "").await;
        for (change, back) in [
            ("UPDATE shares SET options = '{\"x\":1}'", "UPDATE shares SET options = '{}'"),
            ("INSERT INTO shares_groups_mapping VALUES (1, 1, 2, 1, 0)", "DELETE FROM shares_groups_mapping"),
            (
                "UPDATE users_folders_mapping SET exposed_subpaths = '[\"/a\"]'",
                "UPDATE users_folders_mapping SET exposed_subpaths = '[]'",
            ),
        ] {
            db.execute_unprepared(change).await.unwrap();
            let refused = sftpgo::read(&source, "").await;
            assert!(matches!(refused, Err(SourceError::Unknown { .. })), "{change}: {refused:?}");
            db.execute_unprepared(back).await.unwrap();
        }
        check(&sftpgo::read(&source, "").await.unwrap());
        db.execute_unprepared("UPDATE schema_version SET version = 36").await.unwrap();
        let newer = sftpgo::read(&source, "").await;
        assert!(matches!(newer, Err(SourceError::Schema { found: 36 })), "{newer:?}");
    });
}

#[test]
fn database_servers_are_read() {
    let (postgres, mariadb) = (DatabaseServer::postgres().unwrap(), DatabaseServer::mariadb().unwrap());
    let at = |scheme: &str, server: &DatabaseServer| {
        let password =
            if server.password.is_empty() { String::new() } else { format!(":{}", server.password) };
        format!("{scheme}://longshore{password}@127.0.0.1:{}/longshore", server.port)
    };
    let server = |url: &str| Server { connection_string: Secret::new(url.to_owned()), ..Server::default() };
    let (pg, my) = (at("postgres", &postgres), at("mysql", &mariadb));
    Runtime::new().unwrap().block_on(async {
        for (url, source) in [(&pg, Source::Postgres(server(&pg))), (&my, Source::MySql(server(&my)))] {
            let db = Database::connect(url).await.unwrap();
            fill(&db, "sg_").await;
            check(&sftpgo::read(&source, "sg_").await.unwrap());
        }
    });
}
