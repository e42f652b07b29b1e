//! Section `acme`: certificates from an ACME authority (RFC 8555).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Section `acme`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Acme {
    /// `domains`: one certificate per entry; names of one certificate are separated by commas or spaces.
    /// Empty = off. Default empty.
    pub domains: Vec<String>,
    /// `email`: the account's contact. Default empty.
    pub email: String,
    /// `key_type`: `2048`, `3072`, `4096`, `8192` (RSA), `P256`, `P384`. Default `4096`.
    pub key_type: String,
    /// `certs_path`: directory of certificates and accounts. Default `certs`.
    pub certs_path: PathBuf,
    /// `ca_endpoint`: the authority's directory URL. Default Let's Encrypt.
    pub ca_endpoint: String,
    /// `renew_days`: days before expiry at which a certificate is renewed. Default 30.
    pub renew_days: u32,
    pub http01_challenge: Http01,
    pub tls_alpn01_challenge: TlsAlpn01,
}

/// `acme.http01_challenge` (RFC 8555, 8.3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Http01 {
    /// `port`: where challenges are answered. 0 with an empty `webroot` = off. Default 80.
    pub port: u16,
    /// `proxy_header`: header checked instead of `Host`. Default empty.
    pub proxy_header: String,
    /// `webroot`: directory another web server publishes; then `port` is not used. Default empty.
    pub webroot: PathBuf,
}

/// `acme.tls_alpn01_challenge` (RFC 8737).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TlsAlpn01 {
    /// `port`: where challenges are answered. 0 = off. Default 0.
    pub port: u16,
}

impl Default for Acme {
    fn default() -> Self {
        Self {
            domains: Vec::new(),
            email: String::new(),
            key_type: "4096".to_owned(),
            certs_path: "certs".into(),
            ca_endpoint: "https://acme-v02.api.letsencrypt.org/directory".to_owned(),
            renew_days: 30,
            http01_challenge: Http01::default(),
            tls_alpn01_challenge: TlsAlpn01::default(),
        }
    }
}

impl Default for Http01 {
    fn default() -> Self {
        Self { port: 80, proxy_header: String::new(), webroot: PathBuf::new() }
    }
}
