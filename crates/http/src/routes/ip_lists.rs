//! IP lists.

use crate::{
    body::Body,
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    input::{Params, PathOf},
    page::IpListQuery,
    permission::ManageSystem,
    resource::{IfMatch, tagged},
};
use axum::{
    Json,
    http::{HeaderMap, StatusCode},
};
use control::{Change, Expected, IpListEntry, Versioned};

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
    caller: Caller<ManageSystem>,
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
    request_body(content = IpListEntry, example = json!({
        "ipornet": "192.0.2.0/24",
        "description": "Guesses passwords",
        "type": 2,
        "mode": 2,
    })),
    responses(
        (
            status = 201,
            body = ApiResponse,
            headers(("Location" = String, description = "The new entry's path")),
            example = json!({"message": "Entry added"})
        ),
        (status = 409, body = ApiResponse),
        ApiError,
    )
)]
pub async fn add(
    caller: Caller<ManageSystem>,
    PathOf(_kind): PathOf<i32>,
    body: Body,
) -> Result<(StatusCode, HeaderMap, Json<ApiResponse>)> {
    let made = caller.control().add_ip_list_entry(body.parse()?).await?;
    let mut headers = super::location(&format!("iplists/{}", made.kind), &made.ipornet);
    headers.extend(tagged(&made.version()));
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
    caller: Caller<ManageSystem>,
    PathOf((kind, network)): PathOf<(i32, String)>,
) -> Result<(HeaderMap, Json<IpListEntry>)> {
    let entry = caller.control().ip_list_entry(kind, &network).await?;
    Ok((tagged(&entry.version()), Json(entry)))
}

/// Replaces an entry.
#[utoipa::path(
    put,
    path = "/iplists/{type}/{ipornet}",
    tag = "IP Lists",
    operation_id = "update_ip_list_entry",
    params(
        ("type" = i32, Path, minimum = 1, maximum = 3),
        ("ipornet" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is meant"),
    ),
    request_body(content = IpListEntry, example = json!({
        "ipornet": "192.0.2.0/24",
        "description": "Guesses passwords",
        "type": 2,
        "mode": 2,
    })),
    responses(
        (
            status = 200,
            body = ApiResponse,
            headers(("ETag" = String, description = "Its version, for If-Match")),
            example = json!({"message": "Entry updated"})
        ),
        (status = 404, body = ApiResponse),
        (status = 412, description = "It was changed since", body = ApiResponse),
        ApiError,
    )
)]
pub async fn update(
    caller: Caller<ManageSystem>,
    PathOf((kind, network)): PathOf<(i32, String)>,
    IfMatch(expected): IfMatch,
    body: Body,
) -> Result<(HeaderMap, Json<ApiResponse>)> {
    caller.control().ip_list_entry(kind, &network).await?;
    change(&caller, kind, &network, Change::Replace(body.parse()?), expected).await
}

/// Changes the fields of an entry that are sent (RFC 7396).
#[utoipa::path(
    patch,
    path = "/iplists/{type}/{ipornet}",
    tag = "IP Lists",
    operation_id = "patch_ip_list_entry",
    params(
        ("type" = i32, Path, minimum = 1, maximum = 3),
        ("ipornet" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is meant"),
    ),
    request_body(
        content = Object,
        content_type = "application/merge-patch+json",
        example = json!({"description": "changed"})
    ),
    responses(
        (
            status = 200,
            body = ApiResponse,
            headers(("ETag" = String, description = "Its version, for If-Match")),
            example = json!({"message": "Entry updated"})
        ),
        (status = 404, body = ApiResponse),
        (status = 412, description = "It was changed since", body = ApiResponse),
        (status = 415, description = "The body is no merge patch", body = ApiResponse),
        ApiError,
    )
)]
pub async fn patch(
    caller: Caller<ManageSystem>,
    PathOf((kind, network)): PathOf<(i32, String)>,
    IfMatch(expected): IfMatch,
    headers: HeaderMap,
    body: Body,
) -> Result<(HeaderMap, Json<ApiResponse>)> {
    caller.control().ip_list_entry(kind, &network).await?;
    change(&caller, kind, &network, Change::Merge(body.patch(&headers)?), expected).await
}

/// Deletes an entry.
#[utoipa::path(
    delete,
    path = "/iplists/{type}/{ipornet}",
    tag = "IP Lists",
    operation_id = "delete_ip_list_entry",
    params(
        ("type" = i32, Path, minimum = 1, maximum = 3),
        ("ipornet" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that is meant"),
    ),
    responses(
        (status = 200, body = ApiResponse, example = json!({"message": "Entry deleted"})),
        (status = 404, body = ApiResponse),
        (status = 412, description = "It was changed since", body = ApiResponse),
        ApiError,
    )
)]
pub async fn delete(
    caller: Caller<ManageSystem>,
    PathOf((kind, network)): PathOf<(i32, String)>,
    IfMatch(expected): IfMatch,
) -> Result<Json<ApiResponse>> {
    caller.control().delete_ip_list_entry(kind, &network, expected).await?;
    Ok(ApiResponse::message("Entry deleted"))
}

async fn change(
    caller: &Caller<ManageSystem>,
    kind: i32,
    network: &str,
    change: Change<IpListEntry>,
    expected: Expected,
) -> Result<(HeaderMap, Json<ApiResponse>)> {
    let changed = caller.control().update_ip_list_entry(kind, network, change, expected).await?;
    Ok((tagged(&changed.version()), ApiResponse::message("Entry updated")))
}
