//! Logging in by a key, the user's own or one that an authority certified.

use crate::{
    Attempt, Authenticator, Certificate, LoginHooks, Policy, Refused, Step, Trust,
    gate::{SecondFactor, after_key, can_login, is_method_allowed},
    login::Inner,
    outside::{Candidate, Credential},
};
use control::PublicKey;
use std::sync::Arc;
use store::User;
use types::LoginMethod;

/// What a client holds or says it holds.
#[derive(Clone, Debug)]
pub enum Key {
    /// A public key as it travels.
    Plain(Vec<u8>, Proof),
    /// A certificate, and who may vouch for users.
    Certified(Box<Certificate>, Arc<Trust>),
}

/// What a client's signature shows beside that it holds the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Nothing, or the client has only asked so far.
    Held,
    /// An authenticator verified that its owner is there.
    OwnerVerified,
}

impl Authenticator {
    /// Whether the user has this key and may log in with one; the answer to a client that asks before it
    /// signs. Not a login: whoever holds a public key may ask.
    pub async fn key_is_known(&self, attempt: &Attempt, key: &Key) -> Result<(), Refused> {
        if self.0.hooks.as_ref().is_some_and(LoginHooks::decide_about_keys) {
            // A hook is asked once, when the key is used.
            return Ok(());
        }
        let user = self.0.holder(attempt, key).await?;
        if is_method_allowed(&user, attempt, LoginMethod::PublicKey) || !after_key(&user, attempt).is_empty()
        {
            return Ok(());
        }
        Err(Policy::Method(LoginMethod::PublicKey).into())
    }

    /// Logs in by a key, of which the caller has verified the client's signature.
    pub async fn public_key(&self, attempt: &Attempt, key: &Key) -> Result<Step, Refused> {
        let user = self.0.holder(attempt, key).await?;
        key.check_proof(&user)?;
        if is_method_allowed(&user, attempt, LoginMethod::PublicKey) {
            let admitted = self.0.admit(&user, attempt, LoginMethod::PublicKey, SecondFactor::Missing);
            return admitted.map(Step::Granted);
        }
        let next = after_key(&user, attempt);
        let Some(first) = next.first() else {
            return Err(Policy::Method(LoginMethod::PublicKey).into());
        };
        // What the gate would refuse whatever follows is not worth a second step.
        can_login(&user, attempt, *first, SecondFactor::Shown, &self.0.now())?;
        Ok(Step::Need(next))
    }
}

impl Inner {
    /// The user that is tried, if the key is one of its own. A certificate is judged first: what that takes
    /// must not tell whether there is such a user.
    async fn holder(&self, attempt: &Attempt, key: &Key) -> Result<User, Refused> {
        if let Key::Certified(certificate, trust) = key {
            let name = self.control.canonical_name(&attempt.username);
            let fits = |principal: &str| self.control.canonical_name(principal) == name;
            trust.judge(certificate, &name, attempt.ip, fits).await?;
        }
        let candidate = match self.hooks.as_ref().is_some_and(LoginHooks::say_who) {
            true => self.candidate(attempt, LoginMethod::PublicKey, Credential::Key(key)).await?,
            false => self.candidate_by_key(attempt, key).await?,
        };
        let user = candidate.user.ok_or(Refused::UnknownUser)?;
        match key {
            _ if candidate.proved => Ok(user),
            Key::Plain(blob, _) if find(&user.public_keys, blob).is_none() => Err(Refused::WrongCredentials),
            Key::Plain(..) | Key::Certified(..) => Ok(user),
        }
    }

    /// Who is tried, as it is stored. Nothing but its keys is read of a user who has another one: an account with
    /// groups and folders takes more queries than a name that nobody has.
    async fn candidate_by_key(&self, attempt: &Attempt, key: &Key) -> Result<Candidate, Refused> {
        if let Key::Plain(blob, _) = key {
            let name = self.control.canonical_name(&attempt.username);
            let keys = self.store.keys_of_user(&name).await?.ok_or(Refused::UnknownUser)?;
            find(&keys, blob).ok_or(Refused::WrongCredentials)?;
        }
        Ok(Candidate { user: self.user(attempt).await?, proved: false })
    }
}

impl Key {
    /// Whether the signature shows what the user's own line about this key asks for.
    fn check_proof(&self, user: &User) -> Result<(), Refused> {
        match self {
            Self::Plain(blob, Proof::Held)
                if find(&user.public_keys, blob).is_some_and(|key| key.verify_required) =>
            {
                Err(Refused::OwnerNotVerified)
            }
            Self::Plain(..) | Self::Certified(..) => Ok(()),
        }
    }
}

fn find(lines: &[String], blob: &[u8]) -> Option<PublicKey> {
    lines.iter().filter_map(|line| PublicKey::parse_line(line)).find(|key| key.blob == blob)
}
