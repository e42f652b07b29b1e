//! Event rules.

use crate::{
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    input::Name,
    permission::ManageEventRules,
    resource::{Names, Operations, Plain},
};
use axum::{Json, http::StatusCode};
use control::EventRule;
use serde_json::{Value, json};

impl Plain for EventRule {
    const NAMES: Names = Names {
        path: "eventrules",
        parameter: "name",
        tag: "event manager",
        one: "an event rule",
        many: "event rules, by name",
        title: "Event rule",
        operations: Operations {
            list: "get_event_rules",
            add: "add_event_rule",
            get: "get_event_rile_by_name",
            update: "update_event_rule",
            patch: "patch_event_rule",
            delete: "delete_event_rule",
        },
        has_secrets: true,
        has_id: false,
    };

    type Takes = ManageEventRules;

    fn example() -> Value {
        json!({
            "name": "archive-uploads",
            "status": 1,
            "trigger": 1,
            "conditions": {"fs_events": ["upload"], "options": {"fs_paths": [{"pattern": "/in/**"}]}},
            "actions": [{"name": "tell-the-archive", "order": 1}],
        })
    }

    fn redacted(self) -> Self {
        self.redacted()
    }
}

/// Runs a rule that runs on demand.
#[utoipa::path(
    post,
    path = "/eventrules/run/{name}",
    tag = "event manager",
    operation_id = "run_event_rule",
    params(("name" = String, Path)),
    responses(
        (status = 404, body = ApiResponse),
        (status = 501, description = "This server stores rules and does not run them", body = ApiResponse),
        ApiError,
    )
)]
pub async fn run(caller: Caller<ManageEventRules>, Name(name): Name) -> Result<Json<ApiResponse>> {
    caller.control().check_on_demand(&name).await?;
    Err(ApiError::new(StatusCode::NOT_IMPLEMENTED, "this server stores rules and does not run them yet"))
}
