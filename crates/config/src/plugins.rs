//! Section `plugins`: programs that extend the server.

use serde::{Deserialize, Serialize};

/// An entry of `plugins`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plugin {
    /// `type`: `notifier`, `kms`, `auth`, `eventsearcher`, `ipfilter`.
    #[serde(rename = "type")]
    pub kind: String,
    pub notifier_options: NotifierOptions,
    pub kms_options: KmsOptions,
    pub auth_options: AuthOptions,
    /// `cmd`: path of the program.
    pub cmd: String,
    /// `args` of the program. Default empty.
    pub args: Vec<String>,
    /// `sha256sum` the program must have. Default empty: any.
    pub sha256sum: String,
    /// `auto_mtls`: both ends prove themselves by certificates made for the run. Default false.
    pub auto_mtls: bool,
    /// `env_prefix` of the variables passed on; `none`, `*`, or empty for one derived from `cmd`.
    pub env_prefix: String,
    /// `env_vars`: names of further variables passed on. Default empty.
    pub env_vars: Vec<String>,
}

/// `plugins[].notifier_options`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NotifierOptions {
    /// `fs_events` notified. Default empty.
    pub fs_events: Vec<String>,
    /// `provider_events` notified. Default empty.
    pub provider_events: Vec<String>,
    /// `provider_objects` notified. Default empty.
    pub provider_objects: Vec<String>,
    /// `log_events` notified: 1 login failed, 2 unknown user, 3 no login tried, 4 no common algorithm,
    /// 5 login. Default empty.
    pub log_events: Vec<u8>,
    /// `retry_max_time`: seconds an event is retried. 0 = not at all. Default 0.
    pub retry_max_time: u32,
    /// `retry_queue_max_size`: events waiting for a retry. 0 = no limit. Default 0.
    pub retry_queue_max_size: u32,
}

/// `plugins[].kms_options`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KmsOptions {
    /// `scheme`: `awskms`, `gcpkms`, `hashivault`, `azurekeyvault`.
    pub scheme: String,
    /// `encrypted_status`: `AWS`, `GCP`, `VaultTransit`, `AzureKeyVault`.
    pub encrypted_status: String,
}

/// `plugins[].auth_options`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthOptions {
    /// `scope`: bit mask 1 password, 2 key, 4 keyboard interactive, 8 certificate; never 0.
    pub scope: u8,
}
