//! Shares, as their owner sees them.

use crate::{
    caller::UserCaller,
    error::{ApiResponse, Result},
    permission::OwnShares,
    resource::{Added, Names, NoOptions, Operations, Resource},
};
use control::{Change, Expected, Page, Share, Version, Versioned};
use serde_json::{Value, json};

impl Resource for Share {
    const NAMES: Names = Names {
        path: "user/shares",
        parameter: "id",
        tag: "user APIs",
        one: "a share",
        many: "the user's shares, by id",
        title: "Share",
        operations: Operations {
            list: "get_user_shares",
            add: "add_share",
            get: "get_user_share_by_id",
            update: "update_user_share",
            patch: "patch_user_share",
            delete: "delete_user_share",
        },
        has_secrets: false,
        has_id: true,
    };

    type View = UserCaller<OwnShares>;
    type Add = UserCaller<OwnShares>;
    type Edit = UserCaller<OwnShares>;
    type Delete = UserCaller<OwnShares>;
    type Options = NoOptions;
    type Made = ApiResponse;

    fn example() -> Value {
        json!({"name": "figures", "scope": 1, "paths": ["/figures"], "password": "tell nobody", "max_tokens": 10})
    }

    async fn page(caller: &Self::View, page: Page) -> Result<Vec<Self>> {
        Ok(caller.control().shares(&caller.user().username, page).await?)
    }

    async fn find(caller: &Self::View, id: &str) -> Result<Self> {
        Ok(caller.control().share(&caller.user().username, id).await?)
    }

    async fn is_there(caller: &Self::Edit, id: &str) -> Result<()> {
        Self::find(caller, id).await?;
        Ok(())
    }

    async fn add(caller: &Self::Add, sent: Self, _: bool) -> Result<Added<ApiResponse>> {
        let made = caller.control().add_share(caller.user(), sent).await?;
        let body = ApiResponse { error: None, message: "Share created".to_owned() };
        Ok(Added { name: made.id.clone(), version: made.version(), body })
    }

    async fn change(
        caller: &Self::Edit,
        id: &str,
        change: Change<Self>,
        expected: Expected,
        _: NoOptions,
    ) -> Result<Version> {
        Ok(caller.control().update_share(caller.user(), id, change, expected).await?.version())
    }

    async fn remove(caller: &Self::Delete, id: &str, expected: Expected) -> Result<()> {
        Ok(caller.control().delete_share(&caller.user().username, id, expected).await?)
    }

    fn redacted(self) -> Self {
        self.redacted()
    }
}
