//! What the server is told: SFTPGo's configuration keys, and Longshore's own, as typed structs.
//!
//! One file per concern, one struct per section; the comment of a field names its key, its unit and its
//! default. [`Config::default`] is the configuration of a server that was told nothing.

mod acme;
mod command;
mod common;
mod cors;
mod data_provider;
mod defender;
mod ftpd;
mod http_client;
mod httpd;
mod kms;
mod mfa;
mod plugins;
mod secret;
mod sftpd;
mod smtp;
mod telemetry;
mod webdavd;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use self::{
    acme::{Acme, Http01, TlsAlpn01},
    command::{Command, CommandOverride},
    common::{Common, EventManager, FsActions, ObjectMetadata},
    cors::Cors,
    data_provider::{
        Argon2Options, BcryptOptions, DataProvider, Driver, HashAlgorithm, Node, PasswordHashing,
        PasswordRule, PasswordValidation, ProviderActions,
    },
    defender::{Defender, LoginDelay, RateLimiter},
    ftpd::{Ftpd, FtpdBinding, PassiveIpOverride, PortRange},
    http_client::{ClientCertificate, ClientHeader, HttpClient},
    httpd::{Brand, Branding, Httpd, HttpdBinding, HttpsProxyHeader, Oidc, Security, Setup},
    kms::{Kms, KmsSecrets},
    mfa::{Mfa, Totp},
    plugins::{AuthOptions, KmsOptions, NotifierOptions, Plugin},
    sftpd::{Sftpd, SftpdBinding},
    smtp::{Smtp, SmtpOauth2},
    telemetry::Telemetry,
    webdavd::{MimeCache, MimeMapping, UserCache, Webdavd, WebdavdBinding, WebdavdCache},
};

/// Everything the server is told, checked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    pub common: Common,
    pub acme: Acme,
    pub sftpd: Sftpd,
    pub ftpd: Ftpd,
    pub webdavd: Webdavd,
    pub data_provider: DataProvider,
    pub httpd: Httpd,
    pub telemetry: Telemetry,
    /// Section `http`: the client, not the server.
    pub http: HttpClient,
    pub command: Command,
    pub kms: Kms,
    pub mfa: Mfa,
    pub smtp: Smtp,
    pub plugins: Vec<Plugin>,
    /// The directory relative paths are resolved against; not a key.
    #[serde(skip)]
    pub config_dir: PathBuf,
}

impl Config {
    /// `path` as it was meant: relative to the configuration directory.
    pub fn resolve(&self, path: impl AsRef<Path>) -> PathBuf {
        self.config_dir.join(path)
    }

    /// Like [`resolve`](Self::resolve), and `None` where the key is empty.
    pub fn resolve_optional(&self, path: impl AsRef<Path>) -> Option<PathBuf> {
        let path = path.as_ref();
        (!path.as_os_str().is_empty()).then(|| self.resolve(path))
    }
}
