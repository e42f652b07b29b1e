//! Passwords that their owners change: who knows the current one, or proved in another way to be the owner.

use crate::{Admin, Control, Error, Holder, Kind, Result, User, now, passwords::entropy};
use types::Secret;

/// A password as it is stored, and the rule for the next one.
struct Stored {
    hash: Secret<String>,
    /// Bits of entropy asked of a new one.
    bits: f64,
}

impl Control {
    /// Changes the password of `holder`, given the current one.
    pub async fn change_password(
        &self,
        holder: Holder<'_>,
        current: &Secret<String>,
        new: &Secret<String>,
    ) -> Result<()> {
        if new.expose().is_empty() || current.expose().is_empty() {
            return Err(Error::invalid("please provide the current password and the new one"));
        }
        if current == new {
            return Err(Error::invalid("the new password must be different from the current one"));
        }
        let stored = self.stored_password(holder).await?;
        if !self.passwords.verify(&stored.hash, current).await.unwrap_or(false) {
            return Err(Error::WrongPassword);
        }
        let hash = self.chosen_password(new, stored.bits).await?;
        self.put_password(holder, Some(stored.hash), hash).await
    }

    /// Gives `holder` another password, without asking for the one before.
    pub async fn replace_password(&self, holder: Holder<'_>, new: &Secret<String>) -> Result<()> {
        let stored = self.stored_password(holder).await?;
        let hash = self.chosen_password(new, stored.bits).await?;
        self.put_password(holder, None, hash).await
    }

    /// The hash of a password that somebody chose. Whatever it looks like, it is one in the clear here: hashes
    /// are for imports alone.
    pub(crate) async fn chosen_password(&self, new: &Secret<String>, bits: f64) -> Result<Secret<String>> {
        if new.expose().is_empty() {
            return Err(Error::invalid("the password is empty"));
        }
        if entropy(new.expose()) < bits {
            return Err(Error::invalid("password: it is too easy to guess, make it longer or more varied"));
        }
        self.passwords.hash(new).await
    }

    async fn stored_password(&self, holder: Holder<'_>) -> Result<Stored> {
        match holder {
            Holder::User(name) => {
                let user = self.effective_user(self.user(name).await?).await?;
                Ok(Stored { bits: self.user_entropy(&user).await?, hash: user.password })
            }
            Holder::Admin(name) => {
                let hash = self.admin(name).await?.password;
                Ok(Stored { bits: self.settings.admins_min_entropy, hash })
            }
        }
    }

    /// `expected` is the hash that was verified: of two changes at once one comes too late.
    async fn put_password(
        &self,
        holder: Holder<'_>,
        expected: Option<Secret<String>>,
        hash: Secret<String>,
    ) -> Result<()> {
        let unchanged = move |stored: &Secret<String>| match &expected {
            Some(expected) if expected != stored => Err(Error::invalid("the password was changed meanwhile")),
            _ => Ok(()),
        };
        match holder {
            Holder::User(name) => {
                let updated = self.store.update(name, move |mut user: User| {
                    unchanged(&user.password)?;
                    user.updated_at = now().max(user.updated_at + 1);
                    user.last_password_change = user.updated_at;
                    user.filters.require_password_change = false;
                    user.password = hash.clone();
                    Ok::<_, Error>(user)
                });
                let user = updated.await?.ok_or_else(|| Error::NotFound(Kind::User, name.to_owned()))?;
                self.tell_of_itself(&user);
            }
            Holder::Admin(name) => {
                let updated = self.store.update(name, move |mut admin: Admin| {
                    unchanged(&admin.password)?;
                    admin.updated_at = now().max(admin.updated_at + 1);
                    admin.last_password_change = admin.updated_at;
                    admin.filters.require_password_change = false;
                    admin.password = hash.clone();
                    Ok::<_, Error>(admin)
                });
                let admin = updated.await?.ok_or_else(|| Error::NotFound(Kind::Admin, name.to_owned()))?;
                self.tell_of_itself(&admin);
            }
        }
        Ok(())
    }
}
