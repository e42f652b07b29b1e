//! [`ObjectChange`]: an object of the data provider that was added, changed or deleted.

use std::{fmt, net::IpAddr, sync::Arc};

/// What was done, under the names of `data_provider.actions.execute_on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    Add,
    Update,
    Delete,
}

/// To what, under the names of `data_provider.actions.execute_for`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    User,
    Folder,
    Group,
    Admin,
    ApiKey,
    Share,
    EventAction,
    EventRule,
    Role,
    IpListEntry,
    Configs,
}

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// An admin; [`ITSELF`](Self::ITSELF) for an account that changed itself, [`SYSTEM`](Self::SYSTEM) for
    /// nobody in particular.
    pub name: Arc<str>,
    /// The admin's role; empty without one.
    pub role: Arc<str>,
    pub ip: Option<IpAddr>,
}

/// A change that is stored.
#[derive(Clone, Debug)]
pub struct ObjectChange {
    pub operation: Operation,
    pub kind: ObjectKind,
    /// What it is known by: the name of a user, the id of a share.
    pub name: String,
    pub by: Author,
    /// As JSON, without secrets; of a deleted object, what it was.
    pub object: String,
}

/// Somebody who wants to know of changes. Nobody waits for it.
pub trait ObjectObserver: Send + Sync + 'static {
    fn wants(&self, operation: Operation, kind: ObjectKind) -> bool;
    fn changed(&self, change: &ObjectChange);
}

/// Hands each change to those that want it. Cheap to clone.
#[derive(Clone, Default)]
pub struct ObjectBus(Arc<[Arc<dyn ObjectObserver>]>);

impl Author {
    pub const ITSELF: &str = "__self__";
    pub const SYSTEM: &str = "__system__";

    /// Of what the server does on its own.
    pub fn system() -> Self {
        Self { name: Self::SYSTEM.into(), role: "".into(), ip: None }
    }
}

impl ObjectBus {
    pub fn new(observers: Vec<Arc<dyn ObjectObserver>>) -> Self {
        Self(observers.into())
    }

    /// Whether somebody wants to know of such a change.
    pub fn wants(&self, operation: Operation, kind: ObjectKind) -> bool {
        self.0.iter().any(|observer| observer.wants(operation, kind))
    }

    /// Tells of a change. `change` is made only where somebody wants to know.
    pub fn publish(&self, operation: Operation, kind: ObjectKind, change: impl FnOnce() -> ObjectChange) {
        let mut wanting = self.0.iter().filter(|observer| observer.wants(operation, kind)).peekable();
        if wanting.peek().is_some() {
            let change = change();
            wanting.for_each(|observer| observer.changed(&change));
        }
    }
}

impl Operation {
    const ALL: [Self; 3] = [Self::Add, Self::Update, Self::Delete];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == name)
    }
}

impl ObjectKind {
    const ALL: [Self; 11] = [
        Self::User,
        Self::Folder,
        Self::Group,
        Self::Admin,
        Self::ApiKey,
        Self::Share,
        Self::EventAction,
        Self::EventRule,
        Self::Role,
        Self::IpListEntry,
        Self::Configs,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Folder => "folder",
            Self::Group => "group",
            Self::Admin => "admin",
            Self::ApiKey => "api_key",
            Self::Share => "share",
            Self::EventAction => "event_action",
            Self::EventRule => "event_rule",
            Self::Role => "role",
            Self::IpListEntry => "ip_list_entry",
            Self::Configs => "configs",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl fmt::Debug for ObjectBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectBus").field("observers", &self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    struct Users(Mutex<Vec<String>>);

    impl ObjectObserver for Users {
        fn wants(&self, operation: Operation, kind: ObjectKind) -> bool {
            (operation, kind) == (Operation::Delete, ObjectKind::User)
        }
        fn changed(&self, change: &ObjectChange) {
            self.0.lock().unwrap().push(change.name.clone());
        }
    }

    #[test]
    fn only_wanted_changes_are_made() {
        let users = Arc::new(Users(Mutex::default()));
        let bus = ObjectBus::new(vec![users.clone()]);
        let change = |operation, kind| ObjectChange {
            operation,
            kind,
            name: "ann".into(),
            by: Author::system(),
            object: "{}".into(),
        };
        bus.publish(Operation::Add, ObjectKind::User, || panic!("nobody wants it"));
        bus.publish(Operation::Delete, ObjectKind::Group, || panic!("nobody wants it"));
        bus.publish(Operation::Delete, ObjectKind::User, || change(Operation::Delete, ObjectKind::User));
        assert_eq!(*users.0.lock().unwrap(), ["ann"]);
    }

    #[test]
    fn names_lead_back() {
        for kind in ObjectKind::ALL {
            assert_eq!(ObjectKind::from_name(kind.as_str()), Some(kind));
        }
        assert_eq!((ObjectKind::from_name("x"), Operation::from_name("add")), (None, Some(Operation::Add)));
    }
}
