//! Is the server there, and is it well?

use crate::{api::Api, input::Params};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct HealthQuery {
    /// Anything: the answer says how the parts are.
    details: Option<String>,
}

/// How the parts are. Nothing that is of use to a stranger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"status": "ok", "data_provider": {"status": "ok"}}))]
pub struct Health {
    /// `ok`, or `failing` when one of the parts is.
    status: PartState,
    data_provider: Part,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Part {
    status: PartState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = HealthState)]
pub enum PartState {
    Ok,
    Failing,
}

/// How long the data provider may take to answer.
const PING: Duration = Duration::from_secs(5);

/// Answers `ok` as long as the server answers at all; with `details`, or for a client that accepts JSON, how its
/// parts are, and 503 when one of them is not well.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "healthcheck",
    operation_id = "healthz",
    params(HealthQuery),
    security(()),
    responses(
        (status = 200, description = "The server is up", content(
            (String = "text/plain", example = "ok"),
            (Health = "application/json"),
        )),
        (
            status = 503,
            description = "A part is not well",
            body = Health,
            example = json!({"status": "failing", "data_provider": {"status": "failing"}})
        ),
    )
)]
pub async fn get(State(api): State<Api>, headers: HeaderMap, query: Params<HealthQuery>) -> Response {
    let accepted = headers.get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    let details = query.0.details.is_some_and(|details| !matches!(details.as_str(), "0" | "false"));
    if !details && !accepted.is_some_and(|accepted| accepted.contains("application/json")) {
        return "ok".into_response();
    }
    let answered = timeout(PING, api.parts().control.ping()).await;
    let status = if matches!(answered, Ok(Ok(()))) { PartState::Ok } else { PartState::Failing };
    let code = if status == PartState::Ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Json(Health { status, data_provider: Part { status } })).into_response()
}
