//! Uploads from forms: `multipart/form-data` with the field `filenames`, as often as there are files (RFC 7578).

use super::{
    caller::{Changes, Files},
    failure::failed,
    query::PathQuery,
    upload::{Source, open, publish, receive},
};
use crate::{
    api::Api,
    error::{ApiError, ApiResponse, Result},
    server::was_too_slow,
};
use axum::{
    Json,
    extract::{FromRequest, Multipart, Request, State, multipart::MultipartError},
    http::StatusCode,
};
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use session::Start;
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
        (status = 201, body = ApiResponse, example = json!({"message": "Upload completed"})),
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
    let mut form = Form::of(request, &api).await?;
    if query.makes_parents() {
        session.make_dirs(&directory).await.map_err(failed)?;
    }
    let mut stored = 0;
    while let Some((name, source)) = form.next_file(api.parts().max_upload_size).await? {
        let path = directory.join(name.as_bytes());
        let path = path.ok_or_else(|| ApiError::bad_request("filenames: a file has no name"))?;
        let mut file = session.upload(&path, open(Start::Truncate)).await.map_err(failed)?;
        receive(session, &mut file, source).await?;
        publish(file, None).await?;
        stored += 1;
    }
    match stored {
        0 => Err(ApiError::bad_request("filenames: no file was sent")),
        _ => Ok((StatusCode::CREATED, ApiResponse::message("Upload completed"))),
    }
}

/// A form that is being read.
pub struct Form(Multipart);

impl Form {
    pub async fn of(request: Request, api: &Api) -> Result<Self> {
        let form = Multipart::from_request(request, api).await;
        form.map(Self).map_err(|rejected| ApiError::bad_request(rejected.body_text()))
    }

    /// The name of the next file, without directories, and its content, of at most `max` bytes.
    pub async fn next_file(
        &mut self,
        max: u64,
    ) -> Result<Option<(String, Source<impl Stream<Item = Result<Bytes>>>)>> {
        let field = self.0.next_field().await.map_err(|error| malformed(&error))?;
        let Some(field) = field else { return Ok(None) };
        if field.name() != Some("filenames") {
            return Err(ApiError::bad_request("filenames: the only field a form of files may have"));
        }
        let name = field.file_name().map(base_name).unwrap_or_default();
        Ok(Some((name, Source { data: field.map_err(|error| malformed(&error)), max })))
    }
}

/// What is behind the last separator, of Windows too.
fn base_name(name: &str) -> String {
    name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

fn malformed(error: &MultipartError) -> ApiError {
    match was_too_slow(error) {
        true => ApiError::plain(StatusCode::REQUEST_TIMEOUT),
        false => ApiError::bad_request(error.body_text()),
    }
}
