//! Switching a second factor on and off, and its recovery codes.

use super::{Holder, SecondFactors, code};
use crate::{Admin, Control, Error, Kind, Result, User, now, random};
use store::{
    KmsSecret,
    model::{RecoveryCode, TotpConfig},
};
use types::Secret;

/// How many recovery codes an account gets.
const CODES: usize = 12;
const PROTOCOLS: [&str; 3] = ["SSH", "FTP", "HTTP"];

/// A recovery code as its owner sees it.
#[derive(Clone, Debug)]
pub struct ListedCode {
    pub code: Secret<String>,
    pub used: bool,
}

/// What an account stores of its second factor.
#[derive(Clone, Debug)]
struct Stored {
    totp: TotpConfig,
    codes: Vec<RecoveryCode>,
    /// The protocols that must not be without one; for an admin, any text if it must have one.
    required: Vec<String>,
}

impl Control {
    /// Switches `holder`'s second factor on, with a new or the stored secret, or off. Switched on it has
    /// recovery codes.
    pub async fn save_totp(&self, holder: Holder<'_>, sent: TotpConfig) -> Result<()> {
        let factors = self.second_factors.clone();
        let (name, is_user) = (holder.name().to_owned(), matches!(holder, Holder::User(_)));
        self.change_factor(holder, move |stored| {
            if !sent.enabled {
                return switch_off(&stored);
            }
            let protocols = if is_user { protocols(&sent.protocols, &stored.required)? } else { Vec::new() };
            let secret = factors.secret(&name, &sent, &stored.totp)?;
            let totp = TotpConfig { enabled: true, config_name: sent.config_name.clone(), secret, protocols };
            let codes = match stored.codes.is_empty() {
                true => factors.sealed_codes(&name, &new_codes()?)?,
                false => stored.codes,
            };
            Ok((totp, codes))
        })
        .await
    }

    /// Switches off the second factor of somebody who lost it, even a required one: without it the account
    /// can do nothing but set up another.
    pub async fn disable_totp(&self, holder: Holder<'_>) -> Result<()> {
        self.change_factor(holder, |stored| {
            if !stored.totp.enabled {
                return Err(Error::invalid("two-factor authentication is not enabled"));
            }
            Ok(Default::default())
        })
        .await
    }

    pub async fn recovery_codes(&self, holder: Holder<'_>) -> Result<Vec<ListedCode>> {
        let stored = self.stored_factor(holder).await?;
        enabled(&stored.totp)?;
        let listed = |code: &RecoveryCode| {
            let text = self.second_factors.kms.open(&code.secret)?;
            Ok(ListedCode { code: text, used: code.used })
        };
        stored.codes.iter().map(listed).collect()
    }

    /// New recovery codes; the ones before are void.
    pub async fn renew_recovery_codes(&self, holder: Holder<'_>) -> Result<Vec<Secret<String>>> {
        let codes = new_codes()?;
        let sealed = self.second_factors.sealed_codes(holder.name(), &codes)?;
        self.change_factor(holder, move |stored| {
            enabled(&stored.totp)?;
            Ok((stored.totp, sealed.clone()))
        })
        .await?;
        Ok(codes)
    }

    async fn stored_factor(&self, holder: Holder<'_>) -> Result<Stored> {
        Ok(match holder {
            Holder::User(name) => {
                let filters = self.user(name).await?.filters;
                Stored {
                    totp: filters.totp_config,
                    codes: filters.recovery_codes,
                    required: filters.base.two_factor_protocols,
                }
            }
            Holder::Admin(name) => {
                let filters = self.admin(name).await?.filters;
                Stored { totp: filters.totp_config, codes: filters.recovery_codes, required: Vec::new() }
            }
        })
    }

