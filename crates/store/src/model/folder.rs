//! Virtual folders: a place of their own that users mount.

use super::{Filesystem, is_default};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = BaseVirtualFolder)]
pub struct Folder {
    pub id: i64,
    pub name: String,
    /// Absolute path on disk, for local storage.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mapped_path: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    pub used_quota_size: i64,
    pub used_quota_files: i64,
    /// Milliseconds since the epoch.
    pub last_quota_update: i64,
    /// Names of the users that mount it; filled on the way out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<String>,
    /// Names of the groups that mount it; filled on the way out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    pub filesystem: Filesystem,
}

impl Folder {
    /// What a REST answer shows: no means to decrypt a secret.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        self.filesystem.redact();
        self
    }
}

/// A folder as one user or group mounts it. On the way in only `name` and the mount's own fields count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = VirtualFolder)]
pub struct FolderMapping {
    #[serde(flatten)]
    pub folder: Folder,
    pub virtual_path: String,
    /// Bytes; 0 is unlimited, -1 counts for the user alone.
    pub quota_size: i64,
    /// Files; 0 is unlimited, -1 counts for the user alone.
    pub quota_files: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub subpath: String,
}
