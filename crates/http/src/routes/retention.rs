//! Checks of how long users' files are kept: actions of event rules, of which this server runs none yet.

use crate::{caller::Caller, error::ApiError, permission::Everything};
use axum::Json;
use serde::Serialize;
use store::model::FolderRetention;
use utoipa::ToSchema;

/// A check under way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "username": "ada",
    "folders": [{"path": "/in", "retention": 24, "delete_empty_dirs": true}],
    "start_time": 1_801_396_800_000_i64,
}))]
pub struct RetentionCheck {
    username: String,
    folders: Vec<FolderRetention>,
    /// Milliseconds since the epoch.
    start_time: i64,
}

/// The checks under way.
#[utoipa::path(
    get,
    path = "/retention/users/checks",
    tag = "data retention",
    operation_id = "get_users_retention_checks",
    responses((status = 200, body = Vec<RetentionCheck>), ApiError)
)]
pub async fn list(_: Caller<Everything>) -> Json<Vec<RetentionCheck>> {
    Json(Vec::new())
}
