//! Event actions.

use crate::{
    body::Body,
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    input::{Confidential, Name, Params},
    page::PageQuery,
    permission::Everything,
};
use axum::{
    Json,
    http::{HeaderMap, StatusCode},
};
use control::EventAction;

/// A page of event actions.
#[utoipa::path(
    get,
    path = "/eventactions",
    tag = "event manager",
    operation_id = "get_event_actons",
    params(PageQuery),
    responses((status = 200, body = Vec<EventAction>), ApiError)
)]
pub async fn list(caller: Caller<Everything>, query: Params<PageQuery>) -> Result<Json<Vec<EventAction>>> {
    let event_actions: Vec<EventAction> = caller.control().objects(query.0.page()?).await?;
    Ok(Json(event_actions.into_iter().map(EventAction::redacted).collect()))
}

/// Makes an event action.
#[utoipa::path(
    post,
    path = "/eventactions",
    tag = "event manager",
    operation_id = "add_event_action",
    params(Confidential),
    request_body = EventAction,
    responses(
        (status = 201, body = EventAction, headers(("Location" = String, description = "The new object's path"))),
        (status = 409, body = ApiResponse),
        ApiError,
    )
)]
pub async fn add(
    caller: Caller<Everything>,
    query: Params<Confidential>,
    body: Body,
) -> Result<(StatusCode, HeaderMap, Json<EventAction>)> {
    let made: EventAction = caller.control().add(body.parse::<EventAction>()?).await?;
    let headers = super::location("eventactions", &made.name);
    Ok((StatusCode::CREATED, headers, Json(super::shown(&caller, made, &query.0, EventAction::redacted))))
}

/// One of the event actions.
#[utoipa::path(
    get,
    path = "/eventactions/{name}",
    tag = "event manager",
    operation_id = "get_event_action_by_name",
    params(("name" = String, Path), Confidential),
    responses((status = 200, body = EventAction), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn get(
    caller: Caller<Everything>,
    Name(name): Name,
    query: Params<Confidential>,
) -> Result<Json<EventAction>> {
    let found: EventAction = caller.control().object(&name).await?;
    Ok(Json(super::shown(&caller, found, &query.0, EventAction::redacted)))
}

/// Replaces an event action.
#[utoipa::path(
    put,
    path = "/eventactions/{name}",
    tag = "event manager",
    operation_id = "update_event_action",
    params(("name" = String, Path)),
    request_body = EventAction,
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn update(caller: Caller<Everything>, Name(name): Name, body: Body) -> Result<Json<ApiResponse>> {
    let control = caller.control();
    // A name nobody has is told before what is wrong with the body.
    control.object::<EventAction>(&name).await?;
    control.replace::<EventAction>(&name, body.parse()?).await?;
    Ok(ApiResponse::message("Event action updated"))
}

/// Deletes an event action.
#[utoipa::path(
    delete,
    path = "/eventactions/{name}",
    tag = "event manager",
    operation_id = "delete_event_action",
    params(("name" = String, Path)),
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn delete(caller: Caller<Everything>, Name(name): Name) -> Result<Json<ApiResponse>> {
    caller.control().remove::<EventAction>(&name).await?;
    Ok(ApiResponse::message("Event action deleted"))
}
