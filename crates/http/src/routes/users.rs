//! Users.

use crate::{
    body::Body,
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
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
use control::{Connected, User};
use serde::Deserialize;
use utoipa::IntoParams;

/// Whether hashes and the means to decrypt secrets are part of the answer.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Confidential {
    /// 1: they are, for an admin who may do everything.
    #[param(value_type = i32)]
    confidential_data: Option<String>,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Disconnect {
    /// 1: the user's open sessions end.
    #[param(value_type = i32, minimum = 0, maximum = 1)]
    disconnect: Option<String>,
}

/// A page of users.
#[utoipa::path(
    get,
    path = "/users",
    tag = "users",
    operation_id = "get_users",
    params(PageQuery),
    responses(
        (status = 200, body = Vec<User>),
        (status = 400, body = ApiResponse),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
    )
)]
pub async fn list(
    caller: Caller,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<Vec<User>>> {
    let control = caller.may("view_users")?;
    let Query(query) = query?;
    let users = control.users(query.page()?).await?;
    Ok(Json(users.into_iter().map(User::redacted).collect()))
}

/// Makes a user.
#[utoipa::path(
    post,
    path = "/users",
    tag = "users",
    operation_id = "add_user",
    params(Confidential),
    request_body = User,
    responses(
        (status = 201, body = User, headers(("Location" = String, description = "The new user's path"))),
        (status = 400, body = ApiResponse),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
        (status = 409, body = ApiResponse),
    )
)]
pub async fn add(
    caller: Caller,
    query: Result<Query<Confidential>, QueryRejection>,
    body: Body,
) -> Result<(StatusCode, HeaderMap, Json<User>)> {
    let control = caller.may("add_users")?;
    let user = control.add_user(body.parse()?).await?;
    let headers = super::location("users", &user.username);
    Ok((StatusCode::CREATED, headers, Json(shown(&caller, user, &query?.0))))
}

/// One user.
#[utoipa::path(
    get,
    path = "/users/{username}",
    tag = "users",
    operation_id = "get_user_by_username",
    params(("username" = String, Path), Confidential),
    responses(
        (status = 200, body = User),
        (status = 400, body = ApiResponse),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
        (status = 404, body = ApiResponse),
    )
)]
pub async fn get(
    caller: Caller,
    username: Result<Path<String>, PathRejection>,
    query: Result<Query<Confidential>, QueryRejection>,
) -> Result<Json<User>> {
    let user = caller.may("view_users")?.user(&username?.0).await?;
    Ok(Json(shown(&caller, user, &query?.0)))
}

/// Replaces a user.
#[utoipa::path(
    put,
    path = "/users/{username}",
    tag = "users",
    operation_id = "update_user",
    params(("username" = String, Path), Disconnect),
    request_body = User,
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
    query: Result<Query<Disconnect>, QueryRejection>,
    body: Body,
) -> Result<Json<ApiResponse>> {
    let control = caller.may("edit_users")?;
    let (Path(username), Query(query)) = (username?, query?);
    let connected = match query.disconnect.as_deref() {
        None | Some("" | "0") => Connected::Keep,
        Some("1") => Connected::Disconnect,
        Some(other) => {
            return Err(ApiError::bad_request(format!("disconnect: {other:?} is neither 0 nor 1")));
        }
    };
    // A name nobody has is told before what is wrong with the body.
    control.user(&username).await?;
    control.update_user(&username, body.parse()?, connected).await?;
    Ok(ApiResponse::message("User updated"))
}

/// Deletes a user and ends its sessions; its files stay.
#[utoipa::path(
    delete,
    path = "/users/{username}",
    tag = "users",
    operation_id = "delete_user",
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
    caller.may("del_users")?.delete_user(&username?.0).await?;
    Ok(ApiResponse::message("User deleted"))
}

fn shown(caller: &Caller, user: User, query: &Confidential) -> User {
    let asked = query.confidential_data.as_deref() == Some("1");
    if asked && caller.may_everything().is_ok() { user } else { user.redacted() }
}
