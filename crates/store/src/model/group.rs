//! Groups: settings that users inherit.

use super::{BaseFilters, Filesystem, FolderMapping, is_default};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A user's membership in a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct GroupMapping {
    pub name: String,
    /// 1 primary, 2 secondary, 3 membership only.
    #[serde(rename = "type")]
    pub kind: i32,
}

impl GroupMapping {
    pub const PRIMARY: i32 = 1;
    pub const SECONDARY: i32 = 2;
    pub const MEMBERSHIP: i32 = 3;
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = GroupUserSettings)]
pub struct GroupSettings {
    pub home_dir: String,
    pub max_sessions: i32,
    pub quota_size: i64,
    pub quota_files: i64,
    pub permissions: BTreeMap<String, Vec<String>>,
    #[serde(skip_serializing_if = "is_default")]
    pub upload_bandwidth: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub download_bandwidth: i64,
    pub upload_data_transfer: i64,
    pub download_data_transfer: i64,
    pub total_data_transfer: i64,
    /// Days from the user's creation; 0 is never.
    #[serde(skip_serializing_if = "is_default")]
    pub expires_in: i64,
    pub filters: BaseFilters,
    pub filesystem: Filesystem,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Group {
    pub id: i64,
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub user_settings: GroupSettings,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub virtual_folders: Vec<FolderMapping>,
    /// Names of the members; filled on the way out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub admins: Vec<String>,
}

impl Group {
    /// What a REST answer shows: no means to decrypt a secret.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        self.user_settings.filesystem.redact();
        self.virtual_folders.iter_mut().for_each(|mapping| mapping.folder.filesystem.redact());
        self
    }
}
