//! Section `kms`: the key that encrypts stored secrets.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use types::Secret;

/// Section `kms`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kms {
    pub secrets: KmsSecrets,
}

/// `kms.secrets`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KmsSecrets {
    /// `url` of the service. Default empty: the built-in one.
    pub url: String,
    /// `master_key`. Default empty.
    #[serde(with = "crate::secret")]
    pub master_key: Secret<String>,
    /// `master_key_path`: file that holds the key and wins over `master_key`. Default empty.
    pub master_key_path: PathBuf,
}
