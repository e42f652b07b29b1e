//! Requests that two servers could read differently (RFC 9112, sections 3.2 and 6.1). Behind a proxy, a request that
//! somebody else sent would be hidden in one of them.

use crate::error::ApiError;
use axum::http::{HeaderMap, Request, StatusCode, Version, header};

/// What is wrong with a request. Contradicting lengths never come so far: they are refused where requests are taken
/// apart.
pub fn fault<B>(request: &Request<B>) -> Option<ApiError> {
    if request.version() >= Version::HTTP_2 {
        return None;
    }
    let headers = request.headers();
    let hosts = headers.get_all(header::HOST).iter().count();
    // HTTP/1.0 has no need of a host.
    if hosts > 1 || hosts == 0 && request.version() == Version::HTTP_11 {
        return Some(ApiError::bad_request("a request has to name one host"));
    }
    is_coded(headers).then(|| {
        ApiError::new(StatusCode::NOT_IMPLEMENTED, "the only transfer coding that is understood is chunked")
    })
}

/// Whether the body came in something else than chunks, compressed say: it would be taken for what is in it.
fn is_coded(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    codings.next().is_some_and(|first| !first.as_bytes().eq_ignore_ascii_case(b"chunked"))
        || codings.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(version: Version, lines: &[(&str, &str)]) -> Option<u16> {
        let mut request = Request::builder().version(version);
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        fault(&request.body(()).unwrap())
            .map(|fault| axum::response::IntoResponse::into_response(fault).status().into())
    }

    #[test]
    fn one_host_and_one_coding() {
        let host = ("host", "x");
        for (version, lines, refused) in [
            (Version::HTTP_11, &[host][..], None),
            (Version::HTTP_11, &[], Some(400)),
            (Version::HTTP_11, &[host, host], Some(400)),
            (Version::HTTP_10, &[], None),
            (Version::HTTP_10, &[host, host], Some(400)),
            (Version::HTTP_2, &[], None),
            (Version::HTTP_11, &[host, ("transfer-encoding", "Chunked")], None),
            (Version::HTTP_11, &[host, ("transfer-encoding", "gzip, chunked")], Some(501)),
            (
                Version::HTTP_11,
                &[host, ("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")],
                Some(501),
            ),
        ] {
            assert_eq!(status(version, lines), refused, "{lines:?}");
        }
    }
}
