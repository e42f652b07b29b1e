//! What comes with a path: the name of an object, and query parameters. A fault in them is answered as every
//! other one is.

use crate::error::{ApiError, Result};
use axum::{
    extract::{FromRequestParts, Path, Query},
    http::request,
};
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::IntoParams;

/// What the path names, its escapes resolved.
pub struct Name(pub String);

/// All that the path says.
pub struct PathOf<T>(pub T);

/// The query parameters.
pub struct Params<T>(pub T);

/// Whether hashes and the means to decrypt secrets are part of the answer.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Confidential {
    /// 1: they are, for an admin who may do everything.
    #[param(value_type = i32)]
    confidential_data: Option<String>,
}

impl Confidential {
    pub fn asked(&self) -> bool {
        self.confidential_data.as_deref() == Some("1")
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Name {
    type Rejection = ApiError;

    async fn from_request_parts(request: &mut request::Parts, state: &S) -> Result<Self> {
        let name = Path::<String>::from_request_parts(request, state).await;
        name.map(|Path(name)| Self(name)).map_err(|fault| ApiError::bad_request(fault.body_text()))
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for PathOf<T> {
    type Rejection = ApiError;

    async fn from_request_parts(request: &mut request::Parts, state: &S) -> Result<Self> {
        let path = Path::<T>::from_request_parts(request, state).await;
        path.map(|Path(path)| Self(path)).map_err(|fault| ApiError::bad_request(fault.body_text()))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(request: &mut request::Parts, state: &S) -> Result<Self> {
        let params = Query::<T>::from_request_parts(request, state).await;
        params.map(|Query(params)| Self(params)).map_err(|fault| ApiError::bad_request(fault.body_text()))
    }
}
