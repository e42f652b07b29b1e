//! Users: made, read, changed, deleted.

use crate::{
    Admin, Change, Control, Error, Expected, Kind, Origin, Page, Passwords, Result, User, managed::duplicate,
    milliseconds, now, validate,
};
use events::Operation;
use session::Owner;
use store::GroupMapping;
use types::Secret;

pub use crate::validate::keys::PublicKey;

/// What an update does with the user's open sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connected {
    /// They go on as they were when they logged in; but those that go through shares of a user who may not share
    /// any more end.
    Keep,
    /// They end, and a new login finds the new rules.
    Disconnect,
}

impl Control {
    pub async fn user(&self, username: &str) -> Result<User> {
        let username = self.canonical_name(username);
        let mut user =
            self.store.find::<User>(&username).await?.ok_or(Error::NotFound(Kind::User, username))?;
        self.show_usage(&mut user);
        Ok(user)
    }

    /// The user, if `admin` may know of it: one with a role knows of the users of this role alone.
    pub async fn user_for(&self, admin: &Admin, username: &str) -> Result<User> {
        let user = self.user(username).await?;
        if admin.role.is_empty() || admin.role == user.role {
            return Ok(user);
        }
        Err(Error::NotFound(Kind::User, user.username))
    }

    /// A page of the users that `admin` may know of, by name.
    pub async fn users_for(&self, admin: &Admin, page: Page) -> Result<Vec<User>> {
        let scope = Some(admin.role.clone()).filter(|role| !role.is_empty());
        let page = Page { scope, ..page };
        let mut users = self.store.page(page).await?;
        users.iter_mut().for_each(|user| self.show_usage(user));
        Ok(users)
    }

    /// The counters as they are, where they are being counted.
    pub(crate) fn show_usage(&self, user: &mut User) {
        let owner = Owner::User(user.username.as_str().into());
        if let Some(usage) = self.ledger.usage(&owner) {
            user.used_quota_files = i64::try_from(usage.files).unwrap_or(i64::MAX);
            user.used_quota_size = i64::try_from(usage.bytes).unwrap_or(i64::MAX);
        }
        if let Some(traffic) = self.ledger.traffic(&user.username) {
            user.used_upload_data_transfer = i64::try_from(traffic.uploaded).unwrap_or(i64::MAX);
            user.used_download_data_transfer = i64::try_from(traffic.downloaded).unwrap_or(i64::MAX);
        }
        let changed = self.ledger.changed_at(&owner).max(self.ledger.moved_at(&user.username));
        user.last_quota_update = user.last_quota_update.max(changed.map_or(0, milliseconds));
        for mount in &mut user.virtual_folders {
            self.show_folder_usage(&mut mount.folder);
        }
    }

    /// Makes a user. Ids, times and counters in `user` are not looked at; a second factor is set up by its
    /// owner alone.
    pub async fn add_user(&self, user: User) -> Result<User> {
        let made = self.make_user(user).await?;
        self.tell(Operation::Add, &made);
        Ok(made)
    }

    /// As [`add_user`](Self::add_user), without telling anybody.
    pub(crate) async fn make_user(&self, user: User) -> Result<User> {
        let mut user = User {
            username: self.canonical_name(&user.username),
            used_quota_size: 0,
            used_quota_files: 0,
            last_quota_update: 0,
            used_upload_data_transfer: 0,
            used_download_data_transfer: 0,
            last_login: 0,
            first_download: 0,
            first_upload: 0,
            ..user
        };
        user.filters.totp_config = Default::default();
        user.filters.recovery_codes.clear();
        validate::user::check(&mut user, &self.settings)?;
        let rules = self.rules(Origin::Request);
        validate::secrets::settle_all(&mut user.filesystem, None, &user.username, &rules)?;
        user.password = self.new_password(&user.password, self.user_entropy(&user).await?).await?;
        user.created_at = now();
        user.updated_at = user.created_at;
        user.last_password_change = if user.password.expose().is_empty() { 0 } else { user.created_at };
        let username = user.username.clone();
        self.store.insert(user).await.map_err(|error| duplicate(error, Kind::User, username))
    }

    /// Changes a user, and answers what it is now. A password that is left out stays, as do the name, the id,
    /// times, counters and the second factor. What an admin with a role changes has this role: `role`.
    pub async fn update_user(
        &self,
        username: &str,
        change: Change<User>,
        expected: Expected,
        role: Option<String>,
        connected: Connected,
    ) -> Result<User> {
        let updated = self.change_user(username, change, expected, role, connected).await?;
        self.tell(Operation::Update, &updated);
        Ok(updated)
    }

