//! Section `webdavd`: the WebDAV server.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::Cors;

/// Section `webdavd`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Webdavd {
    /// `bindings`: where to listen. Default: one that is off.
    pub bindings: Vec<WebdavdBinding>,
    /// `certificate_file` of bindings that name none. Default empty.
    pub certificate_file: PathBuf,
    /// `certificate_key_file` of bindings that name none. Default empty.
    pub certificate_key_file: PathBuf,
    /// `ca_certificates` that vouch for client certificates. Default empty.
    pub ca_certificates: Vec<PathBuf>,
    /// `ca_revocation_lists`, one per authority. Default empty.
    pub ca_revocation_lists: Vec<PathBuf>,
    pub cors: Cors,
    pub cache: WebdavdCache,
}

/// An entry of `webdavd.bindings`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebdavdBinding {
    /// `port`. 0 = off. Default 0.
    pub port: u16,
    /// `address`: empty listens on every one. Default empty.
    pub address: String,
    /// `enable_https`. Default false.
    pub enable_https: bool,
    /// `certificate_file`. Default empty: the section's.
    pub certificate_file: PathBuf,
    /// `certificate_key_file`. Default empty: the section's.
    pub certificate_key_file: PathBuf,
    /// `min_tls_version`: 10, 11, 12 or 13. Default 12.
    pub min_tls_version: u8,
    /// `client_auth_type`: client certificates. 0 none, 1 required, 2 verified if given. Default 0.
    pub client_auth_type: u8,
    /// `tls_cipher_suites`: for TLS 1.2 and below, IANA names. Default empty.
    pub tls_cipher_suites: Vec<String>,
    /// `tls_protocols`: `http/1.1`, `h2` in order of preference. Default empty: both.
    pub tls_protocols: Vec<String>,
    /// `prefix`: path below which the service lives. Default empty: `/`.
    pub prefix: String,
    /// `proxy_mode`: 1 applies `common.proxy_protocol` instead of the header below. Default 0.
    pub proxy_mode: u8,
    /// `proxy_allowed`: addresses and networks whose header is believed. Default empty.
    pub proxy_allowed: Vec<String>,
    /// `client_ip_proxy_header`: for example `X-Forwarded-For`. Default empty.
    pub client_ip_proxy_header: String,
    /// `client_ip_header_depth`: which of several addresses, counted from the right; -1 = leftmost. Default 0.
    pub client_ip_header_depth: i32,
    /// `disable_www_auth_header`: a failed login sends no `WWW-Authenticate`. Default false.
    pub disable_www_auth_header: bool,
}

/// `webdavd.cache`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebdavdCache {
    pub users: UserCache,
    pub mime_types: MimeCache,
}

/// `webdavd.cache.users`: accounts that stay checked between requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserCache {
    /// `expiration_time`: minutes. 0 = for ever. Default 0.
    pub expiration_time: u32,
    /// `max_size`: users. 0 = no limit. Default 50.
    pub max_size: u32,
}

/// `webdavd.cache.mime_types`: content types found by looking at files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MimeCache {
    /// `enabled`. Default true.
    pub enabled: bool,
    /// `max_size`: types. 0 = off. Default 1000.
    pub max_size: u32,
    /// `custom_mappings`. Default empty.
    pub custom_mappings: Vec<MimeMapping>,
}

/// An entry of `webdavd.cache.mime_types.custom_mappings`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MimeMapping {
    /// `ext`: with its dot, `.json`.
    pub ext: String,
    /// `mime`: `application/json`.
    pub mime: String,
}

impl Default for Webdavd {
    fn default() -> Self {
        Self {
            bindings: vec![WebdavdBinding::default()],
            certificate_file: PathBuf::new(),
            certificate_key_file: PathBuf::new(),
            ca_certificates: Vec::new(),
            ca_revocation_lists: Vec::new(),
            cors: Cors::default(),
            cache: WebdavdCache::default(),
        }
    }
}

impl Default for WebdavdBinding {
    fn default() -> Self {
        Self {
            port: 0,
            address: String::new(),
            enable_https: false,
            certificate_file: PathBuf::new(),
            certificate_key_file: PathBuf::new(),
            min_tls_version: 12,
            client_auth_type: 0,
            tls_cipher_suites: Vec::new(),
            tls_protocols: Vec::new(),
            prefix: String::new(),
            proxy_mode: 0,
            proxy_allowed: Vec::new(),
            client_ip_proxy_header: String::new(),
            client_ip_header_depth: 0,
            disable_www_auth_header: false,
        }
    }
}

impl Default for UserCache {
    fn default() -> Self {
        Self { expiration_time: 0, max_size: 50 }
    }
}

impl Default for MimeCache {
    fn default() -> Self {
        Self { enabled: true, max_size: 1000, custom_mappings: Vec::new() }
    }
}
