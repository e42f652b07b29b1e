//! Users.

use super::{Filesystem, FolderMapping, GroupMapping, UserFilters, is_default, secret};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use types::Secret;
use utoipa::ToSchema;

/// Milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Someone who moves files. Times are milliseconds since the epoch, 0 is never.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct User {
    pub id: i64,
    /// 0 disabled, 1 enabled.
    pub status: i32,
    pub username: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(skip_serializing_if = "is_default")]
    pub expiration_date: i64,
    /// Clear text or a known hash on the way in; the hash in dumps; never in other answers.
    #[serde(with = "secret::text", skip_serializing_if = "is_default")]
    #[schema(value_type = String, format = Password, default = "")]
    pub password: Secret<String>,
    /// Lines as in `authorized_keys`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub public_keys: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub has_password: bool,
    pub home_dir: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub virtual_folders: Vec<FolderMapping>,
    pub uid: i32,
    pub gid: i32,
    /// 0 is unlimited, as are all limits below.
    pub max_sessions: i32,
    pub quota_size: i64,
    pub quota_files: i64,
    /// By virtual directory.
    pub permissions: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "is_default")]
    pub used_quota_size: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub used_quota_files: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub last_quota_update: i64,
    /// KiB/s.
    #[serde(skip_serializing_if = "is_default")]
    pub upload_bandwidth: i64,
    /// KiB/s.
    #[serde(skip_serializing_if = "is_default")]
    pub download_bandwidth: i64,
    /// MiB.
    pub upload_data_transfer: i64,
    /// MiB.
    pub download_data_transfer: i64,
    /// MiB; takes the place of the two above.
    pub total_data_transfer: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub used_upload_data_transfer: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub used_download_data_transfer: i64,
    pub created_at: i64,
    pub updated_at: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub last_login: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub first_download: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub first_upload: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub last_password_change: i64,
    pub filters: UserFilters,
    pub filesystem: Filesystem,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub additional_info: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupMapping>,
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    #[schema(value_type = Object)]
    pub oidc_custom_fields: serde_json::Map<String, serde_json::Value>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub role: String,
}

impl User {
    /// What a REST answer shows: no hash, no means to decrypt a secret.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        self.password = Secret::default();
        self.filters.recovery_codes.iter_mut().for_each(|code| code.secret.redact());
        self.filters.totp_config.secret.redact();
        self.filesystem.redact();
        self.virtual_folders.iter_mut().for_each(|mapping| mapping.folder.filesystem.redact());
        self
    }

    pub fn is_active(&self) -> bool {
        self.status == 1
    }

    /// Whether `now`, in milliseconds since the epoch, the user has no right to be here any more.
    pub fn has_expired(&self, now: i64) -> bool {
        self.expiration_date > 0 && self.expiration_date < now
    }

    /// Whether the password is older than `filters.password_expiration` allows. One whose age is unknown is as
    /// old as the user.
    pub fn has_expired_password(&self, now: i64) -> bool {
        let days = i64::from(self.filters.base.password_expiration);
        let set = if self.last_password_change > 0 { self.last_password_change } else { self.created_at };
        days > 0 && self.has_password && set.saturating_add(days.saturating_mul(DAY)) < now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_expire_after_their_days() {
        let mut user =
            User { has_password: true, last_password_change: 5 * DAY, created_at: DAY, ..User::default() };
        assert!(!user.has_expired_password(i64::MAX));
        user.filters.base.password_expiration = 3;
        assert!(!user.has_expired_password(8 * DAY) && user.has_expired_password(8 * DAY + 1));
        user.last_password_change = 0;
        assert!(!user.has_expired_password(4 * DAY) && user.has_expired_password(4 * DAY + 1));
        user.has_password = false;
        assert!(!user.has_expired_password(i64::MAX));
    }
}
