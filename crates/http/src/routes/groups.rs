//! Groups.

use crate::{
    body::Body,
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    input::{Confidential, Name, Params},
    page::PageQuery,
    permission::ManageGroups,
};
use axum::{
    Json,
    http::{HeaderMap, StatusCode},
};
use control::Group;

/// A page of groups.
#[utoipa::path(
    get,
    path = "/groups",
    tag = "groups",
    operation_id = "get_groups",
    params(PageQuery),
    responses((status = 200, body = Vec<Group>), ApiError)
)]
pub async fn list(caller: Caller<ManageGroups>, query: Params<PageQuery>) -> Result<Json<Vec<Group>>> {
    let groups: Vec<Group> = caller.control().objects(query.0.page()?).await?;
    Ok(Json(groups.into_iter().map(Group::redacted).collect()))
}

/// Makes a group.
#[utoipa::path(
    post,
    path = "/groups",
    tag = "groups",
    operation_id = "add_group",
    params(Confidential),
    request_body = Group,
    responses(
        (status = 201, body = Group, headers(("Location" = String, description = "The new object's path"))),
        (status = 409, body = ApiResponse),
        ApiError,
    )
)]
pub async fn add(
    caller: Caller<ManageGroups>,
    query: Params<Confidential>,
    body: Body,
) -> Result<(StatusCode, HeaderMap, Json<Group>)> {
    let made: Group = caller.control().add(body.parse::<Group>()?).await?;
    let headers = super::location("groups", &made.name);
    Ok((StatusCode::CREATED, headers, Json(super::shown(&caller, made, &query.0, Group::redacted))))
}

/// One of the groups.
#[utoipa::path(
    get,
    path = "/groups/{name}",
    tag = "groups",
    operation_id = "get_group_by_name",
    params(("name" = String, Path), Confidential),
    responses((status = 200, body = Group), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn get(
    caller: Caller<ManageGroups>,
    Name(name): Name,
    query: Params<Confidential>,
) -> Result<Json<Group>> {
    let found: Group = caller.control().object(&name).await?;
    Ok(Json(super::shown(&caller, found, &query.0, Group::redacted)))
}

/// Replaces a group.
#[utoipa::path(
    put,
    path = "/groups/{name}",
    tag = "groups",
    operation_id = "update_group",
    params(("name" = String, Path)),
    request_body = Group,
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn update(caller: Caller<ManageGroups>, Name(name): Name, body: Body) -> Result<Json<ApiResponse>> {
    let control = caller.control();
    // A name nobody has is told before what is wrong with the body.
    control.object::<Group>(&name).await?;
    control.replace::<Group>(&name, body.parse()?).await?;
    Ok(ApiResponse::message("Group updated"))
}

/// Deletes a group.
#[utoipa::path(
    delete,
    path = "/groups/{name}",
    tag = "groups",
    operation_id = "delete_group",
    params(("name" = String, Path)),
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn delete(caller: Caller<ManageGroups>, Name(name): Name) -> Result<Json<ApiResponse>> {
    caller.control().remove::<Group>(&name).await?;
    Ok(ApiResponse::message("Group deleted"))
}
