//! Section `http`: how hooks given as URLs are called.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use types::Secret;

/// Section `http`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HttpClient {
    /// `timeout`: seconds of one attempt. Default 20.
    pub timeout: f64,
    /// `retry_wait_min`: seconds before the first retry. Default 2.
    pub retry_wait_min: u32,
    /// `retry_wait_max`: seconds at most between retries. Default 30.
    pub retry_wait_max: u32,
    /// `retry_max`: retries after the first failure. Default 3.
    pub retry_max: u32,
    /// `ca_certificates` trusted besides the system's. Default empty.
    pub ca_certificates: Vec<PathBuf>,
    /// `certificates` shown to servers. Default empty.
    pub certificates: Vec<ClientCertificate>,
    /// `skip_tls_verify`: believes any server certificate. Default false.
    pub skip_tls_verify: bool,
    /// `headers` added to requests. Default empty.
    pub headers: Vec<ClientHeader>,
}

/// An entry of `http.certificates`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientCertificate {
    /// `cert`: the certificate's file.
    pub cert: PathBuf,
    /// `key`: its private key's file.
    pub key: PathBuf,
}

/// An entry of `http.headers`. Without `key` or `value` it is ignored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientHeader {
    /// `key`: the header's name.
    pub key: String,
    /// `value`: often a token.
    #[serde(with = "crate::secret")]
    pub value: Secret<String>,
    /// `url`: only for requests that start with it. Default empty: all.
    pub url: String,
}

impl Default for HttpClient {
    fn default() -> Self {
        Self {
            timeout: 20.0,
            retry_wait_min: 2,
            retry_wait_max: 30,
            retry_max: 3,
            ca_certificates: Vec::new(),
            certificates: Vec::new(),
            skip_tls_verify: false,
            headers: Vec::new(),
        }
    }
}
