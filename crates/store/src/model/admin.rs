//! Administrators.

use super::{RecoveryCode, TotpConfig, is_default, secret};
use serde::{Deserialize, Serialize};
use types::Secret;
use utoipa::ToSchema;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct AdminPreferences {
    /// Bit mask of sections the user page hides.
    #[serde(skip_serializing_if = "is_default")]
    pub hide_user_page_sections: i32,
    /// Days; 0 is never.
    #[serde(skip_serializing_if = "is_default")]
    pub default_users_expiration: i32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct AdminFilters {
    /// CIDR networks the admin may connect from; empty is any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_list: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub allow_api_key_auth: bool,
    pub require_two_factor: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub require_password_change: bool,
    pub totp_config: TotpConfig,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recovery_codes: Vec<RecoveryCode>,
    pub preferences: AdminPreferences,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = AdminGroupMappingOptions)]
pub struct AdminGroupOptions {
    /// 0 membership, 1 primary, 2 secondary.
    #[serde(skip_serializing_if = "is_default")]
    pub add_to_users_as: i32,
}

/// A group that users made by an admin are put in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = AdminGroupMapping)]
pub struct AdminGroup {
    pub name: String,
    pub options: AdminGroupOptions,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Admin {
    pub id: i64,
    /// 0 disabled, 1 enabled.
    pub status: i32,
    pub username: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Clear text or a known hash on the way in; the hash in dumps; never in other answers.
    #[serde(with = "secret::text", skip_serializing_if = "is_default")]
    #[schema(value_type = String, format = Password, default = "")]
    pub password: Secret<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    pub permissions: Vec<String>,
    pub filters: AdminFilters,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub additional_info: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<AdminGroup>,
    pub created_at: i64,
    pub updated_at: i64,
    pub last_login: i64,
    /// When the password was last changed here, in milliseconds since the epoch; 0 is never. Not part of the API.
    #[serde(skip)]
    pub last_password_change: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub role: String,
}

impl Admin {
    /// What a REST answer shows: no hash, no means to decrypt a secret.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        self.password = Secret::default();
        self.filters.recovery_codes.iter_mut().for_each(|code| code.secret.redact());
        self.filters.totp_config.secret.redact();
        self
    }

    pub fn is_active(&self) -> bool {
        self.status == 1
    }

    pub fn may(&self, permission: &str) -> bool {
        self.permissions.iter().any(|held| held == "*" || held == permission)
    }
}
