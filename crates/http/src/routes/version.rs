//! Which build this is.

use crate::{
    api::Version,
    caller::Caller,
    error::{ApiResponse, Result},
};
use axum::Json;

/// Version, build and optional features.
#[utoipa::path(
    get,
    path = "/version",
    tag = "maintenance",
    operation_id = "get_version",
    responses(
        (status = 200, body = Version),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
    )
)]
pub async fn get(caller: Caller) -> Result<Json<Version>> {
    Ok(Json(caller.is_admin()?.version.clone()))
}
