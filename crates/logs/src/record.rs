//! The lines other programs parse, each with the sender, the level and the fields SFTPGo gives it.

mod connection;
mod http;
mod operation;
mod transfer;

use std::fmt;

use types::Protocol;

pub use self::{
    connection::{ConnectionFailed, Login},
    http::Request,
    operation::{Kind, Operation, Target},
    transfer::{Direction, FtpMode, Transfer},
};

/// The connection an operation came over.
#[derive(Clone, Copy)]
pub struct Peer<'a> {
    /// Address and port the client connected to; for FTP those of the control connection.
    pub local_addr: &'a dyn fmt::Display,
    /// Address and, where known, port of the client.
    pub remote_addr: &'a dyn fmt::Display,
    pub username: &'a str,
    pub connection_id: &'a str,
    pub protocol: Protocol,
}
