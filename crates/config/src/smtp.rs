//! Section `smtp`: outgoing mail.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use types::Secret;

/// Section `smtp`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Smtp {
    /// `host`. Empty = no mail. Default empty.
    pub host: String,
    /// `port`. Default 587.
    pub port: u16,
    /// `from`: `Name <address>`. Default empty: `user`.
    pub from: String,
    /// `user`. Default empty.
    pub user: String,
    /// `password`; without it and `user` there is no authentication. Default empty.
    #[serde(with = "crate::secret")]
    pub password: Secret<String>,
    /// `auth_type`: 0 plain, 1 login, 2 CRAM-MD5, 3 XOAUTH2. Default 0.
    pub auth_type: u8,
    /// `encryption`: 0 none, 1 TLS, 2 STARTTLS. Default 0.
    pub encryption: u8,
    /// `domain` of the HELO command. Default empty: `localhost`.
    pub domain: String,
    /// `templates_path`: holds a directory `email` with templates. Default `templates`.
    pub templates_path: PathBuf,
    /// `debug`: 1 logs the dialogue. Default 0.
    pub debug: u8,
    pub oauth2: SmtpOauth2,
}

/// `smtp.oauth2`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SmtpOauth2 {
    /// `provider`: 0 Google, 1 Microsoft. Default 0.
    pub provider: u8,
    /// `tenant` (Microsoft). Default empty: `common`.
    pub tenant: String,
    /// `client_id`. Default empty.
    pub client_id: String,
    /// `client_secret`. Default empty.
    #[serde(with = "crate::secret")]
    pub client_secret: Secret<String>,
    /// `refresh_token`. Default empty.
    #[serde(with = "crate::secret")]
    pub refresh_token: Secret<String>,
}

impl Default for Smtp {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 587,
            from: String::new(),
            user: String::new(),
            password: Secret::default(),
            auth_type: 0,
            encryption: 0,
            domain: String::new(),
            templates_path: "templates".into(),
            debug: 0,
            oauth2: SmtpOauth2::default(),
        }
    }
}
