//! The two ends of a request's connection, put into each request when its connection is accepted.

use crate::error::ApiError;
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use std::net::{IpAddr, SocketAddr};

#[derive(Clone, Copy, Debug)]
pub struct Peer {
    pub remote: SocketAddr,
    pub local: SocketAddr,
}

impl Peer {
    /// The client's address; an IPv4 address mapped into IPv6 is the same address.
    pub fn ip(&self) -> IpAddr {
        self.remote.ip().to_canonical()
    }
}

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let peer = parts.extensions.get().copied();
        peer.ok_or_else(|| ApiError::plain(StatusCode::INTERNAL_SERVER_ERROR))
    }
}
