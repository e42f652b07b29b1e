//! API keys.

use crate::{
    caller::Caller,
    error::Result,
    permission::ManageKeys,
    resource::{Added, Names, NoOptions, Operations, Resource},
};
use control::{ApiKey, Change, Expected, Page, Version, Versioned};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// The only answer that holds a whole key.
#[derive(Serialize, ToSchema)]
#[schema(as = NewAPIKey, example = json!({
    "message": "API key created. This is the only time the API key is visible, please save it.",
    "key": "4vXhL3fTrWq8ZyKcB6mN2d.uXyPMzTqkQ2RkYdJZ8cN5w",
}))]
pub struct NewKey {
    message: &'static str,
    key: String,
}

impl Resource for ApiKey {
    const NAMES: Names = Names {
        path: "apikeys",
        parameter: "id",
        tag: "API keys",
        one: "an API key",
        many: "API keys, by id",
        title: "API key",
        operations: Operations {
            list: "get_api_keys",
            add: "add_api_key",
            get: "get_api_key_by_id",
            update: "update_api_key",
            patch: "patch_api_key",
            delete: "delete_api_key",
        },
        has_secrets: false,
        has_id: true,
    };

    type View = Caller<ManageKeys>;
    type Add = Caller<ManageKeys>;
    type Edit = Caller<ManageKeys>;
    type Delete = Caller<ManageKeys>;
    type Options = NoOptions;
    type Made = NewKey;

    fn example() -> Value {
        json!({"name": "nightly backup", "scope": 1, "description": "For whoever the key is followed by"})
    }

    async fn page(caller: &Self::View, page: Page) -> Result<Vec<Self>> {
        Ok(caller.control().objects_for(caller.admin(), page).await?)
    }

    async fn find(caller: &Self::View, id: &str) -> Result<Self> {
        Ok(caller.control().api_key(id).await?)
    }

    async fn is_there(caller: &Self::Edit, id: &str) -> Result<()> {
        Self::find(caller, id).await?;
        Ok(())
    }

    async fn add(caller: &Self::Add, sent: Self, _: bool) -> Result<Added<NewKey>> {
        let (made, text) = caller.control().add_api_key(sent).await?;
        let message = "API key created. This is the only time the API key is visible, please save it.";
        let body = NewKey { message, key: text.into_inner() };
        Ok(Added { name: made.id.clone(), version: made.version(), body })
    }

    async fn change(
        caller: &Self::Edit,
        id: &str,
        change: Change<Self>,
        expected: Expected,
        _: NoOptions,
    ) -> Result<Version> {
        Ok(caller.control().update_api_key(id, change, expected).await?.version())
    }

    async fn remove(caller: &Self::Delete, id: &str, expected: Expected) -> Result<()> {
        Ok(caller.control().delete_api_key(id, expected).await?)
    }

    fn redacted(self) -> Self {
        self.redacted()
    }
}
