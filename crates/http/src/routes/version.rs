//! Which build this is.

use crate::{api::Version, caller::Caller, error::ApiError, permission::AnyAdmin};
use axum::Json;

/// Version, build and optional features.
#[utoipa::path(
    get,
    path = "/version",
    tag = "maintenance",
    operation_id = "get_version",
    responses((status = 200, body = Version), ApiError)
)]
pub async fn get(caller: Caller<AnyAdmin>) -> Json<Version> {
    Json(caller.parts().version.clone())
}
