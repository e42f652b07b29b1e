//! Directories: made, renamed, removed.

use super::{
    actions,
    caller::{Changes, Files},
    failure::failed,
    query::PathQuery,
};
use crate::error::{ApiError, ApiResponse, Result};
use axum::{Json, http::StatusCode};
use session::Session;
use types::VirtualPath;

/// Makes a directory.
#[utoipa::path(
    post,
    path = "/user/dirs",
    tag = "user APIs",
    operation_id = "create_user_dir",
    params(
        ("path" = String, Query),
        ("mkdir_parents" = Option<bool>, Query, description = "Missing parents are made as well"),
    ),
    responses(
        (status = 201, body = ApiResponse, example = json!({"message": "Directory created"})),
        (status = 404, description = "The parent is missing", body = ApiResponse),
        (status = 409, description = "It is there already", body = ApiResponse),
        ApiError,
    )
)]
pub async fn make(files: Files<Changes>, query: PathQuery) -> Result<(StatusCode, Json<ApiResponse>)> {
    let path = files.resolve(query.path()?)?;
    make_parents(files.session(), &path, &query).await?;
    files.session().make_dir(&path).await.map_err(failed)?;
    Ok((StatusCode::CREATED, ApiResponse::message("Directory created")))
}

/// Renames a directory.
#[utoipa::path(
    patch,
    path = "/user/dirs",
    tag = "user APIs",
    operation_id = "rename_user_dir",
    params(("path" = String, Query), ("target" = String, Query)),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "OK"})),
        (status = 404, body = ApiResponse),
        ApiError,
    )
)]
pub async fn rename(files: Files<Changes>, query: PathQuery) -> Result<Json<ApiResponse>> {
    actions::rename(files, query).await
}

/// Removes a directory with all it holds.
#[utoipa::path(
    delete,
    path = "/user/dirs",
    tag = "user APIs",
    operation_id = "delete_user_dir",
    params(("path" = String, Query)),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "Directory deleted"})),
        (status = 404, body = ApiResponse),
        ApiError,
    )
)]
pub async fn remove(files: Files<Changes>, query: PathQuery) -> Result<Json<ApiResponse>> {
    let path = files.resolve(query.path()?)?;
    files.session().remove_all(&path).await.map_err(failed)?;
    Ok(ApiResponse::message("Directory deleted"))
}

/// Makes what is missing above `path`, where that was asked for.
pub async fn make_parents(session: &Session, path: &VirtualPath, query: &PathQuery) -> Result<()> {
    match query.makes_parents() {
        true => session.make_dirs(&path.parent()).await.map_err(failed),
        false => Ok(()),
    }
}
