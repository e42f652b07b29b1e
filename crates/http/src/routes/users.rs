//! Users.

use crate::{
    caller::Caller,
    error::{ApiError, Result},
    permission::{AddUsers, DeleteUsers, EditUsers, ViewUsers},
    resource::{Added, Names, Operations, Resource},
};
use control::{Change, Connected, Expected, Page, User, Version, Versioned};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Disconnect {
    /// 1: the user's open sessions end.
    #[param(value_type = i32, minimum = 0, maximum = 1)]
    disconnect: Option<String>,
}

impl Resource for User {
    const NAMES: Names = Names {
        path: "users",
        parameter: "username",
        tag: "users",
        one: "a user",
        many: "users, by name",
        title: "User",
        operations: Operations {
            list: "get_users",
            add: "add_user",
            get: "get_user_by_username",
            update: "update_user",
            patch: "patch_user",
            delete: "delete_user",
        },
        has_secrets: true,
        has_id: false,
    };

    type View = Caller<ViewUsers>;
    type Add = Caller<AddUsers>;
    type Edit = Caller<EditUsers>;
    type Delete = Caller<DeleteUsers>;
    type Options = Disconnect;
    type Made = Self;

    fn example() -> Value {
        json!({
            "username": "ada",
            "password": "a long enough passphrase",
            "status": 1,
            "home_dir": "/srv/homes/ada",
            "quota_size": 1_073_741_824,
            "permissions": {"/": ["*"], "/archive": ["list", "download"]},
        })
    }

    async fn page(caller: &Self::View, page: Page) -> Result<Vec<Self>> {
        Ok(caller.control().users_for(caller.admin(), page).await?)
    }

    async fn find(caller: &Self::View, name: &str) -> Result<Self> {
        Ok(caller.control().user_for(caller.admin(), name).await?)
    }

    async fn is_there(caller: &Self::Edit, name: &str) -> Result<()> {
        caller.control().user_for(caller.admin(), name).await?;
        Ok(())
    }

    async fn add(caller: &Self::Add, mut sent: Self, whole: bool) -> Result<Added<Self>> {
        if let Some(role) = role(caller) {
            sent.role = role;
        }
        let made = caller.control().add_user(sent).await?;
        let name = made.username.clone();
        Ok(Added::shown(made, &name, whole))
    }

    async fn change(
        caller: &Self::Edit,
        name: &str,
        change: Change<Self>,
        expected: Expected,
        options: Disconnect,
    ) -> Result<Version> {
        let connected = options.connected()?;
        let changed = caller.control().update_user(name, change, expected, role(caller), connected).await?;
        Ok(changed.version())
    }

    async fn remove(caller: &Self::Delete, name: &str, expected: Expected) -> Result<()> {
        caller.control().user_for(caller.admin(), name).await?;
        Ok(caller.control().delete_user(name, expected).await?)
    }

    fn redacted(self) -> Self {
        self.redacted()
    }
}

/// The role that whatever an admin with a role makes or changes has.
fn role<P>(caller: &Caller<P>) -> Option<String> {
    Some(caller.admin().role.clone()).filter(|role| !role.is_empty())
}

impl Disconnect {
    fn connected(&self) -> Result<Connected> {
        match self.disconnect.as_deref() {
            None | Some("" | "0") => Ok(Connected::Keep),
            Some("1") => Ok(Connected::Disconnect),
            Some(other) => Err(ApiError::bad_request(format!("disconnect: {other:?} is neither 0 nor 1"))),
        }
    }
}
