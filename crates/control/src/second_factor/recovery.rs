//! Recovery codes: they stand in for an authenticator that was lost, each of them once.

use super::{Holder, SecondFactors, enrol::By};
use crate::{Control, Error, Result, random};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use store::model::{RecoveryCode, TotpConfig};
use types::Secret;

/// A recovery code as its owner sees it.
#[derive(Clone, Debug)]
pub struct ListedCode {
    pub code: Secret<String>,
    pub used: bool,
}

/// How many recovery codes an account gets.
const CODES: usize = 12;
/// What they begin with, so that nobody takes one for a code of an authenticator.
const PREFIX: &str = "RC-";

impl Control {
    pub async fn recovery_codes(&self, holder: Holder<'_>) -> Result<Vec<ListedCode>> {
        let (totp, codes) = match holder {
            Holder::User(name) => {
                let filters = self.user(name).await?.filters;
                (filters.totp_config, filters.recovery_codes)
            }
            Holder::Admin(name) => {
                let filters = self.admin(name).await?.filters;
                (filters.totp_config, filters.recovery_codes)
            }
        };
        enabled(&totp)?;
        let listed = |code: &RecoveryCode| {
            let text = self.second_factors.kms.open(&code.secret)?;
            Ok(ListedCode { code: text, used: code.used })
        };
        codes.iter().map(listed).collect()
    }

    /// New recovery codes; the ones before are void.
    pub async fn renew_recovery_codes(&self, holder: Holder<'_>) -> Result<Vec<Secret<String>>> {
        let codes = new_codes()?;
        let sealed = self.second_factors.sealed_codes(holder.name(), &codes)?;
        self.change_factor(holder, By::Itself, move |stored| {
            enabled(&stored.totp)?;
            Ok((stored.totp, sealed.clone()))
        })
        .await?;
        Ok(codes)
    }

    /// Whether `text` can be a recovery code at all.
    pub fn is_recovery_code(text: &Secret<String>) -> bool {
        text.expose().starts_with(PREFIX)
    }

    /// Whether `code` is a recovery code of `holder` that was not used before. It is used now: looking for it
    /// and marking it is one transaction, so of two logins with one code one gets in.
    pub async fn take_recovery_code(&self, holder: Holder<'_>, code: &Secret<String>) -> Result<bool> {
        if !Self::is_recovery_code(code) {
            return Ok(false);
        }
        let (factors, code) = (self.second_factors.clone(), code.clone());
        let taken = self.change_factor(holder, By::Itself, move |mut stored| {
            enabled(&stored.totp)?;
            let fits = |known: &&mut RecoveryCode| {
                !known.used && factors.kms.open(&known.secret).is_ok_and(|text| same(&text, &code))
            };
            match stored.codes.iter_mut().find(fits) {
                Some(known) => known.used = true,
                None => return Err(Error::Refused("there is no such recovery code")),
            }
            Ok((stored.totp, stored.codes))
        });
        match taken.await {
            Ok(()) => Ok(true),
            Err(Error::Refused(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl SecondFactors {
    pub(super) fn sealed_codes(&self, name: &str, codes: &[Secret<String>]) -> Result<Vec<RecoveryCode>> {
        let sealed = |code| {
            let secret = self.kms.seal(code, name)?;
            Ok(RecoveryCode { secret, used: false })
        };
        codes.iter().map(sealed).collect()
    }
}

pub fn new_codes() -> Result<Vec<Secret<String>>> {
    let code = |_| Ok(Secret::new(format!("{PREFIX}{}", random::text(random::LENGTH)?)));
    (0..CODES).map(code).collect()
}

fn enabled(totp: &TotpConfig) -> Result<()> {
    if totp.enabled { Ok(()) } else { Err(Error::Refused("two-factor authentication is not enabled")) }
}

fn same(one: &Secret<String>, other: &Secret<String>) -> bool {
    verify_slices_are_equal(one.expose().as_bytes(), other.expose().as_bytes()).is_ok()
}
