//! Switching off the second factor of somebody who lost it.

use crate::{
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    input::Name,
    permission::{DisableMfa, ManageAdmins},
};
use axum::Json;
use control::Holder;

/// Switches off the second factor of a user.
#[utoipa::path(
    put,
    path = "/users/{username}/2fa/disable",
    tag = "users",
    operation_id = "disable_user_2fa",
    params(("username" = String, Path)),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "2FA disabled"})),
        (status = 404, body = ApiResponse),
        ApiError,
    )
)]
pub async fn user(caller: Caller<DisableMfa>, Name(username): Name) -> Result<Json<ApiResponse>> {
    let user = caller.control().user_for(caller.admin(), &username).await?;
    caller.control().disable_totp(Holder::User(&user.username)).await?;
    Ok(ApiResponse::message("2FA disabled"))
}

/// Switches off the second factor of an admin.
#[utoipa::path(
    put,
    path = "/admins/{username}/2fa/disable",
    tag = "admins",
    operation_id = "disable_admin_2fa",
    params(("username" = String, Path)),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "2FA disabled"})),
        (status = 404, body = ApiResponse),
        ApiError,
    )
)]
pub async fn admin(caller: Caller<ManageAdmins>, Name(username): Name) -> Result<Json<ApiResponse>> {
    caller.control().disable_totp_of_admin(&username, &caller.actor()).await?;
    Ok(ApiResponse::message("2FA disabled"))
}
