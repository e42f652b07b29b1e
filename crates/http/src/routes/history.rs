//! Searching what happened. It takes something that keeps events, and this server has nothing of the kind yet.

use crate::{
    caller::Caller,
    error::{ApiError, ApiResponse, Result},
    input::Params,
    page,
    permission::ViewEvents,
};
use axum::{Json, http::StatusCode};
use serde::Deserialize;
use utoipa::IntoParams;

/// What all searches are narrowed by.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct EventQuery {
    /// Nanoseconds since the epoch; 0 is from the beginning.
    #[param(value_type = i64, minimum = 0, default = 0)]
    start_timestamp: Option<String>,
    /// Nanoseconds since the epoch; 0 is until now.
    #[param(value_type = i64, minimum = 0, default = 0)]
    end_timestamp: Option<String>,
    /// Only what comes after this event.
    #[param(value_type = String)]
    #[serde(rename = "from_id")]
    _from_id: Option<String>,
    /// Events to return.
    #[param(value_type = u64, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<String>,
    /// By time: `ASC` or `DESC`.
    #[param(value_type = String, pattern = "^(ASC|DESC)$", default = "DESC")]
    order: Option<String>,
}

/// What happened to files.
#[utoipa::path(
    get,
    path = "/events/fs",
    tag = "events",
    operation_id = "get_fs_events",
    params(EventQuery),
    responses((status = 501, description = "Events are not kept", body = ApiResponse), ApiError)
)]
pub async fn files(_: Caller<ViewEvents>, Params(query): Params<EventQuery>) -> Result<Json<ApiResponse>> {
    query.search()
}

/// What happened to objects.
#[utoipa::path(
    get,
    path = "/events/provider",
    tag = "events",
    operation_id = "get_provider_events",
    params(EventQuery),
    responses((status = 501, description = "Events are not kept", body = ApiResponse), ApiError)
)]
pub async fn objects(_: Caller<ViewEvents>, Params(query): Params<EventQuery>) -> Result<Json<ApiResponse>> {
    query.search()
}

/// Logins, and attempts at them.
#[utoipa::path(
    get,
    path = "/events/logs",
    tag = "events",
    operation_id = "get_log_events",
    params(EventQuery),
    responses((status = 501, description = "Events are not kept", body = ApiResponse), ApiError)
)]
pub async fn logins(_: Caller<ViewEvents>, Params(query): Params<EventQuery>) -> Result<Json<ApiResponse>> {
    query.search()
}

impl EventQuery {
    /// What is wrong with the query is told also where nothing is searched.
    fn search(&self) -> Result<Json<ApiResponse>> {
        page::number("start_timestamp", self.start_timestamp.as_deref())?;
        page::number("end_timestamp", self.end_timestamp.as_deref())?;
        page::number("limit", self.limit.as_deref())?;
        page::order(self.order.as_deref())?;
        Err(ApiError::new(StatusCode::NOT_IMPLEMENTED, "this server keeps no events to search"))
    }
}
