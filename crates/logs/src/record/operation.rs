//! Senders `Rename`, `Mkdir`, `Remove` …: operations that are not transfers.

use std::{fmt, path::Path, time::Duration};

use types::VirtualPath;

use super::Peer;

/// An operation that succeeded.
pub struct Operation<'a> {
    pub kind: Kind<'a>,
    pub peer: Peer<'a>,
    pub elapsed: Duration,
    /// Where the file really is.
    pub file_path: &'a Path,
    pub virtual_path: &'a VirtualPath,
}

/// What was done, and what only this operation has to tell.
#[derive(Clone, Copy)]
pub enum Kind<'a> {
    Rename(Target<'a>),
    Copy(Target<'a>),
    Symlink(Target<'a>),
    Rmdir,
    Mkdir,
    Remove,
    /// The mode as `ls -l` shows it.
    Chmod(&'a str),
    Chown {
        uid: i64,
        gid: i64,
    },
    /// Times as `YYYY-MM-DDTHH:MM:SS`.
    Chtimes {
        access_time: &'a str,
        modification_time: &'a str,
    },
    Truncate {
        size: u64,
    },
    SshCommand(&'a str),
}

/// The other path of an operation that has two.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    pub path: &'a Path,
    pub virtual_path: &'a VirtualPath,
}

impl Operation<'_> {
    pub fn log(&self) {
        let target = self.kind.target();
        let (uid, gid) = match self.kind {
            Kind::Chown { uid, gid } => (uid, gid),
            _ => (-1, -1),
        };
        let (access_time, modification_time) = match self.kind {
            Kind::Chtimes { access_time, modification_time } => (access_time, modification_time),
            _ => ("", ""),
        };
        let size = match self.kind {
            Kind::Truncate { size } => i64::try_from(size).unwrap_or(i64::MAX),
            _ => -1,
        };
        tracing::info!(
            target: "operation",
            sender = self.kind.sender(),
            local_addr = %self.peer.local_addr,
            remote_addr = %self.peer.remote_addr,
            username = self.peer.username,
            file_path = %self.file_path.display(),
            target_path = %target.map_or(Path::new(""), |target| target.path).display(),
            virtual_path = %self.virtual_path,
            virtual_target_path = %Optional(target.map(|target| target.virtual_path)),
            filemode = if let Kind::Chmod(mode) = self.kind { mode } else { "" },
            uid,
            gid,
            access_time,
            modification_time,
            size,
            elapsed = milliseconds(self.elapsed),
            ssh_command = if let Kind::SshCommand(command) = self.kind { command } else { "" },
            connection_id = self.peer.connection_id,
            protocol = self.peer.protocol.as_str(),
        );
    }
}

impl<'a> Kind<'a> {
    fn sender(self) -> &'static str {
        match self {
            Self::Rename(_) => "Rename",
            Self::Copy(_) => "Copy",
            Self::Symlink(_) => "Symlink",
            Self::Rmdir => "Rmdir",
            Self::Mkdir => "Mkdir",
            Self::Remove => "Remove",
            Self::Chmod(_) => "Chmod",
            Self::Chown { .. } => "Chown",
            Self::Chtimes { .. } => "Chtimes",
            Self::Truncate { .. } => "Truncate",
            Self::SshCommand(_) => "SSHCommand",
        }
    }

    fn target(self) -> Option<Target<'a>> {
        match self {
            Self::Rename(target) | Self::Copy(target) | Self::Symlink(target) => Some(target),
            _ => None,
        }
    }
}

/// Nothing where there is nothing.
struct Optional<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for Optional<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |value| value.fmt(f))
    }
}

pub fn milliseconds(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
