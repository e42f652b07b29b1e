//! [`Event`]: one operation on a file or directory, before or after it happened.

use std::{net::IpAddr, sync::Arc, time::Duration};
use types::{Protocol, VirtualPath};

/// What is about to happen (`Pre…`) or has happened, under the names of `common.actions.execute_on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    PreUpload,
    Upload,
    FirstUpload,
    PreDownload,
    Download,
    FirstDownload,
    PreDelete,
    Delete,
    Rename,
    MakeDir,
    RemoveDir,
    Copy,
    SshCommand,
}

bitflags::bitflags! {
    /// The actions an observer wants to hear of.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Interest: u32 {
        const PRE_UPLOAD = 1;
        const UPLOAD = 1 << 1;
        const FIRST_UPLOAD = 1 << 2;
        const PRE_DOWNLOAD = 1 << 3;
        const DOWNLOAD = 1 << 4;
        const FIRST_DOWNLOAD = 1 << 5;
        const PRE_DELETE = 1 << 6;
        const DELETE = 1 << 7;
        const RENAME = 1 << 8;
        const MAKE_DIR = 1 << 9;
        const REMOVE_DIR = 1 << 10;
        const COPY = 1 << 11;
        const SSH_COMMAND = 1 << 12;
        /// To be asked, before an upload that is complete is published, whether it may be.
        const JUDGE_UPLOAD = 1 << 13;
    }
}

/// How an operation ended, with the numbers hooks are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Done = 1,
    Failed = 2,
    QuotaExceeded = 3,
}

/// Where a file is: as its user sees it and as its backend names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    pub path: VirtualPath,
    /// The backend's own name: a path on disk, a key in a bucket. Bytes, as names are.
    pub stored_as: Vec<u8>,
}

/// Everything an observer may be told; who and where from, what, and how it ended.
#[derive(Clone, Debug)]
pub struct Event {
    pub action: Action,
    pub user: Arc<str>,
    pub role: Option<Arc<str>>,
    pub protocol: Protocol,
    /// The connection's id, as `/connections` shows it.
    pub session: Arc<str>,
    pub ip: IpAddr,
    pub at: Location,
    /// Renames and copies: where to.
    pub target: Option<Location>,
    /// The number of the REST schema's `FsProviders`.
    pub provider: u8,
    pub bucket: String,
    pub endpoint: String,
    /// Bytes: of the file there before (`Pre…`), or as stored afterwards.
    pub size: u64,
    /// Uploads: the flags the file was opened with, in the numbering hooks expect.
    pub open_flags: u32,
    pub ssh_command: Option<String>,
    pub elapsed: Duration,
    pub status: Status,
    /// Uploads: an observer was asked about this one when it was complete.
    pub judged: bool,
}

impl Action {
    const ALL: [Self; 13] = [
        Self::PreUpload,
        Self::Upload,
        Self::FirstUpload,
        Self::PreDownload,
        Self::Download,
        Self::FirstDownload,
        Self::PreDelete,
        Self::Delete,
        Self::Rename,
        Self::MakeDir,
        Self::RemoveDir,
        Self::Copy,
        Self::SshCommand,
    ];

    /// The action of this name, as [`as_str`](Self::as_str) gives it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PreUpload => "pre-upload",
            Self::Upload => "upload",
            Self::FirstUpload => "first-upload",
            Self::PreDownload => "pre-download",
            Self::Download => "download",
            Self::FirstDownload => "first-download",
            Self::PreDelete => "pre-delete",
            Self::Delete => "delete",
            Self::Rename => "rename",
            Self::MakeDir => "mkdir",
            Self::RemoveDir => "rmdir",
            Self::Copy => "copy",
            Self::SshCommand => "ssh_cmd",
        }
    }

    pub const fn interest(self) -> Interest {
        match self {
            Self::PreUpload => Interest::PRE_UPLOAD,
            Self::Upload => Interest::UPLOAD,
            Self::FirstUpload => Interest::FIRST_UPLOAD,
            Self::PreDownload => Interest::PRE_DOWNLOAD,
            Self::Download => Interest::DOWNLOAD,
            Self::FirstDownload => Interest::FIRST_DOWNLOAD,
            Self::PreDelete => Interest::PRE_DELETE,
            Self::Delete => Interest::DELETE,
            Self::Rename => Interest::RENAME,
            Self::MakeDir => Interest::MAKE_DIR,
            Self::RemoveDir => Interest::REMOVE_DIR,
            Self::Copy => Interest::COPY,
            Self::SshCommand => Interest::SSH_COMMAND,
        }
    }
}
