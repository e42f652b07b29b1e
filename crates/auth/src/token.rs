//! Accounts of those who logged in before and hold a token that says so.

use crate::{Attempt, Authenticator, Policy, Refused};
use session::Account;
use std::{net::IpAddr, sync::Arc};
use store::User;
use types::Protocol;

impl Authenticator {
    /// The account behind a token, for one request about files from `ip`. What a user has to do first (a new
    /// password, a second factor) closes its files until it is done.
    pub async fn account_for_files(&self, username: &str, ip: IpAddr) -> Result<Arc<Account>, Refused> {
        let attempt = Attempt { username: username.to_owned(), ip, protocol: Protocol::Http };
        let user = self.0.user(&attempt).await?.ok_or(Refused::UnknownUser)?;
        owes_nothing(&user)?;
        self.0.backends.account(&user, ip)
    }
}

fn owes_nothing(user: &User) -> Result<(), Policy> {
    let filters = &user.filters.base;
    if user.filters.require_password_change {
        return Err(Policy::PasswordChangeNeeded);
    }
    let covers = |protocols: &[String]| protocols.iter().any(|protocol| protocol == "HTTP");
    let set_up = &user.filters.totp_config;
    if covers(&filters.two_factor_protocols) && !(set_up.enabled && covers(&set_up.protocols)) {
        return Err(Policy::SecondFactorMissing);
    }
    Ok(())
}
