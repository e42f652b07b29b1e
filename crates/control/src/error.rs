//! Why a change was not made.

use crate::Unreadable;
use std::fmt;

/// The kinds of objects, as messages name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    User,
    Admin,
    Folder,
    Group,
    Role,
    ApiKey,
    Share,
    EventAction,
    EventRule,
    IpListEntry,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was sent is not a valid object; the text names the field.
    #[error("Validation error: {0}")]
    Invalid(String),
    #[error("{0} {1:?} does not exist")]
    NotFound(Kind, String),
    #[error("{0} {1:?} already exists")]
    Duplicate(Kind, String),
    /// What was given as the current password is not it.
    #[error("the current password does not match")]
    WrongPassword,
    /// It is not what the caller thinks it is: somebody changed it meanwhile.
    #[error("{0} {1:?} was changed meanwhile")]
    Outdated(Kind, String),
    /// Not for this account, or not in the state it is in.
    #[error("{0}")]
    Refused(&'static str),
    /// It is being done already.
    #[error("{0}")]
    Busy(&'static str),
    /// No server is set that takes mail.
    #[error("mail is not configured: smtp.host is empty")]
    NoMail,
    #[error("mail: {0}")]
    Mail(#[from] mail::Failed),
    #[error("{0}")]
    Unreadable(#[from] Unreadable),
    #[error("data provider: {0}")]
    Store(#[source] store::Error),
    /// What needs a place on disk for a while did not get it.
    #[error("temporary file: {0}")]
    Scratch(#[source] std::io::Error),
    /// A task that computes hashes did not come back: the server is going down.
    #[error("the server is shutting down")]
    Stopped,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// What the caller sent is at fault, in one sentence.
    pub fn invalid(text: impl Into<String>) -> Self {
        Self::Invalid(text.into())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::Admin => "admin",
            Self::Folder => "folder",
            Self::Group => "group",
            Self::Role => "role",
            Self::ApiKey => "API key",
            Self::Share => "share",
            Self::EventAction => "event action",
            Self::EventRule => "event rule",
            Self::IpListEntry => "IP list entry",
        })
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::MissingReference { kind, name } => {
                Self::Invalid(format!("{kind} {name:?} does not exist"))
            }
            error => Self::Store(error),
        }
    }
}
