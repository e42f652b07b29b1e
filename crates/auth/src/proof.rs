//! Proving a password, so that a wrong one tells nothing: what is read and what is computed is the same for every name.

use crate::{
    Attempt, LoginHooks, Refused,
    login::Inner,
    outside::{Candidate, Checked, Credential},
};
use control::Proof;
use std::time::Duration;
use store::User;
use types::{LoginMethod, Secret};

/// A user whose password was right.
#[derive(Debug)]
pub(crate) struct Proved {
    pub user: User,
    /// How much of a processor that took: next to nothing where it was remembered.
    pub cost: Duration,
}

impl Inner {
    /// The user that is tried, if `password` is its own, whoever says so.
    pub(crate) async fn prove_password(
        &self,
        attempt: &Attempt,
        method: LoginMethod,
        password: &Secret<String>,
    ) -> Result<Proved, Refused> {
        if self.hooks.as_ref().is_some_and(LoginHooks::say_who)
            && let Candidate { user: Some(user), proved: true } =
                self.candidate(attempt, method, Credential::Password(password)).await?
        {
            return Ok(Proved { user, cost: Duration::ZERO });
        }
        self.own_password(attempt, password).await
    }

    /// The user that is tried, if `password` is the one that is stored.
    ///
    /// Nothing but that is read before it is proved: an account with groups and folders takes more queries than a
    /// name that nobody has.
    pub(crate) async fn own_password(
        &self,
        attempt: &Attempt,
        password: &Secret<String>,
    ) -> Result<Proved, Refused> {
        if self.asks_about_passwords(attempt)
            && let Some(user) = self.user(attempt).await?
            && let Some(checked) = self.check_outside(attempt, &user, password).await?
        {
            return self.judge_checked(user, checked).await;
        }
        let name = self.control.canonical_name(&attempt.username);
        let known = self.store.password_of_user(&name).await?;
        // A user without a password has none to guess.
        let stored = known.as_ref().filter(|stored| !stored.expose().is_empty());
        let Proof { fits, cost } = self.verify(stored, password).await;
        if !fits {
            return Err(if known.is_some() { Refused::WrongCredentials } else { Refused::UnknownUser });
        }
        // It may have changed meanwhile.
        let user = self.user(attempt).await?.filter(|user| Some(&user.password) == stored);
        let user = user.ok_or(Refused::WrongCredentials)?;
        self.upgrade_hash(&user, password);
        Ok(Proved { user, cost })
    }

    async fn judge_checked(&self, user: User, checked: Checked) -> Result<Proved, Refused> {
        let Proof { fits, cost } = match checked {
            Checked::Right => Proof { fits: true, cost: Duration::ZERO },
            Checked::Wrong => Proof { fits: false, cost: Duration::ZERO },
            Checked::Compare(password) => {
                let stored = Some(&user.password).filter(|stored| !stored.expose().is_empty());
                self.verify(stored, &password).await
            }
        };
        if fits { Ok(Proved { user, cost }) } else { Err(Refused::WrongCredentials) }
    }

    pub(crate) async fn verify(&self, stored: Option<&Secret<String>>, password: &Secret<String>) -> Proof {
        let remembered = |stored| self.cache.as_ref().is_some_and(|cache| cache.holds(stored, password));
        if stored.is_some_and(remembered) {
            return Proof { fits: true, cost: Duration::ZERO };
        }
        let proof = self.passwords.prove(stored, password).await;
        if let (true, Some(cache), Some(stored)) = (proof.fits, &self.cache, stored) {
            cache.add(stored, password);
        }
        proof
    }

    /// A login that was refused although its password was right takes as long as one with a wrong password, also
    /// where the password is remembered.
    pub(crate) async fn even_out<T>(&self, cost: Duration, result: Result<T, Refused>) -> Result<T, Refused> {
        if result.is_err() {
            self.passwords.even_out(cost).await;
        }
        result
    }

    /// A hash of another kind than new ones is replaced, where that is asked for, while the password is at hand. In
    /// the background: the login need not wait, and one that fails is tried again at the next.
    fn upgrade_hash(&self, user: &User, password: &Secret<String>) {
        if !self.upgrades(user) {
            return;
        }
        let (control, user, password) = (self.control.clone(), user.clone(), password.clone());
        self.passwords.handle().spawn(async move {
            if let Err(error) = control.upgrade_user_hash(&user, &password).await {
                tracing::warn!(target: "auth", username = user.username, %error, "cannot upgrade a password hash");
            }
        });
    }
}
