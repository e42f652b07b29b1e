//! Administrators.

use crate::{
    caller::Caller,
    error::Result,
    permission::ManageAdmins,
    resource::{Added, Names, NoOptions, Operations, Resource},
};
use control::{Admin, Change, Expected, Page, Version, Versioned};
use serde_json::{Value, json};

impl Resource for Admin {
    const NAMES: Names = Names {
        path: "admins",
        parameter: "username",
        tag: "admins",
        one: "an admin",
        many: "admins, by name",
        title: "Admin",
        operations: Operations {
            list: "get_admins",
            add: "add_admin",
            get: "get_admin_by_username",
            update: "update_admin",
            patch: "patch_admin",
            delete: "delete_admin",
        },
        has_secrets: false,
        has_id: false,
    };

    type View = Caller<ManageAdmins>;
    type Add = Caller<ManageAdmins>;
    type Edit = Caller<ManageAdmins>;
    type Delete = Caller<ManageAdmins>;
    type Options = NoOptions;
    type Made = Self;

    fn example() -> Value {
        json!({
            "username": "grace",
            "password": "a long enough passphrase",
            "status": 1,
            "permissions": ["add_users", "edit_users", "view_users"],
        })
    }

    async fn page(caller: &Self::View, page: Page) -> Result<Vec<Self>> {
        Ok(caller.control().admins(page).await?)
    }

    async fn find(caller: &Self::View, name: &str) -> Result<Self> {
        Ok(caller.control().admin(name).await?)
    }

    async fn is_there(caller: &Self::Edit, name: &str) -> Result<()> {
        Self::find(caller, name).await?;
        Ok(())
    }

    async fn add(caller: &Self::Add, sent: Self, whole: bool) -> Result<Added<Self>> {
        let made = caller.control().add_admin(sent, &caller.actor()).await?;
        let name = made.username.clone();
        Ok(Added::shown(made, &name, whole))
    }

    async fn change(
        caller: &Self::Edit,
        name: &str,
        change: Change<Self>,
        expected: Expected,
        _: NoOptions,
    ) -> Result<Version> {
        let changed = caller.control().update_admin(name, change, expected, caller.actor()).await?;
        Ok(changed.version())
    }

    async fn remove(caller: &Self::Delete, name: &str, expected: Expected) -> Result<()> {
        Ok(caller.control().delete_admin(name, expected, caller.actor()).await?)
    }

    fn redacted(self) -> Self {
        self.redacted()
    }
}
