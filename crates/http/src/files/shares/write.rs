//! What visitors may leave.

use super::visit::{ToWrite, Visit, file_name};
use crate::{
    api::Api,
    error::{ApiError, ApiResponse, Result},
    files::{
        failure::failed,
        form::{Form, UploadForm},
        upload::{Source, modified, open, publish, receive},
        uses::Taken,
    },
};
use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri},
};
use session::{Error, Start, Upload};
use types::VirtualPath;

/// The most files in a form whose share counts its uses: they are held open until all of them are there.
const MAX_FILES: usize = 200;

/// Stores the body as a file in the shared directory: whole, or nothing of it.
#[utoipa::path(
    post,
    path = "/shares/{id}/{fileName}",
    tag = "public shares",
    operation_id = "upload_single_to_share",
    security((), ("BasicAuth" = [])),
    params(
        ("id" = String, Path),
        ("fileName" = String, Path, description = "A `/` in it leads to a directory that is there"),
        ("X-SFTPGO-MTIME" = Option<i64>, Header, description = "Its modification time in milliseconds"),
    ),
    request_body(content = String, content_type = "application/octet-stream"),
    responses(
        (status = 201, body = ApiResponse, example = json!({"message": "Upload completed"})),
        (status = 404, description = "The share or the directory is missing", body = ApiResponse),
        (
            status = 409,
            description = "The file is there, and the share is for writing alone",
            body = ApiResponse
        ),
        (status = 413, description = "It is too large", body = ApiResponse),
        (status = 429, description = "Too many wrong passwords", body = ApiResponse),
        ApiError,
    )
)]
pub async fn upload(
    State(api): State<Api>,
    visit: Visit<ToWrite>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<ApiResponse>)> {
    let name = file_name(uri.path());
    if name.split(|byte| matches!(byte, b'/' | b'\\')).any(|part| part == b"..") {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "the name leads out of its directory"));
    }
    let path = visit.resolve(&name)?.ok_or_else(|| ApiError::plain(StatusCode::FORBIDDEN))?;
    let source = Source::new(body, api.parts().max_upload_size)?;
    let taken = visit.uses().one().await?;
    let mut file = create(&visit, &path).await?;
    receive(visit.session(), &mut file, source).await?;
    publish(file, modified(&headers)).await?;
    taken.keep();
    Ok((StatusCode::CREATED, ApiResponse::message("Upload completed")))
}

/// Stores files in the shared directory, each one whole or not at all. Where fewer uses are left than there are
/// files, none is stored.
#[utoipa::path(
    post,
    path = "/shares/{id}",
    tag = "public shares",
    operation_id = "upload_to_share",
    security((), ("BasicAuth" = [])),
    params(("id" = String, Path)),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, body = ApiResponse, example = json!({"message": "Upload completed"})),
        (status = 404, description = "The share or its directory is missing", body = ApiResponse),
        (
            status = 409,
            description = "A file is there, and the share is for writing alone",
            body = ApiResponse
        ),
        (status = 413, description = "A file is too large", body = ApiResponse),
        (status = 429, description = "Too many wrong passwords", body = ApiResponse),
        ApiError,
    )
)]
pub async fn form(
    State(api): State<Api>,
    visit: Visit<ToWrite>,
    request: Request,
) -> Result<(StatusCode, Json<ApiResponse>)> {
    let directory = visit.resolve(b"")?.ok_or_else(|| ApiError::plain(StatusCode::FORBIDDEN))?;
    let mut form = Form::of(request, &api).await?;
    let mut taken = visit.uses().none();
    let mut received = Vec::new();
    let mut files = 0;
    while let Some((name, source)) = form.next_file(api.parts().max_upload_size).await? {
        let path = directory.join(name.as_bytes());
        let path = path.ok_or_else(|| ApiError::bad_request("filenames: a file has no name"))?;
        if !taken.add_one().await? {
            return Err(ApiError::bad_request("Allowed usage exceeded"));
        }
        let mut file = create(&visit, &path).await?;
        receive(visit.session(), &mut file, source).await?;
        received.push(file);
        files += 1;
        if visit.share().max_tokens == 0 {
            // Nothing can be refused any more for want of uses.
            publish_all(&mut received, &mut taken).await?;
        } else if received.len() == MAX_FILES {
            return Err(ApiError::bad_request("filenames: too many files for one form"));
        }
    }
    if files == 0 {
        return Err(ApiError::bad_request("filenames: no file was sent"));
    }
    publish_all(&mut received, &mut taken).await?;
    Ok((StatusCode::CREATED, ApiResponse::message("Upload completed")))
}

async fn publish_all(received: &mut Vec<Upload>, taken: &mut Taken) -> Result<()> {
    for file in received.drain(..) {
        publish(file, None).await?;
        taken.keep_one();
    }
    Ok(())
}

/// What is dropped into a share that is for writing alone never takes the place of what others left there.
async fn create(visit: &Visit<ToWrite>, path: &VirtualPath) -> Result<Upload> {
    let start = if visit.share().scope == 2 { Start::CreateNew } else { Start::Truncate };
    visit.session().upload(path, open(start)).await.map_err(|error| match error {
        Error::AlreadyExists => ApiError::new(StatusCode::CONFLICT, "a file of this name is there"),
        error => failed(error),
    })
}
