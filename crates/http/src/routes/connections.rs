//! Live sessions.

use crate::{
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    input::Name,
    permission::{CloseConnections, ViewConnections},
};
use axum::{Json, http::StatusCode};
use control::Admin;
use serde::Serialize;
use session::{Direction, Info, TransferInfo};
use std::time::{SystemTime, UNIX_EPOCH};
use utoipa::ToSchema;

/// A session. Times are milliseconds since the epoch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "username": "ada",
    "connection_id": "SFTP_cf3tqjdbv6q2l5m8rk10_1",
    "client_version": "SSH-2.0-OpenSSH_10.0",
    "remote_address": "192.0.2.7:49152",
    "connection_time": 1_801_396_800_000_i64,
    "last_activity": 1_801_396_801_000_i64,
    "current_time": 1_801_396_802_000_i64,
    "protocol": "SFTP",
    "active_transfers": [{
        "operation_type": "upload",
        "start_time": 1_801_396_800_500_i64,
        "size": 1_048_576,
        "path": "/figures.csv",
    }],
}))]
pub struct ConnectionStatus {
    username: String,
    connection_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    client_version: String,
    remote_address: String,
    connection_time: i64,
    last_activity: i64,
    current_time: i64,
    protocol: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    active_transfers: Vec<Transfer>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Transfer {
    /// `upload` or `download`.
    operation_type: &'static str,
    start_time: i64,
    /// Bytes so far.
    size: u64,
    path: String,
}

/// All live sessions.
#[utoipa::path(
    get,
    path = "/connections",
    tag = "connections",
    operation_id = "get_connections",
    responses((status = 200, body = Vec<ConnectionStatus>), ApiError)
)]
pub async fn list(caller: Caller<ViewConnections>) -> Result<Json<Vec<ConnectionStatus>>> {
    let now = milliseconds(SystemTime::now());
    let live = caller.parts().services.registry.list();
    let live = live.into_iter().filter(|info| concerns(caller.admin(), info));
    let mut live: Vec<_> = live.map(|info| ConnectionStatus::new(info, now)).collect();
    live.sort_by(|a, b| (a.connection_time, &a.connection_id).cmp(&(b.connection_time, &b.connection_id)));
    Ok(Json(live))
}

/// Ends a session; its running transfers end at once.
#[utoipa::path(
    delete,
    path = "/connections/{connectionID}",
    tag = "connections",
    operation_id = "close_connection",
    params(("connectionID" = String, Path)),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "Connection closed"})),
        (status = 404, body = ApiResponse),
        ApiError,
    )
)]
pub async fn close(caller: Caller<CloseConnections>, Name(id): Name) -> Result<Json<ApiResponse>> {
    let registry = &caller.parts().services.registry;
    let hidden = |info: &Info| info.connection.id.to_string() == id && !concerns(caller.admin(), info);
    let visible = caller.admin().role.is_empty() || !registry.list().iter().any(hidden);
    if visible && registry.close(&id) {
        Ok(ApiResponse::message("Connection closed"))
    } else {
        Err(ApiError::plain(StatusCode::NOT_FOUND))
    }
}

/// An admin with a role has to do with the sessions of its users alone.
fn concerns(admin: &Admin, info: &Info) -> bool {
    admin.role.is_empty() || info.role.as_deref() == Some(admin.role.as_str())
}

impl ConnectionStatus {
    fn new(info: Info, now: i64) -> Self {
        let connection = &info.connection;
        Self {
            username: info.username.to_string(),
            connection_id: connection.id.to_string(),
            client_version: connection.client_version.clone(),
            remote_address: connection.remote.to_string(),
            connection_time: milliseconds(connection.started),
            last_activity: info.last_activity,
            current_time: now,
            protocol: connection.protocol.to_string(),
            active_transfers: info.transfers.iter().map(Transfer::from).collect(),
        }
    }
}

impl From<&TransferInfo> for Transfer {
    fn from(transfer: &TransferInfo) -> Self {
        Self {
            operation_type: match transfer.direction {
                Direction::Upload => "upload",
                Direction::Download => "download",
            },
            start_time: transfer.started,
            size: transfer.size,
            path: transfer.path.to_string(),
        }
    }
}

fn milliseconds(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
