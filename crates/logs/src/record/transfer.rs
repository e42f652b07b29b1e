//! Senders `Upload` and `Download`.

use std::{fmt, path::Path, time::Duration};

use types::VirtualPath;

use super::Peer;

/// A transfer that ended, well or not.
pub struct Transfer<'a> {
    pub direction: Direction,
    pub peer: Peer<'a>,
    pub elapsed: Duration,
    /// Bytes transferred, whether or not the transfer succeeded.
    pub size_bytes: u64,
    /// Where the file really is.
    pub file_path: &'a Path,
    pub virtual_path: &'a VirtualPath,
    /// FTP only.
    pub ftp_mode: Option<FtpMode>,
    pub error: Option<&'a dyn fmt::Display>,
}

/// Which way a file went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Upload,
    Download,
}

/// Who opened the data connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FtpMode {
    Active,
    Passive,
}

impl Transfer<'_> {
    pub fn log(&self) {
        let sender = match self.direction {
            Direction::Upload => "Upload",
            Direction::Download => "Download",
        };
        let ftp_mode = self.ftp_mode.map(|mode| match mode {
            FtpMode::Active => "active",
            FtpMode::Passive => "passive",
        });
        tracing::info!(
            target: "transfer",
            sender,
            local_addr = %self.peer.local_addr,
            remote_addr = %self.peer.remote_addr,
            elapsed_ms = super::operation::milliseconds(self.elapsed),
            size_bytes = self.size_bytes,
            username = self.peer.username,
            file_path = %self.file_path.display(),
            virtual_path = %self.virtual_path,
            connection_id = self.peer.connection_id,
            protocol = self.peer.protocol.as_str(),
            ftp_mode,
            error = self.error.map(tracing::field::display),
        );
    }
}
