//! Administrators log in by password, over REST alone.

use crate::{Attempt, Authenticator, Policy, Refused, gate::is_address_allowed};
use std::time::{SystemTime, UNIX_EPOCH};
use store::Admin;
use types::Secret;

impl Authenticator {
    /// Checks an admin's password, status and address.
    pub async fn admin_password(
        &self,
        attempt: &Attempt,
        password: &Secret<String>,
    ) -> Result<Admin, Refused> {
        let username = self.control().canonical_name(&attempt.username);
        let admin = self.store().admin(&username).await?;
        let fits = self.verify(admin.as_ref().map(|admin| &admin.password), password).await;
        let admin = admin.ok_or(Refused::UnknownUser)?;
        if !fits {
            return Err(Refused::WrongCredentials);
        }
        if !admin.is_active() {
            return Err(Refused::Disabled);
        }
        if !is_address_allowed(&admin.filters.allow_list, &[], attempt.ip) {
            return Err(Policy::Address(attempt.ip).into());
        }
        if admin.filters.totp_config.enabled {
            return Err(Policy::SecondFactorNeeded.into());
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
        self.store().admin_logged_in(admin.id, now);
        Ok(admin)
    }
}
