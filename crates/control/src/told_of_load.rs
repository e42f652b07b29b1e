//! Loads of backups are changes of objects: whoever is told of those is told of each.

use crate::{
    Admin, ApiKey, Control, EventAction, EventRule, Folder, Group, Result, Role, Share, User, told::Told,
};
use events::{Author, ObjectChange, ObjectKind, Operation};
use serde_json::Value;
use store::{KmsSecret, Loaded, Object, Put};

/// The name that the settings are known by; there is one object of their kind.
const CONFIGS: &str = "configs";

impl Control {
    /// Tells of everything that a load added or replaced, as it is stored now.
    pub(crate) async fn tell_of_load(&self, done: Loaded) -> Result<()> {
        if done.configs != Put::Kept {
            self.tell_of_configs().await?;
        }
        self.tell_of_loaded::<Role>(&done.roles).await;
        self.tell_of_loaded::<Folder>(&done.folders).await;
        self.tell_of_loaded::<Group>(&done.groups).await;
        self.tell_of_loaded::<User>(&done.users).await;
        self.tell_of_loaded::<Admin>(&done.admins).await;
        self.tell_of_loaded::<ApiKey>(&done.api_keys).await;
        self.tell_of_loaded::<Share>(&done.shares).await;
        self.tell_of_loaded::<EventAction>(&done.event_actions).await;
        self.tell_of_loaded::<EventRule>(&done.event_rules).await;
        for (entry, put) in &done.ip_lists {
            if let Some(operation) = operation(*put) {
                self.tell(operation, entry);
            }
        }
        Ok(())
    }

    /// Nothing is looked up that nobody wants to know.
    async fn tell_of_loaded<T: Told + Object>(&self, objects: &[(String, Put)]) {
        for (name, put) in objects {
            let Some(operation) = operation(*put).filter(|done| self.objects.wants(*done, T::OBJECT)) else {
                continue;
            };
            match self.store.find::<T>(name).await {
                Ok(Some(object)) => self.tell(operation, &object),
                Ok(None) => {}
                Err(error) => tracing::error!(target: "control", name, %error, "hooks were not told of it"),
            }
        }
    }

    async fn tell_of_configs(&self) -> Result<()> {
        if !self.objects.wants(Operation::Update, ObjectKind::Configs) {
            return Ok(());
        }
        let mut configs = Value::Object(self.store.configs().await?);
        redact(&mut configs);
        configs["updated_at"] = self.store.configs_saved_at().await?.into();
        self.objects.publish(Operation::Update, ObjectKind::Configs, || ObjectChange {
            operation: Operation::Update,
            kind: ObjectKind::Configs,
            name: CONFIGS.to_owned(),
            by: Author::clone(&self.author),
            object: configs.to_string(),
        });
        Ok(())
    }
}

const fn operation(put: Put) -> Option<Operation> {
    match put {
        Put::Added => Some(Operation::Add),
        Put::Replaced => Some(Operation::Update),
        Put::Kept => None,
    }
}

/// Takes the means to decrypt them from all secrets inside `value`.
fn redact(value: &mut Value) {
    match value {
        Value::Object(fields) if fields.contains_key("status") && fields.contains_key("payload") => {
            let mut secret: KmsSecret = serde_json::from_value(value.take()).unwrap_or_default();
            secret.redact();
            *value = serde_json::to_value(secret).unwrap_or_default();
        }
        Value::Object(fields) => fields.values_mut().for_each(redact),
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hashing, LoadMode, LoadScan, Passwords, Settings, told::heard::Heard};
    use events::ObjectBus;
    use serde_json::json;
    use session::Registry;
    use std::sync::Arc;
    use store::{Driver, Options, Store};
    use tokio::runtime::Handle;

    #[tokio::test]
    async fn a_load_is_told_object_by_object() {
        let main = Handle::current();
        let store = Store::open(&Options::new(Driver::Memory), main.clone()).await.unwrap();
        let passwords = Passwords::new(Hashing::Bcrypt { cost: 4 }, main);
        let heard = Arc::new(Heard::default());
        let control = Control::new(store, passwords, Registry::default(), Settings::default())
            .telling(ObjectBus::new(vec![heard.clone()]))
            .by(Author { name: "root".into(), role: "".into(), ip: None });
        let backup = json!({
            "version": 17,
            "roles": [{"name": "r"}],
            "users": [{
                "username": "ann", "password": "s3cret", "home_dir": "/srv/ann", "status": 1, "role": "r",
                "permissions": {"/": ["*"]},
            }],
            "folders": [{"name": "f", "mapped_path": "/srv/f"}],
            "ip_lists": [{"ipornet": "192.0.2.0/24", "type": 2, "mode": 1}],
            "configs": {"smtp": {"host": "h", "password": {"status": "Plain", "payload": "s3cret"}}},
        });
        let load = async |mode| {
            let mut incoming = control.receive_backup().await.unwrap();
            assert!(incoming.push(backup.to_string()).await.unwrap());
            control.load(incoming.finish(), mode, LoadScan::Nobody).await.unwrap();
            heard.so_far()
        };
        let of = |operation: &str| {
            let objects = ["role r", "folder f", "user ann", "ip_list_entry Defender-192.0.2.0/24"];
            let objects = objects.map(|object| format!("{operation} {object} by root"));
            [&["update configs configs by root".to_owned()][..], &objects].concat()
        };
        assert_eq!(load(LoadMode::Update).await, of("add"));
        assert_eq!(load(LoadMode::Keep).await, [""; 0]);
        assert_eq!(load(LoadMode::Update).await, of("update"));
        control.remove::<Role>("r", crate::Expected::Any).await.unwrap();
        assert_eq!(heard.so_far(), ["delete role r by root", "update user ann by root"]);
    }
}
