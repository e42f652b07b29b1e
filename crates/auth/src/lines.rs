//! Log lines about logins, under the senders and field names SFTPGo gives them: `login` and `connection_failed`.
//! Tools that ban addresses read them.

use std::{fmt, net::IpAddr};
use types::LoginMethod;

/// A login that succeeded.
#[derive(Clone, Copy)]
pub struct LoginLine<'a> {
    pub ip: IpAddr,
    pub username: &'a str,
    pub method: LoginMethod,
    /// `SSH`, `FTP`, `DAV`, `HTTP`.
    pub protocol: &'a str,
    pub connection_id: Option<&'a str>,
    /// What the client calls itself.
    pub client: &'a str,
    pub encrypted: bool,
    /// For SSH the negotiated algorithms.
    pub info: Option<&'a str>,
}

/// An attempt to log in that was refused, or a connection that ended without one.
#[derive(Clone, Copy)]
pub struct FailureLine<'a> {
    pub ip: IpAddr,
    /// Empty when none was given.
    pub username: &'a str,
    pub method: LoginMethod,
    /// `SSH`, `FTP`, `DAV`, `HTTP`.
    pub protocol: &'a str,
    pub error: &'a dyn fmt::Display,
}

impl LoginLine<'_> {
    pub fn log(&self) {
        tracing::info!(
            target: "login",
            ip = %self.ip.to_canonical(),
            username = self.username,
            method = self.method.as_str(),
            protocol = self.protocol,
            connection_id = self.connection_id,
            client = self.client,
            encrypted = self.encrypted,
            info = self.info,
        );
    }
}

impl FailureLine<'_> {
    pub fn log(&self) {
        tracing::debug!(
            target: "connection_failed",
            client_ip = %self.ip.to_canonical(),
            username = self.username,
            login_type = self.method.as_str(),
            protocol = self.protocol,
            error = %self.error,
        );
    }
}
