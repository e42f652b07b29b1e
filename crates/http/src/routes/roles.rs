//! Roles.

use crate::{
    permission::ManageRoles,
    resource::{Names, Operations, Plain},
};
use control::Role;
use serde_json::{Value, json};

impl Plain for Role {
    const NAMES: Names = Names {
        path: "roles",
        parameter: "name",
        tag: "roles",
        one: "a role",
        many: "roles, by name",
        title: "Role",
        operations: Operations {
            list: "get_roles",
            add: "add_role",
            get: "get_role_by_name",
            update: "update_role",
            patch: "patch_role",
            delete: "delete_role",
        },
        has_secrets: false,
        has_id: false,
    };

    type Takes = ManageRoles;

    fn example() -> Value {
        json!({"name": "branch-office", "description": "Its admins look after its users alone"})
    }
}
