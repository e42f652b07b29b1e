//! What ties SFTPGo's objects together: numbers there, names in a backup.

use super::{Row, SourceError, Tables, columns};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Names by number, and what belongs to whom, in its order.
#[derive(Debug, Default)]
pub struct Links {
    roles: HashMap<i64, String>,
    users: HashMap<i64, String>,
    admins: HashMap<i64, String>,
    user_groups: HashMap<i64, Vec<Value>>,
    admin_groups: HashMap<i64, Vec<Value>>,
    user_folders: HashMap<i64, Vec<Value>>,
    group_folders: HashMap<i64, Vec<Value>>,
    rule_actions: HashMap<i64, Vec<Value>>,
    /// Shares given to groups.
    group_shares: HashMap<i64, Vec<Value>>,
}

/// What belongs to an owner, with its place in the order.
type Sorted = HashMap<i64, Vec<(i64, Value)>>;

impl Links {
    pub async fn read(tables: &Tables<'_>) -> Result<Self, SourceError> {
        let groups = names(tables, "groups", "name", columns::GROUPS, "").await?;
        let folders = names(tables, "folders", "name", columns::FOLDERS, "").await?;
        let actions = names(tables, "events_actions", "name", columns::ACTIONS, "").await?;
        Ok(Self {
            roles: names(tables, "roles", "name", columns::ROLES, "").await?,
            users: names(tables, "users", "username", columns::USERS, "deleted_at").await?,
            admins: names(tables, "admins", "username", columns::ADMINS, "").await?,
            user_groups: user_groups(tables, &groups).await?,
            admin_groups: admin_groups(tables, &groups).await?,
            user_folders: mounts(tables, "users_folders_mapping", "user_id", &folders).await?,
            group_folders: mounts(tables, "groups_folders_mapping", "group_id", &folders).await?,
            rule_actions: rule_actions(tables, &actions).await?,
            group_shares: group_shares(tables).await?,
        })
    }

    pub fn group(&self, row: Row) -> Value {
        let folders = of(&self.group_folders, &row);
        Value::Object(row.with("virtual_folders", folders).fields)
    }

    pub fn user(&self, row: Row) -> Value {
        let (groups, folders) = (of(&self.user_groups, &row), of(&self.user_folders, &row));
        let role = row.id(1).and_then(|id| self.roles.get(&id));
        let row = row.with("groups", groups).with("virtual_folders", folders);
        Value::Object(row.with_name("role", role).fields)
    }

    pub fn admin(&self, row: Row) -> Value {
        let groups = of(&self.admin_groups, &row);
        let role = row.id(1).and_then(|id| self.roles.get(&id));
        Value::Object(row.with("groups", groups).with_name("role", role).fields)
    }

    /// `None` for the key of a user that was deleted: it opens nothing.
    pub fn api_key(&self, row: Row) -> Option<Value> {
        let user = row.id(0).map(|id| self.users.get(&id));
        if user == Some(None) {
            return None;
        }
        let admin = row.id(1).and_then(|id| self.admins.get(&id));
        Some(Value::Object(row.with_name("user", user.flatten()).with_name("admin", admin).fields))
    }

    /// `None` for the share of a user that was deleted. One with options, or that is given to groups, is none
    /// that this server has.
    pub fn share(&self, mut row: Row) -> Result<Option<Value>, SourceError> {
        let refuse =
            |row: &Row, column| SourceError::Unknown { table: "shares", name: row.text("name"), column };
        if row.fields.remove("options").is_some_and(|options| !is_empty(&options)) {
            return Err(refuse(&row, "options"));
        }
        if row.id(0).is_some_and(|id| self.group_shares.contains_key(&id)) {
            return Err(refuse(&row, "groups"));
        }
        let Some(user) = row.id(1).and_then(|id| self.users.get(&id)) else { return Ok(None) };
        Ok(Some(Value::Object(row.with_name("username", Some(user)).fields)))
    }

    pub fn rule(&self, row: Row) -> Value {
        let actions = of(&self.rule_actions, &row);
        Value::Object(row.with("actions", actions).fields)
    }
}

