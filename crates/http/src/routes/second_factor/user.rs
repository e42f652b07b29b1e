//! What users do about their own second factor.

use super::{Generate, Generated, RecoveryCode, TotpChoice, Validate};
use crate::{
    api::Api,
    body::Body,
    caller::UserCaller,
    error::{ApiError, ApiResponse, Result},
};
use axum::{Json, extract::State, http::StatusCode};
use control::{Holder, User};
use store::model::TotpConfig;

/// The configurations to choose from.
#[utoipa::path(
    get,
    path = "/user/totp/configs",
    tag = "user APIs",
    operation_id = "get_user_totp_configs",
    responses(
        (status = 200, body = Vec<TotpChoice>),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
    )
)]
pub async fn configs(State(api): State<Api>, caller: UserCaller) -> Result<Json<Vec<TotpChoice>>> {
    itself(&api, &caller).await?;
    Ok(Json(super::choices(&api.parts().control)))
}

/// A new secret, stored nowhere.
#[utoipa::path(
    post,
    path = "/user/totp/generate",
    tag = "user APIs",
    operation_id = "generate_user_totp_secret",
    request_body = Generate,
    responses(
        (status = 200, body = Generated),
        (status = 400, body = ApiResponse),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
    )
)]
pub async fn generate(State(api): State<Api>, caller: UserCaller, body: Body) -> Result<Json<Generated>> {
    let control = &api.parts().control;
    let user = itself(&api, &caller).await?;
    let holder = Holder::User(&user.username);
    super::generate(control, holder, &body.parse()?)
}

/// Tries out a code of a new secret, and uses it up.
#[utoipa::path(
    post,
    path = "/user/totp/validate",
    tag = "user APIs",
    operation_id = "validate_user_totp_secret",
    request_body = Validate,
    responses(
        (status = 200, body = ApiResponse),
        (status = 400, body = ApiResponse),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
    )
)]
pub async fn validate(State(api): State<Api>, caller: UserCaller, body: Body) -> Result<Json<ApiResponse>> {
    let control = &api.parts().control;
    let user = itself(&api, &caller).await?;
    let holder = Holder::User(&user.username);
    super::validate(control, holder, body.parse()?)?;
    Ok(ApiResponse::message("Passcode successfully validated"))
}

/// Switches the second factor on or off.
#[utoipa::path(
    post,
    path = "/user/totp/save",
    tag = "user APIs",
    operation_id = "save_user_totp_config",
    request_body = TotpConfig,
    responses(
        (status = 200, body = ApiResponse),
        (status = 400, body = ApiResponse),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
    )
)]
pub async fn save(State(api): State<Api>, caller: UserCaller, body: Body) -> Result<Json<ApiResponse>> {
    let control = &api.parts().control;
    let user = itself(&api, &caller).await?;
    let holder = Holder::User(&user.username);
    let sent: TotpConfig = body.parse()?;
    control.save_totp(holder, sent).await?;
    Ok(ApiResponse::message("TOTP configuration saved"))
}

/// The recovery codes.
#[utoipa::path(
    get,
    path = "/user/2fa/recoverycodes",
    tag = "user APIs",
    operation_id = "get_user_recovery_codes",
    responses(
        (status = 200, body = Vec<RecoveryCode>),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
    )
)]
pub async fn recovery_codes(State(api): State<Api>, caller: UserCaller) -> Result<Json<Vec<RecoveryCode>>> {
    let control = &api.parts().control;
    let user = itself(&api, &caller).await?;
    let holder = Holder::User(&user.username);
    super::codes(control, holder).await
}

/// New recovery codes in place of the ones before.
#[utoipa::path(
    post,
    path = "/user/2fa/recoverycodes",
    tag = "user APIs",
    operation_id = "generate_user_recovery_codes",
    responses(
        (status = 200, body = Vec<String>),
        (status = 401, body = ApiResponse),
        (status = 403, body = ApiResponse),
    )
)]
pub async fn new_recovery_codes(State(api): State<Api>, caller: UserCaller) -> Result<Json<Vec<String>>> {
    let control = &api.parts().control;
    let user = itself(&api, &caller).await?;
    let holder = Holder::User(&user.username);
    super::new_codes(control, holder).await
}

/// The user of a token, if it may look after its second factor.
async fn itself(api: &Api, caller: &UserCaller) -> Result<User> {
    let parts = api.parts();
    let user = match parts.control.user(&caller.claims.username).await {
        Ok(user) => user,
        Err(control::Error::NotFound(..)) => {
            return Err(ApiError::new(StatusCode::NOT_FOUND, "Unable to retrieve your user"));
        }
        Err(error) => return Err(error.into()),
    };
    if parts.tokens.ends_with_changes() && user.updated_at.to_string() != caller.claims.sub {
        return Err(ApiError::bad_token("Your token is no longer valid"));
    }
    if user.filters.base.web_client.iter().any(|closed| closed == "mfa-disabled") {
        return Err(ApiError::plain(StatusCode::FORBIDDEN));
    }
    Ok(user)
}
