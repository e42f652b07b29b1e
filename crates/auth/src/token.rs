//! Accounts of those who logged in before, and hold what says so.

use crate::{Authenticator, Refused};
use session::Account;
use std::{net::IpAddr, sync::Arc};
use store::User;

impl Authenticator {
    /// The account of `user`, as its groups make it, for one request from `ip` that was let in by a token or a
    /// key.
    pub fn account_of(&self, user: &User, ip: IpAddr) -> Result<Arc<Account>, Refused> {
        self.0.backends.account(user, ip)
    }
}
