//! Event rules.

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
use control::EventRule;

/// A page of event rules.
#[utoipa::path(
    get,
    path = "/eventrules",
    tag = "event manager",
    operation_id = "get_event_rules",
    params(PageQuery),
    responses((status = 200, body = Vec<EventRule>), ApiError)
)]
pub async fn list(caller: Caller<Everything>, query: Params<PageQuery>) -> Result<Json<Vec<EventRule>>> {
    let event_rules: Vec<EventRule> = caller.control().objects(query.0.page()?).await?;
    Ok(Json(event_rules.into_iter().map(EventRule::redacted).collect()))
}

/// Makes an event rule.
#[utoipa::path(
    post,
    path = "/eventrules",
    tag = "event manager",
    operation_id = "add_event_rule",
    params(Confidential),
    request_body = EventRule,
    responses(
        (status = 201, body = EventRule, headers(("Location" = String, description = "The new object's path"))),
        (status = 409, body = ApiResponse),
        ApiError,
    )
)]
pub async fn add(
    caller: Caller<Everything>,
    query: Params<Confidential>,
    body: Body,
) -> Result<(StatusCode, HeaderMap, Json<EventRule>)> {
    let made: EventRule = caller.control().add(body.parse::<EventRule>()?).await?;
    let headers = super::location("eventrules", &made.name);
    Ok((StatusCode::CREATED, headers, Json(super::shown(&caller, made, &query.0, EventRule::redacted))))
}

/// One of the event rules.
#[utoipa::path(
    get,
    path = "/eventrules/{name}",
    tag = "event manager",
    operation_id = "get_event_rile_by_name",
    params(("name" = String, Path), Confidential),
    responses((status = 200, body = EventRule), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn get(
    caller: Caller<Everything>,
    Name(name): Name,
    query: Params<Confidential>,
) -> Result<Json<EventRule>> {
    let found: EventRule = caller.control().object(&name).await?;
    Ok(Json(super::shown(&caller, found, &query.0, EventRule::redacted)))
}

/// Replaces an event rule.
#[utoipa::path(
    put,
    path = "/eventrules/{name}",
    tag = "event manager",
    operation_id = "update_event_rule",
    params(("name" = String, Path)),
    request_body = EventRule,
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn update(caller: Caller<Everything>, Name(name): Name, body: Body) -> Result<Json<ApiResponse>> {
    let control = caller.control();
    // A name nobody has is told before what is wrong with the body.
    control.object::<EventRule>(&name).await?;
    control.replace::<EventRule>(&name, body.parse()?).await?;
    Ok(ApiResponse::message("Event rule updated"))
}

/// Deletes an event rule.
#[utoipa::path(
    delete,
    path = "/eventrules/{name}",
    tag = "event manager",
    operation_id = "delete_event_rule",
    params(("name" = String, Path)),
    responses((status = 200, body = ApiResponse), (status = 404, body = ApiResponse), ApiError)
)]
pub async fn delete(caller: Caller<Everything>, Name(name): Name) -> Result<Json<ApiResponse>> {
    caller.control().remove::<EventRule>(&name).await?;
    Ok(ApiResponse::message("Event rule deleted"))
}

/// Runs a rule that runs on demand.
#[utoipa::path(
    post,
    path = "/eventrules/run/{name}",
    tag = "event manager",
    operation_id = "run_event_rule",
    params(("name" = String, Path)),
    responses(
        (status = 404, body = ApiResponse),
        (status = 501, description = "This server stores rules and does not run them", body = ApiResponse),
        ApiError,
    )
)]
pub async fn run(caller: Caller<Everything>, Name(name): Name) -> Result<Json<ApiResponse>> {
    caller.control().check_on_demand(&name).await?;
    Err(ApiError::new(StatusCode::NOT_IMPLEMENTED, "this server stores rules and does not run them yet"))
}
