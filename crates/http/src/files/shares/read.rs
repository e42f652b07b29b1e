//! What visitors may look at and take.

use super::visit::{ToRead, Visit};
use crate::{
    error::{ApiError, ApiResponse, Result},
    files::{
        download::{self, Piece},
        failure::failed,
        list::{self, DirEntry},
        query::PathQuery,
        zip::{self, Archived},
    },
    input::Params,
};
use axum::{
    http::{HeaderMap, Method},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use session::Kind;
use types::VirtualPath;
use utoipa::IntoParams;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Compression {
    /// `false`: where a single file is shared, the file itself instead of an archive.
    #[param(value_type = bool, default = true)]
    compress: Option<String>,
}

/// All that is shared, as one archive.
#[utoipa::path(
    get,
    path = "/shares/{id}",
    tag = "public shares",
    operation_id = "get_share",
    security((), ("BasicAuth" = [])),
    params(
        ("id" = String, Path),
        Compression,
        ("Range" = Option<String>, Header, description = "One range of bytes of a single file"),
    ),
    responses(
        (status = 200, description = "The archive or the file", content_type = "*/*"),
        (status = 206, description = "A part of the file", content_type = "*/*"),
        (status = 304, description = "Not changed"),
        (status = 404, body = ApiResponse),
        (status = 412, description = "Another version than was asked for"),
        (status = 416, description = "It has no such bytes"),
        (status = 429, description = "Too many wrong passwords", body = ApiResponse),
        ApiError,
    )
)]
pub async fn download(
    visit: Visit<ToRead>,
    Params(query): Params<Compression>,
    method: Method,
    headers: HeaderMap,
    piece: Piece,
) -> Result<Response> {
    let shared = visit.paths()?;
    let chosen = zip::choose(visit.session(), shared).await?;
    let as_it_is = matches!(query.compress.as_deref(), Some("false" | "0"));
    let base = match &chosen[..] {
        [(path, metadata)] if as_it_is && metadata.kind == Kind::File => {
            return download::answer(visit.session(), path, &method, &headers, piece, Some(visit.uses()))
                .await;
        }
        // The name of a shared directory is its owner's business.
        [(path, metadata)] if metadata.kind == Kind::Directory => path.clone(),
        _ => VirtualPath::root(),
    };
    let name = format!("share-{}.zip", visit.share().name);
    if method == Method::HEAD {
        return Ok(zip::head(&name).into_response());
    }
    let taken = Some(visit.uses().one().await?);
    Ok(zip::answer(visit.into_session(), Archived { chosen, base }, &name, taken))
}

/// A file of a shared directory.
#[utoipa::path(
    get,
    path = "/shares/{id}/files",
    tag = "public shares",
    operation_id = "download_share_file",
    security((), ("BasicAuth" = [])),
    params(
        ("id" = String, Path),
        ("path" = String, Query, description = "Relative to the directory"),
        ("Range" = Option<String>, Header, description = "One range of bytes"),
    ),
    responses(
        (status = 200, description = "The file", content_type = "*/*"),
        (status = 206, description = "A part of it", content_type = "*/*"),
        (status = 304, description = "Not changed"),
        (status = 404, body = ApiResponse),
        (status = 412, description = "Another version than was asked for"),
        (status = 416, description = "It has no such bytes"),
        (status = 429, description = "Too many wrong passwords", body = ApiResponse),
        ApiError,
    )
)]
pub async fn file(
    visit: Visit<ToRead>,
    query: PathQuery,
    method: Method,
    headers: HeaderMap,
    piece: Piece,
) -> Result<Response> {
    let path = visit.resolve(query.path()?)?.ok_or_else(outside)?;
    if Some(&path) == visit.resolve(b"")?.as_ref() {
        return Err(ApiError::bad_request("path: it has to name a file in the shared directory"));
    }
    download::answer(visit.session(), &path, &method, &headers, piece, Some(visit.uses())).await
}

/// The entries of a shared directory or of one in it, in no order.
#[utoipa::path(
    get,
    path = "/shares/{id}/dirs",
    tag = "public shares",
    operation_id = "get_share_dir_contents",
    security((), ("BasicAuth" = [])),
    params(
        ("id" = String, Path),
        ("path" = Option<String>, Query, description = "Relative to the shared directory"),
    ),
    responses(
        (status = 200, body = Vec<DirEntry>),
        (status = 404, body = ApiResponse),
        (status = 429, description = "Too many wrong passwords", body = ApiResponse),
        ApiError,
    )
)]
pub async fn list(visit: Visit<ToRead>, query: PathQuery) -> Result<Response> {
    let path = visit.resolve(query.path_or_start())?.ok_or_else(outside)?;
    list::answer(visit.session().list(&path).await.map_err(failed)?).await
}

fn outside() -> ApiError {
    ApiError::bad_request("path: it is not in what is shared")
}
