//! Hosts that fail to log in. Without the defender no host has a score, and none is banned.

use crate::{
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    input::Name,
    permission::{ManageDefender, ViewDefender},
};
use axum::{Json, http::StatusCode};
use serde::Serialize;
use std::net::IpAddr;
use utoipa::ToSchema;

/// A host that failed to log in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"id": "3139322e302e322e37", "ip": "192.0.2.7", "score": 4}))]
pub struct DefenderEntry {
    /// The text of the address in hexadecimal.
    #[serde(skip_serializing_if = "String::is_empty")]
    id: String,
    ip: String,
    /// Of a host that is not banned.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<i32>,
    /// Until when it is banned, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    ban_time: Option<String>,
}

/// Hosts that have a score or are banned.
#[utoipa::path(
    get,
    path = "/defender/hosts",
    tag = "defender",
    operation_id = "get_defender_hosts",
    responses((status = 200, body = Vec<DefenderEntry>), ApiError)
)]
pub async fn list(_: Caller<ViewDefender>) -> Json<Vec<DefenderEntry>> {
    Json(Vec::new())
}

/// One host.
#[utoipa::path(
    get,
    path = "/defender/hosts/{id}",
    tag = "defender",
    operation_id = "get_defender_host_by_id",
    params(("id" = String, Path, description = "The text of the address in hexadecimal")),
    responses((status = 200, body = DefenderEntry), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn get(_: Caller<ViewDefender>, Name(id): Name) -> Result<Json<DefenderEntry>> {
    Err(unknown(&id))
}

/// Forgets what a host did; a ban ends at once.
#[utoipa::path(
    delete,
    path = "/defender/hosts/{id}",
    tag = "defender",
    operation_id = "delete_defender_host_by_id",
    params(("id" = String, Path, description = "The text of the address in hexadecimal")),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "Host deleted"})),
        (status = 404, body = ApiResponse),
        ApiError,
    )
)]
pub async fn delete(_: Caller<ManageDefender>, Name(id): Name) -> Result<Json<ApiResponse>> {
    Err(unknown(&id))
}

/// 400 for what is no id, 404 for one that nobody has.
fn unknown(id: &str) -> ApiError {
    match address(id) {
        Some(_) => ApiError::plain(StatusCode::NOT_FOUND),
        None => ApiError::bad_request("invalid host id"),
    }
}

fn address(id: &str) -> Option<IpAddr> {
    let digits = id.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    String::from_utf8(digits.collect::<Option<Vec<u8>>>()?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_addresses_in_hexadecimal() {
        assert_eq!(address("3132372e302e302e35"), "127.0.0.5".parse().ok());
        for bad in ["", "1", "zz", "3132", "ü", "ffff"] {
            assert_eq!(address(bad), None, "{bad}");
        }
    }
}
