//! What users do about their own second factor.

use super::{Generate, Generated, RecoveryCode, TotpChoice, Validate};
use crate::{
    body::Body,
    caller::UserCaller,
    error::{ApiError, ApiResponse, Result},
    peer::Peer,
    permission::OwnSecondFactor,
};
use axum::Json;
use control::Holder;
use store::model::TotpConfig;

/// The configurations to choose from.
#[utoipa::path(
    get,
    path = "/user/totp/configs",
    tag = "user APIs",
    operation_id = "get_user_totp_configs",
    security(("BearerAuth" = [])),
    responses((status = 200, body = Vec<TotpChoice>), ApiError)
)]
pub async fn configs(caller: UserCaller<OwnSecondFactor>) -> Json<Vec<TotpChoice>> {
    Json(super::choices(caller.control()))
}

/// A new secret, stored nowhere.
#[utoipa::path(
    post,
    path = "/user/totp/generate",
    tag = "user APIs",
    operation_id = "generate_user_totp_secret",
    security(("BearerAuth" = [])),
    request_body = Generate,
    responses((status = 200, body = Generated), ApiError)
)]
pub async fn generate(caller: UserCaller<OwnSecondFactor>, body: Body) -> Result<Json<Generated>> {
    let control = caller.control();
    let holder = Holder::User(&caller.user().username);
    super::generate(control, holder, &body.parse()?)
}

/// Tries out a code of a new secret, and uses it up.
#[utoipa::path(
    post,
    path = "/user/totp/validate",
    tag = "user APIs",
    operation_id = "validate_user_totp_secret",
    security(("BearerAuth" = [])),
    request_body = Validate,
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "Passcode successfully validated"})),
        ApiError,
    )
)]
pub async fn validate(
    caller: UserCaller<OwnSecondFactor>,
    peer: Peer,
    body: Body,
) -> Result<Json<ApiResponse>> {
    let holder = Holder::User(&caller.user().username);
    super::validate(caller.parts(), peer, holder, body.parse()?).await?;
    Ok(ApiResponse::message("Passcode successfully validated"))
}

/// Switches the second factor on or off.
#[utoipa::path(
    post,
    path = "/user/totp/save",
    tag = "user APIs",
    operation_id = "save_user_totp_config",
    security(("BearerAuth" = [])),
    request_body(content = TotpConfig, example = json!({
        "enabled": true,
        "config_name": "Default",
        "secret": {"status": "Plain", "payload": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"},
        "protocols": ["SSH", "HTTP"],
    })),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "TOTP configuration saved"})),
        ApiError,
    )
)]
pub async fn save(caller: UserCaller<OwnSecondFactor>, body: Body) -> Result<Json<ApiResponse>> {
    let control = caller.control();
    let holder = Holder::User(&caller.user().username);
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
    security(("BearerAuth" = [])),
    responses((status = 200, body = Vec<RecoveryCode>), ApiError)
)]
pub async fn recovery_codes(caller: UserCaller<OwnSecondFactor>) -> Result<Json<Vec<RecoveryCode>>> {
    let control = caller.control();
    let holder = Holder::User(&caller.user().username);
    super::codes(control, holder).await
}

/// New recovery codes in place of the ones before.
#[utoipa::path(
    post,
    path = "/user/2fa/recoverycodes",
    tag = "user APIs",
    operation_id = "generate_user_recovery_codes",
    security(("BearerAuth" = [])),
    responses((status = 200, body = Vec<String>, example = json!(["RC-4vXhL3fTrWq8ZyKcB6mN2d"])), ApiError)
)]
pub async fn new_recovery_codes(caller: UserCaller<OwnSecondFactor>) -> Result<Json<Vec<String>>> {
    let control = caller.control();
    let holder = Holder::User(&caller.user().username);
    super::new_codes(control, holder).await
}
