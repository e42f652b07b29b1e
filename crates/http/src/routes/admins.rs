//! Administrators.

use crate::{
    body::Body,
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    input::{Name, Params},
    page::PageQuery,
    permission::Everything,
};
use axum::{
    Json,
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
    responses((status = 200, body = Vec<Admin>), ApiError)
)]
pub async fn list(caller: Caller<Everything>, query: Params<PageQuery>) -> Result<Json<Vec<Admin>>> {
    let admins = caller.control().admins(query.0.page()?).await?;
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
        (status = 409, body = ApiResponse),
        ApiError,
    )
)]
pub async fn add(caller: Caller<Everything>, body: Body) -> Result<(StatusCode, HeaderMap, Json<Admin>)> {
    let admin = caller.control().add_admin(body.parse()?).await?;
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
    responses((status = 200, body = Admin), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn get(caller: Caller<Everything>, Name(username): Name) -> Result<Json<Admin>> {
    let admin = caller.control().admin(&username).await?;
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
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn update(
    caller: Caller<Everything>,
    Name(username): Name,
    body: Body,
) -> Result<Json<ApiResponse>> {
    let control = caller.control();
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
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn delete(caller: Caller<Everything>, Name(username): Name) -> Result<Json<ApiResponse>> {
    caller.control().delete_admin(&username, caller.actor()).await?;
    Ok(ApiResponse::message("Admin deleted"))
}
