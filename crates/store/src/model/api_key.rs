//! API keys: they stand for an admin or a user over REST.

use super::{is_default, secret};
use serde::{Deserialize, Serialize};
use types::Secret;
use utoipa::ToSchema;

/// Times are milliseconds since the epoch, 0 is never.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = APIKey)]
pub struct ApiKey {
    /// Where it is stored.
    #[serde(skip)]
    pub row: i64,
    /// The part of the key before the dot.
    pub id: String,
    pub name: String,
    /// A hash of the part behind the dot; in dumps alone.
    #[serde(with = "secret::text", skip_serializing_if = "is_default")]
    #[schema(value_type = String, format = Password, default = "")]
    pub key: Secret<String>,
    /// 1 stands for an admin, 2 for a user.
    pub scope: i32,
    pub created_at: i64,
    pub updated_at: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub last_use_at: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub expires_at: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The user it stands for; empty is any, named after the key.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// The admin it stands for; empty is any, named after the key.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub admin: String,
}

impl ApiKey {
    pub const ADMIN: i32 = 1;
    pub const USER: i32 = 2;

    /// What a REST answer shows: no hash.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        self.key = Secret::default();
        self
    }
}
