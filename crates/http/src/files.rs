//! Users' files over REST: the push-shaped front end of the session.
//!
//! Each request is a session of its own: it is in `/connections`, counts for the user's `max_sessions`, and
//! ends with the last byte of its answer. Bodies stream both ways; none is held in memory or in a temporary
//! file. Over HTTP nothing can be resumed, so every upload is published whole or not at all.

mod actions;
mod caller;
mod conditions;
mod dirs;
mod download;
mod failure;
mod form;
mod list;
mod query;
mod range;
mod shares;
mod upload;
mod uses;
mod zip;

use crate::api::Api;
use axum::extract::DefaultBodyLimit;
use utoipa_axum::{router::OpenApiRouter, routes};

/// All calls, below `/api/v2`.
pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list::list, dirs::make, dirs::rename, dirs::remove))
        .merge(content())
        .routes(routes!(upload::upload))
        .routes(routes!(actions::set_metadata))
        .routes(routes!(actions::copy))
        .routes(routes!(actions::move_to))
        .routes(routes!(zip::stream))
        .merge(shares::routes())
}

/// Forms of any size: what they hold is streamed, and each file held to `httpd.max_upload_file_size`.
fn content() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(download::download, form::upload, actions::rename, actions::remove))
        .layer(DefaultBodyLimit::disable())
}
