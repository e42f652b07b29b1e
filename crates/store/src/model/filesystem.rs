//! Where a user's or a folder's files live, and the settings of each kind of place.

use super::{KmsSecret, is_default};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The storage of a user or a folder; only the settings of `provider` count.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = FilesystemConfig)]
pub struct Filesystem {
    /// 0 local, 1 S3, 2 Google Cloud Storage, 3 Azure Blob, 4 local encrypted, 5 SFTP, 6 HTTP.
    pub provider: i32,
    pub osconfig: OsConfig,
    pub s3config: S3Config,
    pub gcsconfig: GcsConfig,
    pub azblobconfig: AzBlobConfig,
    pub cryptconfig: CryptConfig,
    pub sftpconfig: SftpConfig,
    pub httpconfig: HttpConfig,
}

impl Filesystem {
    pub const LOCAL: i32 = 0;
    pub const S3: i32 = 1;
    pub const GCS: i32 = 2;
    pub const AZURE_BLOB: i32 = 3;
    pub const LOCAL_ENCRYPTED: i32 = 4;
    pub const SFTP: i32 = 5;
    pub const HTTP: i32 = 6;

    /// Every secret, with the name of the field that holds it.
    pub fn secrets_mut(&mut self) -> [(&'static str, &mut KmsSecret); 11] {
        [
            ("s3config.access_secret", &mut self.s3config.access_secret),
            ("s3config.sse_customer_key", &mut self.s3config.sse_customer_key),
            ("gcsconfig.credentials", &mut self.gcsconfig.credentials),
            ("azblobconfig.account_key", &mut self.azblobconfig.account_key),
            ("azblobconfig.sas_url", &mut self.azblobconfig.sas_url),
            ("cryptconfig.passphrase", &mut self.cryptconfig.passphrase),
            ("sftpconfig.password", &mut self.sftpconfig.password),
            ("sftpconfig.private_key", &mut self.sftpconfig.private_key),
            ("sftpconfig.key_passphrase", &mut self.sftpconfig.key_passphrase),
            ("httpconfig.password", &mut self.httpconfig.password),
            ("httpconfig.api_key", &mut self.httpconfig.api_key),
        ]
    }

    /// Leaves no means to decrypt a secret.
    pub fn redact(&mut self) {
        self.secrets_mut().into_iter().for_each(|(_, secret)| secret.redact());
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = OSFsConfig)]
pub struct OsConfig {
    /// MiB.
    #[serde(skip_serializing_if = "is_default")]
    pub read_buffer_size: i32,
    /// MiB.
    #[serde(skip_serializing_if = "is_default")]
    pub write_buffer_size: i32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = S3Config)]
pub struct S3Config {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub bucket: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub region: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub access_key: String,
    #[serde(skip_serializing_if = "KmsSecret::is_empty")]
    pub access_secret: KmsSecret,
    #[serde(skip_serializing_if = "KmsSecret::is_empty")]
    pub sse_customer_key: KmsSecret,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub role_arn: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub session_token: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub endpoint: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub storage_class: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub acl: String,
    /// MiB.
    #[serde(skip_serializing_if = "is_default")]
    pub upload_part_size: i32,
    #[serde(skip_serializing_if = "is_default")]
    pub upload_concurrency: i32,
    /// Seconds.
    #[serde(skip_serializing_if = "is_default")]
    pub upload_part_max_time: i32,
    /// MiB.
    #[serde(skip_serializing_if = "is_default")]
    pub download_part_size: i32,
    #[serde(skip_serializing_if = "is_default")]
    pub download_concurrency: i32,
    /// Seconds.
    #[serde(skip_serializing_if = "is_default")]
    pub download_part_max_time: i32,
    #[serde(skip_serializing_if = "is_default")]
    pub force_path_style: bool,
    /// Any certificate is taken for that of the endpoint.
    #[serde(skip_serializing_if = "is_default")]
    pub skip_tls_verify: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key_prefix: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = GCSConfig)]
pub struct GcsConfig {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub bucket: String,
    #[serde(skip_serializing_if = "KmsSecret::is_empty")]
    pub credentials: KmsSecret,
    /// 1: the credentials of the environment.
    #[serde(skip_serializing_if = "is_default")]
    pub automatic_credentials: i32,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub storage_class: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub acl: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key_prefix: String,
    /// MiB.
    #[serde(skip_serializing_if = "is_default")]
    pub upload_part_size: i32,
    /// Seconds.
    #[serde(skip_serializing_if = "is_default")]
    pub upload_part_max_time: i32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = AzureBlobFsConfig)]
pub struct AzBlobConfig {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub container: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub account_name: String,
    #[serde(skip_serializing_if = "KmsSecret::is_empty")]
    pub account_key: KmsSecret,
    #[serde(skip_serializing_if = "KmsSecret::is_empty")]
    pub sas_url: KmsSecret,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub endpoint: String,
    /// MiB.
    #[serde(skip_serializing_if = "is_default")]
    pub upload_part_size: i32,
    #[serde(skip_serializing_if = "is_default")]
    pub upload_concurrency: i32,
    /// MiB.
    #[serde(skip_serializing_if = "is_default")]
    pub download_part_size: i32,
    #[serde(skip_serializing_if = "is_default")]
    pub download_concurrency: i32,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub access_tier: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub key_prefix: String,
    #[serde(skip_serializing_if = "is_default")]
    pub use_emulator: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = CryptFsConfig)]
pub struct CryptConfig {
    #[serde(skip_serializing_if = "KmsSecret::is_empty")]
    pub passphrase: KmsSecret,
    /// MiB.
    #[serde(skip_serializing_if = "is_default")]
    pub read_buffer_size: i32,
    /// MiB.
    #[serde(skip_serializing_if = "is_default")]
    pub write_buffer_size: i32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = SFTPFsConfig)]
pub struct SftpConfig {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub endpoint: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub username: String,
    #[serde(skip_serializing_if = "KmsSecret::is_empty")]
    pub password: KmsSecret,
    #[serde(skip_serializing_if = "KmsSecret::is_empty")]
    pub private_key: KmsSecret,
    #[serde(skip_serializing_if = "KmsSecret::is_empty")]
    pub key_passphrase: KmsSecret,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fingerprints: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    #[serde(skip_serializing_if = "is_default")]
    pub disable_concurrent_reads: bool,
    /// MiB.
    #[serde(skip_serializing_if = "is_default")]
    pub buffer_size: i32,
    /// Whether two configurations are one place: 0 same endpoint and user, 1 same endpoint.
    #[serde(skip_serializing_if = "is_default")]
    pub equality_check_mode: i32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = HTTPFsConfig)]
pub struct HttpConfig {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub endpoint: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub username: String,
    #[serde(skip_serializing_if = "KmsSecret::is_empty")]
    pub password: KmsSecret,
    #[serde(skip_serializing_if = "KmsSecret::is_empty")]
    pub api_key: KmsSecret,
    #[serde(skip_serializing_if = "is_default")]
    pub skip_tls_verify: bool,
    /// Whether two configurations are one place: 0 same endpoint and user, 1 same endpoint.
    #[serde(skip_serializing_if = "is_default")]
    pub equality_check_mode: i32,
}
