//! What admins do with their own account.

use super::PwdChange;
use crate::{
    body::Body,
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    peer::Peer,
    permission::Itself,
};
use axum::Json;
use control::{Admin, AdminProfile, Holder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The part of an admin that is its own to change.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = AdminProfile, example = json!({
    "email": "grace@example.com",
    "description": "Looks after the users",
    "allow_api_key_auth": true,
}))]
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
    security(("BearerAuth" = [])),
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
    security(("BearerAuth" = [])),
    request_body = Profile,
    responses((status = 200, body = ApiResponse, example = json!({"message": "Profile updated"})), ApiError)
)]
pub async fn update_profile(caller: Caller<Itself>, body: Body) -> Result<Json<ApiResponse>> {
    let Profile { email, description, allow_api_key_auth } = body.parse()?;
    let profile = AdminProfile { email, description, allow_api_key_auth };
    caller.control().update_admin_profile(&caller.admin().username, profile).await?;
    Ok(ApiResponse::message("Profile updated"))
}

/// Changes the admin's own password and ends the tokens made before.
#[utoipa::path(
    put,
    path = "/admin/changepwd",
    tag = "admins",
    operation_id = "change_admin_password",
    security(("BearerAuth" = [])),
    request_body = PwdChange,
    responses((status = 200, body = ApiResponse, example = json!({"message": "Password updated"})), ApiError)
)]
pub async fn change_password(caller: Caller<Itself>, peer: Peer, body: Body) -> Result<Json<ApiResponse>> {
    let holder = Holder::Admin(&caller.admin().username);
    super::change_password(caller.parts(), caller.control(), peer, holder, body).await?;
    Ok(ApiResponse::message("Password updated"))
}
