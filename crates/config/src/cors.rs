//! Cross-origin resource sharing, the same for `httpd` and `webdavd`.

use serde::{Deserialize, Serialize};

/// `httpd.cors` and `webdavd.cors` (the Fetch standard's CORS protocol).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cors {
    /// `enabled`. Default false.
    pub enabled: bool,
    /// `allowed_origins`. Default empty.
    pub allowed_origins: Vec<String>,
    /// `allowed_methods`. Default empty.
    pub allowed_methods: Vec<String>,
    /// `allowed_headers` of requests. Default empty.
    pub allowed_headers: Vec<String>,
    /// `exposed_headers` of responses. Default empty.
    pub exposed_headers: Vec<String>,
    /// `allow_credentials`: cookies and authorisation may be sent. Default false.
    pub allow_credentials: bool,
    /// `max_age`: seconds a preflight answer may be cached. Default 0.
    pub max_age: u32,
    /// `options_passthrough`: preflights reach the service too. Default false.
    pub options_passthrough: bool,
    /// `options_success_status`: status of an answered preflight. 0 = 204. Default 0.
    pub options_success_status: u16,
    /// `allow_private_network`. Default false.
    pub allow_private_network: bool,
}
