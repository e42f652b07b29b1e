//! Engines that are off: the defender bans nobody, no check of retention runs, no event is searched for. The
//! calls answer as they do where an engine is there and not switched on.

use crate::{
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    input::Name,
    permission::{Everything, ManageDefender, ViewDefender, ViewEvents},
};
use axum::{Json, http::StatusCode};
use serde::Serialize;
use std::net::IpAddr;
use utoipa::ToSchema;

/// An address that the defender watches: it has a score, or is banned.
#[derive(Debug, Serialize, ToSchema)]
pub struct DefenderEntry {
    /// The address's text in hexadecimal.
    id: String,
    ip: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    ban_time: Option<String>,
}

/// A check of how long files are kept, while it runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetentionCheck {
    username: String,
    /// Milliseconds since the epoch.
    start_time: i64,
}

/// The addresses that the defender watches.
#[utoipa::path(
    get,
    path = "/defender/hosts",
    tag = "defender",
    operation_id = "get_defender_hosts",
    responses((status = 200, body = Vec<DefenderEntry>), ApiError)
)]
pub async fn hosts(_: Caller<ViewDefender>) -> Json<Vec<DefenderEntry>> {
    Json(Vec::new())
}

/// One address that the defender watches.
#[utoipa::path(
    get,
    path = "/defender/hosts/{id}",
    tag = "defender",
    operation_id = "get_defender_host_by_id",
    params(("id" = String, Path)),
    responses((status = 200, body = DefenderEntry), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn host(_: Caller<ViewDefender>, Name(id): Name) -> Result<Json<DefenderEntry>> {
    Err(unknown(&id))
}

/// Forgets what an address did, and lifts its ban.
#[utoipa::path(
    delete,
    path = "/defender/hosts/{id}",
    tag = "defender",
    operation_id = "delete_defender_host_by_id",
    params(("id" = String, Path)),
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn forget(_: Caller<ManageDefender>, Name(id): Name) -> Result<Json<ApiResponse>> {
    Err(unknown(&id))
}

/// The checks of retention that run.
#[utoipa::path(
    get,
    path = "/retention/users/checks",
    tag = "data retention",
    operation_id = "get_users_retention_checks",
    responses((status = 200, body = Vec<RetentionCheck>), ApiError)
)]
pub async fn checks(_: Caller<Everything>) -> Json<Vec<RetentionCheck>> {
    Json(Vec::new())
}

/// What happened to files.
#[utoipa::path(
    get,
    path = "/events/fs",
    tag = "events",
    operation_id = "get_fs_events",
    responses((status = 501, body = ApiResponse), ApiError)
)]
pub async fn file_events(_: Caller<ViewEvents>) -> ApiError {
    no_search()
}

/// What happened to objects.
#[utoipa::path(
    get,
    path = "/events/provider",
    tag = "events",
    operation_id = "get_provider_events",
    responses((status = 501, body = ApiResponse), ApiError)
)]
pub async fn provider_events(_: Caller<ViewEvents>) -> ApiError {
    no_search()
}

/// Logins and what failed of them.
#[utoipa::path(
    get,
    path = "/events/logs",
    tag = "events",
    operation_id = "get_log_events",
    responses((status = 501, body = ApiResponse), ApiError)
)]
pub async fn log_events(_: Caller<ViewEvents>) -> ApiError {
    no_search()
}

fn no_search() -> ApiError {
    ApiError::new(StatusCode::NOT_IMPLEMENTED, "events are not kept: there is nothing to search")
}

/// Nobody is watched; an id that names no address is at fault by itself.
fn unknown(id: &str) -> ApiError {
    match address(id) {
        Some(ip) => ApiError::new(StatusCode::NOT_FOUND, format!("{ip} is not watched")),
        None => ApiError::bad_request(format!("{id:?} is not the id of an address")),
    }
}

fn address(id: &str) -> Option<IpAddr> {
    let digits: Option<Vec<u8>> =
        id.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    let text: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    std::str::from_utf8(&text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_text_of_an_address() {
        assert_eq!(address("3132372e302e302e33"), Some([127, 0, 0, 3].into()));
        assert_eq!(address("3a3a31"), Some(std::net::Ipv6Addr::LOCALHOST.into()));
        for bad in ["", "zz", "3", "3132", "ff", "é1"] {
            assert_eq!(address(bad), None, "{bad}");
        }
    }
}
