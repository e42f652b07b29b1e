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
    #[param(ignore)]
    statuses: Option<String>,
    #[param(ignore)]
    events: Option<String>,
}

/// Events of one answer.
const MAX: i64 = 1000;

/// What happened to files.
#[utoipa::path(
    get,
    path = "/events/fs",
    tag = "events",
    operation_id = "get_fs_events",
    params(
        EventQuery,
        ("actions" = Option<Vec<String>>, Query, explode = false, description = "`upload`, `download`, `rename`, …"),
        ("username" = Option<String>, Query),
        ("ip" = Option<String>, Query),
        ("ssh_cmd" = Option<String>, Query),
        ("fs_provider" = Option<i32>, Query, minimum = 0, maximum = 6),
        ("bucket" = Option<String>, Query),
        ("endpoint" = Option<String>, Query),
        ("protocols" = Option<Vec<String>>, Query, explode = false),
        ("statuses" = Option<Vec<i32>>, Query, explode = false, description = "1 done, 2 failed, 3 over quota"),
        ("instance_ids" = Option<Vec<String>>, Query, explode = false),
        ("role" = Option<String>, Query),
        ("csv_export" = Option<bool>, Query),
    ),
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
    params(
        EventQuery,
        ("actions" = Option<Vec<String>>, Query, explode = false, description = "`add`, `update`, `delete`"),
        ("username" = Option<String>, Query),
        ("ip" = Option<String>, Query),
        ("object_name" = Option<String>, Query),
        ("object_types" = Option<Vec<String>>, Query, explode = false),
        ("instance_ids" = Option<Vec<String>>, Query, explode = false),
        ("role" = Option<String>, Query),
        ("csv_export" = Option<bool>, Query),
        ("omit_object_data" = Option<bool>, Query),
    ),
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
    params(
        EventQuery,
        ("events" = Option<Vec<i32>>, Query, explode = false, description = "1 a failed login to 5 a login"),
        ("username" = Option<String>, Query),
        ("ip" = Option<String>, Query),
        ("protocols" = Option<Vec<String>>, Query, explode = false),
        ("instance_ids" = Option<Vec<String>>, Query, explode = false),
        ("role" = Option<String>, Query),
        ("csv_export" = Option<bool>, Query),
    ),
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
        if let Some(limit) =
            page::number("limit", self.limit.as_deref())?.filter(|limit| !(1..=MAX).contains(limit))
        {
            return Err(ApiError::bad_request(format!("limit: {limit} is not within 1 and {MAX}")));
        }
        page::order(self.order.as_deref())?;
        for (name, list) in [("statuses", &self.statuses), ("events", &self.events)] {
            for item in list.iter().flat_map(|list| list.split(',')) {
                page::number(name, Some(item.trim()))?;
            }
        }
        Err(ApiError::new(StatusCode::NOT_IMPLEMENTED, "this server keeps no events to search"))
    }
}
