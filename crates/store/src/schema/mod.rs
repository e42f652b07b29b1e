//! Tables and rows. Nothing outside this crate sees them.
//!
//! What is looked up, sorted by or counted is a column; what is only read whole (filters, storage settings,
//! permissions) is a JSON column, so that a new field of it needs no migration.

pub mod admin;
pub mod api_key;
pub mod event_action;
pub mod event_rule;
pub mod folder;
pub mod group;
pub mod ip_list;
pub mod mapping;
pub mod migrations;
pub mod node;
pub mod quota_mark;
pub mod role;
pub mod settings;
pub mod share;
pub mod short_lived;
pub mod user;

use crate::{Error, Result};
use sea_orm::JsonValue;
use serde::{Serialize, de::DeserializeOwned};

/// A value for a JSON column.
pub fn to_json<T: Serialize>(value: &T) -> Result<JsonValue> {
    serde_json::to_value(value).map_err(Error::Malformed)
}

/// A value from a JSON column.
pub fn from_json<T: DeserializeOwned>(value: JsonValue) -> Result<T> {
    serde_json::from_value(value).map_err(Error::Malformed)
}
