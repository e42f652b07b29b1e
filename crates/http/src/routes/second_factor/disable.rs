//! Switching off the second factor of somebody who lost it.

use crate::{
    caller::Caller,
    error::{ApiResponse, Result},
};
use axum::{
    Json,
    extract::{Path, rejection::PathRejection},
};
use control::Holder;

/// Switches off the second factor of a user.
#[utoipa::path(
    put,
    path = "/users/{username}/2fa/disable",
    tag = "users",
    operation_id = "disable_user_2fa",
    params(("username" = String, Path)),
    responses(
        (status = 200, body = ApiResponse),
        (status = 400, body = ApiResponse),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
        (status = 404, body = ApiResponse),
    )
)]
pub async fn user(
    caller: Caller,
    username: Result<Path<String>, PathRejection>,
) -> Result<Json<ApiResponse>> {
    let control = caller.may("disable_mfa")?;
    let name = control.canonical_name(&username?.0);
    control.disable_totp(Holder::User(&name)).await?;
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
        (status = 200, body = ApiResponse),
        (status = 400, body = ApiResponse),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
        (status = 404, body = ApiResponse),
    )
)]
pub async fn admin(
    caller: Caller,
    username: Result<Path<String>, PathRejection>,
) -> Result<Json<ApiResponse>> {
    let control = caller.may_everything()?;
    let name = control.canonical_name(&username?.0);
    control.disable_totp(Holder::Admin(&name)).await?;
    Ok(ApiResponse::message("2FA disabled"))
}
