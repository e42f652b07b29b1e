//! The SSH front end: SFTP, SCP and a few commands over SSH on TCP.
//!
//! `ssh-proto` and `sftp-proto` turn bytes into requests; this crate moves the bytes, keeps the handles and
//! asks a `session` to do what was requested. It holds no policy.

mod connection;
mod digest;
mod exec;
mod greeting;
mod host_keys;
mod inbox;
mod lanes;
mod read;
mod server;
mod settings;
mod sftp;
mod status;
mod trust;

pub use self::{
    server::Server,
    settings::{Invalid, Settings},
    status::{HostKeyStatus, Status},
    trust::{FileError, TrustError},
};

use std::fmt::Write;

/// `bytes` as lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
