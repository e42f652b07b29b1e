//! [`ObjectHook`]: `data_provider.actions`, the hook of what happens to objects.

use crate::{Call, Hook, Hooks, InvalidHook, Method, Purpose, payload};
use events::{ObjectChange, ObjectKind, ObjectObserver, Operation};

/// Tells the hook of objects that were added, changed or deleted.
#[derive(Debug)]
pub struct ObjectHook {
    hook: Hook,
    on: Vec<Operation>,
    kinds: Vec<ObjectKind>,
}

impl ObjectHook {
    /// `None` where there is no hook or nothing to call it for.
    pub fn new(hooks: &Hooks, settings: &config::ProviderActions) -> Result<Option<Self>, InvalidHook> {
        let on: Vec<_> = settings.execute_on.iter().filter_map(|name| Operation::from_name(name)).collect();
        let kinds: Vec<_> =
            settings.execute_for.iter().filter_map(|name| ObjectKind::from_name(name)).collect();
        let Some(hook) = hooks.hook(Purpose::ProviderActions, &settings.hook)? else { return Ok(None) };
        Ok((!on.is_empty() && !kinds.is_empty()).then_some(Self { hook, on, kinds }))
    }
}

impl ObjectObserver for ObjectHook {
    fn wants(&self, operation: Operation, kind: ObjectKind) -> bool {
        self.on.contains(&operation) && self.kinds.contains(&kind)
    }

    fn changed(&self, change: &ObjectChange) {
        let now = payload::now();
        let ObjectChange { operation, kind, name, by, object } = change;
        let ip = by.ip.map(|ip| ip.to_canonical().to_string()).unwrap_or_default();
        let mut query = vec![
            ("action", operation.as_str().to_owned()),
            ("username", by.name.to_string()),
            ("ip", ip.clone()),
            ("object_type", kind.as_str().to_owned()),
            ("object_name", name.clone()),
            ("timestamp", now.to_string()),
        ];
        if !by.role.is_empty() {
            query.push(("role", by.role.to_string()));
        }
        let variables = vec![
            ("SFTPGO_PROVIDER_ACTION", operation.as_str().into()),
            ("SFTPGO_PROVIDER_OBJECT_TYPE", kind.as_str().into()),
            ("SFTPGO_PROVIDER_OBJECT_NAME", name.into()),
            ("SFTPGO_PROVIDER_USERNAME", (&*by.name).into()),
            ("SFTPGO_PROVIDER_IP", ip.into()),
            ("SFTPGO_PROVIDER_ROLE", (&*by.role).into()),
            // Milliseconds, unlike everywhere else: scripts written for SFTPGo count on it.
            ("SFTPGO_PROVIDER_TIMESTAMP", (now / 1_000_000).to_string().into()),
            ("SFTPGO_PROVIDER_OBJECT", object.into()),
        ];
        let body = Some(object.clone().into_bytes());
        self.hook.tell(Call { variables, method: Method::Post, query, body, max_answer: 0 });
    }
}
