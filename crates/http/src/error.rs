//! Answers without an object: `{"message": …}`, and `{"error": …, "message": …}` when something went wrong.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{ContentBuilder, Ref, RefOr, Response as Documented, ResponseBuilder},
};

/// The body of every answer that is not an object.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(example = json!({"message": "OK"}))]
pub struct ApiResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    pub message: String,
}

/// A refused or failed request.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    /// What is wrong; `None` when the status says it all.
    error: Option<String>,
    message: String,
    /// Ask for credentials.
    challenge: bool,
}

pub type Result<T, E = ApiError> = std::result::Result<T, E>;

impl ApiResponse {
    pub fn message(text: &str) -> Json<Self> {
        Json(Self { error: None, message: text.to_owned() })
    }
}

impl ApiError {
    pub fn new(status: StatusCode, error: impl Into<String>) -> Self {
        let message = status.canonical_reason().unwrap_or_default().to_owned();
        Self { status, error: Some(error.into()), message, challenge: false }
    }

    /// A status with nothing to add.
    pub fn plain(status: StatusCode) -> Self {
        Self { error: None, ..Self::new(status, "") }
    }

    pub fn bad_request(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    /// A token that is not good for this; `message` says why.
    pub fn bad_token(message: &str) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            error: None,
            message: message.to_owned(),
            ..Self::plain(StatusCode::UNAUTHORIZED)
        }
    }

    /// Credentials are missing (`error` is `None`) or wrong.
    pub fn unauthorized(error: Option<&str>) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            error: error.map(str::to_owned),
            message: "Unauthorized".to_owned(),
            challenge: true,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = Json(ApiResponse { error: self.error, message: self.message });
        let mut response = (self.status, body).into_response();
        if self.status == StatusCode::PAYLOAD_TOO_LARGE {
            // What is left of the body is not read, so that nothing can follow it.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if self.challenge {
            let realm = HeaderValue::from_static("Basic realm=\"Longshore\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
        }
        response
    }
}

/// What any call may answer that it takes a token to make.
impl IntoResponses for ApiError {
    fn responses() -> BTreeMap<String, RefOr<Documented>> {
        let refusal = |(status, description): (&str, &str)| {
            let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ApiResponse"))).build();
            let body = ResponseBuilder::new().description(description).content("application/json", body);
            (status.to_owned(), RefOr::T(body.build()))
        };
        [
            ("400", "What was sent makes no sense"),
            ("401", "The token is missing, or not good for this"),
            ("403", "The account may not do this"),
            ("500", "The server failed"),
        ]
        .map(refusal)
        .into()
    }
}

impl From<control::Error> for ApiError {
    fn from(error: control::Error) -> Self {
        let status = match &error {
            control::Error::Invalid(_) | control::Error::WrongPassword | control::Error::NoMail => {
                StatusCode::BAD_REQUEST
            }
            control::Error::NotFound(..) => StatusCode::NOT_FOUND,
            control::Error::Duplicate(..) | control::Error::Busy(_) => StatusCode::CONFLICT,
            control::Error::Outdated(..) => StatusCode::PRECONDITION_FAILED,
            control::Error::Refused(_) => StatusCode::FORBIDDEN,
            control::Error::Scratch(fault) if fault.kind() == std::io::ErrorKind::StorageFull => {
                StatusCode::INSUFFICIENT_STORAGE
            }
            control::Error::Unreadable(_) | control::Error::Mail(_) | control::Error::Scratch(_) => {
                tracing::error!(target: "httpd", %error, "the request failed");
                StatusCode::INTERNAL_SERVER_ERROR
            }
            control::Error::Stopped => StatusCode::SERVICE_UNAVAILABLE,
            control::Error::Store(store) => return store_failed(store),
        };
        Self::new(status, error.to_string())
    }
}

impl From<auth::Refused> for ApiError {
    /// Whether the name or the password was wrong, or the account disabled, must not show.
    fn from(refused: auth::Refused) -> Self {
        match refused {
            auth::Refused::UnknownUser
            | auth::Refused::WrongCredentials
            | auth::Refused::Certificate(_)
            | auth::Refused::OwnerNotVerified
            | auth::Refused::Disabled
            | auth::Refused::Expired
            | auth::Refused::Outside(_)
            | auth::Refused::Policy(auth::Policy::SecondFactorNeeded) => {
                Self::unauthorized(Some("invalid credentials"))
            }
            auth::Refused::TooManyAttempts => Self::new(StatusCode::TOO_MANY_REQUESTS, refused.to_string()),
            auth::Refused::Policy(_) => Self::new(StatusCode::FORBIDDEN, refused.to_string()),
            auth::Refused::Store(error) => store_failed(&error),
            auth::Refused::Control(error) => (*error).into(),
            auth::Refused::Hook(error) => {
                tracing::error!(target: "httpd", %error, "the hook failed");
                Self::plain(StatusCode::INTERNAL_SERVER_ERROR)
            }
            auth::Refused::Storage(error) => {
                tracing::error!(target: "httpd", %error, "cannot open an account's storage");
                Self::plain(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

impl From<auth::ResetRefused> for ApiError {
    fn from(refused: auth::ResetRefused) -> Self {
        match refused {
            auth::ResetRefused::Code => Self::bad_request(refused.to_string()),
            auth::ResetRefused::Attempts(refused) => refused.into(),
            auth::ResetRefused::Control(error) => error.into(),
        }
    }
}

/// The database's words are for the log: they may quote values.
fn store_failed(error: &store::Error) -> ApiError {
    tracing::error!(target: "httpd", %error, "the data provider failed");
    match error {
        store::Error::InUse => ApiError::bad_request("the object is in use"),
        store::Error::Stopped => ApiError::plain(StatusCode::SERVICE_UNAVAILABLE),
        store::Error::Unreachable(_) => {
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "the data provider cannot be reached".to_owned())
        }
        store::Error::Busy(_) => ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the data provider is busy: nothing was changed".to_owned(),
        ),
        store::Error::Full(_) => ApiError::new(
            StatusCode::INSUFFICIENT_STORAGE,
            "the data provider has no space left: nothing was changed".to_owned(),
        ),
        _ => ApiError::plain(StatusCode::INTERNAL_SERVER_ERROR),
    }
}
