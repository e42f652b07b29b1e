//! What comes in and what goes out.

use crate::{CertificateFault, HookFailed};
use session::Account;
use std::{net::IpAddr, sync::Arc};
use types::{LoginMethod, Protocol};

/// Who tries to log in, from where and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub username: String,
    /// The client's address; an IPv4 address that came mapped into IPv6 is the same address.
    pub ip: IpAddr,
    pub protocol: Protocol,
}

/// What a valid credential led to.
#[derive(Clone, Debug)]
pub enum Step {
    /// The login is complete.
    Granted(Arc<Account>),
    /// One of these would complete it, each beginning with what was just proved.
    Need(Vec<LoginMethod>),
}

/// What was proved before on the same connection, for the same user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Before {
    #[default]
    Nothing,
    /// A public key, which led to [`Step::Need`].
    Key,
}

/// Why a login was refused: for the log and for counting failures. A client is told no more than that it
/// failed, except where [`Policy`] may be named to someone who proved to be the user.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("user does not exist")]
    UnknownUser,
    #[error("invalid credentials")]
    WrongCredentials,
    #[error("the key has to be used by its owner, verified by a PIN or a finger")]
    OwnerNotVerified,
    #[error("{0}")]
    Certificate(#[from] CertificateFault),
    /// From this address, lately.
    #[error("too many attempts, try again later")]
    TooManyAttempts,
    #[error("account is disabled")]
    Disabled,
    #[error("account has expired")]
    Expired,
    #[error("{0}")]
    Policy(#[from] Policy),
    #[error("the account's storage cannot be opened: {0}")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("keyboard-interactive hook: {0}")]
    Hook(#[from] HookFailed),
    /// A hook of logins failed, or answered what is no answer.
    #[error("{0}")]
    Outside(String),
    #[error("data provider: {0}")]
    Store(#[from] store::Error),
    /// The account could not be changed as the login asks for.
    #[error("{0}")]
    Control(#[source] Box<control::Error>),
}

/// Rules about how, from where and when an account may log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Policy {
    #[error("protocol {0} is not allowed")]
    Protocol(&'static str),
    #[error("login method {0} is not allowed")]
    Method(LoginMethod),
    #[error("login from {0} is not allowed")]
    Address(IpAddr),
    #[error("login is not allowed at this time")]
    Time,
    #[error("the password has expired and has to be changed over HTTP")]
    PasswordExpired,
    #[error("two-factor authentication is required and not set up")]
    SecondFactorMissing,
    #[error("two-factor authentication is required")]
    SecondFactorNeeded,
}

impl Refused {
    /// Whether what was shown was wrong, so that it may have been a guess.
    pub const fn is_guess(&self) -> bool {
        matches!(self, Self::UnknownUser | Self::WrongCredentials)
    }
}

impl From<control::Error> for Refused {
    fn from(error: control::Error) -> Self {
        match error {
            control::Error::Store(error) => Self::Store(error),
            error => Self::Control(Box::new(error)),
        }
    }
}
