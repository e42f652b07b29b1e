//! Passwords that were forgotten: a code is mailed to the account's owner, and sets a new one, once.
//!
//! Whether there is an account must not show. A request for a code is answered before anybody looks, and a code
//! that is wrong, over, another's or nobody's is refused in the same words after the same work.

use crate::{
    Attempt, Authenticator, Refused,
    codes::{Account, Codes},
    gate::{is_address_allowed, may_go_on},
};
use control::{Author, Error, Holder, random_code};
use std::net::IpAddr;
use store::Admin;
use tokio::sync::Semaphore;
use types::{Protocol, Secret};

/// What is known about forgotten passwords.
#[derive(Debug)]
pub struct Resets {
    codes: Codes,
    /// Letters that are being written at a time.
    desks: Semaphore,
}

/// Why a password was not reset, or a code not mailed.
#[derive(Debug, thiserror::Error)]
pub enum ResetRefused {
    #[error("the confirmation code is not valid")]
    Code,
    #[error("{0}")]
    Attempts(#[from] Refused),
    /// Mail is not configured, the new password is too weak …
    #[error("{0}")]
    Control(#[from] Error),
}

const DESKS: usize = 16;

impl Authenticator {
    /// Mails a code to the owner of `holder`'s account, if it has one that may reset its password from `ip`.
    /// Fails when there is no mail, or the address asks too often; not otherwise.
    pub async fn forgot_password(&self, holder: Holder<'_>, ip: IpAddr) -> Result<(), ResetRefused> {
        self.control().check_mail().await?;
        let resets = self.0.resets.clone();
        if !resets.codes.may_ask(ip) {
            return Err(Refused::TooManyAttempts.into());
        }
        let account = self.account(holder);
        let (authenticator, handle) = (self.clone(), self.handle());
        handle.spawn(async move {
            if let Err(error) = authenticator.mail_code(&account, ip).await {
                tracing::warn!(target: "auth", username = account.name(), %error, "no code was mailed");
            }
        });
        Ok(())
    }

    /// Sets a new password, against the code that was mailed.
    pub async fn reset_password(
        &self,
        holder: Holder<'_>,
        ip: IpAddr,
        code: &Secret<String>,
        new: &Secret<String>,
    ) -> Result<(), ResetRefused> {
        let turn = self.slowdown().turn(ip, holder.name()).await?;
        let account = self.account(holder);
        let codes = &self.0.resets.codes;
        let Some(taken) = codes.take(self.store(), &account, code).await.map_err(Refused::from)? else {
            turn.failed();
            return Err(ResetRefused::Code);
        };
        turn.passed();
        if self.address_of(&account, ip).await?.is_none() {
            return Err(ResetRefused::Code);
        }
        let role = match account.holder() {
            Holder::Admin(name) => self.control().admin(name).await?.role,
            Holder::User(_) => String::new(),
        };
        let by = Author { name: account.name().into(), role: role.as_str().into(), ip: Some(ip) };
        let replaced = self.control().by(by).replace_password(account.holder(), new).await;
        if replaced.is_err() {
            // A password that is too weak does not cost the code.
            codes.give_back(self.store(), &account, &taken).await.map_err(Refused::from)?;
        } else {
            tracing::info!(target: "auth", username = account.name(), client_ip = %ip, "the password was reset");
        }
        Ok(replaced?)
    }

    async fn mail_code(&self, account: &Account, ip: IpAddr) -> Result<(), Error> {
        let Some(to) = self.address_of(account, ip).await? else { return Ok(()) };
        // Who asked had its answer, whoever it was: a mail server that hangs must not show who gets letters.
        // Nobody waits for a desk, and letters that would pile up are not written.
        let Ok(_desk) = self.0.resets.desks.try_acquire() else {
            return Err(Error::Busy("too many letters are on their way"));
        };
        let code = random_code()?;
        if !self.0.resets.codes.issue(self.store(), account, &code).await? {
            tracing::info!(target: "auth", username = account.name(), "no code was mailed: there were too many");
            return Ok(());
        }
        self.control().send_reset_code(&to, &code).await
    }

    /// Where to mail to; `None` where there is no account that may reset its password from `ip`.
    async fn address_of(&self, account: &Account, ip: IpAddr) -> Result<Option<String>, Error> {
        let address = match account.holder() {
            Holder::Admin(name) => {
                let admin = self.store().find::<Admin>(name).await?.filter(Admin::is_active);
                let allowed = |admin: &Admin| is_address_allowed(&admin.filters.allow_list, &[], ip);
                admin.filter(allowed).map(|admin| admin.email)
            }
            Holder::User(name) => {
                let attempt = Attempt { username: name.to_owned(), ip, protocol: Protocol::Http };
                let user = self.control().login_user(name).await?;
                let user =
                    user.filter(|user| user.is_active() && may_go_on(user, &attempt, &self.0.now()).is_ok());
                let closed = |flag: &String| flag == "password-reset-disabled";
                user.filter(|user| !user.filters.base.web_client.iter().any(closed)).map(|user| user.email)
            }
        };
        Ok(address.filter(|address| !address.is_empty()))
    }

    fn account(&self, holder: Holder<'_>) -> Account {
        let name = self.control().canonical_name(holder.name());
        match holder {
            Holder::User(_) => Account::User(name),
            Holder::Admin(_) => Account::Admin(name),
        }
    }
}

impl Default for Resets {
    fn default() -> Self {
        Self { codes: Codes::default(), desks: Semaphore::new(DESKS) }
    }
}
