//! Passwords that were forgotten: nobody is logged in here.

use crate::{
    api::Api,
    body::Body,
    error::{ApiError, ApiResponse, Result},
    input::Name,
    peer::Peer,
};
use axum::{Json, extract::State};
use control::Holder;
use serde::Deserialize;
use types::Secret;
use utoipa::ToSchema;

#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = PwdReset, example = json!({
    "code": "uXyPMzTqkQ2RkYdJZ8cN5w",
    "password": "another long enough passphrase",
}))]
pub struct Reset {
    /// The code that was mailed.
    code: String,
    /// The new password.
    #[schema(format = Password)]
    password: String,
}

/// Mails a code that resets the admin's password. The answer is the same whether there is such an admin or not.
#[utoipa::path(
    post,
    path = "/admins/{username}/forgot-password",
    tag = "admins",
    operation_id = "admin_forgot_password",
    params(("username" = String, Path)),
    security(()),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "Check your email for the confirmation code"})),
        (status = 429, body = ApiResponse),
        ApiError,
    )
)]
pub async fn admin_forgot(State(api): State<Api>, peer: Peer, Name(name): Name) -> Result<Json<ApiResponse>> {
    forgot(&api, peer, Holder::Admin(&name)).await
}

/// Sets the admin's password, against the code that was mailed.
#[utoipa::path(
    post,
    path = "/admins/{username}/reset-password",
    tag = "admins",
    operation_id = "admin_reset_password",
    params(("username" = String, Path)),
    request_body = Reset,
    security(()),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "Password reset successful"})),
        (status = 429, body = ApiResponse),
        ApiError,
    )
)]
pub async fn admin_reset(
    State(api): State<Api>,
    peer: Peer,
    Name(name): Name,
    body: Body,
) -> Result<Json<ApiResponse>> {
    reset(&api, peer, Holder::Admin(&name), body).await
}

/// Mails a code that resets the user's password. The answer is the same whether there is such a user or not.
#[utoipa::path(
    post,
    path = "/users/{username}/forgot-password",
    tag = "users",
    operation_id = "user_forgot_password",
    params(("username" = String, Path)),
    security(()),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "Check your email for the confirmation code"})),
        (status = 429, body = ApiResponse),
        ApiError,
    )
)]
pub async fn user_forgot(State(api): State<Api>, peer: Peer, Name(name): Name) -> Result<Json<ApiResponse>> {
    forgot(&api, peer, Holder::User(&name)).await
}

/// Sets the user's password, against the code that was mailed.
#[utoipa::path(
    post,
    path = "/users/{username}/reset-password",
    tag = "users",
    operation_id = "user_reset_password",
    params(("username" = String, Path)),
    request_body = Reset,
    security(()),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "Password reset successful"})),
        (status = 429, body = ApiResponse),
        ApiError,
    )
)]
pub async fn user_reset(
    State(api): State<Api>,
    peer: Peer,
    Name(name): Name,
    body: Body,
) -> Result<Json<ApiResponse>> {
    reset(&api, peer, Holder::User(&name), body).await
}

async fn forgot(api: &Api, peer: Peer, holder: Holder<'_>) -> Result<Json<ApiResponse>> {
    api.parts().authenticator.forgot_password(holder, peer.ip()).await?;
    Ok(ApiResponse::message("Check your email for the confirmation code"))
}

async fn reset(api: &Api, peer: Peer, holder: Holder<'_>, body: Body) -> Result<Json<ApiResponse>> {
    let Reset { code, password } = body.parse()?;
    let (code, password) = (Secret::new(code), Secret::new(password));
    api.parts().authenticator.reset_password(holder, peer.ip(), &code, &password).await?;
    Ok(ApiResponse::message("Password reset successful"))
}
