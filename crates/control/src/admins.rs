//! Administrators: made, read, changed, deleted.

use crate::{
    Actor, Admin, Change, Control, Error, Expected, Holder, Kind, Page, Result, managed::duplicate, now,
    validate,
};
use events::Operation;
use types::Secret;

impl Control {
    pub async fn admin(&self, username: &str) -> Result<Admin> {
        let username = self.canonical_name(username);
        self.store.find::<Admin>(&username).await?.ok_or(Error::NotFound(Kind::Admin, username))
    }

    /// A page of admins, by name.
    pub async fn admins(&self, page: Page) -> Result<Vec<Admin>> {
        Ok(self.store.page(page).await?)
    }

    pub async fn has_admin(&self) -> Result<bool> {
        Ok(self.store.count::<Admin>().await? > 0)
    }

    /// Makes an admin. Ids and times in `admin` are not looked at.
    pub async fn add_admin(&self, admin: Admin, actor: &Actor) -> Result<Admin> {
        actor.may_manage(&admin)?;
        let admin = self.new_admin(admin).await?;
        let username = admin.username.clone();
        let made = self.store.insert(admin).await.map_err(|error| duplicate(error, Kind::Admin, username))?;
        self.tell(Operation::Add, &made);
        Ok(made)
    }

    /// Makes the admin that may do everything, unless there is one already; says whether it did.
    pub async fn create_first_admin(&self, username: &str, password: Secret<String>) -> Result<bool> {
        let admin = Admin {
            username: username.to_owned(),
            password,
            status: 1,
            permissions: vec!["*".to_owned()],
            ..Admin::default()
        };
        let admin = self.new_admin(admin).await?;
        Ok(self.store.insert_first_admin(admin).await?.is_some())
    }

    /// Changes an admin, and answers what it is now. A password that is left out stays, as do the name, the id,
    /// times and the second factor.
    pub async fn update_admin(
        &self,
        username: &str,
        change: Change<Admin>,
        expected: Expected,
        actor: Actor,
    ) -> Result<Admin> {
        let username = self.canonical_name(username);
        let before = self.admin(&username).await?;
        let itself = actor.is(&username);
        let make = {
            let (username, settings, change) = (username.clone(), self.settings.clone(), change.clone());
            move |before: &Admin| {
                actor.may_manage(before)?;
                let mut after = change.apply(before)?;
                after.username.clone_from(&username);
                validate::admin::check(&mut after, &settings)?;
                actor.may_manage(&after)?;
                Ok::<_, Error>(after)
            }
        };
        // A fault is told before the time for a hash is spent.
        make(&before)?;
        let sent = Secret::new(change.sent("password", |admin| admin.password.expose()).to_owned());
        let bits = self.settings.admins_min_entropy;
        let password = self.sent_password(&sent, Some(before.password), bits).await?;
        let called = username.clone();
        let updated = self.store.update(&username, move |before: Admin| {
            expected.check(Kind::Admin, &called, &before)?;
            let mut after = make(&before)?;
            if itself {
                refuse_lockout(&before, &after)?;
            }
            after.updated_at = now().max(before.updated_at + 1);
            after.filters.totp_config = before.filters.totp_config;
            after.filters.recovery_codes = before.filters.recovery_codes;
            let kept = password.expose().is_empty() || password == before.password;
            (after.password, after.last_password_change) = match kept {
                true => (before.password, before.last_password_change),
                false => (password.clone(), after.updated_at),
            };
            Ok::<_, Error>(after)
        });
        let updated = updated.await?.ok_or(Error::NotFound(Kind::Admin, username))?;
        self.tell(Operation::Update, &updated);
        Ok(updated)
    }

    pub async fn delete_admin(&self, username: &str, expected: Expected, actor: Actor) -> Result<()> {
        let username = self.canonical_name(username);
        if actor.is(&username) {
            return Err(Error::invalid("you cannot delete yourself"));
        }
        self.delete_if(Kind::Admin, &username, expected, move |admin| actor.may_manage(admin)).await?;
        Ok(())
    }

    /// Switches off the second factor of an admin who lost it.
    pub async fn disable_totp_of_admin(&self, username: &str, actor: &Actor) -> Result<()> {
        let admin = self.admin(username).await?;
        actor.may_manage(&admin)?;
        self.disable_totp(Holder::Admin(&admin.username)).await
    }

    /// Gives an admin another password without asking for the one before, and switches its second factor off:
    /// for whoever holds the machine.
    pub async fn reset_admin_password(&self, username: &str, new: &Secret<String>) -> Result<()> {
        let username = self.canonical_name(username);
        let hash = self.chosen_password(new, self.settings.admins_min_entropy).await?;
        let updated = self.store.update(&username, move |before: Admin| {
            let mut after = before;
            after.updated_at = now().max(after.updated_at + 1);
            after.last_password_change = after.updated_at;
            after.password = hash.clone();
            after.filters.totp_config = Default::default();
            after.filters.recovery_codes.clear();
            Ok::<_, Error>(after)
        });
        updated.await?.ok_or(Error::NotFound(Kind::Admin, username))?;
        Ok(())
    }

    async fn new_admin(&self, admin: Admin) -> Result<Admin> {
        let mut admin = Admin { username: self.canonical_name(&admin.username), last_login: 0, ..admin };
        admin.filters.totp_config = Default::default();
        admin.filters.recovery_codes.clear();
        validate::admin::check(&mut admin, &self.settings)?;
        if admin.password.expose().trim().is_empty() {
            return Err(Error::invalid("please set a password"));
        }
        admin.password = self.new_password(&admin.password, self.settings.admins_min_entropy).await?;
        admin.created_at = now();
        admin.updated_at = admin.created_at;
        Ok(admin)
    }
}

fn refuse_lockout(before: &Admin, after: &Admin) -> Result<()> {
    if !after.is_active() {
        return Err(Error::invalid("you cannot disable yourself"));
    }
    if before.permissions != after.permissions {
        return Err(Error::invalid("you cannot change your permissions"));
    }
    if before.role != after.role {
        return Err(Error::invalid("you cannot change your role"));
    }
    Ok(())
}
