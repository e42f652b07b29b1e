//! Event actions.

use crate::{
    permission::ManageEventRules,
    resource::{Names, Operations, Plain},
};
use control::EventAction;
use serde_json::{Value, json};

impl Plain for EventAction {
    const NAMES: Names = Names {
        path: "eventactions",
        parameter: "name",
        tag: "event manager",
        one: "an event action",
        many: "event actions, by name",
        title: "Event action",
        operations: Operations {
            list: "get_event_actons",
            add: "add_event_action",
            get: "get_event_action_by_name",
            update: "update_event_action",
            patch: "patch_event_action",
            delete: "delete_event_action",
        },
        has_secrets: true,
        has_id: false,
    };

    type Takes = ManageEventRules;

    fn example() -> Value {
        json!({
            "name": "tell-the-archive",
            "type": 1,
            "options": {"http_config": {
                "endpoint": "https://archive.example.com/incoming",
                "method": "POST",
                "timeout": 20,
                "body": "{{.VirtualPath}}",
            }},
        })
    }

    fn redacted(self) -> Self {
        self.redacted()
    }
}
