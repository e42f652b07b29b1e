//! [`Connection`]: where a session comes from.

use std::{net::SocketAddr, sync::Arc, time::SystemTime};
use types::Protocol;

/// One entry of `/connections`: an SFTP channel, an SCP command, an FTP control connection, a REST request.
#[derive(Clone, Debug)]
pub struct Connection {
    /// `SFTP_<session id in hex>_<n>`: channels of one SSH connection share the middle part.
    pub id: Arc<str>,
    pub protocol: Protocol,
    /// What the client says it is: the SSH identification line, the user agent.
    pub client_version: String,
    pub remote: SocketAddr,
    pub local: SocketAddr,
    pub started: SystemTime,
}
