//! What is done to files without their content.

use super::{
    caller::{Changes, Files},
    failure::failed,
    query::PathQuery,
};
use crate::{
    body::Body,
    error::{ApiError, ApiResponse, Result},
};
use axum::Json;
use serde::Deserialize;
use session::{Change, Time};
use utoipa::ToSchema;

/// What is set of a file.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(example = json!({"modification_time": 1_801_396_800_000_i64}))]
pub struct FileProperties {
    /// Milliseconds since the epoch.
    modification_time: Option<i64>,
}

/// Moves a file or a directory; a file that is there is replaced.
#[utoipa::path(
    post,
    path = "/user/file-actions/move",
    tag = "user APIs",
    operation_id = "move_user_item",
    params(("path" = String, Query), ("target" = String, Query)),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "OK"})),
        (status = 404, body = ApiResponse),
        ApiError,
    )
)]
pub async fn move_to(files: Files<Changes>, query: PathQuery) -> Result<Json<ApiResponse>> {
    renamed(&files, &query).await
}

/// Renames a file.
#[utoipa::path(
    patch,
    path = "/user/files",
    tag = "user APIs",
    operation_id = "rename_user_file",
    params(("path" = String, Query), ("target" = String, Query)),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "OK"})),
        (status = 404, body = ApiResponse),
        ApiError,
    )
)]
pub async fn rename(files: Files<Changes>, query: PathQuery) -> Result<Json<ApiResponse>> {
    renamed(&files, &query).await
}

/// Copies a file, or a directory with all it holds, into what is there.
#[utoipa::path(
    post,
    path = "/user/file-actions/copy",
    tag = "user APIs",
    operation_id = "copy_user_item",
    params(("path" = String, Query), ("target" = String, Query)),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "OK"})),
        (status = 404, body = ApiResponse),
        (status = 413, description = "There is no room for it", body = ApiResponse),
        ApiError,
    )
)]
pub async fn copy(files: Files<Changes>, query: PathQuery) -> Result<Json<ApiResponse>> {
    let (from, to) = (files.resolve(query.path()?)?, files.resolve(query.target()?)?);
    files.session().copy(&from, &to).await.map_err(failed)?;
    Ok(ApiResponse::message("OK"))
}

/// Removes a file; of a link the link itself.
#[utoipa::path(
    delete,
    path = "/user/files",
    tag = "user APIs",
    operation_id = "delete_user_file",
    params(("path" = String, Query)),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "File deleted"})),
        (status = 404, body = ApiResponse),
        ApiError,
    )
)]
pub async fn remove(files: Files<Changes>, query: PathQuery) -> Result<Json<ApiResponse>> {
    let path = files.resolve(query.path()?)?;
    files.session().remove_file(&path).await.map_err(failed)?;
    Ok(ApiResponse::message("File deleted"))
}

/// Sets the modification time of a file or a directory.
#[utoipa::path(
    patch,
    path = "/user/files/metadata",
    tag = "user APIs",
    operation_id = "setprops_user_file",
    params(("path" = String, Query)),
    request_body = FileProperties,
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "OK"})),
        (status = 404, body = ApiResponse),
        ApiError,
    )
)]
pub async fn set_metadata(files: Files<Changes>, query: PathQuery, body: Body) -> Result<Json<ApiResponse>> {
    let path = files.resolve(query.path()?)?;
    let properties: FileProperties = body.parse()?;
    let Some(modified) = properties.modification_time else {
        return Err(ApiError::bad_request("modification_time: missing"));
    };
    files.session().change(&path, &modified_at(modified)).await.map_err(failed)?;
    Ok(ApiResponse::message("OK"))
}

/// Both times of a file, from milliseconds since the epoch.
pub fn modified_at(milliseconds: i64) -> Change {
    let nanos = milliseconds.rem_euclid(1000) as u32 * 1_000_000;
    let time = Time { secs: milliseconds.div_euclid(1000), nanos };
    Change { times: Some((time, time)), ..Change::default() }
}

async fn renamed(files: &Files<Changes>, query: &PathQuery) -> Result<Json<ApiResponse>> {
    let (from, to) = (files.resolve(query.path()?)?, files.resolve(query.target()?)?);
    files.session().rename(&from, &to).await.map_err(failed)?;
    Ok(ApiResponse::message("OK"))
}
