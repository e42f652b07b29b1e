//! Sender `httpd`: requests to the REST API, the web interface and telemetry.

use std::{fmt, time::Duration};

/// A request that was answered.
pub struct Request<'a> {
    /// Empty without TLS.
    pub cipher_suite: &'a str,
    pub local_addr: &'a dyn fmt::Display,
    pub remote_addr: &'a dyn fmt::Display,
    pub method: &'a str,
    /// `HTTP/1.1`.
    pub proto: &'a str,
    /// `None` for telemetry.
    pub request_id: Option<&'a str>,
    /// Scheme, host, path and query; secrets are the caller's to leave out.
    pub uri: &'a str,
    pub user_agent: &'a str,
    pub resp_status: u16,
    /// Bytes of the body.
    pub resp_size: u64,
    pub elapsed: Duration,
}

impl Request<'_> {
    pub fn log(&self) {
        tracing::debug!(
            target: "httpd",
            cipher_suite = if self.cipher_suite.is_empty() { None } else { Some(self.cipher_suite) },
            local_addr = %self.local_addr,
            method = self.method,
            proto = self.proto,
            remote_addr = %self.remote_addr,
            request_id = self.request_id,
            uri = self.uri,
            user_agent = self.user_agent,
            resp_status = self.resp_status,
            resp_size = self.resp_size,
            elapsed_ms = super::operation::milliseconds(self.elapsed),
        );
    }
}
