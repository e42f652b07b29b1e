//! Why an operation did not happen.

use types::InvalidPath;

/// In words no protocol owns. Every front end maps this with one exhaustive `match`; a new variant does not
/// compile until each of them has said what it looks like on the wire.
///
/// What a client sees for which mistake follows from a few choices made here once: a directory opened for
/// writing, a rename onto a directory, onto itself or into itself are [`Unsupported`](Self::Unsupported); a
/// directory read from or removed as a file [`IsADirectory`](Self::IsADirectory); the root removed or renamed
/// [`Denied`](Self::Denied), and made [`AlreadyExists`](Self::AlreadyExists).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such file")]
    NotFound,
    #[error("already exists")]
    AlreadyExists,
    /// The account may not, or the disk refused, or a link leads outside.
    #[error("permission denied")]
    Denied,
    #[error("is a directory")]
    IsADirectory,
    #[error("not a directory")]
    NotADirectory,
    #[error("directory not empty")]
    NotEmpty,
    #[error("operation unsupported")]
    Unsupported,
    #[error("quota exceeded")]
    QuotaExceeded,
    #[error("no space left")]
    NoSpace,
    #[error("too many sessions")]
    TooManySessions,
    #[error("too many levels of symbolic links")]
    Loop,
    #[error("name too long")]
    NameTooLong,
    #[error(transparent)]
    InvalidPath(#[from] InvalidPath),
    /// A hook judged the upload, and it was not stored.
    #[error("the upload was rejected by a hook")]
    Rejected,
    /// The request makes no sense for what is there: a link read that is none.
    #[error("invalid argument")]
    Invalid,
    /// The transfer was ended before.
    #[error("aborted")]
    Aborted,
    #[error("storage failure: {0}")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<Error> for storage::Error {
    fn from(error: Error) -> Self {
        Self::Other(error.into())
    }
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        match error {
            storage::Error::NotFound => Self::NotFound,
            storage::Error::AlreadyExists => Self::AlreadyExists,
            storage::Error::IsADirectory => Self::IsADirectory,
            storage::Error::NotADirectory => Self::NotADirectory,
            storage::Error::NotEmpty => Self::NotEmpty,
            storage::Error::Denied => Self::Denied,
            storage::Error::Loop => Self::Loop,
            storage::Error::NameTooLong => Self::NameTooLong,
            storage::Error::NoSpace => Self::NoSpace,
            storage::Error::Invalid => Self::Invalid,
            storage::Error::Unsupported => Self::Unsupported,
            storage::Error::Unsettled(source) => (*source).into(),
            storage::Error::Io(source) => Self::Storage(source.into()),
            // What the session itself put into a future of the backend comes out as it went in.
            storage::Error::Other(source) => match source.downcast::<Self>() {
                Ok(own) => *own,
                Err(source) => Self::Storage(source),
            },
            other => Self::Storage(other.into()),
        }
    }
}
