//! Uploads from forms: `multipart/form-data` with the field `filenames`, as often as there are files (RFC 7578).

use super::{
    caller::{Changes, Files},
    query::PathQuery,
    upload::{replace, store},
};
use crate::{
    api::Api,
    error::{ApiError, ApiResponse, Result},
};
use axum::{
    Json,
    extract::{FromRequest, Multipart, Request, State, multipart::MultipartError},
    http::StatusCode,
};
use futures_util::TryStreamExt;
use utoipa::ToSchema;

/// The form.
#[derive(ToSchema)]
pub struct UploadForm {
    /// Files; what their names say about directories is cut off.
    #[schema(value_type = Vec<String>, format = Binary)]
    #[allow(dead_code, reason = "describes the form in the document; the form itself is streamed")]
    filenames: Vec<Vec<u8>>,
}

/// Stores files in a directory, each one whole or not at all.
#[utoipa::path(
    post,
    path = "/user/files",
    tag = "user APIs",
    operation_id = "create_user_files",
    params(
        ("path" = Option<String>, Query, description = "The directory; left out the start directory"),
        ("mkdir_parents" = Option<bool>, Query, description = "It and missing parents are made as well"),
    ),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, body = ApiResponse),
        (status = 404, description = "The directory is missing", body = ApiResponse),
        (status = 413, description = "A file is too large", body = ApiResponse),
        ApiError,
    )
)]
pub async fn upload(
    State(api): State<Api>,
    files: Files<Changes>,
    query: PathQuery,
    request: Request,
) -> Result<(StatusCode, Json<ApiResponse>)> {
    let session = files.session();
    let directory = files.resolve(query.path_or_start())?;
    let form = Multipart::from_request(request, &api).await;
    let mut form = form.map_err(|rejected| ApiError::bad_request(rejected.body_text()))?;
    if query.makes_parents() {
        session.make_dirs(&directory).await.map_err(super::failure::failed)?;
    }
    let mut stored = 0;
    while let Some(field) = form.next_field().await.map_err(|error| malformed(&error))? {
        if field.name() != Some("filenames") {
            return Err(ApiError::bad_request("filenames: the only field a form of files may have"));
        }
        let name = field.file_name().map(base_name).unwrap_or_default();
        let path = directory.join(name.as_bytes());
        let path = path.ok_or_else(|| ApiError::bad_request("filenames: a file has no name"))?;
        let file = replace(session, &path).await?;
        let data = field.map_err(|error| malformed(&error));
        store(session, file, data, api.parts().max_upload_size, None).await?;
        stored += 1;
    }
    match stored {
        0 => Err(ApiError::bad_request("filenames: no file was sent")),
        _ => Ok((StatusCode::CREATED, ApiResponse::message("Upload completed"))),
    }
}

/// What is behind the last separator, of Windows too.
fn base_name(name: &str) -> String {
    name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

fn malformed(error: &MultipartError) -> ApiError {
    ApiError::bad_request(error.body_text())
}
