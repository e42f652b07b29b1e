//! Shares: files of a user that others reach by a link.

use super::{is_default, secret};
use serde::{Deserialize, Serialize};
use types::Secret;
use utoipa::ToSchema;

/// Times are milliseconds since the epoch, 0 is never.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Share {
    /// Where it is stored.
    #[serde(skip)]
    pub row: i64,
    pub id: String,
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// 1 read, 2 write, 3 both.
    pub scope: i32,
    /// Virtual paths, absolute.
    pub paths: Vec<String>,
    /// Whose it is.
    pub username: String,
    pub created_at: i64,
    pub updated_at: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub last_use_at: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub expires_at: i64,
    /// Clear text or a known hash on the way in; the hash in dumps; `[**redacted**]` in other answers.
    #[serde(with = "secret::text")]
    #[schema(value_type = String, default = "")]
    pub password: Secret<String>,
    /// Downloads and uploads it is good for; 0 is unlimited.
    #[serde(skip_serializing_if = "is_default")]
    pub max_tokens: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub used_tokens: i64,
    /// CIDR networks; empty is any address.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_from: Vec<String>,
}

impl Share {
    /// What stands for a password that is not shown; sent back it keeps the stored one.
    pub const REDACTED: &'static str = "[**redacted**]";

    /// What a REST answer shows: no hash.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        if !self.password.expose().is_empty() {
            self.password = Secret::new(Self::REDACTED.to_owned());
        }
        self
    }
}