    /// As [`update_user`](Self::update_user), without telling anybody.
    pub(crate) async fn change_user(
        &self,
        username: &str,
        change: Change<User>,
        expected: Expected,
        role: Option<String>,
        connected: Connected,
    ) -> Result<User> {
        let username = self.canonical_name(username);
        let before = self.store.find::<User>(&username).await?;
        let before = before.ok_or_else(|| Error::NotFound(Kind::User, username.clone()))?;
        let make = {
            let (username, settings, change) = (username.clone(), self.settings.clone(), change.clone());
            move |before: &User| {
                let mut after = change.apply(before)?;
                after.username.clone_from(&username);
                if let Some(role) = &role {
                    after.role.clone_from(role);
                }
                validate::user::check(&mut after, &settings)?;
                Ok::<_, Error>(after)
            }
        };
        // Here for what it says of passwords: hashing takes too long for a transaction.
        let bits = self.user_entropy(&make(&before)?).await?;
        let sent = Secret::new(change.sent("password", |user| user.password.expose()).to_owned());
        let password = self.sent_password(&sent, Some(before.password), bits).await?;
        let (rules, called) = (self.rules(Origin::Request), username.clone());
        let updated = self.store.update(&username, move |before: User| {
            expected.check(Kind::User, &called, &before)?;
            let mut after = make(&before)?;
            let stored = Some(&before.filesystem);
            validate::secrets::settle_all(&mut after.filesystem, stored, &after.username, &rules)?;
            after.updated_at = now().max(before.updated_at + 1);
            after.filters.totp_config = before.filters.totp_config;
            after.filters.recovery_codes = before.filters.recovery_codes;
            let kept = password.expose().is_empty() || password == before.password;
            after.last_password_change = if kept { before.last_password_change } else { after.updated_at };
            after.password = if kept { before.password } else { password.clone() };
            Ok::<_, Error>(after)
        });
        let user = updated.await?.ok_or_else(|| Error::NotFound(Kind::User, username.clone()))?;
        if connected == Connected::Disconnect {
            self.registry.close_user(&username);
        }
        self.end_shares_unless_allowed(&username).await?;
        Ok(user)
    }

    /// Deletes a user and ends its sessions. Its files stay.
    pub async fn delete_user(&self, username: &str, expected: Expected) -> Result<()> {
        let username = self.canonical_name(username);
        self.delete::<User>(Kind::User, &username, expected).await?;
        self.registry.close_user(&username);
        // One of the same name that is made later begins with nothing.
        self.ledger.forget(&Owner::User(username.into()));
        Ok(())
    }

    /// Stores a hash of the configured kind in place of another one that a login has just verified.
    pub async fn upgrade_user_hash(&self, user: &User, password: &Secret<String>) -> Result<()> {
        let new = self.passwords.hash(password).await?;
        let old = user.password.expose().clone();
        self.store.replace_user_hash(user.id, old, new.into_inner()).await?;
        Ok(())
    }

    /// Bits of entropy that a new password of `user` needs: what it is told itself, else what its primary
    /// group says, else what is configured.
    pub(crate) async fn user_entropy(&self, user: &User) -> Result<f64> {
        let asked = |strength: i32| Some(f64::from(strength)).filter(|bits| *bits > 0.0);
        if let Some(bits) = asked(user.filters.base.password_strength) {
            return Ok(bits);
        }
        let mut groups = user.groups.iter().filter(|group| group.kind == GroupMapping::PRIMARY);
        let Some(primary) = groups.next() else { return Ok(self.settings.users_min_entropy) };
        let found = self.store.groups_named(vec![primary.name.clone()]).await?;
        let bits = found.first().and_then(|group| asked(group.user_settings.filters.password_strength));
        Ok(bits.unwrap_or(self.settings.users_min_entropy))
    }

    /// As [`new_password`](Self::new_password), where `stored` is the hash so far: it stays when the password it
    /// was made of is sent again, as it is by clients that only know how to send everything. That is no change
    /// of the password, and ends no token.
    pub(crate) async fn sent_password(
        &self,
        sent: &Secret<String>,
        stored: Option<Secret<String>>,
        bits: f64,
    ) -> Result<Secret<String>> {
        let asked = !sent.expose().is_empty() && !Passwords::is_hash(sent.expose());
        if let Some(stored) = stored.filter(|_| asked)
            && self.passwords.verify(&stored, sent).await.unwrap_or(false)
        {
            return Ok(stored);
        }
        self.new_password(sent, bits).await
    }

    /// The hash to store for what a client sent as password; empty when it sent none.
    pub(crate) async fn new_password(&self, sent: &Secret<String>, bits: f64) -> Result<Secret<String>> {
        let text = sent.expose();
        if text.is_empty() {
            return Ok(Secret::default());
        }
        if Passwords::is_hash(text) {
            self.passwords.check_hash(text)?;
            return Ok(sent.clone());
        }
        self.chosen_password(sent, bits).await
    }
}
