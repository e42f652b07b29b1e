//! One line per request, under the sender `httpd`.

use crate::{api::Api, peer::Peer};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Uri, header},
    middleware::Next,
    response::Response,
};
use http_body::Body;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// Names the server in every answer, and logs the request when its answer is ready.
pub async fn request(State(api): State<Api>, peer: Peer, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let proto = request.version();
    let uri = whole(request.headers(), request.uri(), peer.encrypted);
    let user_agent = text(request.headers(), header::USER_AGENT).to_owned();
    let mut response = next.run(request).await;
    if let Ok(name) = HeaderValue::from_str(&api.parts().server_header) {
        response.headers_mut().insert(header::SERVER, name);
    }
    tracing::debug!(
        target: "httpd",
        cipher_suite = peer.cipher_suite,
        local_addr = %peer.local,
        method = %method,
        proto = ?proto,
        remote_addr = %peer.remote,
        request_id = request_id(),
        uri,
        user_agent,
        resp_status = response.status().as_u16(),
        resp_size = response.body().size_hint().lower(),
        elapsed_ms = started.elapsed().as_millis() as u64,
    );
    response
}

/// Scheme, host, path and query. Over HTTP/2 the URI has all of them, and there is no header with the host.
fn whole(headers: &HeaderMap, uri: &Uri, encrypted: bool) -> String {
    if uri.authority().is_some() {
        return uri.to_string();
    }
    let scheme = if encrypted { "https" } else { "http" };
    format!("{scheme}://{}{uri}", text(headers, header::HOST))
}

/// A header as text; empty when it is missing or none.
pub fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn request_id() -> String {
    let (at, number) = unique();
    format!("{at:x}-{number}")
}

/// The time, and a number of its own: unique in this process, and unlikely to come again in the next.
pub fn unique() -> (u64, u64) {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64);
    (at, number)
}
