//! What users and folders have used: scans, and counters set by hand.

use crate::{
    body::Body,
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    input::{Name, Params},
    permission::{EditUsers, ManageFolders, ScanQuotas},
};
use axum::{Json, http::StatusCode};
use control::{Scan, Update};
use serde::{Deserialize, Serialize};
use session::{Traffic, Usage};
use store::UsageOf;
use utoipa::{IntoParams, ToSchema};

/// A scan of a user's files under way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"username": "ada", "start_time": 1_801_396_800_000_i64}))]
pub struct QuotaScan {
    username: String,
    /// Milliseconds since the epoch.
    start_time: i64,
}

/// A scan of a folder's files under way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"name": "media", "start_time": 1_801_396_800_000_i64}))]
pub struct FolderQuotaScan {
    name: String,
    /// Milliseconds since the epoch.
    start_time: i64,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(example = json!({"used_quota_size": 1_048_576, "used_quota_files": 12}))]
pub struct QuotaUsage {
    /// Bytes.
    #[schema(minimum = 0)]
    used_quota_size: i64,
    #[schema(minimum = 0)]
    used_quota_files: i64,
}

/// In bytes.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
#[schema(example = json!({"used_upload_data_transfer": 1_048_576, "used_download_data_transfer": 0}))]
pub struct TransferQuotaUsage {
    #[schema(minimum = 0)]
    used_upload_data_transfer: i64,
    #[schema(minimum = 0)]
    used_download_data_transfer: i64,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Mode {
    /// `reset` (default) sets the counters, `add` adds to them.
    mode: Option<String>,
}

/// The scans of users under way.
#[utoipa::path(
    get,
    path = "/quotas/users/scans",
    tag = "quota",
    operation_id = "get_users_quota_scans",
    responses((status = 200, body = Vec<QuotaScan>), ApiError)
)]
pub async fn user_scans(caller: Caller<ScanQuotas>) -> Result<Json<Vec<QuotaScan>>> {
    let (control, admin) = (caller.control(), caller.admin());
    let mut scans = Vec::new();
    for Scan { name, started, .. } in control.user_scans() {
        // An admin with a role has to do with its users alone.
        let concerns = admin.role.is_empty()
            || match control.user_for(admin, &name).await {
                Ok(_) => true,
                Err(control::Error::NotFound(..)) => false,
                Err(error) => return Err(error.into()),
            };
        if concerns {
            scans.push(QuotaScan { username: name.to_string(), start_time: started });
        }
    }
    Ok(Json(scans))
}

/// Begins to count what a user has stored.
#[utoipa::path(
    post,
    path = "/quotas/users/{username}/scan",
    tag = "quota",
    operation_id = "start_user_quota_scan",
    params(("username" = String, Path)),
    responses(
        (status = 202, body = ApiResponse, example = json!({"message": "Scan started"})),
        (status = 404, body = ApiResponse),
        (status = 409, description = "It is being counted", body = ApiResponse),
        ApiError,
    )
)]
pub async fn scan_user(
    caller: Caller<ScanQuotas>,
    Name(username): Name,
) -> Result<(StatusCode, Json<ApiResponse>)> {
    caller.control().user_for(caller.admin(), &username).await?;
    caller.control().scan(&UsageOf::User(username)).await?;
    Ok((StatusCode::ACCEPTED, ApiResponse::message("Scan started")))
}

/// Sets what a user has stored.
#[utoipa::path(
    put,
    path = "/quotas/users/{username}/usage",
    tag = "quota",
    operation_id = "user_quota_update_usage",
    params(("username" = String, Path), Mode),
    request_body = QuotaUsage,
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "Quota updated"})),
        (status = 404, body = ApiResponse),
        ApiError,
    )
)]
pub async fn update_user(
    caller: Caller<EditUsers>,
    Name(username): Name,
    query: Params<Mode>,
    body: Body,
) -> Result<Json<ApiResponse>> {
    caller.control().user_for(caller.admin(), &username).await?;
    let (usage, update) = (body.parse::<QuotaUsage>()?.checked()?, query.0.update()?);
    caller.control().update_user_usage(&username, usage, update).await?;
    Ok(ApiResponse::message(UPDATED))
}

