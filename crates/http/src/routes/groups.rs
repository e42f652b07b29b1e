//! Groups.

use crate::{
    permission::ManageGroups,
    resource::{Names, Operations, Plain},
};
use control::Group;
use serde_json::{Value, json};

impl Plain for Group {
    const NAMES: Names = Names {
        path: "groups",
        parameter: "name",
        tag: "groups",
        one: "a group",
        many: "groups, by name",
        title: "Group",
        operations: Operations {
            list: "get_groups",
            add: "add_group",
            get: "get_group_by_name",
            update: "update_group",
            patch: "patch_group",
            delete: "delete_group",
        },
        has_secrets: true,
        has_id: false,
    };

    type Takes = ManageGroups;

    fn example() -> Value {
        json!({
            "name": "editors",
            "description": "May write below /drafts",
            "user_settings": {
                "home_dir": "/srv/editors/%username%",
                "quota_size": 1_073_741_824,
                "permissions": {"/": ["list", "download"], "/drafts": ["*"]},
            },
        })
    }

    fn redacted(self) -> Self {
        self.redacted()
    }
}
