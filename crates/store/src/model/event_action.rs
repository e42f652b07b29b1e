//! Event actions: what event rules run.

use super::{KmsSecret, is_default};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An action; only the options of its `type` count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = BaseEventAction)]
pub struct EventAction {
    pub id: i64,
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// 1 HTTP, 2 command, 3 email, 4 backup, 5 user quota reset, 6 folder quota reset, 7 transfer quota reset,
    /// 8 data retention check, 9 filesystem, 11 password expiration check, 12 user expiration check,
    /// 13 identity provider account check, 14 user inactivity check, 15 rotate log file.
    #[serde(rename = "type")]
    pub kind: i32,
    pub options: EventActionOptions,
    /// Names of the rules that run it; filled on the way out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
}

impl EventAction {
    /// What a REST answer shows: no means to decrypt a secret.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        self.options.http_config.password.redact();
        self
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = BaseEventActionOptions)]
pub struct EventActionOptions {
    pub http_config: HttpActionConfig,
    pub cmd_config: CommandActionConfig,
    pub email_config: EmailActionConfig,
    pub retention_config: RetentionActionConfig,
    pub fs_config: FilesystemActionConfig,
    pub pwd_expiration_config: PasswordExpirationConfig,
    pub user_inactivity_config: UserInactivityConfig,
    pub idp_config: IdpAccountConfig,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct KeyValue {
    pub key: String,
    pub value: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = EventActionHTTPConfig)]
pub struct HttpActionConfig {
    #[serde(skip_serializing_if = "is_default")]
    pub endpoint: String,
    #[serde(skip_serializing_if = "is_default")]
    pub username: String,
    #[serde(skip_serializing_if = "KmsSecret::is_empty")]
    pub password: KmsSecret,
    #[serde(skip_serializing_if = "is_default")]
    pub headers: Vec<KeyValue>,
    /// Seconds.
    #[serde(skip_serializing_if = "is_default")]
    pub timeout: i32,
    #[serde(skip_serializing_if = "is_default")]
    pub skip_tls_verify: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub method: String,
    #[serde(skip_serializing_if = "is_default")]
    pub query_parameters: Vec<KeyValue>,
    #[serde(skip_serializing_if = "is_default")]
    pub body: String,
    #[serde(skip_serializing_if = "is_default")]
    pub parts: Vec<HttpPart>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = HTTPPart)]
pub struct HttpPart {
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    #[serde(skip_serializing_if = "is_default")]
    pub headers: Vec<KeyValue>,
    #[serde(skip_serializing_if = "is_default")]
    pub filepath: String,
    #[serde(skip_serializing_if = "is_default")]
    pub body: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = EventActionCommandConfig)]
pub struct CommandActionConfig {
    #[serde(skip_serializing_if = "is_default")]
    pub cmd: String,
    #[serde(skip_serializing_if = "is_default")]
    pub args: Vec<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "is_default")]
    pub timeout: i32,
    #[serde(skip_serializing_if = "is_default")]
    pub env_vars: Vec<KeyValue>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = EventActionEmailConfig)]
pub struct EmailActionConfig {
    #[serde(skip_serializing_if = "is_default")]
    pub recipients: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub bcc: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub subject: String,
    #[serde(skip_serializing_if = "is_default")]
    pub body: String,
    /// 0 text, 1 HTML.
    #[serde(skip_serializing_if = "is_default")]
    pub content_type: i32,
    #[serde(skip_serializing_if = "is_default")]
    pub attachments: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = EventActionDataRetentionConfig)]
pub struct RetentionActionConfig {
    #[serde(skip_serializing_if = "is_default")]
    pub folders: Vec<FolderRetention>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct FolderRetention {
    /// Virtual path, absolute.
    pub path: String,
    /// Hours; 0 excludes the path.
    pub retention: i32,
    #[serde(skip_serializing_if = "is_default")]
    pub delete_empty_dirs: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = EventActionFilesystemConfig)]
pub struct FilesystemActionConfig {
    /// 1 rename, 2 delete, 3 mkdir, 4 exist, 5 compress, 6 copy.
    #[serde(rename = "type", skip_serializing_if = "is_default")]
    pub kind: i32,
    #[serde(skip_serializing_if = "is_default")]
    pub renames: Vec<RenameAction>,
    #[serde(skip_serializing_if = "is_default")]
    pub mkdirs: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub deletes: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub exist: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub copy: Vec<KeyValue>,
    pub compress: CompressAction,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = RenameConfig)]
pub struct RenameAction {
    pub key: String,
    pub value: String,
    #[serde(skip_serializing_if = "is_default")]
    pub update_modtime: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = EventActionFsCompress)]
pub struct CompressAction {
    #[serde(skip_serializing_if = "is_default")]
    pub name: String,
    #[serde(skip_serializing_if = "is_default")]
    pub paths: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = EventActionPasswordExpiration)]
pub struct PasswordExpirationConfig {
    /// Days before the password expires.
    #[serde(skip_serializing_if = "is_default")]
    pub threshold: i32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = EventActionUserInactivity)]
pub struct UserInactivityConfig {
    /// Days without a login until the user is disabled.
    #[serde(skip_serializing_if = "is_default")]
    pub disable_threshold: i32,
    /// Days without a login until the user is deleted.
    #[serde(skip_serializing_if = "is_default")]
    pub delete_threshold: i32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = EventActionIDPAccountCheck)]
pub struct IdpAccountConfig {
    /// 0 create or update, 1 create if missing.
    #[serde(skip_serializing_if = "is_default")]
    pub mode: i32,
    #[serde(skip_serializing_if = "is_default")]
    pub template_user: String,
    #[serde(skip_serializing_if = "is_default")]
    pub template_admin: String,
}
