//! What users do with their own account.

use super::PwdChange;
use crate::{
    body::Body,
    caller::UserCaller,
    error::{ApiError, ApiResponse, Result},
    peer::Peer,
    permission::{OwnPassword, OwnProfile},
};
use axum::Json;
use control::{Holder, User, UserProfile};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The part of a user that is its own to change. What is left out is emptied.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = UserProfile, example = json!({
    "email": "ada@example.com",
    "description": "Sends the figures",
    "allow_api_key_auth": true,
    "public_keys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKr5IT3AHSh1gQT4/LrfdEBmdmI0CC40kP5kPTlRi6Mf ada"],
}))]
pub struct Profile {
    #[serde(skip_serializing_if = "String::is_empty")]
    email: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    additional_emails: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    allow_api_key_auth: bool,
    /// Lines as in `authorized_keys`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    public_keys: Vec<String>,
    /// Certificates in PEM form.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tls_certs: Vec<String>,
}

/// The user's own profile.
#[utoipa::path(
    get,
    path = "/user/profile",
    tag = "user APIs",
    operation_id = "get_user_profile",
    security(("BearerAuth" = [])),
    responses((status = 200, body = Profile), ApiError)
)]
pub async fn profile(caller: UserCaller<OwnProfile>) -> Json<Profile> {
    let User { email, description, public_keys, filters, .. } = caller.user().clone();
    Json(Profile {
        email,
        additional_emails: filters.additional_emails,
        description,
        allow_api_key_auth: filters.base.allow_api_key_auth,
        public_keys,
        tls_certs: filters.tls_certs,
    })
}

/// Replaces the user's own profile. Parts that are closed to the user stay as they are.
#[utoipa::path(
    put,
    path = "/user/profile",
    tag = "user APIs",
    operation_id = "update_user_profile",
    security(("BearerAuth" = [])),
    request_body = Profile,
    responses((status = 200, body = ApiResponse, example = json!({"message": "Profile updated"})), ApiError)
)]
pub async fn update_profile(caller: UserCaller<OwnProfile>, body: Body) -> Result<Json<ApiResponse>> {
    let sent: Profile = body.parse()?;
    let profile = UserProfile {
        email: sent.email,
        additional_emails: sent.additional_emails,
        description: sent.description,
        allow_api_key_auth: sent.allow_api_key_auth,
        public_keys: sent.public_keys,
        tls_certs: sent.tls_certs,
    };
    caller.control().update_user_profile(caller.user(), profile).await?;
    Ok(ApiResponse::message("Profile updated"))
}

/// Changes the user's own password and ends the tokens made before.
#[utoipa::path(
    put,
    path = "/user/changepwd",
    tag = "user APIs",
    operation_id = "change_user_password",
    security(("BearerAuth" = [])),
    request_body = PwdChange,
    responses((status = 200, body = ApiResponse, example = json!({"message": "Password updated"})), ApiError)
)]
pub async fn change_password(
    caller: UserCaller<OwnPassword>,
    peer: Peer,
    body: Body,
) -> Result<Json<ApiResponse>> {
    let holder = Holder::User(&caller.user().username);
    super::change_password(caller.parts(), caller.control(), peer, holder, body).await?;
    Ok(ApiResponse::message("Password updated"))
}
