//! Section `httpd`: the REST API and the web interface.

mod binding;
mod branding;
mod oidc;
mod security;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use types::Secret;

pub use self::{
    binding::HttpdBinding,
    branding::{Brand, Branding},
    oidc::Oidc,
    security::{HttpsProxyHeader, Security},
};
use crate::Cors;

/// Section `httpd`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Httpd {
    /// `bindings`: where to listen. Default: port 8080 on every address.
    pub bindings: Vec<HttpdBinding>,
    /// `templates_path`: SFTPGo's page templates. Default `templates`.
    pub templates_path: PathBuf,
    /// `static_files_path`: static files of the web interface. Default `static`.
    pub static_files_path: PathBuf,
    /// `openapi_path`: directory of the API's document; empty serves none. Default `openapi`.
    pub openapi_path: PathBuf,
    /// `web_root`: base path of the web interface; one that is not absolute is ignored. Default empty.
    pub web_root: String,
    /// `certificate_file` of bindings that name none. Default empty.
    pub certificate_file: PathBuf,
    /// `certificate_key_file` of bindings that name none. Default empty.
    pub certificate_key_file: PathBuf,
    /// `ca_certificates` that vouch for client certificates. Default empty.
    pub ca_certificates: Vec<PathBuf>,
    /// `ca_revocation_lists`, one per authority. Default empty.
    pub ca_revocation_lists: Vec<PathBuf>,
    /// `signing_passphrase`: derives the key that signs tokens; empty = a random key per start. Default empty.
    #[serde(with = "crate::secret")]
    pub signing_passphrase: Secret<String>,
    /// `signing_passphrase_file`: holds the passphrase and wins over `signing_passphrase`. Default empty.
    pub signing_passphrase_file: PathBuf,
    /// `token_validation`: bit mask. 1 lets a token be used from another address than it was issued to,
    /// 2 ends it when its account changes. Default 0.
    pub token_validation: u8,
    /// `cookie_lifetime`: minutes of a web session, at most 720. Default 20.
    pub cookie_lifetime: u32,
    /// `share_cookie_lifetime`: minutes of a share's session, at most 720. Default 120.
    pub share_cookie_lifetime: u32,
    /// `jwt_lifetime`: minutes of a REST token, at most 720. Default 20.
    pub jwt_lifetime: u32,
    /// `max_upload_file_size`: bytes of one upload's body. 0 = no limit. Default 0.
    pub max_upload_file_size: u64,
    pub cors: Cors,
    pub setup: Setup,
    /// `hide_support_link` on the set-up page. Default false.
    pub hide_support_link: bool,
}

/// `httpd.setup`: the page that makes the first admin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Setup {
    /// `installation_code` the page asks for. Default empty: none.
    #[serde(with = "crate::secret")]
    pub installation_code: Secret<String>,
    /// `installation_code_hint`: how the page calls it. Default `Installation code`.
    pub installation_code_hint: String,
}

impl Default for Httpd {
    fn default() -> Self {
        Self {
            bindings: vec![HttpdBinding::default()],
            templates_path: "templates".into(),
            static_files_path: "static".into(),
            openapi_path: "openapi".into(),
            web_root: String::new(),
            certificate_file: PathBuf::new(),
            certificate_key_file: PathBuf::new(),
            ca_certificates: Vec::new(),
            ca_revocation_lists: Vec::new(),
            signing_passphrase: Secret::default(),
            signing_passphrase_file: PathBuf::new(),
            token_validation: 0,
            cookie_lifetime: 20,
            share_cookie_lifetime: 120,
            jwt_lifetime: 20,
            max_upload_file_size: 0,
            cors: Cors::default(),
            setup: Setup::default(),
            hide_support_link: false,
        }
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self { installation_code: Secret::default(), installation_code_hint: "Installation code".to_owned() }
    }
}
