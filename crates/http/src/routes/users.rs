//! Users.

use crate::{
    body::Body,
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    input::{Confidential, Name, Params},
    page::PageQuery,
    permission::{AddUsers, DeleteUsers, EditUsers, ViewUsers},
};
use axum::{
    Json,
    http::{HeaderMap, StatusCode},
};
use control::{Connected, User};
use serde::Deserialize;
use utoipa::IntoParams;

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
    responses((status = 200, body = Vec<User>), ApiError)
)]
pub async fn list(caller: Caller<ViewUsers>, query: Params<PageQuery>) -> Result<Json<Vec<User>>> {
    let users = caller.control().users_for(caller.admin(), query.0.page()?).await?;
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
        (status = 409, body = ApiResponse),
        ApiError,
    )
)]
pub async fn add(
    caller: Caller<AddUsers>,
    query: Params<Confidential>,
    body: Body,
) -> Result<(StatusCode, HeaderMap, Json<User>)> {
    let user = caller.control().add_user(owned(&caller, body.parse()?)).await?;
    let headers = super::location("users", &user.username);
    Ok((StatusCode::CREATED, headers, Json(super::shown(&caller, user, &query.0, User::redacted))))
}

/// One user.
#[utoipa::path(
    get,
    path = "/users/{username}",
    tag = "users",
    operation_id = "get_user_by_username",
    params(("username" = String, Path), Confidential),
    responses((status = 200, body = User), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn get(
    caller: Caller<ViewUsers>,
    Name(username): Name,
    query: Params<Confidential>,
) -> Result<Json<User>> {
    let user = caller.control().user_for(caller.admin(), &username).await?;
    Ok(Json(super::shown(&caller, user, &query.0, User::redacted)))
}

/// Replaces a user.
#[utoipa::path(
    put,
    path = "/users/{username}",
    tag = "users",
    operation_id = "update_user",
    params(("username" = String, Path), Disconnect),
    request_body = User,
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn update(
    caller: Caller<EditUsers>,
    Name(username): Name,
    query: Params<Disconnect>,
    body: Body,
) -> Result<Json<ApiResponse>> {
    let control = caller.control();
    let connected = query.0.connected()?;
    // A name nobody has is told before what is wrong with the body.
    control.user_for(caller.admin(), &username).await?;
    control.update_user(&username, owned(&caller, body.parse()?), connected).await?;
    Ok(ApiResponse::message("User updated"))
}

/// Deletes a user and ends its sessions; its files stay.
#[utoipa::path(
    delete,
    path = "/users/{username}",
    tag = "users",
    operation_id = "delete_user",
    params(("username" = String, Path)),
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn delete(caller: Caller<DeleteUsers>, Name(username): Name) -> Result<Json<ApiResponse>> {
    caller.control().user_for(caller.admin(), &username).await?;
    caller.control().delete_user(&username).await?;
    Ok(ApiResponse::message("User deleted"))
}

/// What an admin with a role makes or changes has this role.
fn owned<P>(caller: &Caller<P>, mut user: User) -> User {
    let role = &caller.admin().role;
    if !role.is_empty() {
        user.role.clone_from(role);
    }
    user
}

impl Disconnect {
    fn connected(&self) -> Result<Connected> {
        match self.disconnect.as_deref() {
            None | Some("" | "0") => Ok(Connected::Keep),
            Some("1") => Ok(Connected::Disconnect),
            Some(other) => Err(ApiError::bad_request(format!("disconnect: {other:?} is neither 0 nor 1"))),
        }
    }
}
