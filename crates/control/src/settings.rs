//! The parts of the configuration that decides what a valid object is.

use crate::{Hashing, NamingRules};
use std::path::PathBuf;
use types::Secret;

#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// A user without a home gets `<users_base_dir>/<username>`.
    pub users_base_dir: Option<PathBuf>,
    pub naming_rules: NamingRules,
    /// Bits of entropy a new password of a user needs; 0 is no rule.
    pub users_min_entropy: f64,
    pub admins_min_entropy: f64,
    /// `data_provider.track_quota` is not 0.
    pub tracks_quota: bool,
    /// It is 1: also of users without a limit.
    pub tracks_everybody: bool,
    /// Section `smtp`; without a host, what is kept with the objects counts. The path of its templates is absolute.
    pub smtp: config::Smtp,
    /// `mfa.totp`.
    pub totp: Vec<config::Totp>,
    /// `kms.secrets.master_key`, or what is in the file that wins over it; empty is none.
    pub master_key: Secret<String>,
    /// `common.secret_min_entropy`: bits of entropy asked of a passphrase that encrypts files.
    pub secret_min_entropy: f64,
    /// `common.event_manager.enabled_commands`: the programs an event action may run.
    pub enabled_commands: Vec<String>,
    /// `data_provider.is_shared`: other servers use the same database.
    pub is_shared: bool,
    /// `data_provider.backups_path`, absolute.
    pub backups_path: PathBuf,
}

/// `data_provider.password_hashing.argon2_options`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Cost {
    /// KiB.
    pub memory: u32,
    pub iterations: u32,
    pub parallelism: u32,
}

/// What other sections say has defaults here.
impl From<&config::DataProvider> for Settings {
    fn from(section: &config::DataProvider) -> Self {
        let base = &section.users_base_dir;
        Self {
            users_base_dir: (!base.as_os_str().is_empty()).then(|| base.clone()),
            naming_rules: NamingRules::from_bits(section.naming_rules.into()),
            users_min_entropy: section.password_validation.users.min_entropy,
            admins_min_entropy: section.password_validation.admins.min_entropy,
            tracks_quota: section.track_quota != 0,
            tracks_everybody: section.track_quota == 1,
            smtp: config::Smtp::default(),
            totp: config::Mfa::default().totp,
            master_key: Secret::default(),
            secret_min_entropy: 0.0,
            enabled_commands: Vec::new(),
            is_shared: section.is_shared == 1,
            backups_path: section.backups_path.clone(),
        }
    }
}

impl From<&config::PasswordHashing> for Hashing {
    fn from(section: &config::PasswordHashing) -> Self {
        match section.algo {
            config::HashAlgorithm::Bcrypt => Self::Bcrypt { cost: section.bcrypt_options.cost },
            config::HashAlgorithm::Argon2id => Self::Argon2id(Argon2Cost {
                memory: section.argon2_options.memory,
                iterations: section.argon2_options.iterations,
                parallelism: section.argon2_options.parallelism.into(),
            }),
        }
    }
}
