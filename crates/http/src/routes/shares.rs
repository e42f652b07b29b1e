//! Shares, as their owner sees them.

use crate::{
    body::Body,
    caller::UserCaller,
    error::{ApiError, ApiResponse, Result},
    input::{Name, Params},
    page::PageQuery,
    permission::OwnShares,
};
use axum::{
    Json,
    http::{HeaderMap, StatusCode},
};
use control::Share;

/// A page of the user's shares, by id.
#[utoipa::path(
    get,
    path = "/user/shares",
    tag = "user APIs",
    operation_id = "get_user_shares",
    params(PageQuery),
    responses((status = 200, body = Vec<Share>), ApiError)
)]
pub async fn list(caller: UserCaller<OwnShares>, query: Params<PageQuery>) -> Result<Json<Vec<Share>>> {
    let shares = caller.control().shares(&caller.user().username, query.0.page()?).await?;
    Ok(Json(shares.into_iter().map(Share::redacted).collect()))
}

/// Makes a share.
#[utoipa::path(
    post,
    path = "/user/shares",
    tag = "user APIs",
    operation_id = "add_share",
    request_body = Share,
    responses(
        (
            status = 201,
            body = ApiResponse,
            headers(
                ("Location" = String, description = "The new share's path"),
                ("X-Object-ID" = String, description = "The new share's id"),
            )
        ),
        ApiError,
    )
)]
pub async fn add(
    caller: UserCaller<OwnShares>,
    body: Body,
) -> Result<(StatusCode, HeaderMap, Json<ApiResponse>)> {
    let made = caller.control().add_share(caller.user(), body.parse()?).await?;
    Ok((
        StatusCode::CREATED,
        super::location_and_id("user/shares", &made.id),
        ApiResponse::message("Share created"),
    ))
}

/// One share.
#[utoipa::path(
    get,
    path = "/user/shares/{id}",
    tag = "user APIs",
    operation_id = "get_user_share_by_id",
    params(("id" = String, Path)),
    responses((status = 200, body = Share), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn get(caller: UserCaller<OwnShares>, Name(id): Name) -> Result<Json<Share>> {
    Ok(Json(caller.control().share(&caller.user().username, &id).await?.redacted()))
}

/// Replaces a share.
#[utoipa::path(
    put,
    path = "/user/shares/{id}",
    tag = "user APIs",
    operation_id = "update_user_share",
    params(("id" = String, Path)),
    request_body = Share,
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn update(caller: UserCaller<OwnShares>, Name(id): Name, body: Body) -> Result<Json<ApiResponse>> {
    let control = caller.control();
    // An id nobody has is told before what is wrong with the body.
    control.share(&caller.user().username, &id).await?;
    control.update_share(caller.user(), &id, body.parse()?).await?;
    Ok(ApiResponse::message("Share updated"))
}

/// Deletes a share: it ends at once.
#[utoipa::path(
    delete,
    path = "/user/shares/{id}",
    tag = "user APIs",
    operation_id = "delete_user_share",
    params(("id" = String, Path)),
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn delete(caller: UserCaller<OwnShares>, Name(id): Name) -> Result<Json<ApiResponse>> {
    caller.control().delete_share(&caller.user().username, &id).await?;
    Ok(ApiResponse::message("Share deleted"))
}
