//! Roles.

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
use control::Role;

/// A page of roles.
#[utoipa::path(
    get,
    path = "/roles",
    tag = "roles",
    operation_id = "get_roles",
    params(PageQuery),
    responses((status = 200, body = Vec<Role>), ApiError)
)]
pub async fn list(caller: Caller<Everything>, query: Params<PageQuery>) -> Result<Json<Vec<Role>>> {
    let roles: Vec<Role> = caller.control().objects(query.0.page()?).await?;
    Ok(Json(roles))
}

/// Makes a role.
#[utoipa::path(
    post,
    path = "/roles",
    tag = "roles",
    operation_id = "add_role",
    request_body = Role,
    responses(
        (status = 201, body = Role, headers(("Location" = String, description = "The new object's path"))),
        (status = 409, body = ApiResponse),
        ApiError,
    )
)]
pub async fn add(caller: Caller<Everything>, body: Body) -> Result<(StatusCode, HeaderMap, Json<Role>)> {
    let made: Role = caller.control().add(body.parse::<Role>()?).await?;
    let headers = super::location("roles", &made.name);
    Ok((StatusCode::CREATED, headers, Json(made)))
}

/// One of the roles.
#[utoipa::path(
    get,
    path = "/roles/{name}",
    tag = "roles",
    operation_id = "get_role_by_name",
    params(("name" = String, Path)),
    responses((status = 200, body = Role), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn get(caller: Caller<Everything>, Name(name): Name) -> Result<Json<Role>> {
    let found: Role = caller.control().object(&name).await?;
    Ok(Json(found))
}

/// Replaces a role.
#[utoipa::path(
    put,
    path = "/roles/{name}",
    tag = "roles",
    operation_id = "update_role",
    params(("name" = String, Path)),
    request_body = Role,
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn update(caller: Caller<Everything>, Name(name): Name, body: Body) -> Result<Json<ApiResponse>> {
    let control = caller.control();
    // A name nobody has is told before what is wrong with the body.
    control.object::<Role>(&name).await?;
    control.replace::<Role>(&name, body.parse()?).await?;
    Ok(ApiResponse::message("Role updated"))
}

/// Deletes a role.
#[utoipa::path(
    delete,
    path = "/roles/{name}",
    tag = "roles",
    operation_id = "delete_role",
    params(("name" = String, Path)),
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn delete(caller: Caller<Everything>, Name(name): Name) -> Result<Json<ApiResponse>> {
    caller.control().remove::<Role>(&name).await?;
    Ok(ApiResponse::message("Role deleted"))
}
