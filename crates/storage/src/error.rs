//! What can go wrong with storage, by meaning.

use std::io;

/// Why a backend could not do what it was asked. Each variant is something a front end tells apart.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("not found")]
    NotFound,
    #[error("already exists")]
    AlreadyExists,
    #[error("is a directory")]
    IsADirectory,
    #[error("not a directory")]
    NotADirectory,
    #[error("directory not empty")]
    NotEmpty,
    /// The file system refused, or the path would have left the root of the backend.
    #[error("permission denied")]
    Denied,
    #[error("too many levels of symbolic links")]
    Loop,
    #[error("name too long")]
    NameTooLong,
    #[error("no space left")]
    NoSpace,
    /// The two places are on different devices or backends: copy and delete instead.
    #[error("crosses devices")]
    CrossesDevices,
    #[error("invalid argument")]
    Invalid,
    #[error("not supported by this backend")]
    Unsupported,
    /// A file has its name and all its bytes, but a power cut may still take it back: the last sync failed.
    #[error("stored, but not safely: {0}")]
    Unsettled(#[source] Box<Self>),
    #[error(transparent)]
    Io(io::Error),
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(libc::ENOENT) => Self::NotFound,
            Some(libc::EEXIST) => Self::AlreadyExists,
            Some(libc::EISDIR) => Self::IsADirectory,
            Some(libc::ENOTDIR) => Self::NotADirectory,
            Some(libc::ENOTEMPTY) => Self::NotEmpty,
            Some(libc::EACCES | libc::EPERM | libc::EROFS) => Self::Denied,
            Some(libc::ELOOP) => Self::Loop,
            Some(libc::ENAMETOOLONG) => Self::NameTooLong,
            Some(libc::ENOSPC | libc::EDQUOT) => Self::NoSpace,
            Some(libc::EXDEV) => Self::CrossesDevices,
            Some(libc::EINVAL) => Self::Invalid,
            Some(libc::ENOSYS | libc::EOPNOTSUPP) => Self::Unsupported,
            _ => Self::Io(error),
        }
    }
}

impl From<rustix::io::Errno> for Error {
    fn from(errno: rustix::io::Errno) -> Self {
        io::Error::from(errno).into()
    }
}
