//! What clients are told when the session refuses or fails.

use crate::error::ApiError;
use axum::http::StatusCode;
use session::Error;

/// Of any call.
pub fn failed(error: Error) -> ApiError {
    let status = match &error {
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::Denied | Error::Rejected => StatusCode::FORBIDDEN,
        Error::AlreadyExists | Error::NotEmpty => StatusCode::CONFLICT,
        Error::IsADirectory
        | Error::NotADirectory
        | Error::Unsupported
        | Error::Loop
        | Error::NameTooLong
        | Error::InvalidPath(_)
        | Error::Invalid => StatusCode::BAD_REQUEST,
        Error::QuotaExceeded => {
            return ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "denying write due to space limit");
        }
        Error::NoSpace => StatusCode::INSUFFICIENT_STORAGE,
        Error::TooManySessions => StatusCode::TOO_MANY_REQUESTS,
        Error::Aborted => StatusCode::SERVICE_UNAVAILABLE,
        Error::Storage(source) => {
            tracing::error!(target: "httpd", error = %source, "storage failed");
            return ApiError::plain(StatusCode::INTERNAL_SERVER_ERROR);
        }
    };
    ApiError::new(status, error.to_string())
}

/// Of a download: what is used up there is the right to move more, and no room is missing.
pub fn download_failed(error: Error) -> ApiError {
    match error {
        Error::QuotaExceeded => ApiError::new(StatusCode::FORBIDDEN, "denying read due to quota limits"),
        error => failed(error),
    }
}
