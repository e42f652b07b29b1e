//! Administrators log in by password, over REST alone.

use crate::{Attempt, Authenticator, Policy, Refused, gate::is_address_allowed};
use control::{Author, Control, Holder, Proof};
use std::time::{SystemTime, UNIX_EPOCH};
use store::Admin;
use types::Secret;

impl Authenticator {
    /// Checks an admin's password, status, address, and the code of its second factor if it has one, or a
    /// recovery code in its place.
    pub async fn admin_password(
        &self,
        attempt: &Attempt,
        password: &Secret<String>,
        code: Option<&Secret<String>>,
    ) -> Result<Admin, Refused> {
        let turn = self.slowdown().turn(attempt.ip, &attempt.username).await?;
        turn.watch(self.check_admin(attempt, password, code).await)
    }

    async fn check_admin(
        &self,
        attempt: &Attempt,
        password: &Secret<String>,
        code: Option<&Secret<String>>,
    ) -> Result<Admin, Refused> {
        let username = self.control().canonical_name(&attempt.username);
        let stored = self.store().password_of_admin(&username).await?;
        let Proof { fits, cost } = self.verify(stored.as_ref(), password).await;
        if !fits {
            return Err(if stored.is_some() { Refused::WrongCredentials } else { Refused::UnknownUser });
        }
        let passed = self.pass_admin(attempt, &username, stored, code).await;
        self.even_out(cost, passed).await
    }

    /// Whether the admin, who has proved that `stored` is its hash, may come in.
    async fn pass_admin(
        &self,
        attempt: &Attempt,
        username: &str,
        stored: Option<Secret<String>>,
        code: Option<&Secret<String>>,
    ) -> Result<Admin, Refused> {
        // It may have changed meanwhile.
        let admin = self.store().find::<Admin>(username).await?;
        let admin = admin.filter(|admin| stored.as_ref() == Some(&admin.password));
        let mut admin = admin.ok_or(Refused::WrongCredentials)?;
        if !admin.is_active() {
            return Err(Refused::Disabled);
        }
        if !is_address_allowed(&admin.filters.allow_list, &[], attempt.ip) {
            return Err(Policy::Address(attempt.ip).into());
        }
        let totp = &admin.filters.totp_config;
        if totp.enabled {
            let code = code.ok_or(Policy::SecondFactorNeeded)?;
            let holder = Holder::Admin(&admin.username);
            if Control::is_recovery_code(code) {
                let by = Author {
                    name: admin.username.as_str().into(),
                    role: admin.role.as_str().into(),
                    ip: Some(attempt.ip),
                };
                if !self.control().by(by).take_recovery_code(holder, code).await? {
                    return Err(Refused::WrongCredentials);
                }
                // The account changed with its codes.
                admin = self.store().find::<Admin>(username).await?.ok_or(Refused::UnknownUser)?;
            } else if !self.control().take_code(holder, totp, code) {
                return Err(Refused::WrongCredentials);
            }
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
        self.store().admin_logged_in(admin.id, now);
        Ok(admin)
    }
}
