//! Section `mfa`: one-time passwords.

use serde::{Deserialize, Serialize};

/// Section `mfa`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mfa {
    /// `totp`: the configurations a user can choose from. Default: one named `Default`.
    pub totp: Vec<Totp>,
}

/// An entry of `mfa.totp` (RFC 6238).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totp {
    /// `name`: what accounts refer to. Default `Default`.
    pub name: String,
    /// `issuer`: what the authenticator shows. Default `SFTPGo`, which existing entries carry.
    pub issuer: String,
    /// `algo`: `sha1`, `sha256`, `sha512`. Default `sha1`.
    pub algo: String,
}

impl Default for Mfa {
    fn default() -> Self {
        Self { totp: vec![Totp::default()] }
    }
}

impl Default for Totp {
    fn default() -> Self {
        Self { name: "Default".to_owned(), issuer: "SFTPGo".to_owned(), algo: "sha1".to_owned() }
    }
}
