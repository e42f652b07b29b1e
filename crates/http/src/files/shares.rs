//! Public shares: what a user shared, used without an account by whoever has the link.
//!
//! A visit is a session of the owner, under the protocol `HTTPShare` and with no more rights than the share
//! gives: permissions, patterns, quotas and limits of the owner hold, and it is in `/connections`. Paths of
//! visitors are relative to what is shared, and one that would lead out of it is refused.

mod read;
mod visit;
mod write;

use crate::api::Api;
use axum::{extract::DefaultBodyLimit, routing};
use utoipa_axum::{router::OpenApiRouter, routes};

/// All calls, below `/api/v2`.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(read::download, write::form))
        .routes(routes!(read::file))
        .routes(routes!(read::list))
        .routes(routes!(write::upload))
        // Files may have these names, too.
        .route("/shares/{id}/files", routing::post(write::upload))
        .route("/shares/{id}/dirs", routing::post(write::upload))
        .layer(DefaultBodyLimit::disable())
}
