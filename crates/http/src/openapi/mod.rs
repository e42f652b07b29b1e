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

/// JSON is YAML as well, so the document is served under the name SFTPGo's clients know, too. All of it is below
/// `root`.
pub fn routes(root: &str) -> Router<Api> {
    let page = format!("{root}/openapi/");
    let text = document().to_pretty_json().unwrap_or_default();
    let yaml = text.clone();
    Router::new()
        .route(&page, served("text/html; charset=utf-8", include_str!("page.html").to_owned()))
        .route(&format!("{page}page.js"), served("text/javascript", include_str!("page.js").to_owned()))
        .route(&format!("{page}openapi.json"), served("application/json", text))
        .route(&format!("{page}openapi.yaml"), served("application/yaml", yaml))
        .route(&format!("{root}/openapi"), routing::get(|| async move { Redirect::permanent(&page) }))
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