/// Sets what a user has moved.
#[utoipa::path(
    put,
    path = "/quotas/users/{username}/transfer-usage",
    tag = "quota",
    operation_id = "user_transfer_quota_update_usage",
    params(("username" = String, Path), Mode),
    request_body = TransferQuotaUsage,
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "Quota updated"})),
        (status = 404, body = ApiResponse),
        ApiError,
    )
)]
pub async fn update_traffic(
    caller: Caller<EditUsers>,
    Name(username): Name,
    query: Params<Mode>,
    body: Body,
) -> Result<Json<ApiResponse>> {
    caller.control().user_for(caller.admin(), &username).await?;
    let (traffic, update) = (body.parse::<TransferQuotaUsage>()?.checked()?, query.0.update()?);
    caller.control().update_traffic(&username, traffic, update).await?;
    Ok(ApiResponse::message(UPDATED))
}

/// The scans of folders under way.
#[utoipa::path(
    get,
    path = "/quotas/folders/scans",
    tag = "quota",
    operation_id = "get_folders_quota_scans",
    responses((status = 200, body = Vec<FolderQuotaScan>), ApiError)
)]
pub async fn folder_scans(caller: Caller<ScanQuotas>) -> Json<Vec<FolderQuotaScan>> {
    let scan = |scan: Scan| FolderQuotaScan { name: scan.name.to_string(), start_time: scan.started };
    Json(caller.control().folder_scans().into_iter().map(scan).collect())
}

/// Begins to count what is stored in a folder.
#[utoipa::path(
    post,
    path = "/quotas/folders/{name}/scan",
    tag = "quota",
    operation_id = "start_folder_quota_scan",
    params(("name" = String, Path)),
    responses(
        (status = 202, body = ApiResponse, example = json!({"message": "Scan started"})),
        (status = 404, body = ApiResponse),
        (status = 409, description = "It is being counted", body = ApiResponse),
        ApiError,
    )
)]
pub async fn scan_folder(
    caller: Caller<ScanQuotas>,
    Name(name): Name,
) -> Result<(StatusCode, Json<ApiResponse>)> {
    caller.control().scan(&UsageOf::Folder(name)).await?;
    Ok((StatusCode::ACCEPTED, ApiResponse::message("Scan started")))
}

/// Sets what is stored in a folder.
#[utoipa::path(
    put,
    path = "/quotas/folders/{name}/usage",
    tag = "quota",
    operation_id = "folder_quota_update_usage",
    params(("name" = String, Path), Mode),
    request_body = QuotaUsage,
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "Quota updated"})),
        (status = 404, body = ApiResponse),
        ApiError,
    )
)]
pub async fn update_folder(
    caller: Caller<ManageFolders>,
    Name(name): Name,
    query: Params<Mode>,
    body: Body,
) -> Result<Json<ApiResponse>> {
    let (usage, update) = (body.parse::<QuotaUsage>()?.checked()?, query.0.update()?);
    caller.control().update_folder_usage(&name, usage, update).await?;
    Ok(ApiResponse::message(UPDATED))
}

const UPDATED: &str = "Quota updated";

impl QuotaUsage {
    fn checked(&self) -> Result<Usage> {
        Ok(Usage {
            files: not_negative("used_quota_files", self.used_quota_files)?,
            bytes: not_negative("used_quota_size", self.used_quota_size)?,
        })
    }
}

impl TransferQuotaUsage {
    fn checked(&self) -> Result<Traffic> {
        Ok(Traffic {
            uploaded: not_negative("used_upload_data_transfer", self.used_upload_data_transfer)?,
            downloaded: not_negative("used_download_data_transfer", self.used_download_data_transfer)?,
        })
    }
}

impl Mode {
    fn update(&self) -> Result<Update> {
        match self.mode.as_deref() {
            None | Some("" | "reset") => Ok(Update::Reset),
            Some("add") => Ok(Update::Add),
            Some(other) => Err(ApiError::bad_request(format!("mode: {other:?} is neither add nor reset"))),
        }
    }
}

fn not_negative(field: &str, value: i64) -> Result<u64> {
    u64::try_from(value).map_err(|_| ApiError::bad_request(format!("{field}: {value} is below 0")))
}
