//! What admins do with their own account.

use crate::{
    body::Body,
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    permission::Itself,
};
use axum::Json;
use control::{Admin, AdminProfile};
use serde::{Deserialize, Serialize};
use types::Secret;
use utoipa::ToSchema;

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct PwdChange {
    #[schema(format = Password)]
    current_password: String,
    #[schema(format = Password)]
    new_password: String,
}

/// The part of an admin that is its own to change.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = AdminProfile)]
pub struct Profile {
    #[serde(skip_serializing_if = "String::is_empty")]
    email: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    allow_api_key_auth: bool,
}

/// The admin's own profile.
#[utoipa::path(
    get,
    path = "/admin/profile",
    tag = "admins",
    operation_id = "get_admin_profile",
    responses((status = 200, body = Profile), ApiError)
)]
pub async fn profile(caller: Caller<Itself>) -> Json<Profile> {
    let Admin { email, description, filters, .. } = caller.admin().clone();
    Json(Profile { email, description, allow_api_key_auth: filters.allow_api_key_auth })
}

/// Replaces the admin's own profile.
#[utoipa::path(
    put,
    path = "/admin/profile",
    tag = "admins",
    operation_id = "update_admin_profile",
    request_body = Profile,
    responses((status = 200, body = ApiResponse), ApiError)
)]
pub async fn update_profile(caller: Caller<Itself>, body: Body) -> Result<Json<ApiResponse>> {
    let Profile { email, description, allow_api_key_auth } = body.parse()?;
    let profile = AdminProfile { email, description, allow_api_key_auth };
    caller.control().update_admin_profile(&caller.admin().username, profile).await?;
    Ok(ApiResponse::message("Profile updated"))
}

/// Changes the admin's own password and ends the token of this request.
#[utoipa::path(
    put,
    path = "/admin/changepwd",
    tag = "admins",
    operation_id = "change_admin_password",
    request_body = PwdChange,
    responses((status = 200, body = ApiResponse), ApiError)
)]
pub async fn change_password(caller: Caller<Itself>, body: Body) -> Result<Json<ApiResponse>> {
    let change: PwdChange = body.parse()?;
    let (current, new) = (Secret::new(change.current_password), Secret::new(change.new_password));
    caller.control().change_admin_password(&caller.admin().username, &current, &new).await?;
    caller.revoke();
    Ok(ApiResponse::message("Password updated"))
}
