//! What comes with a path: the name of an object, and query parameters. A fault in them is answered as every
//! other one is.

use crate::error::{ApiError, Result};
use axum::{
    extract::{FromRequestParts, Path, Query},
    http::request,
};
use serde::{Deserialize, de::DeserializeOwned};
use std::collections::HashSet;
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

/// The query without parameters that were given before: the first one counts.
fn first_of_each(query: &str) -> String {
    let mut seen = HashSet::new();
    let name = |pair| str::split_once(pair, '=').map_or(pair, |(name, _)| name);
    query.split('&').filter(|&pair| seen.insert(name(pair))).collect::<Vec<_>>().join("&")
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

    async fn from_request_parts(request: &mut request::Parts, _: &S) -> Result<Self> {
        let query = first_of_each(request.uri.query().unwrap_or_default());
        // It is a part of one that was read already.
        let uri =
            format!("/?{query}").parse().map_err(|_| ApiError::bad_request("the query cannot be read"))?;
        let params = Query::<T>::try_from_uri(&uri);
        params.map(|Query(params)| Self(params)).map_err(|fault| ApiError::bad_request(fault.body_text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_parameter_of_a_name_counts() {
        assert_eq!(first_of_each("a=1&b=2&a=3&b&c"), "a=1&b=2&c");
        assert_eq!(first_of_each(""), "");
    }
}
