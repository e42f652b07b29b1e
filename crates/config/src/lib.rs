//! What the server is told: SFTPGo's configuration keys, and Longshore's own, as typed structs.
//!
//! One file per concern, one struct per section; the comment of a field names its key, its unit and its
//! default. [`Config::default`] is the configuration of a server that was told nothing; [`load`] is the way
//! from files and variables to a checked one. Nothing here reads the process's own environment or keeps
//! anything: what goes in is an argument.
//!
//! Ready-made layering crates were tried and left: none takes `SFTPGO_SFTPD__BINDINGS__0__PORT`, a list
//! index in a variable's name, and none can say which file or variable a bad value came from.

mod acme;
mod command;
mod common;
mod cors;
mod data_provider;
mod defender;
mod dotenv;
mod effects;
mod environment;
mod error;
mod format;
mod ftpd;
mod http_client;
mod httpd;
mod keys;
mod kms;
mod load;
mod mfa;
mod origin;
mod plugins;
mod properties;
mod read;
mod rules;
mod secret;
mod sftpd;
mod smtp;
mod telemetry;
mod tree;
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
    environment::Environment,
    error::{Error, Setting, UnknownKey, Warning},
    ftpd::{Ftpd, FtpdBinding, PassiveIpOverride, PortRange},
    http_client::{ClientCertificate, ClientHeader, HttpClient},
    httpd::{Brand, Branding, Httpd, HttpdBinding, HttpsProxyHeader, Oidc, Security, Setup},
    kms::{Kms, KmsSecrets},
    load::{Loaded, Source, load},
    mfa::{Mfa, Totp},
    origin::Origin,
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
