//! Section `telemetry`: health, metrics, profiling.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Section `telemetry`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Telemetry {
    /// `bind_port`. 0 = off. Default 0.
    pub bind_port: u16,
    /// `bind_address`: empty listens on every one; an absolute path is a Unix socket. Default `127.0.0.1`.
    pub bind_address: String,
    /// `enable_profiler`. Default false.
    pub enable_profiler: bool,
    /// `auth_user_file`: `htpasswd` file of those who may read. Default empty: everybody.
    pub auth_user_file: PathBuf,
    /// `certificate_file`: with its key, HTTPS. Default empty.
    pub certificate_file: PathBuf,
    /// `certificate_key_file`. Default empty.
    pub certificate_key_file: PathBuf,
    /// `min_tls_version`: 10, 11, 12 or 13. Default 12.
    pub min_tls_version: u8,
    /// `tls_cipher_suites`: for TLS 1.2 and below, IANA names. Default empty.
    pub tls_cipher_suites: Vec<String>,
    /// `tls_protocols`: `http/1.1`, `h2` in order of preference. Default empty: both.
    pub tls_protocols: Vec<String>,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            bind_port: 0,
            bind_address: "127.0.0.1".to_owned(),
            enable_profiler: false,
            auth_user_file: PathBuf::new(),
            certificate_file: PathBuf::new(),
            certificate_key_file: PathBuf::new(),
            min_tls_version: 12,
            tls_cipher_suites: Vec::new(),
            tls_protocols: Vec::new(),
        }
    }
}
