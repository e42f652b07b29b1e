//! Switching a second factor on and off.

use super::{Holder, SecondFactors, code, recovery::new_codes};
use crate::{Admin, Control, Error, Kind, Result, User, now, told::Told};
use events::Operation;
use store::{
    KmsSecret,
    model::{RecoveryCode, TotpConfig},
};

const PROTOCOLS: [&str; 3] = ["SSH", "FTP", "HTTP"];

/// Who changes a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Itself,
    /// An admin who helps out.
    Another,
}

/// What an account stores of its second factor.
#[derive(Clone, Debug)]
pub struct Stored {
    pub totp: TotpConfig,
    pub codes: Vec<RecoveryCode>,
}

impl Control {
    /// Switches `holder`'s second factor on, with a new or the stored secret, or off. Switched on it has
    /// recovery codes.
    pub async fn save_totp(&self, holder: Holder<'_>, sent: TotpConfig) -> Result<()> {
        let factors = self.second_factors.clone();
        let required = self.required_protocols(holder).await?;
        let (name, is_user) = (holder.name().to_owned(), matches!(holder, Holder::User(_)));
        self.change_factor(holder, By::Itself, move |stored| {
            if !sent.enabled {
                return switch_off(&stored, &required);
            }
            let protocols = if is_user { protocols(&sent.protocols, &required)? } else { Vec::new() };
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
        self.change_factor(holder, By::Another, |stored| {
            if !stored.totp.enabled {
                return Err(Error::invalid("two-factor authentication is not enabled"));
            }
            Ok(Default::default())
        })
        .await
    }

    /// The protocols that `holder` must not use without a second factor, by its own rules or its groups'.
    async fn required_protocols(&self, holder: Holder<'_>) -> Result<Vec<String>> {
        match holder {
            Holder::User(name) => {
                let user = self.effective_user(self.user(name).await?).await?;
                Ok(user.filters.base.two_factor_protocols)
            }
            Holder::Admin(name) => {
                let required = self.admin(name).await?.filters.require_two_factor;
                Ok(required.then(|| "HTTP".to_owned()).into_iter().collect())
            }
        }
    }

    /// `change` runs inside the transaction.
    pub(super) async fn change_factor(
        &self,
        holder: Holder<'_>,
        by: By,
        change: impl Fn(Stored) -> Result<(TotpConfig, Vec<RecoveryCode>)> + Send + Sync + 'static,
    ) -> Result<()> {
        match holder {
            Holder::User(name) => {
                let updated = self.store.update(name, move |mut user: User| {
                    let filters = &mut user.filters;
                    (filters.totp_config, filters.recovery_codes) = change(Stored {
                        totp: std::mem::take(&mut filters.totp_config),
                        codes: std::mem::take(&mut filters.recovery_codes),
                    })?;
                    user.updated_at = now().max(user.updated_at + 1);
                    Ok::<_, Error>(user)
                });
                let user = updated.await?.ok_or_else(|| Error::NotFound(Kind::User, name.to_owned()))?;
                self.tell_of_factor(by, &user);
            }
            Holder::Admin(name) => {
                let updated = self.store.update(name, move |mut admin: Admin| {
                    let filters = &mut admin.filters;
                    (filters.totp_config, filters.recovery_codes) = change(Stored {
                        totp: std::mem::take(&mut filters.totp_config),
                        codes: std::mem::take(&mut filters.recovery_codes),
                    })?;
                    admin.updated_at = now().max(admin.updated_at + 1);
                    Ok::<_, Error>(admin)
                });
                let admin = updated.await?.ok_or_else(|| Error::NotFound(Kind::Admin, name.to_owned()))?;
                self.tell_of_factor(by, &admin);
            }
        }
        Ok(())
    }

    fn tell_of_factor<T: Told>(&self, by: By, account: &T) {
        match by {
            By::Itself => self.tell_of_itself(account),
            By::Another => self.tell(Operation::Update, account),
        }
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
}

fn switch_off(stored: &Stored, required: &[String]) -> Result<(TotpConfig, Vec<RecoveryCode>)> {
    if stored.totp.enabled && !required.is_empty() {
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
