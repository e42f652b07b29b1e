//! `httpd.bindings[].oidc`: login through an OpenID Connect provider.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use types::Secret;

/// `httpd.bindings[].oidc`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Oidc {
    /// `config_url`: the provider; its discovery document is read at start. Default empty: off.
    pub config_url: String,
    /// `client_id`. Default empty.
    pub client_id: String,
    /// `client_secret`. Default empty.
    #[serde(with = "crate::secret")]
    pub client_secret: Secret<String>,
    /// `client_secret_file`: holds the secret and wins over `client_secret`. Default empty.
    pub client_secret_file: PathBuf,
    /// `redirect_base_url`: what `/web/oidc/redirect` is appended to. Default empty.
    pub redirect_base_url: String,
    /// `scopes` asked for; `openid` is a must. Default openid, profile, email.
    pub scopes: Vec<String>,
    /// `username_field`: the claim that names the user. Default empty.
    pub username_field: String,
    /// `role_field`: the claim that makes an admin; dots reach into objects. Default empty.
    pub role_field: String,
    /// `implicit_roles`: the login link decides instead of `role_field`. Default false.
    pub implicit_roles: bool,
    /// `custom_fields`: claims handed to the pre-login hook. Default empty.
    pub custom_fields: Vec<String>,
    /// `query_userinfo`: reads the UserInfo endpoint as well. Default false.
    pub query_userinfo: bool,
    /// `insecure_skip_signature_check`: believes unsigned tokens. Default false.
    pub insecure_skip_signature_check: bool,
    /// `debug`: logs received tokens. Default false.
    pub debug: bool,
}

impl Default for Oidc {
    fn default() -> Self {
        Self {
            config_url: String::new(),
            client_id: String::new(),
            client_secret: Secret::default(),
            client_secret_file: PathBuf::new(),
            redirect_base_url: String::new(),
            scopes: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
            username_field: String::new(),
            role_field: String::new(),
            implicit_roles: false,
            custom_fields: Vec::new(),
            query_userinfo: false,
            insecure_skip_signature_check: false,
            debug: false,
        }
    }
}
