//! What the core tells its driver.

use std::fmt;

use bytes::Bytes;
use types::Secret;

use crate::pubkey::Certificate;

/// A channel of one connection. Numbers are not reused soon, so an id that outlived its channel is harmless:
/// every call with it does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelId(pub(crate) u32);

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What [`Connection::poll_event`](crate::Connection::poll_event) has to tell.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// What we send from here on is protected by new keys; all channels with an open window may send again.
    /// `first` is the exchange that opens the connection, others are rekeyings.
    KexDone { first: bool },
    /// A request to log in. Answer it with one of the `auth_*` calls; nothing more is decoded until then.
    Auth(AuthRequest),
    /// A publickey request whose signature does not fit its key. Answer with `auth_failure`.
    AuthBadSignature { user: String, algorithm: String, blob: Bytes },
    /// The answers to the last `auth_info_request`, as many as it had prompts. Answer as to [`Event::Auth`].
    InfoResponse(Vec<Secret<String>>),
    /// The peer answered an `auth_info_request` with the wrong number of answers. Answer with `auth_failure`.
    InfoResponseMismatch,
    /// The peer opens a session channel: answer with `accept_channel` or `refuse_channel`. Channels of other
    /// types are refused without asking.
    ChannelOpen { id: ChannelId },
    /// A request on an open channel. If `want_reply`, answer with `request_success` or `request_failure`, in the
    /// order of the requests.
    ChannelRequest { id: ChannelId, want_reply: bool, request: ChannelRequest },
    /// Data, decrypted in place: a slice of the receive buffer. Drop it soon, the buffer is reused when all its
    /// slices are gone; report it with `consumed` so that the peer may send more.
    Data { id: ChannelId, data: Bytes },
    /// The peer sends no more data on this channel.
    Eof { id: ChannelId },
    /// The peer closed the channel; our own CLOSE is sent. The id is free.
    Close { id: ChannelId },
    /// The peer's window grew from less than it needs: `send_window` says how much.
    WindowOpened { id: ChannelId },
    /// The peer said goodbye (SSH_MSG_DISCONNECT). Close the connection; polling on gives [`Error::Ended`](crate::Error).
    Disconnected { reason: u32, text: String },
}

/// SSH_MSG_USERAUTH_REQUEST (RFC 4252 section 5).
#[derive(Debug)]
pub struct AuthRequest {
    pub user: String,
    /// Always `ssh-connection`; other services end the connection.
    pub service: String,
    /// User or service differ from the request before: partial successes so far are void (RFC 4252 section 5).
    pub changed: bool,
    pub method: AuthAttempt,
}

#[derive(Debug)]
#[non_exhaustive]
pub enum AuthAttempt {
    /// Asks which methods may be used; never a success.
    None,
    Password(Secret<String>),
    /// Would this key do? Answer with `auth_pk_ok` or `auth_failure`.
    PublicKeyQuery {
        algorithm: String,
        blob: Bytes,
        certificate: Option<Box<Certificate>>,
    },
    /// The peer proved that it holds this key: the signature is verified already. With a certificate, `blob` is the
    /// certificate and the proof is of the key in it; who signed it and for whom is to be checked.
    PublicKey {
        algorithm: String,
        blob: Bytes,
        certificate: Option<Box<Certificate>>,
        presence: Presence,
    },
    /// Answer with `auth_info_request` or a verdict. `submethods` is a hint of the client, mostly empty.
    KeyboardInteractive {
        submethods: String,
    },
    /// A method, a key type or a form of a method that is not served. Answer with `auth_failure`.
    Other {
        method: String,
    },
}

/// What a signature says about who was there when it was made (OpenSSH PROTOCOL.u2f).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Nothing: the key is not one of an authenticator.
    Unknown,
    /// Somebody touched the authenticator. A key of one that nobody touched proves nothing.
    Touched,
    /// Its owner did, as shown by a PIN or a finger.
    Verified,
}

/// A method by its name in the list of those that can continue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthMethod {
    PublicKey,
    Password,
    KeyboardInteractive,
}

impl AuthMethod {
    pub const fn name(self) -> &'static str {
        match self {
            Self::PublicKey => "publickey",
            Self::Password => "password",
            Self::KeyboardInteractive => "keyboard-interactive",
        }
    }
}

/// One question of keyboard-interactive authentication (RFC 4256).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    pub text: String,
    /// Whether the client shows what is typed.
    pub echo: bool,
}

/// SSH_MSG_CHANNEL_REQUEST on a session channel (RFC 4254 section 6).
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelRequest {
    Exec(Bytes),
    Subsystem(Bytes),
    Env {
        name: Bytes,
        value: Bytes,
    },
    Shell,
    Pty,
    /// The client is about to leave or to abort the command: the signal's name without `SIG`.
    Signal(Bytes),
    Other(Bytes),
}

/// Why a channel is not opened (RFC 4254 section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenFailure {
    AdministrativelyProhibited = 1,
    ConnectFailed = 2,
    UnknownChannelType = 3,
    ResourceShortage = 4,
}
