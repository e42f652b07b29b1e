//! What admins do with their own account.

use crate::{
    body::Body,
    caller::Caller,
    error::{ApiResponse, Result},
};
use axum::Json;
use serde::Deserialize;
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

/// Changes the admin's own password and ends the token of this request.
#[utoipa::path(
    put,
    path = "/admin/changepwd",
    tag = "admins",
    operation_id = "change_admin_password",
    request_body = PwdChange,
    responses(
        (status = 200, body = ApiResponse),
        (status = 400, body = ApiResponse),
        (status = 401, body = ApiResponse),
    )
)]
pub async fn change_password(caller: Caller, body: Body) -> Result<Json<ApiResponse>> {
    let change: PwdChange = body.parse()?;
    let (current, new) = (Secret::new(change.current_password), Secret::new(change.new_password));
    caller.is_itself().change_admin_password(&caller.admin().username, &current, &new).await?;
    caller.revoke();
    Ok(ApiResponse::message("Password updated"))
}
