//! Which column is which field of a backup.

use super::SourceError;
use sea_orm::QueryResult;
use serde_json::Value;

/// A column, and the field it becomes.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub name: &'static str,
    pub field: &'static str,
    pub kind: Field,
}

/// What is in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Text,
    Number,
    /// A part of the object, as text.
    Json,
}

impl Column {
    /// The value that `row` has under `alias`; `None` is as good as left out.
    pub fn read(
        &self,
        table: &'static str,
        row: &QueryResult,
        alias: &str,
    ) -> Result<Option<Value>, SourceError> {
        if self.kind == Field::Number {
            return Ok(row.try_get::<Option<i64>>("", alias)?.map(Value::from));
        }
        let Some(text) = row.try_get::<Option<String>>("", alias)? else { return Ok(None) };
        if self.kind == Field::Text {
            return Ok(Some(text.into()));
        }
        if text.is_empty() {
            return Ok(None);
        }
        let malformed = |source| SourceError::Malformed { table, column: self.name, source };
        let value: Value = serde_json::from_str(&text).map_err(malformed)?;
        Ok(Some(value).filter(|value| !value.is_null()))
    }
}

pub const ROLES: &[Column] = &[text("name"), text("description"), number("created_at"), number("updated_at")];

pub const FOLDERS: &[Column] = &[
    text("name"),
    text("description"),
    Column { name: "path", field: "mapped_path", kind: Field::Text },
    number("used_quota_size"),
    number("used_quota_files"),
    number("last_quota_update"),
    part("filesystem"),
];

pub const GROUPS: &[Column] =
    &[text("name"), text("description"), number("created_at"), number("updated_at"), part("user_settings")];

pub const USERS: &[Column] = &[
    text("username"),
    number("status"),
    number("expiration_date"),
    text("description"),
    text("password"),
    part("public_keys"),
    text("home_dir"),
    number("uid"),
    number("gid"),
    number("max_sessions"),
    number("quota_size"),
    number("quota_files"),
    part("permissions"),
    number("used_quota_size"),
    number("used_quota_files"),
    number("last_quota_update"),
    number("upload_bandwidth"),
    number("download_bandwidth"),
    number("last_login"),
    part("filters"),
    part("filesystem"),
    text("additional_info"),
    number("created_at"),
    number("updated_at"),
    text("email"),
    number("upload_data_transfer"),
    number("download_data_transfer"),
    number("total_data_transfer"),
    number("used_upload_data_transfer"),
    number("used_download_data_transfer"),
    number("first_download"),
    number("first_upload"),
    number("last_password_change"),
];

pub const ADMINS: &[Column] = &[
    text("username"),
    text("description"),
    text("password"),
    text("email"),
    number("status"),
    part("permissions"),
    part("filters"),
    text("additional_info"),
    number("last_login"),
    number("created_at"),
    number("updated_at"),
];

pub const API_KEYS: &[Column] = &[
    text("name"),
    Column { name: "key_id", field: "id", kind: Field::Text },
    Column { name: "api_key", field: "key", kind: Field::Text },
    number("scope"),
    number("created_at"),
    number("updated_at"),
    number("last_use_at"),
    number("expires_at"),
    text("description"),
];

pub const SHARES: &[Column] = &[
    Column { name: "share_id", field: "id", kind: Field::Text },
    text("name"),
    text("description"),
    number("scope"),
    part("paths"),
    number("created_at"),
    number("updated_at"),
    number("last_use_at"),
    number("expires_at"),
    text("password"),
    number("max_tokens"),
    number("used_tokens"),
    part("allow_from"),
    part("options"),
];

pub const ACTIONS: &[Column] = &[text("name"), text("description"), number("type"), part("options")];

pub const RULES: &[Column] = &[
    text("name"),
    number("status"),
    text("description"),
    number("created_at"),
    number("updated_at"),
    number("trigger"),
    part("conditions"),
];

pub const IP_LISTS: &[Column] = &[
    number("type"),
    text("ipornet"),
    number("mode"),
    text("description"),
    number("protocols"),
    number("created_at"),
    number("updated_at"),
];

pub const CONFIGS: &[Column] = &[part("configs")];

/// Of users' and of groups' folders.
pub const MOUNTS: &[Column] = &[
    text("virtual_path"),
    number("quota_size"),
    number("quota_files"),
    text("subpath"),
    part("exposed_subpaths"),
];

pub const ADMIN_GROUPS: &[Column] = &[part("options")];

pub const RULE_ACTIONS: &[Column] =
    &[number("order"), Column { name: "options", field: "relation_options", kind: Field::Json }];

const fn text(name: &'static str) -> Column {
    Column { name, field: name, kind: Field::Text }
}

const fn number(name: &'static str) -> Column {
    Column { name, field: name, kind: Field::Number }
}

const fn part(name: &'static str) -> Column {
    Column { name, field: name, kind: Field::Json }
}
