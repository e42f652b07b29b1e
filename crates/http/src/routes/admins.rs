//! Administrators.

use crate::{
    body::Body,
    caller::Caller,
    error::{ApiResponse, Result},
    page::PageQuery,
};
use axum::{
    Json,
    extract::{
        Path, Query,
        rejection::{PathRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode},
};
use control::Admin;

/// A page of admins.
#[utoipa::path(
    get,
    path = "/admins",
    tag = "admins",
    operation_id = "get_admins",
    params(PageQuery),
    responses(
        (status = 200, body = Vec<Admin>),
        (status = 400, body = ApiResponse),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
    )
)]
pub async fn list(
    caller: Caller,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<Vec<Admin>>> {
    let control = caller.may_everything()?;
    let Query(query) = query?;
    let admins = control.admins(query.page()?).await?;
    Ok(Json(admins.into_iter().map(Admin::redacted).collect()))
}

/// Makes an admin.
#[utoipa::path(
    post,
    path = "/admins",
    tag = "admins",
    operation_id = "add_admin",
    request_body = Admin,
    responses(
        (status = 201, body = Admin, headers(("Location" = String, description = "The new admin's path"))),
        (status = 400, body = ApiResponse),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
        (status = 409, body = ApiResponse),
    )
)]
pub async fn add(caller: Caller, body: Body) -> Result<(StatusCode, HeaderMap, Json<Admin>)> {
    let admin = caller.may_everything()?.add_admin(body.parse()?).await?;
    let headers = super::location("admins", &admin.username);
    Ok((StatusCode::CREATED, headers, Json(admin.redacted())))
}

/// One admin.
#[utoipa::path(
    get,
    path = "/admins/{username}",
    tag = "admins",
    operation_id = "get_admin_by_username",
    params(("username" = String, Path)),
    responses(
        (status = 200, body = Admin),
        (status = 400, body = ApiResponse),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
        (status = 404, body = ApiResponse),
    )
)]
pub async fn get(caller: Caller, username: Result<Path<String>, PathRejection>) -> Result<Json<Admin>> {
    let admin = caller.may_everything()?.admin(&username?.0).await?;
    Ok(Json(admin.redacted()))
}

/// Replaces an admin.
#[utoipa::path(
    put,
    path = "/admins/{username}",
    tag = "admins",
    operation_id = "update_admin",
    params(("username" = String, Path)),
    request_body = Admin,
    responses(
        (status = 200, body = ApiResponse),
        (status = 400, body = ApiResponse),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
        (status = 404, body = ApiResponse),
    )
)]
pub async fn update(
    caller: Caller,
    username: Result<Path<String>, PathRejection>,
    body: Body,
) -> Result<Json<ApiResponse>> {
    let control = caller.may_everything()?;
    let Path(username) = username?;
    // A name nobody has is told before what is wrong with the body.
    control.admin(&username).await?;
    control.update_admin(&username, body.parse()?, caller.actor()).await?;
    Ok(ApiResponse::message("Admin updated"))
}

/// Deletes an admin.
#[utoipa::path(
    delete,
    path = "/admins/{username}",
    tag = "admins",
    operation_id = "delete_admin",
    params(("username" = String, Path)),
    responses(
        (status = 200, body = ApiResponse),
        (status = 400, body = ApiResponse),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
        (status = 404, body = ApiResponse),
    )
)]
pub async fn delete(
    caller: Caller,
    username: Result<Path<String>, PathRejection>,
) -> Result<Json<ApiResponse>> {
    caller.may_everything()?.delete_admin(&username?.0, caller.actor()).await?;
    Ok(ApiResponse::message("Admin deleted"))
}
