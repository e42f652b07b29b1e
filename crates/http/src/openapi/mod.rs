//! The document of the API, served with a page that shows it.

mod complete;

pub use self::complete::complete;

use crate::{api::Api, router::document};
use axum::{
    Router,
    http::{HeaderValue, header},
    response::Redirect,
    routing,
};

/// JSON is YAML as well, so the document is served under the name SFTPGo's clients know, too.
pub fn routes() -> Router<Api> {
    let text = document().to_pretty_json().unwrap_or_default();
    let yaml = text.clone();
    Router::new()
        .route("/openapi", routing::get(|| async { Redirect::permanent("/openapi/") }))
        .route("/openapi/", served("text/html; charset=utf-8", include_str!("page.html").to_owned()))
        .route("/openapi/page.js", served("text/javascript", include_str!("page.js").to_owned()))
        .route("/openapi/openapi.json", served("application/json", text))
        .route("/openapi/openapi.yaml", served("application/yaml", yaml))
}

fn served(content_type: &'static str, text: String) -> routing::MethodRouter<Api> {
    // The page loads what is beside it, and nothing else.
    let policy = HeaderValue::from_static(
        "default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    );
    let content_type = HeaderValue::from_static(content_type);
    routing::get(move || async move {
        ([(header::CONTENT_TYPE, content_type), (header::CONTENT_SECURITY_POLICY, policy)], text)
    })
}
