//! What admins and users change of themselves, beside their password.

use crate::{
    Admin, Control, Error, Kind, Result, User, now,
    validate::{self, certificates, keys, text},
};

/// The part of an admin that is its own to change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdminProfile {
    pub email: String,
    pub description: String,
    pub allow_api_key_auth: bool,
}

/// The part of a user that is its own to change, unless `filters.web_client` closes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserProfile {
    pub email: String,
    pub additional_emails: Vec<String>,
    pub description: String,
    pub allow_api_key_auth: bool,
    /// Lines as in `authorized_keys`.
    pub public_keys: Vec<String>,
    /// In PEM form.
    pub tls_certs: Vec<String>,
}

/// Which parts of its profile a user may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Open {
    info: bool,
    api_key_auth: bool,
    public_keys: bool,
    tls_certs: bool,
}

impl Control {
    pub async fn update_admin_profile(&self, username: &str, profile: AdminProfile) -> Result<()> {
        if !profile.email.is_empty() {
            validate::email("email", &profile.email)?;
        }
        let updated = self.store.update(username, move |before: Admin| {
            let mut after = before;
            after.updated_at = now().max(after.updated_at + 1);
            after.email.clone_from(&profile.email);
            after.description.clone_from(&profile.description);
            after.filters.allow_api_key_auth = profile.allow_api_key_auth;
            Ok::<_, Error>(after)
        });
        let updated = updated.await?.ok_or_else(|| Error::NotFound(Kind::Admin, username.to_owned()))?;
        self.tell_of_itself(&updated);
        Ok(())
    }

    /// Replaces the profile of `user`, whose groups are merged already. Parts that are closed to it stay as
    /// they are; when all are, that is refused.
    pub async fn update_user_profile(&self, user: &User, mut profile: UserProfile) -> Result<()> {
        let open = Open::to(user);
        if !open.to_anything() {
            return Err(Error::Refused("the profile is not yours to change"));
        }
        check(&mut profile, open)?;
        let updated = self.store.update(&user.username, move |mut user: User| {
            if open.info {
                user.email.clone_from(&profile.email);
                user.description.clone_from(&profile.description);
                user.filters.additional_emails.clone_from(&profile.additional_emails);
            }
            if open.api_key_auth {
                user.filters.base.allow_api_key_auth = profile.allow_api_key_auth;
            }
            if open.public_keys {
                user.public_keys.clone_from(&profile.public_keys);
            }
            if open.tls_certs {
                user.filters.tls_certs.clone_from(&profile.tls_certs);
            }
            user.updated_at = now().max(user.updated_at + 1);
            Ok::<_, Error>(user)
        });
        let updated = updated.await?.ok_or_else(|| Error::NotFound(Kind::User, user.username.clone()))?;
        self.tell_of_itself(&updated);
        Ok(())
    }
}

impl Open {
    fn to(user: &User) -> Self {
        let open = |flag: &str| !user.filters.base.web_client.iter().any(|closed| closed == flag);
        Self {
            info: open("info-change-disabled"),
            api_key_auth: open("api-key-auth-change-disabled"),
            public_keys: open("publickey-change-disabled"),
            tls_certs: open("tls-cert-change-disabled"),
        }
    }

    const fn to_anything(self) -> bool {
        self.info || self.api_key_auth || self.public_keys || self.tls_certs
    }
}

/// Checks and cleans what will be taken over; the rest may be anything.
fn check(profile: &mut UserProfile, open: Open) -> Result<()> {
    if open.info {
        if !profile.email.is_empty() {
            text::email("email", &profile.email)?;
        }
        text::dedup(&mut profile.additional_emails);
        profile.additional_emails.iter().try_for_each(|address| text::email("additional_emails", address))?;
    }
    if open.public_keys {
        keys::check(&mut profile.public_keys)?;
    }
    if open.tls_certs {
        certificates::check("tls_certs", &mut profile.tls_certs)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(flags: &[&str]) -> User {
        let mut user = User::default();
        user.filters.base.web_client = flags.iter().map(|flag| (*flag).to_owned()).collect();
        user
    }

    #[test]
    fn each_flag_closes_its_part() {
        let all = Open { info: true, api_key_auth: true, public_keys: true, tls_certs: true };
        assert_eq!(Open::to(&user(&["write-disabled"])), all);
        for (flag, expected) in [
            ("info-change-disabled", Open { info: false, ..all }),
            ("api-key-auth-change-disabled", Open { api_key_auth: false, ..all }),
            ("publickey-change-disabled", Open { public_keys: false, ..all }),
            ("tls-cert-change-disabled", Open { tls_certs: false, ..all }),
        ] {
            assert_eq!(Open::to(&user(&[flag])), expected);
        }
    }

    #[test]
    fn what_is_closed_is_not_looked_at() {
        let bad = UserProfile {
            email: "nobody".into(),
            public_keys: vec!["no key".into()],
            tls_certs: vec!["no certificate".into()],
            ..UserProfile::default()
        };
        let all = Open { info: true, api_key_auth: true, public_keys: true, tls_certs: true };
        for open in [
            Open { public_keys: false, tls_certs: false, ..all },
            Open { info: false, tls_certs: false, ..all },
            Open { info: false, public_keys: false, ..all },
        ] {
            assert!(check(&mut bad.clone(), open).is_err(), "{open:?}");
        }
        let none = Open { info: false, public_keys: false, tls_certs: false, ..all };
        assert!(check(&mut bad.clone(), none).is_ok());
    }
}
