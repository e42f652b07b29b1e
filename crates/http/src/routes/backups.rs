//! Backups: everything as JSON, to the client or to a file and back.

use crate::{
    body::Body,
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    input::Params,
    permission::ManageSystem,
};
use axum::{
    Json,
    extract::Query,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use control::{Backup, LoadMode, LoadScan};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "kebab-case")]
#[serde(default, rename_all = "kebab-case")]
pub struct DumpQuery {
    /// File to write, relative to `data_provider.backups_path`.
    output_file: Option<String>,
    /// 1: the backup is the answer, and no file is written.
    #[param(value_type = i32, minimum = 0, maximum = 1)]
    output_data: Option<String>,
    /// 1: indented.
    #[param(value_type = i32, minimum = 0, maximum = 1)]
    indent: Option<String>,
    /// Kinds of objects, separated by commas; all when empty. It may be given several times.
    #[param(value_type = Option<String>)]
    #[serde(rename = "scopes")]
    _scopes: Option<String>,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query, rename_all = "kebab-case")]
#[serde(default, rename_all = "kebab-case")]
pub struct LoadQuery {
    /// 0 nobody's files are counted, 1 everybody's, 2 those of users with a quota.
    #[param(value_type = i32, minimum = 0, maximum = 2)]
    scan_quota: Option<String>,
    /// 0 objects that exist are updated, 1 they are left alone, 2 they are updated and sessions of updated users
    /// end.
    #[param(value_type = i32, minimum = 0, maximum = 2)]
    mode: Option<String>,
    /// File to load: absolute, or relative to `data_provider.backups_path`. For GET alone.
    input_file: Option<String>,
}

/// What answers `dumpdata`: the backup, or that it was written.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "The document alone speaks of it: a backup is sent as it is made.")]
pub enum Dumped {
    Backup(Box<Backup>),
    Written(ApiResponse),
}

/// Takes a backup.
#[utoipa::path(
    get,
    path = "/dumpdata",
    tag = "maintenance",
    operation_id = "dumpdata",
    params(DumpQuery),
    responses(
        (
            status = 200,
            description = "The backup, or that it was written",
            body = Dumped,
            example = json!({"users": [], "groups": [], "version": 17})
        ),
        ApiError,
    )
)]
pub async fn dump(
    caller: Caller<ManageSystem>,
    Params(query): Params<DumpQuery>,
    Query(all): Query<Vec<(String, String)>>,
) -> Result<Response> {
    let indented = flag("indent", query.indent.as_deref())?;
    let scopes = scopes(&all);
    let control = caller.control();
    if flag("output-data", query.output_data.as_deref())? {
        let text = text(&control.backup(&scopes).await?, indented)?;
        let attachment = HeaderValue::from_static("attachment; filename=\"longshore-backup.json\"");
        let json = HeaderValue::from_static("application/json");
        let headers = [(header::CONTENT_TYPE, json), (header::CONTENT_DISPOSITION, attachment)];
        return Ok((headers, text).into_response());
    }
    let file = control.backup_path(query.output_file.as_deref().unwrap_or_default())?;
    let text = text(&control.backup(&scopes).await?, indented)?;
    control.write_backup(file, text).await?;
    Ok(ApiResponse::message("Data saved").into_response())
}

/// Loads a backup from a file.
#[utoipa::path(
    get,
    path = "/loaddata",
    tag = "maintenance",
    operation_id = "loaddata_from_file",
    params(LoadQuery),
    responses((status = 200, body = ApiResponse, example = json!({"message": "Data restored"})), ApiError)
)]
pub async fn load_file(
    caller: Caller<ManageSystem>,
    Params(query): Params<LoadQuery>,
) -> Result<Json<ApiResponse>> {
    let (mode, scan) = query.how()?;
    let text = caller.control().read_backup(query.input_file.as_deref().unwrap_or_default()).await?;
    caller.control().load(Backup::from_json(&text)?, mode, scan).await?;
    Ok(ApiResponse::message("Data restored"))
}

/// Loads a backup from the body.
#[utoipa::path(
    post,
    path = "/loaddata",
    tag = "maintenance",
    operation_id = "loaddata_from_request_body",
    params(LoadQuery),
    request_body = Backup,
    responses((status = 200, body = ApiResponse, example = json!({"message": "Data restored"})), ApiError)
)]
pub async fn load_body(
    caller: Caller<ManageSystem>,
    Params(query): Params<LoadQuery>,
    body: Body,
) -> Result<Json<ApiResponse>> {
    let (mode, scan) = query.how()?;
    caller.control().load(Backup::from_json(&body.bytes()?)?, mode, scan).await?;
    Ok(ApiResponse::message("Data restored"))
}

impl LoadQuery {
    fn how(&self) -> Result<(LoadMode, LoadScan)> {
        let mode = match self.mode.as_deref() {
            None | Some("" | "0") => LoadMode::Update,
            Some("1") => LoadMode::Keep,
            Some("2") => LoadMode::UpdateAndDisconnect,
            Some(other) => return Err(ApiError::bad_request(format!("mode: {other:?} is not 0, 1 or 2"))),
        };
        let scan = match self.scan_quota.as_deref() {
            None | Some("" | "0") => LoadScan::Nobody,
            Some("1") => LoadScan::Everybody,
            Some("2") => LoadScan::UsersWithQuota,
            Some(other) => {
                return Err(ApiError::bad_request(format!("scan-quota: {other:?} is not 0, 1 or 2")));
            }
        };
        Ok((mode, scan))
    }
}

/// What every `scopes` names: it is given once with commas in it, or once for each kind.
fn scopes(given: &[(String, String)]) -> Vec<String> {
    let lists = given.iter().filter(|(name, _)| name == "scopes").flat_map(|(_, list)| list.split(','));
    lists.map(|scope| scope.trim().to_owned()).filter(|scope| !scope.is_empty()).collect()
}

fn flag(name: &str, value: Option<&str>) -> Result<bool> {
    match value {
        None | Some("" | "0") => Ok(false),
        Some("1") => Ok(true),
        Some(other) => Err(ApiError::bad_request(format!("{name}: {other:?} is neither 0 nor 1"))),
    }
}

fn text(backup: &Backup, indented: bool) -> Result<Vec<u8>> {
    let text = if indented { serde_json::to_vec_pretty(backup) } else { serde_json::to_vec(backup) };
    text.map_err(|error| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}
