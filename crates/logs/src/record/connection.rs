//! Senders `login` and `connection_failed`. Tools that ban hosts read them.

use std::{fmt, net::IpAddr};

use types::LoginMethod;

/// A login that succeeded.
pub struct Login<'a> {
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

/// A connection that ended before anybody was logged in.
pub struct ConnectionFailed<'a> {
    pub client_ip: IpAddr,
    /// Empty when none was given.
    pub username: &'a str,
    pub login_type: LoginMethod,
    /// `SSH`, `FTP`, `DAV`, `HTTP`.
    pub protocol: &'a str,
    pub error: &'a dyn fmt::Display,
}

impl Login<'_> {
    pub fn log(&self) {
        tracing::info!(
            target: "login",
            ip = %self.ip,
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

impl ConnectionFailed<'_> {
    pub fn log(&self) {
        tracing::debug!(
            target: "connection_failed",
            client_ip = %self.client_ip,
            username = self.username,
            login_type = self.login_type.as_str(),
            protocol = self.protocol,
            error = %self.error,
        );
    }
}
