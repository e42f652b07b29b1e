//! Bodies that hold a JSON object.

use crate::error::{ApiError, Result};
use axum::{
    extract::{FromRequest, Request},
    http::StatusCode,
};
use bytes::Bytes;
use http_body::Body as _;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;

/// The largest body of an object, in bytes.
pub const MAX: usize = 1 << 20;
/// How long a client may take to send it: 22 KiB/s for the largest.
const READ: Duration = Duration::from_secs(45);

/// A body that was read but not looked at: a handler asks for the permission first, so that who lacks it
/// learns nothing about what a valid body is. The content type is not looked at, as clients send any.
pub struct Body(Result<Bytes>);

impl Body {
    /// The JSON in the body.
    pub fn value(self) -> Result<Value> {
        serde_json::from_slice(&self.0?).map_err(malformed)
    }

    /// The object in the body, read as [`control::from_json`] does.
    pub fn parse<T: DeserializeOwned>(self) -> Result<T> {
        Ok(control::from_json(self.value()?)?)
    }
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        // What says itself that it is larger is refused before it is sent: axum's own limit would ask for it first.
        if request.body().size_hint().lower() > MAX as u64 {
            return Ok(Self(Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"))));
        }
        let read = match timeout(READ, Bytes::from_request(request, state)).await {
            Ok(read) => read.map_err(|rejected| ApiError::new(rejected.status(), rejected.body_text())),
            Err(_) => Err(ApiError::plain(StatusCode::REQUEST_TIMEOUT)),
        };
        Ok(Self(read))
    }
}

fn malformed(error: serde_json::Error) -> ApiError {
    ApiError::bad_request(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::User;

    fn parse(text: &str) -> Result<User> {
        Body(Ok(Bytes::copy_from_slice(text.as_bytes()))).parse()
    }

    #[test]
    fn null_is_left_out_and_unknown_is_ignored() {
        let user = parse(r#"{"username":"a","public_keys":null,"filters":{"hooks":null},"x":1}"#).unwrap();
        assert_eq!(user.username, "a");
    }

    #[test]
    fn a_directory_without_permissions_stays_closed() {
        let user = parse(r#"{"permissions":{"/":["*"],"/closed":null}}"#).unwrap();
        assert_eq!(user.permissions.get("/closed"), Some(&Vec::new()));
    }

    #[test]
    fn malformed_bodies_are_refused() {
        let deep = "[".repeat(100_000);
        for bad in
            ["{bad", "[1]", "\"x\"", "", r#"{"max_sessions":"a"}"#, r#"{"uid":99999999999}"#, deep.as_str()]
        {
            assert!(parse(bad).is_err(), "{bad:.40}");
        }
    }
}
