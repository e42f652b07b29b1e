//! Uploads: the body of the request is the file.

use super::{
    actions::modified_at,
    caller::{Changes, Files},
    dirs::make_parents,
    failure::failed,
    query::PathQuery,
};
use crate::{
    api::Api,
    error::{ApiError, ApiResponse, Result},
    server::broken,
};
use axum::{
    Json,
    body::{Body, HttpBody},
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use session::{Error, Open, Session, Start, Upload};

/// Stores the body as a file: whole, or nothing of it.
#[utoipa::path(
    post,
    path = "/user/files/upload",
    tag = "user APIs",
    operation_id = "create_user_file",
    params(
        ("path" = String, Query),
        ("mkdir_parents" = Option<bool>, Query, description = "Missing parents are made as well"),
        ("X-SFTPGO-MTIME" = Option<i64>, Header, description = "Its modification time in milliseconds"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: a file that is there stays"),
    ),
    request_body(content = String, content_type = "application/octet-stream"),
    responses(
        (status = 201, body = ApiResponse, example = json!({"message": "Upload completed"})),
        (status = 404, description = "The parent is missing", body = ApiResponse),
        (status = 412, description = "The file is there", body = ApiResponse),
        (status = 413, description = "It is too large", body = ApiResponse),
        ApiError,
    )
)]
pub async fn upload(
    State(api): State<Api>,
    files: Files<Changes>,
    query: PathQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<ApiResponse>)> {
    let source = Source::new(body, api.parts().max_upload_size)?;
    let path = files.resolve(query.path()?)?;
    make_parents(files.session(), &path, &query).await?;
    let start = if keeps_existing(&headers) { Start::CreateNew } else { Start::Truncate };
    let mut file = files.session().upload(&path, open(start)).await.map_err(|error| match error {
        Error::AlreadyExists if start == Start::CreateNew => {
            ApiError::new(StatusCode::PRECONDITION_FAILED, "the file exists")
        }
        error => failed(error),
    })?;
    receive(files.session(), &mut file, source).await?;
    publish(file, modified(&headers)).await?;
    Ok((StatusCode::CREATED, ApiResponse::message("Upload completed")))
}

/// The content of a file as it comes.
pub struct Source<S> {
    pub data: S,
    /// The most it may be, in bytes; 0 is no limit.
    pub max: u64,
}

impl Source<()> {
    /// The body of a request, unless it says itself that it is too large.
    pub fn new(body: Body, max: u64) -> Result<Source<impl Stream<Item = Result<Bytes>>>> {
        if max > 0 && body.size_hint().lower() > max {
            return Err(too_large());
        }
        Ok(Source { data: body.into_data_stream().map(|piece| piece.map_err(|error| broken(&error))), max })
    }
}

/// A file that replaces what is there when it is complete.
pub const fn open(start: Start) -> Open {
    Open { start, read: false, append: false, resumable: false }
}

/// Writes what comes to its end. `file` dropped then, as when the client goes away, nothing is stored.
pub async fn receive(
    session: &Session,
    file: &mut Upload,
    source: Source<impl Stream<Item = Result<Bytes>>>,
) -> Result<()> {
    let Source { data, max } = source;
    let mut data = std::pin::pin!(data);
    let mut size = 0;
    loop {
        let piece = tokio::select! {
            piece = data.next() => piece,
            () = session.closed() => return Err(failed(Error::Aborted)),
        };
        let Some(piece) = piece else { return Ok(()) };
        let piece = piece?;
        size += piece.len() as u64;
        if max > 0 && size > max {
            return Err(too_large());
        }
        file.push(piece).await.map_err(failed)?;
    }
}

/// Puts a file that was received whole in its place; `modified` is its time in milliseconds.
pub async fn publish(mut file: Upload, modified: Option<i64>) -> Result<()> {
    if let Some(modified) = modified {
        match file.change(&modified_at(modified)).await {
            // The file is worth storing all the same.
            Ok(()) | Err(Error::Denied | Error::Unsupported) => {}
            Err(error) => return Err(failed(error)),
        }
    }
    file.finish().await.map_err(failed)?;
    Ok(())
}

/// What `X-SFTPGO-MTIME` says; what is no number is as if it were not there.
pub fn modified(headers: &HeaderMap) -> Option<i64> {
    headers.get("x-sftpgo-mtime").and_then(|value| value.to_str().ok()?.parse().ok())
}

pub fn too_large() -> ApiError {
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "the file is larger than httpd.max_upload_file_size allows")
}

fn keeps_existing(headers: &HeaderMap) -> bool {
    headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes().trim_ascii() == b"*")
}