fn of(links: &HashMap<i64, Vec<Value>>, row: &Row) -> Value {
    Value::Array(row.id(0).and_then(|id| links.get(&id)).cloned().unwrap_or_default())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The names in a table, by number.
async fn names(
    tables: &Tables<'_>,
    table: &'static str,
    name: &str,
    columns: &[columns::Column],
    alive: &str,
) -> Result<HashMap<i64, String>, SourceError> {
    let columns: Vec<_> = columns.iter().filter(|column| column.name == name).copied().collect();
    let rows = tables.rows(table, &columns, &["id"], alive).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.id(0)?, row.text(name)))).collect())
}

fn add(links: &mut Sorted, owner: Option<i64>, order: Option<i64>, value: Value) {
    if let Some(owner) = owner {
        links.entry(owner).or_default().push((order.unwrap_or(0), value));
    }
}

fn sorted(links: Sorted) -> HashMap<i64, Vec<Value>> {
    let in_order = |(owner, mut values): (i64, Vec<(i64, Value)>)| {
        values.sort_by_key(|(order, _)| *order);
        (owner, values.into_iter().map(|(_, value)| value).collect())
    };
    links.into_iter().map(in_order).collect()
}

async fn user_groups(
    tables: &Tables<'_>,
    groups: &HashMap<i64, String>,
) -> Result<HashMap<i64, Vec<Value>>, SourceError> {
    let mut links = Sorted::new();
    let ids = ["user_id", "group_id", "group_type", "sort_order"];
    for row in tables.rows("users_groups_mapping", &[], &ids, "").await? {
        let Some(name) = row.id(1).and_then(|id| groups.get(&id)) else { continue };
        add(&mut links, row.id(0), row.id(3), json!({ "name": name, "type": row.id(2) }));
    }
    Ok(sorted(links))
}

async fn admin_groups(
    tables: &Tables<'_>,
    groups: &HashMap<i64, String>,
) -> Result<HashMap<i64, Vec<Value>>, SourceError> {
    let mut links = Sorted::new();
    let ids = ["admin_id", "group_id", "sort_order"];
    for row in tables.rows("admins_groups_mapping", columns::ADMIN_GROUPS, &ids, "").await? {
        let Some(name) = row.id(1).and_then(|id| groups.get(&id)) else { continue };
        let (owner, order) = (row.id(0), row.id(2));
        add(&mut links, owner, order, Value::Object(row.with("name", json!(name)).fields));
    }
    Ok(sorted(links))
}

async fn mounts(
    tables: &Tables<'_>,
    table: &'static str,
    owner: &'static str,
    folders: &HashMap<i64, String>,
) -> Result<HashMap<i64, Vec<Value>>, SourceError> {
    let mut links = Sorted::new();
    for mut row in tables.rows(table, columns::MOUNTS, &[owner, "folder_id", "sort_order"], "").await? {
        let Some(name) = row.id(1).and_then(|id| folders.get(&id)) else { continue };
        if row.fields.remove("exposed_subpaths").is_some_and(|paths| !is_empty(&paths)) {
            let name = name.clone();
            return Err(SourceError::Unknown { table, name, column: "exposed_subpaths" });
        }
        let (owner, order) = (row.id(0), row.id(2));
        add(&mut links, owner, order, Value::Object(row.with("name", json!(name)).fields));
    }
    Ok(sorted(links))
}

async fn rule_actions(
    tables: &Tables<'_>,
    actions: &HashMap<i64, String>,
) -> Result<HashMap<i64, Vec<Value>>, SourceError> {
    let mut links = Sorted::new();
    let ids = ["rule_id", "action_id", "order"];
    for row in tables.rows("rules_actions_mapping", columns::RULE_ACTIONS, &ids, "").await? {
        let Some(name) = row.id(1).and_then(|id| actions.get(&id)) else { continue };
        let (owner, order) = (row.id(0), row.id(2));
        add(&mut links, owner, order, Value::Object(row.with("name", json!(name)).fields));
    }
    Ok(sorted(links))
}

async fn group_shares(tables: &Tables<'_>) -> Result<HashMap<i64, Vec<Value>>, SourceError> {
    let mut links = Sorted::new();
    for row in tables.rows("shares_groups_mapping", &[], &["share_id", "group_id"], "").await? {
        add(&mut links, row.id(0), None, json!(row.id(1)));
    }
    Ok(sorted(links))
}
