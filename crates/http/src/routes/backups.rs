//! Backups: everything as JSON, to the client or to a file and back.

use crate::{
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    input::Params,
    permission::ManageSystem,
    server::broken,
};
use axum::{
    Json,
    body::{Body, Bytes},
    extract::Query,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use control::{
    Admin, ApiKey, BackupFile, Control, EventAction, EventRule, Folder, Group, IpListEntry, Layout, LoadMode,
    LoadScan, Role, Share, User,
};
use futures_util::{Stream, StreamExt, stream};
use http_body::Body as _;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::io;
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

/// A backup. Kinds that were not asked for are `null`.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "users": [],
    "groups": [{"name": "editors", "user_settings": {"home_dir": "/srv/editors/%username%"}}],
    "version": 17,
}))]
pub struct BackupData {
    users: Option<Vec<User>>,
    groups: Option<Vec<Group>>,
    folders: Option<Vec<Folder>>,
    admins: Option<Vec<Admin>>,
    api_keys: Option<Vec<ApiKey>>,
    shares: Option<Vec<Share>>,
    event_actions: Option<Vec<EventAction>>,
    event_rules: Option<Vec<EventRule>>,
    roles: Option<Vec<Role>>,
    ip_lists: Option<Vec<IpListEntry>>,
    #[schema(value_type = Option<Object>)]
    configs: Option<Map<String, Value>>,
    version: i32,
}

/// What answers `dumpdata`: the backup, or that it was written.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "The document alone speaks of it: a backup is sent as it is made.")]
pub enum Dumped {
    Backup(Box<BackupData>),
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
    let layout = if indented { Layout::Indented } else { Layout::Compact };
    let scopes = scopes(&all);
    let control = caller.control();
    if flag("output-data", query.output_data.as_deref())? {
        let backup = control.dump(&scopes, layout).await?;
        let attachment = HeaderValue::from_static("attachment; filename=\"longshore-backup.json\"");
        let json = HeaderValue::from_static("application/json");
        let size = HeaderValue::from(backup.size()?);
        let headers = [
            (header::CONTENT_TYPE, json),
            (header::CONTENT_DISPOSITION, attachment),
            (header::CONTENT_LENGTH, size),
        ];
        return Ok((headers, Body::from_stream(content(backup))).into_response());
    }
    control.dump_to(query.output_file.as_deref().unwrap_or_default(), &scopes, layout).await?;
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
    let backup = caller.control().open_backup(query.input_file.as_deref().unwrap_or_default()).await?;
    caller.control().load(backup, mode, scan).await?;
    Ok(ApiResponse::message("Data restored"))
}

/// Loads a backup from the body.
#[utoipa::path(
    post,
    path = "/loaddata",
    tag = "maintenance",
    operation_id = "loaddata_from_request_body",
    params(LoadQuery),
    request_body(content = BackupData, description = "A backup"),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "Data restored"})),
        (status = 413, description = "The backup is too large", body = ApiResponse),
        ApiError,
    )
)]
pub async fn load_body(
    caller: Caller<ManageSystem>,
    Params(query): Params<LoadQuery>,
    body: Body,
) -> Result<Json<ApiResponse>> {
    let (mode, scan) = query.how()?;
    let backup = receive(caller.control(), body).await?;
    caller.control().load(backup, mode, scan).await?;
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

/// Writes a body down: it may be larger than what a request should hold of the memory.
async fn receive(control: &Control, body: Body) -> Result<BackupFile> {
    let too_large = || {
        let text = format!("a backup has at most {} bytes", control::MAX_BACKUP);
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, text)
    };
    if body.size_hint().lower() > control::MAX_BACKUP {
        return Err(too_large());
    }
    let mut incoming = control.receive_backup().await?;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| broken(&error))?;
        if !incoming.push(piece).await? {
            return Err(too_large());
        }
    }
    Ok(incoming.finish())
}

/// The text of a backup, read as the client takes it.
fn content(backup: BackupFile) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold((backup, 0), |(backup, from)| async move {
        let piece = backup.piece(from).await?;
        let next = from + piece.len() as u64;
        Ok((!piece.is_empty()).then(|| (Bytes::from(piece), (backup, next))))
    })
}
