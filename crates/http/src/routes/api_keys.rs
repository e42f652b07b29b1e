//! API keys.

use crate::{
    body::Body,
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    input::{Name, Params},
    page::PageQuery,
    permission::ManageKeys,
};
use axum::{
    Json,
    http::{HeaderMap, StatusCode},
};
use control::ApiKey;
use serde::Serialize;
use utoipa::ToSchema;

/// The only answer that holds a whole key.
#[derive(Serialize, ToSchema)]
#[schema(as = NewAPIKey)]
pub struct NewKey {
    message: &'static str,
    key: String,
}

/// A page of API keys, by id.
#[utoipa::path(
    get,
    path = "/apikeys",
    tag = "API keys",
    operation_id = "get_api_keys",
    params(PageQuery),
    responses((status = 200, body = Vec<ApiKey>), ApiError)
)]
pub async fn list(caller: Caller<ManageKeys>, query: Params<PageQuery>) -> Result<Json<Vec<ApiKey>>> {
    let keys: Vec<ApiKey> = caller.control().objects(query.0.page()?).await?;
    Ok(Json(keys.into_iter().map(ApiKey::redacted).collect()))
}

/// Makes an API key.
#[utoipa::path(
    post,
    path = "/apikeys",
    tag = "API keys",
    operation_id = "add_api_key",
    request_body = ApiKey,
    responses(
        (
            status = 201,
            body = NewKey,
            headers(
                ("Location" = String, description = "The new object's path"),
                ("X-Object-ID" = String, description = "The new key's id"),
            )
        ),
        ApiError,
    )
)]
pub async fn add(caller: Caller<ManageKeys>, body: Body) -> Result<(StatusCode, HeaderMap, Json<NewKey>)> {
    let (made, text) = caller.control().add_api_key(body.parse()?).await?;
    let message = "API key created. This is the only time the API key is visible, please save it.";
    let headers = super::location_and_id("apikeys", &made.id);
    Ok((StatusCode::CREATED, headers, Json(NewKey { message, key: text.into_inner() })))
}

/// One API key, without the key.
#[utoipa::path(
    get,
    path = "/apikeys/{id}",
    tag = "API keys",
    operation_id = "get_api_key_by_id",
    params(("id" = String, Path)),
    responses((status = 200, body = ApiKey), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn get(caller: Caller<ManageKeys>, Name(id): Name) -> Result<Json<ApiKey>> {
    Ok(Json(caller.control().api_key(&id).await?.redacted()))
}

/// Replaces what is said about an API key; the key itself stays.
#[utoipa::path(
    put,
    path = "/apikeys/{id}",
    tag = "API keys",
    operation_id = "update_api_key",
    params(("id" = String, Path)),
    request_body = ApiKey,
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn update(caller: Caller<ManageKeys>, Name(id): Name, body: Body) -> Result<Json<ApiResponse>> {
    let control = caller.control();
    // An id nobody has is told before what is wrong with the body.
    control.api_key(&id).await?;
    control.update_api_key(&id, body.parse()?).await?;
    Ok(ApiResponse::message("API key updated"))
}

/// Deletes an API key.
#[utoipa::path(
    delete,
    path = "/apikeys/{id}",
    tag = "API keys",
    operation_id = "delete_api_key",
    params(("id" = String, Path)),
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn delete(caller: Caller<ManageKeys>, Name(id): Name) -> Result<Json<ApiResponse>> {
    caller.control().delete_api_key(&id).await?;
    Ok(ApiResponse::message("API key deleted"))
}
