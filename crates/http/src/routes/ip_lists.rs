//! IP lists.

use crate::{
    body::Body,
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    input::{Params, PathOf},
    page::IpListQuery,
    permission::Everything,
};
use axum::{
    Json,
    http::{HeaderMap, StatusCode},
};
use control::IpListEntry;

/// A page of a list, by the text of its networks.
#[utoipa::path(
    get,
    path = "/iplists/{type}",
    tag = "IP Lists",
    operation_id = "get_ip_list_entries",
    params(("type" = i32, Path, minimum = 1, maximum = 3), IpListQuery),
    responses((status = 200, body = Vec<IpListEntry>), ApiError)
)]
pub async fn list(
    caller: Caller<Everything>,
    PathOf(kind): PathOf<i32>,
    query: Params<IpListQuery>,
) -> Result<Json<Vec<IpListEntry>>> {
    Ok(Json(caller.control().ip_list(kind, query.0.page()?).await?))
}

/// Adds an entry to a list.
#[utoipa::path(
    post,
    path = "/iplists/{type}",
    tag = "IP Lists",
    operation_id = "add_ip_list_entry",
    params(("type" = i32, Path, minimum = 1, maximum = 3)),
    request_body = IpListEntry,
    responses(
        (status = 201, body = ApiResponse, headers(("Location" = String, description = "The new entry's path"))),
        (status = 409, body = ApiResponse),
        ApiError,
    )
)]
pub async fn add(
    caller: Caller<Everything>,
    PathOf(_kind): PathOf<i32>,
    body: Body,
) -> Result<(StatusCode, HeaderMap, Json<ApiResponse>)> {
    let made = caller.control().add_ip_list_entry(body.parse()?).await?;
    let headers = super::location(&format!("iplists/{}", made.kind), &made.ipornet);
    Ok((StatusCode::CREATED, headers, ApiResponse::message("Entry added")))
}

/// One entry.
#[utoipa::path(
    get,
    path = "/iplists/{type}/{ipornet}",
    tag = "IP Lists",
    operation_id = "get_ip_list_by_ipornet",
    params(("type" = i32, Path, minimum = 1, maximum = 3), ("ipornet" = String, Path)),
    responses((status = 200, body = IpListEntry), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn get(
    caller: Caller<Everything>,
    PathOf((kind, network)): PathOf<(i32, String)>,
) -> Result<Json<IpListEntry>> {
    Ok(Json(caller.control().ip_list_entry(kind, &network).await?))
}

/// Replaces an entry.
#[utoipa::path(
    put,
    path = "/iplists/{type}/{ipornet}",
    tag = "IP Lists",
    operation_id = "update_ip_list_entry",
    params(("type" = i32, Path, minimum = 1, maximum = 3), ("ipornet" = String, Path)),
    request_body = IpListEntry,
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn update(
    caller: Caller<Everything>,
    PathOf((kind, network)): PathOf<(i32, String)>,
    body: Body,
) -> Result<Json<ApiResponse>> {
    let control = caller.control();
    control.ip_list_entry(kind, &network).await?;
    control.update_ip_list_entry(kind, &network, body.parse()?).await?;
    Ok(ApiResponse::message("Entry updated"))
}

/// Deletes an entry.
#[utoipa::path(
    delete,
    path = "/iplists/{type}/{ipornet}",
    tag = "IP Lists",
    operation_id = "delete_ip_list_entry",
    params(("type" = i32, Path, minimum = 1, maximum = 3), ("ipornet" = String, Path)),
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn delete(
    caller: Caller<Everything>,
    PathOf((kind, network)): PathOf<(i32, String)>,
) -> Result<Json<ApiResponse>> {
    caller.control().delete_ip_list_entry(kind, &network).await?;
    Ok(ApiResponse::message("Entry deleted"))
}
