//! Folders.

use crate::{
    body::Body,
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    input::{Confidential, Name, Params},
    page::PageQuery,
    permission::ManageFolders,
};
use axum::{
    Json,
    http::{HeaderMap, StatusCode},
};
use control::Folder;

/// A page of folders.
#[utoipa::path(
    get,
    path = "/folders",
    tag = "folders",
    operation_id = "get_folders",
    params(PageQuery),
    responses((status = 200, body = Vec<Folder>), ApiError)
)]
pub async fn list(caller: Caller<ManageFolders>, query: Params<PageQuery>) -> Result<Json<Vec<Folder>>> {
    let mut folders: Vec<Folder> = caller.control().objects(query.0.page()?).await?;
    folders.iter_mut().for_each(|folder| caller.control().show_folder_usage(folder));
    Ok(Json(folders.into_iter().map(Folder::redacted).collect()))
}

/// Makes a folder.
#[utoipa::path(
    post,
    path = "/folders",
    tag = "folders",
    operation_id = "add_folder",
    params(Confidential),
    request_body = Folder,
    responses(
        (status = 201, body = Folder, headers(("Location" = String, description = "The new object's path"))),
        (status = 409, body = ApiResponse),
        ApiError,
    )
)]
pub async fn add(
    caller: Caller<ManageFolders>,
    query: Params<Confidential>,
    body: Body,
) -> Result<(StatusCode, HeaderMap, Json<Folder>)> {
    let made: Folder = caller.control().add(body.parse::<Folder>()?).await?;
    let headers = super::location("folders", &made.name);
    Ok((StatusCode::CREATED, headers, Json(super::shown(&caller, made, &query.0, Folder::redacted))))
}

/// One of the folders.
#[utoipa::path(
    get,
    path = "/folders/{name}",
    tag = "folders",
    operation_id = "get_folder_by_name",
    params(("name" = String, Path), Confidential),
    responses((status = 200, body = Folder), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn get(
    caller: Caller<ManageFolders>,
    Name(name): Name,
    query: Params<Confidential>,
) -> Result<Json<Folder>> {
    let mut found: Folder = caller.control().object(&name).await?;
    caller.control().show_folder_usage(&mut found);
    Ok(Json(super::shown(&caller, found, &query.0, Folder::redacted)))
}

/// Replaces a folder.
#[utoipa::path(
    put,
    path = "/folders/{name}",
    tag = "folders",
    operation_id = "update_folder",
    params(("name" = String, Path)),
    request_body = Folder,
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn update(
    caller: Caller<ManageFolders>,
    Name(name): Name,
    body: Body,
) -> Result<Json<ApiResponse>> {
    let control = caller.control();
    // A name nobody has is told before what is wrong with the body.
    control.object::<Folder>(&name).await?;
    control.replace::<Folder>(&name, body.parse()?).await?;
    Ok(ApiResponse::message("Folder updated"))
}

/// Deletes a folder.
#[utoipa::path(
    delete,
    path = "/folders/{name}",
    tag = "folders",
    operation_id = "delete_folder",
    params(("name" = String, Path)),
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn delete(caller: Caller<ManageFolders>, Name(name): Name) -> Result<Json<ApiResponse>> {
    caller.control().delete_folder(&name).await?;
    Ok(ApiResponse::message("Folder deleted"))
}
