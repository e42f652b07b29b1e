//! Hooks that have a say in logins, or are told of them: sections `data_provider` and `common`.
//!
//! ```text
//! a connection is made      post_connect_hook      may it stay?
//! a credential comes        external_auth_hook     is it right, and who is that? in place of what is stored
//!                           pre_login_hook         who is that? before what is stored is looked at
//!                           check_password_hook    is the password right, or what of it is?
//! a login is over           post_login_hook        told
//! ```
//!
//! Where there is an external authentication hook the one before logins is not called: both say who a user is.

mod check;
mod external;
mod post_login;
mod pre_login;
mod recent;

pub(crate) use self::{check::Checked, external::Credential};

use crate::{
    Attempt, Refused,
    login::Inner,
    outside::{check::CheckPassword, external::External, post_login::PostLogin},
};
use config::Config;
use hooks::{Connections, Failed, Hook, Hooks, InvalidHook, Purpose};
use store::User;
use types::LoginMethod;

/// All hooks about logins and connections.
#[derive(Clone, Debug)]
pub struct LoginHooks {
    pub(crate) connections: Connections,
    external: Option<External>,
    pre_login: Option<Hook>,
    check: Option<CheckPassword>,
    pub(crate) post_login: Option<PostLogin>,
}

/// Who is about to log in.
#[derive(Debug)]
pub(crate) struct Candidate {
    /// As its groups make it.
    pub user: Option<User>,
    /// The hook has found the credential right.
    pub proved: bool,
}

/// As much as a hook may say about a user.
const MAX_ANSWER: usize = 1 << 20;

impl LoginHooks {
    /// Fails with the hook that cannot be used.
    pub fn new(hooks: &Hooks, config: &Config) -> Result<Self, (Purpose, InvalidHook)> {
        let provider = &config.data_provider;
        let hook = |purpose, target| hooks.hook(purpose, target).map_err(|invalid| (purpose, invalid));
        let external = hook(Purpose::ExternalAuth, &provider.external_auth_hook)?;
        let check = hook(Purpose::CheckPassword, &provider.check_password_hook)?;
        let post_login = hook(Purpose::PostLogin, &provider.post_login_hook)?;
        Ok(Self {
            connections: Connections::new(hooks, &config.common)?,
            external: external.map(|hook| External::new(hook, provider.external_auth_scope.into())),
            pre_login: hook(Purpose::PreLogin, &provider.pre_login_hook)?,
            check: check.map(|hook| CheckPassword::new(hook, provider.check_password_scope.into())),
            post_login: post_login.map(|hook| PostLogin::new(hook, provider.post_login_scope.into())),
        })
    }

    /// Whether a hook says who a user is, before what is stored is looked at.
    pub(crate) fn say_who(&self) -> bool {
        self.pre_login.is_some() || self.external.is_some()
    }

    /// Whether who holds a key shows only when it is used: asking whether a key would do must not call a hook.
    pub(crate) fn decide_about_keys(&self) -> bool {
        self.pre_login.is_some() || self.external.as_ref().is_some_and(External::takes_keys)
    }
}

impl Inner {
    /// The user that is tried, after the hooks that say who it is.
    pub(crate) async fn candidate(
        &self,
        attempt: &Attempt,
        method: LoginMethod,
        credential: Credential<'_>,
    ) -> Result<Candidate, Refused> {
        let known = self.user(attempt).await?;
        let Some(hooks) = &self.hooks else { return Ok(Candidate { user: known, proved: false }) };
        let own = known.as_ref().map(|user| user.filters.base.hooks).unwrap_or_default();
        if let Some(external) = &hooks.external {
            if own.external_auth_disabled || !external.takes(&credential) {
                return Ok(Candidate { user: known, proved: false });
            }
            // Boxed: most logins take another way and need not carry the state of this one.
            return Box::pin(external.ask(self, attempt, known, credential)).await;
        }
        if let Some(hook) = hooks.pre_login.as_ref().filter(|_| !own.pre_login_disabled)
            && Box::pin(pre_login::ask(hook, self, attempt, method)).await?
        {
            return Ok(Candidate { user: self.user(attempt).await?, proved: false });
        }
        Ok(Candidate { user: known, proved: false })
    }

    /// Whether a hook may be asked about passwords.
    pub(crate) fn asks_about_passwords(&self, attempt: &Attempt) -> bool {
        let check = self.hooks.as_ref().and_then(|hooks| hooks.check.as_ref());
        check.is_some_and(|check| check.is_for(attempt))
    }

    /// What the hook says about a password; `None` where it is not asked.
    pub(crate) async fn check_outside(
        &self,
        attempt: &Attempt,
        user: &User,
        password: &types::Secret<String>,
    ) -> Result<Option<Checked>, Refused> {
        let check = self.hooks.as_ref().and_then(|hooks| hooks.check.as_ref());
        match check.filter(|check| check.is_for(attempt) && !user.filters.base.hooks.check_password_disabled)
        {
            Some(check) => Box::pin(check.ask(attempt, password)).await.map(Some),
            None => Ok(None),
        }
    }

    /// Stores the user that a hook sent, who has to be the one that logs in; what follows from a change of a
    /// user by an admin does not follow from this.
    async fn adopt(&self, attempt: &Attempt, sent: User) -> Result<(), Refused> {
        let name = self.control.canonical_name(&attempt.username);
        if self.control.canonical_name(&sent.username) != name {
            return Err(Refused::Outside("the hook answered with another user".to_owned()));
        }
        let adopted = Box::pin(self.control.adopt_user(sent)).await;
        adopted.map_err(|error| Refused::Outside(format!("the user that the hook sent: {error}")))
    }
}

/// The user in a hook's answer.
fn parse_user(text: &[u8]) -> Result<User, Refused> {
    serde_json::from_slice(text).map_err(|error| Refused::Outside(format!("the hook sent no user: {error}")))
}

/// `user` as JSON, with all that is stored about it.
fn user_json(user: &User) -> Result<String, Refused> {
    serde_json::to_string(user).map_err(|error| Refused::Outside(error.to_string()))
}

fn failed(hook: &Hook, failed: &Failed) -> Refused {
    hook.failed(failed);
    Refused::Outside(format!("the hook failed: {failed}"))
}

fn is_blank(answer: &[u8]) -> bool {
    answer.iter().all(u8::is_ascii_whitespace)
}
