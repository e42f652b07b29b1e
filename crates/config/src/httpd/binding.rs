//! `httpd.bindings`: one listener of the HTTP server.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Branding, Oidc, Security};

/// An entry of `httpd.bindings`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HttpdBinding {
    /// `port`. 0 = off, unless `address` is a path. Default 8080.
    pub port: u16,
    /// `address`: empty listens on every one; an absolute path is a Unix socket. Default empty.
    pub address: String,
    /// `enable_web_admin`. Default true.
    pub enable_web_admin: bool,
    /// `enable_web_client`. Default true.
    pub enable_web_client: bool,
    /// `enable_rest_api`. Default true.
    pub enable_rest_api: bool,
    /// `enabled_login_methods`: deprecated; bit mask 1, 2 OIDC and 4, 8 form for admin and client, 0 = all.
    /// Default 0.
    pub enabled_login_methods: u8,
    /// `disabled_login_methods`: the bits above, 16 and 32 token endpoints of admins and users, 64 and 128
    /// their API keys. Default 0.
    pub disabled_login_methods: u8,
    /// `enable_https`. Default false.
    pub enable_https: bool,
    /// `certificate_file`. Default empty: the section's.
    pub certificate_file: PathBuf,
    /// `certificate_key_file`. Default empty: the section's.
    pub certificate_key_file: PathBuf,
    /// `min_tls_version`: 10, 11, 12 or 13; below 12 nothing is spoken. Default 12.
    pub min_tls_version: u8,
    /// `client_auth_type`: 1 requires a client certificate besides the login, 2 verifies one that is shown.
    /// Default 0.
    pub client_auth_type: u8,
    /// `tls_cipher_suites`: for TLS 1.2 and below, IANA names. Default empty.
    pub tls_cipher_suites: Vec<String>,
    /// `tls_protocols`: `http/1.1`, `h2` in order of preference. Default empty: both.
    pub tls_protocols: Vec<String>,
    /// `proxy_mode`: 1 applies `common.proxy_protocol` instead of the header below. Default 0.
    pub proxy_mode: u8,
    /// `proxy_allowed`: addresses and networks whose headers are believed. Default empty.
    pub proxy_allowed: Vec<String>,
    /// `client_ip_proxy_header`: for example `X-Forwarded-For`. Default empty.
    pub client_ip_proxy_header: String,
    /// `client_ip_header_depth`: which of several addresses, counted from the right; -1 = leftmost. Default 0.
    pub client_ip_header_depth: i32,
    /// `hide_login_url`: bit mask 1 hides the client link from admins, 2 the admin link from users. Default 0.
    pub hide_login_url: u8,
    /// `render_openapi`: serves the API's document. Default true.
    pub render_openapi: bool,
    /// `base_url`: external URL that links are built on. Default empty: the browser's.
    pub base_url: String,
    /// `languages` of the web interface. Default `en`.
    pub languages: Vec<String>,
    pub oidc: Oidc,
    pub security: Security,
    pub branding: Branding,
}

impl HttpdBinding {
    /// Whether it listens anywhere.
    pub fn is_served(&self) -> bool {
        self.port != 0 || self.unix_socket().is_some()
    }

    /// The Unix socket it listens on instead of a port.
    pub fn unix_socket(&self) -> Option<&Path> {
        Some(Path::new(&self.address)).filter(|path| path.is_absolute())
    }
}

impl Default for HttpdBinding {
    fn default() -> Self {
        Self {
            port: 8080,
            address: String::new(),
            enable_web_admin: true,
            enable_web_client: true,
            enable_rest_api: true,
            enabled_login_methods: 0,
            disabled_login_methods: 0,
            enable_https: false,
            certificate_file: PathBuf::new(),
            certificate_key_file: PathBuf::new(),
            min_tls_version: 12,
            client_auth_type: 0,
            tls_cipher_suites: Vec::new(),
            tls_protocols: Vec::new(),
            proxy_mode: 0,
            proxy_allowed: Vec::new(),
            client_ip_proxy_header: String::new(),
            client_ip_header_depth: 0,
            hide_login_url: 0,
            render_openapi: true,
            base_url: String::new(),
            languages: vec!["en".to_owned()],
            oidc: Oidc::default(),
            security: Security::default(),
            branding: Branding::default(),
        }
    }
}
