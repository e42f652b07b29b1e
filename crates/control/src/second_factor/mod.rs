//! The second factor: one-time codes of an authenticator (TOTP, RFC 6238) and codes for when it is lost.
//!
//! Secrets and recovery codes are stored sealed. A code is good for its own 30 seconds and for the step before
//! and after, and once: where it was accepted, at a login or when it was only tried out, it is used up.

mod code;
mod enrol;
mod qr;
mod recovery;
mod replay;
#[cfg(test)]
mod tests;

pub use self::{code::NewTotp, recovery::ListedCode};

use self::replay::Replay;
use crate::{Control, Error, Result, kms::Kms};
use config::Totp;
use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};
use store::model::TotpConfig;
use types::Secret;

/// Whose second factor it is, by the name as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder<'a> {
    User(&'a str),
    Admin(&'a str),
}

/// What checks codes. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct SecondFactors {
    configs: Arc<[Totp]>,
    kms: Kms,
    replay: Arc<Replay>,
}

impl<'a> Holder<'a> {
    pub const fn name(&self) -> &'a str {
        match self {
            Self::User(name) | Self::Admin(name) => name,
        }
    }

    /// What an authenticator shows beside the code.
    fn label(&self) -> String {
        match self {
            Self::User(name) => format!("User \"{name}\""),
            Self::Admin(name) => format!("Admin \"{name}\""),
        }
    }
}

impl SecondFactors {
    pub fn new(configs: Vec<Totp>, kms: Kms) -> Self {
        Self { configs: configs.into(), kms, replay: Arc::default() }
    }

    fn config(&self, name: &str) -> Result<&Totp> {
        let found = self.configs.iter().find(|config| config.name == name);
        found.ok_or_else(|| Error::invalid(format!("config_name: there is no configuration {name:?}")))
    }

    /// Uses up `code` if it is good for `secret` now.
    fn take(&self, holder: Holder<'_>, config: &Totp, secret: &Secret<String>, code: &str) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        match code::step(config, secret, code, now) {
            Some(step) => self.replay.take(holder, secret, step, now / code::STEP),
            None => false,
        }
    }
}

impl Control {
    /// The configurations an account can choose from: `mfa.totp`.
    pub fn totp_configs(&self) -> &[Totp] {
        &self.second_factors.configs
    }

    /// A new secret for `holder`, stored nowhere: it takes effect when it is saved.
    pub fn generate_totp(&self, holder: Holder<'_>, config_name: &str) -> Result<NewTotp> {
        code::generate(self.second_factors.config(config_name)?, &holder.label())
    }

    /// Tries out a code of a secret that is about to be saved, and uses it up.
    pub fn validate_totp(
        &self,
        holder: Holder<'_>,
        config_name: &str,
        secret: &Secret<String>,
        code: &Secret<String>,
    ) -> Result<()> {
        let config = self.second_factors.config(config_name)?;
        if self.second_factors.take(holder, config, secret, code.expose()) {
            return Ok(());
        }
        Err(Error::invalid("this passcode is not valid"))
    }

    /// Whether `code` is one of `holder`'s, whose settings are `totp`, and was not used before. It is now.
    pub fn take_code(&self, holder: Holder<'_>, totp: &TotpConfig, code: &Secret<String>) -> bool {
        let factors = &self.second_factors;
        let Ok(config) = factors.config(&totp.config_name) else {
            tracing::error!(
                target: "auth", username = holder.name(),
                "mfa.totp has no configuration {:?}: its codes cannot be checked", totp.config_name
            );
            return false;
        };
        match factors.kms.open(&totp.secret) {
            Ok(secret) => factors.take(holder, config, &secret, code.expose()),
            Err(error) => {
                tracing::error!(target: "auth", username = holder.name(), %error, "cannot check a code");
                false
            }
        }
    }
}
