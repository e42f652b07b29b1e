//! Restrictions of users, and of groups that hand them down.

use super::{KmsSecret, is_default};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Names allowed or denied in one directory and below it, unless a deeper filter says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct PatternsFilter {
    /// Virtual path, absolute.
    pub path: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_patterns: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub denied_patterns: Vec<String>,
    /// 0: denied names are listed but closed; 1: they are hidden as well.
    #[serde(skip_serializing_if = "is_default")]
    pub deny_policy: i32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = HooksFilter)]
pub struct Hooks {
    pub external_auth_disabled: bool,
    pub pre_login_disabled: bool,
    pub check_password_disabled: bool,
}

/// Limits for clients of certain networks; the first entry with a matching source wins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct BandwidthLimit {
    /// CIDR networks.
    pub sources: Vec<String>,
    /// KiB/s; 0 is unlimited.
    #[serde(skip_serializing_if = "is_default")]
    pub upload_bandwidth: i64,
    /// KiB/s; 0 is unlimited.
    #[serde(skip_serializing_if = "is_default")]
    pub download_bandwidth: i64,
}

/// A weekly window in which logins are allowed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct TimePeriod {
    /// 0 is Sunday.
    pub day_of_week: i32,
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`, later than `from`.
    pub to: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = UserTOTPConfig)]
pub struct TotpConfig {
    #[serde(skip_serializing_if = "is_default")]
    pub enabled: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub config_name: String,
    pub secret: KmsSecret,
    /// Protocols that ask for the second factor: `SSH`, `FTP`, `HTTP`. Users only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub protocols: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct RecoveryCode {
    pub secret: KmsSecret,
    #[serde(skip_serializing_if = "is_default")]
    pub used: bool,
}

/// What users and groups have in common.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = BaseUserFilters)]
pub struct BaseFilters {
    /// CIDR networks; a client in one of them is let in whatever `denied_ip` says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_ip: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub denied_ip: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub denied_login_methods: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub denied_protocols: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub file_patterns: Vec<PatternsFilter>,
    /// Bytes; 0 is unlimited.
    #[serde(skip_serializing_if = "is_default")]
    pub max_upload_file_size: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tls_username: String,
    pub hooks: Hooks,
    #[serde(skip_serializing_if = "is_default")]
    pub disable_fs_checks: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub web_client: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub allow_api_key_auth: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user_type: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bandwidth_limits: Vec<BandwidthLimit>,
    /// Seconds.
    #[serde(skip_serializing_if = "is_default")]
    pub external_auth_cache_time: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub start_directory: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub two_factor_protocols: Vec<String>,
    /// 1: TLS on both connections.
    #[serde(skip_serializing_if = "is_default")]
    pub ftp_security: i32,
    #[serde(skip_serializing_if = "is_default")]
    pub is_anonymous: bool,
    /// Days.
    #[serde(skip_serializing_if = "is_default")]
    pub default_shares_expiration: i32,
    /// Days.
    #[serde(skip_serializing_if = "is_default")]
    pub max_shares_expiration: i32,
    /// Days; 0 is never.
    #[serde(skip_serializing_if = "is_default")]
    pub password_expiration: i32,
    /// Bits of entropy a new password needs; 0 is no rule.
    #[serde(skip_serializing_if = "is_default")]
    pub password_strength: i32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub access_time: Vec<TimePeriod>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct UserFilters {
    #[serde(flatten)]
    pub base: BaseFilters,
    #[serde(skip_serializing_if = "is_default")]
    pub require_password_change: bool,
    pub totp_config: TotpConfig,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recovery_codes: Vec<RecoveryCode>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tls_certs: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub additional_emails: Vec<String>,
}