    /// `change` runs inside the transaction.
    async fn change_factor(
        &self,
        holder: Holder<'_>,
        change: impl Fn(Stored) -> Result<(TotpConfig, Vec<RecoveryCode>)> + Send + Sync + 'static,
    ) -> Result<()> {
        match holder {
            Holder::User(name) => {
                let updated = self.store.update(name, move |mut user: User| {
                    let filters = &mut user.filters;
                    (filters.totp_config, filters.recovery_codes) = change(Stored {
                        totp: std::mem::take(&mut filters.totp_config),
                        codes: std::mem::take(&mut filters.recovery_codes),
                        required: filters.base.two_factor_protocols.clone(),
                    })?;
                    user.updated_at = now().max(user.updated_at + 1);
                    Ok::<_, Error>(user)
                });
                updated.await?.ok_or_else(|| Error::NotFound(Kind::User, name.to_owned()))?;
            }
            Holder::Admin(name) => {
                let updated = self.store.update(name, move |mut admin: Admin| {
                    let filters = &mut admin.filters;
                    let required = filters.require_two_factor.then(|| "HTTP".to_owned());
                    (filters.totp_config, filters.recovery_codes) = change(Stored {
                        totp: std::mem::take(&mut filters.totp_config),
                        codes: std::mem::take(&mut filters.recovery_codes),
                        required: required.into_iter().collect(),
                    })?;
                    admin.updated_at = now().max(admin.updated_at + 1);
                    Ok::<_, Error>(admin)
                });
                updated.await?.ok_or_else(|| Error::NotFound(Kind::Admin, name.to_owned()))?;
            }
        }
        Ok(())
    }
}

impl SecondFactors {
    /// The secret to store: a new one sealed, or the one that is stored when none was sent.
    fn secret(&self, name: &str, sent: &TotpConfig, stored: &TotpConfig) -> Result<KmsSecret> {
        let config = self.config(&sent.config_name)?;
        if sent.secret.is_plain() {
            code::check_secret(config, &sent.secret.payload)?;
            return Ok(self.kms.seal(&sent.secret.payload, name)?);
        }
        let kept = sent.secret.is_empty() || sent.secret.is_redacted();
        let same = stored.enabled && stored.config_name == sent.config_name;
        if !kept || !same {
            return Err(Error::invalid("secret: a new one with the status \"Plain\" is expected"));
        }
        Ok(stored.secret.clone())
    }

    fn sealed_codes(&self, name: &str, codes: &[Secret<String>]) -> Result<Vec<RecoveryCode>> {
        let sealed = |code| {
            let secret = self.kms.seal(code, name)?;
            Ok(RecoveryCode { secret, used: false })
        };
        codes.iter().map(sealed).collect()
    }
}

fn switch_off(stored: &Stored) -> Result<(TotpConfig, Vec<RecoveryCode>)> {
    if stored.totp.enabled && !stored.required.is_empty() {
        return Err(Error::invalid("two-factor authentication is required and cannot be disabled"));
    }
    Ok(Default::default())
}

fn protocols(sent: &[String], required: &[String]) -> Result<Vec<String>> {
    if let Some(unknown) = sent.iter().find(|protocol| !PROTOCOLS.contains(&protocol.as_str())) {
        return Err(Error::invalid(format!("protocols: {unknown:?} has no second factor")));
    }
    if let Some(missing) = required.iter().find(|protocol| !sent.contains(protocol)) {
        return Err(Error::invalid(format!("protocols: a second factor is required for {missing}")));
    }
    if sent.is_empty() {
        return Err(Error::invalid("protocols: at least one is expected"));
    }
    Ok(PROTOCOLS
        .into_iter()
        .filter(|known| sent.iter().any(|sent| sent == known))
        .map(str::to_owned)
        .collect())
}

fn enabled(totp: &TotpConfig) -> Result<()> {
    if totp.enabled { Ok(()) } else { Err(Error::Refused("two-factor authentication is not enabled")) }
}

fn new_codes() -> Result<Vec<Secret<String>>> {
    (0..CODES).map(|_| new_code()).collect()
}

fn new_code() -> Result<Secret<String>> {
    Ok(Secret::new(format!("RC-{}", random::text(random::LENGTH)?)))
}
