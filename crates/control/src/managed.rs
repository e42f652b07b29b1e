//! What is the same for every kind of object that admins make: added, read, replaced, deleted.

use crate::{
    Admin, Change, Control, Error, Expected, Kind, Kms, Page, Result, Settings, Versioned, now, told::Told,
};
use events::Operation;
use std::sync::Arc;
use store::Object;

/// A kind of object that is complete in itself. (Users and admins are not: their passwords take time to hash.)
pub trait Managed: Object + Told + Versioned {
    const KIND: Kind;

    fn set_name(&mut self, name: String);

    /// The users that are others once it is deleted.
    fn users_changed_with_it(&self) -> &[String] {
        &[]
    }

    /// What was sent, completed and checked. `before` is what it replaces; the name is canonical already.
    fn settle(self, before: Option<&Self>, rules: &Rules) -> Result<Self>;
}

/// What decides how an object is settled. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Rules {
    pub settings: Arc<Settings>,
    pub kms: Kms,
    pub origin: Origin,
}

/// Where an object comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Somebody sent it. Times and counters are the server's own.
    Request,
    /// A backup: it brings back times, and hashes in place of passwords.
    Backup,
}

/// `created_at` and `updated_at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    pub created: i64,
    pub updated: i64,
}

impl Rules {
    /// The times of an object that was sent with `sent` and replaces one with `before`.
    pub fn times(&self, sent: Times, before: Option<Times>) -> Times {
        let now = now();
        match (before, self.origin) {
            // The time of a change moves on even where two of them fall into one millisecond.
            (Some(before), _) => Times { created: before.created, updated: now.max(before.updated + 1) },
            (None, Origin::Backup) if sent.created > 0 => Times { updated: now, ..sent },
            (None, _) => Times { created: now, updated: now },
        }
    }
}

impl Control {
    pub async fn object<T: Managed>(&self, name: &str) -> Result<T> {
        let name = self.canonical_name(name);
        self.store.find(&name).await?.ok_or(Error::NotFound(T::KIND, name))
    }

    /// As [`object`](Self::object), as `admin` may see it: one with a role learns of the accounts that use the
    /// object those of this role alone.
    pub async fn object_for<T: Managed>(&self, admin: &Admin, name: &str) -> Result<T> {
        if admin.role.is_empty() {
            return self.object(name).await;
        }
        let name = self.canonical_name(name);
        self.store.find_for(&name, &admin.role).await?.ok_or(Error::NotFound(T::KIND, name))
    }

    /// A page of objects, by name, as `admin` may see them.
    pub async fn objects_for<T: Managed>(&self, admin: &Admin, page: Page) -> Result<Vec<T>> {
        let scope = Some(admin.role.clone()).filter(|role| !role.is_empty());
        Ok(self.store.page(Page { scope, ..page }).await?)
    }

    pub async fn add<T: Managed>(&self, mut object: T) -> Result<T> {
        object.set_name(self.canonical_name(object.key()));
        let object = object.settle(None, &self.rules(Origin::Request))?;
        let name = object.key().to_owned();
        let made = self.store.insert(object).await.map_err(|error| duplicate(error, T::KIND, name))?;
        self.tell(Operation::Add, &made);
        Ok(made)
    }

    /// Changes an object, and answers what it is now; the name stays.
    pub async fn change<T: Managed>(&self, name: &str, change: Change<T>, expected: Expected) -> Result<T> {
        let name = self.canonical_name(name);
        let (rules, called) = (self.rules(Origin::Request), name.clone());
        let updated = self.store.update(&name, move |before: T| {
            expected.check(T::KIND, &called, &before)?;
            let mut after = change.apply(&before)?;
            after.set_name(called.clone());
            after.settle(Some(&before), &rules)
        });
        let updated = updated.await?.ok_or(Error::NotFound(T::KIND, name))?;
        self.tell(Operation::Update, &updated);
        Ok(updated)
    }

    /// Deletes an object and answers what it was.
    pub async fn remove<T: Managed>(&self, name: &str, expected: Expected) -> Result<T> {
        let name = self.canonical_name(name);
        let removed: T = self.delete(T::KIND, &name, expected).await?;
        if let Err(error) = self.tell_of_users(removed.users_changed_with_it()).await {
            // It is deleted all the same.
            tracing::error!(target: "control", %error, "hooks were not told of all that changed");
        }
        Ok(removed)
    }

    /// Deletes the object of this very name, and tells of it.
    pub(crate) async fn delete<T: Object + Told + Versioned>(
        &self,
        kind: Kind,
        name: &str,
        expected: Expected,
    ) -> Result<T> {
        self.delete_if(kind, name, expected, |_: &T| Ok(())).await
    }

    /// As [`delete`](Self::delete), unless `allow` has something against it.
    pub(crate) async fn delete_if<T: Object + Told + Versioned>(
        &self,
        kind: Kind,
        name: &str,
        expected: Expected,
        allow: impl Fn(&T) -> Result<()> + Send + Sync + 'static,
    ) -> Result<T> {
        let called = name.to_owned();
        let check = move |object: &T| {
            allow(object)?;
            expected.check(kind, &called, object)
        };
        let deleted = self.store.delete_if(name, check).await;
        match deleted {
            Ok(deleted) => {
                let deleted = deleted.ok_or_else(|| Error::NotFound(kind, name.to_owned()))?;
                self.tell(Operation::Delete, &deleted);
                Ok(deleted)
            }
            Err(Error::Store(store::Error::InUse)) => {
                Err(Error::Invalid(format!("{kind} {name:?} is in use")))
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) fn rules(&self, origin: Origin) -> Rules {
        Rules { settings: self.settings.clone(), kms: self.kms.clone(), origin }
    }
}

pub fn duplicate(error: store::Error, kind: Kind, name: String) -> Error {
    match error {
        store::Error::Duplicate => Error::Duplicate(kind, name),
        error => error.into(),
    }
}
