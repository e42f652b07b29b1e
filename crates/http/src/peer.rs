//! Who sent a request, put into each request when it has arrived.

use crate::error::ApiError;
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The client: the other end of the connection, or whom a proxy there speaks for.
    pub remote: SocketAddr,
    pub local: SocketAddr,
    /// Nobody on the way can read what is sent: by TLS here, or as a proxy says that may say so.
    pub encrypted: bool,
    /// The cipher suite of TLS here.
    pub cipher_suite: Option<&'static str>,
    /// A proxy is at the other end that is listed in `proxy_allowed`.
    pub by_proxy: bool,
}

impl Default for Peer {
    fn default() -> Self {
        let nowhere = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
        Self { remote: nowhere, local: nowhere, encrypted: false, cipher_suite: None, by_proxy: false }
    }
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
