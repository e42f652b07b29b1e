//! Who is told of changes: [`Control::by`] says who makes them.

use crate::{
    Admin, ApiKey, Control, EventAction, EventRule, Folder, Group, IpListEntry, Result, Role, Share, User,
};
use events::{Author, ObjectBus, ObjectChange, ObjectKind, Operation};
use serde::Serialize;
use std::sync::Arc;

/// An object of whose changes others are told.
pub trait Told: Serialize + Clone {
    const OBJECT: ObjectKind;

    /// What it is known by.
    fn known_as(&self) -> String;

    /// Without secrets, as REST shows it.
    fn shown(self) -> Self;
}

impl Control {
    /// Tells `objects` of every change.
    #[must_use]
    pub fn telling(self, objects: ObjectBus) -> Self {
        Self { objects, ..self }
    }

    /// The same for one request: whoever is told of its changes learns that `author` made them.
    #[must_use]
    pub fn by(&self, author: Author) -> Self {
        Self { author: Arc::new(author), ..self.clone() }
    }

    /// Tells of a change that is stored.
    pub(crate) fn tell<T: Told>(&self, operation: Operation, object: &T) {
        self.publish(operation, object, || Author::clone(&self.author));
    }

    /// As [`tell`](Self::tell), of an account that changed itself.
    pub(crate) fn tell_of_itself<T: Told>(&self, object: &T) {
        let author = || Author { name: Author::ITSELF.into(), ..Author::clone(&self.author) };
        self.publish(Operation::Update, object, author);
    }

    /// Tells of users who are others because of what happened to another object.
    pub(crate) async fn tell_of_users(&self, usernames: &[String]) -> Result<()> {
        if !self.objects.wants(Operation::Update, ObjectKind::User) {
            return Ok(());
        }
        for username in usernames {
            if let Some(user) = self.store.find::<User>(username).await? {
                self.tell(Operation::Update, &user);
            }
        }
        Ok(())
    }

    fn publish<T: Told>(&self, operation: Operation, object: &T, author: impl FnOnce() -> Author) {
        self.objects.publish(operation, T::OBJECT, || ObjectChange {
            operation,
            kind: T::OBJECT,
            name: object.known_as(),
            by: author(),
            // Texts, numbers and lists of them: there is nothing that could fail.
            object: serde_json::to_string(&object.clone().shown()).unwrap_or_default(),
        });
    }
}

impl Told for User {
    const OBJECT: ObjectKind = ObjectKind::User;

    fn known_as(&self) -> String {
        self.username.clone()
    }

    fn shown(self) -> Self {
        self.redacted()
    }
}

impl Told for Admin {
    const OBJECT: ObjectKind = ObjectKind::Admin;

    fn known_as(&self) -> String {
        self.username.clone()
    }

    fn shown(self) -> Self {
        self.redacted()
    }
}

impl Told for Folder {
    const OBJECT: ObjectKind = ObjectKind::Folder;

    fn known_as(&self) -> String {
        self.name.clone()
    }

    fn shown(self) -> Self {
        self.redacted()
    }
}

impl Told for Group {
    const OBJECT: ObjectKind = ObjectKind::Group;

    fn known_as(&self) -> String {
        self.name.clone()
    }

    fn shown(self) -> Self {
        self.redacted()
    }
}

impl Told for Role {
    const OBJECT: ObjectKind = ObjectKind::Role;

    fn known_as(&self) -> String {
        self.name.clone()
    }

    fn shown(self) -> Self {
        self
    }
}

impl Told for ApiKey {
    const OBJECT: ObjectKind = ObjectKind::ApiKey;

    fn known_as(&self) -> String {
        self.id.clone()
    }

    fn shown(self) -> Self {
        self.redacted()
    }
}

impl Told for Share {
    const OBJECT: ObjectKind = ObjectKind::Share;

    fn known_as(&self) -> String {
        self.id.clone()
    }

    fn shown(self) -> Self {
        self.redacted()
    }
}

impl Told for EventAction {
    const OBJECT: ObjectKind = ObjectKind::EventAction;

    fn known_as(&self) -> String {
        self.name.clone()
    }

    fn shown(self) -> Self {
        self.redacted()
    }
}

impl Told for EventRule {
    const OBJECT: ObjectKind = ObjectKind::EventRule;

    fn known_as(&self) -> String {
        self.name.clone()
    }

    fn shown(self) -> Self {
        self.redacted()
    }
}

impl Told for IpListEntry {
    const OBJECT: ObjectKind = ObjectKind::IpListEntry;

    /// `Defender-192.0.2.0/24`: the same network may be in each list.
    fn known_as(&self) -> String {
        let list = match self.kind {
            1 => "AllowList",
            2 => "Defender",
            _ => "RateLimiterSafeList",
        };
        format!("{list}-{}", self.ipornet)
    }

    fn shown(self) -> Self {
        self
    }
}

#[cfg(test)]
pub mod heard {
    //! Somebody who hears everything.

    use super::*;
    use events::ObjectObserver;
    use std::{mem, sync::Mutex};

    #[derive(Default)]
    pub struct Heard(Mutex<Vec<ObjectChange>>);

    impl ObjectObserver for Heard {
        fn wants(&self, _: Operation, _: ObjectKind) -> bool {
            true
        }
        fn changed(&self, change: &ObjectChange) {
            self.0.lock().unwrap().push(change.clone());
        }
    }

    impl Heard {
        /// What was heard since the last time, as `update user ann by root`. No secret is in it.
        pub fn so_far(&self) -> Vec<String> {
            let text = |ObjectChange { operation, kind, name, by, object }: ObjectChange| {
                assert!(!object.contains("s3cret") && !object.contains("$2a$"), "{object}");
                format!("{} {} {name} by {}", operation.as_str(), kind.as_str(), by.name)
            };
            mem::take(&mut *self.0.lock().unwrap()).into_iter().map(text).collect()
        }
    }
}
