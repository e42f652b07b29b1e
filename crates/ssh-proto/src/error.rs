//! Why a connection ends, and how that is said on the wire.

/// Why a connection ends. Every one of them is fatal: answer with
/// [`Connection::disconnect`](crate::Connection::disconnect) using [`Error::reason`], flush and close.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("the peer does not speak SSH 2.0")]
    Identification,
    #[error("packet of {0} bytes is out of bounds")]
    PacketLength(u32),
    #[error("packet with wrong padding")]
    Padding,
    #[error("packet failed its integrity check")]
    Integrity,
    #[error("malformed {0}")]
    Malformed(&'static str),
    #[error("message {number} is not allowed {during}")]
    Unexpected { number: u8, during: &'static str },
    #[error("no common {0} algorithm")]
    NoCommonAlgorithm(&'static str),
    #[error("key exchange failed: {0}")]
    KeyExchange(&'static str),
    #[error("service {0:?} is not available")]
    Service(String),
    #[error("channel {channel}: {fault}")]
    Channel { channel: u32, fault: ChannelFault },
    #[error("too many replies are waiting for a key exchange to end")]
    Backlog,
    #[error("cryptographic library failed: {0}")]
    Crypto(&'static str),
    #[error("the connection has ended")]
    Ended,
}

/// What a peer did wrong on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChannelFault {
    #[error("does not exist")]
    Unknown,
    #[error("more data than the window allows")]
    WindowExceeded,
    #[error("more data in one packet than announced")]
    PacketExceeded,
    #[error("window adjusted beyond 2^32-1 bytes")]
    WindowOverflow,
    #[error("data after the end of data")]
    AfterEof,
}

impl Error {
    /// The reason code for SSH_MSG_DISCONNECT (RFC 4253 section 11.1).
    pub fn reason(&self) -> u32 {
        match self {
            Self::Identification => disconnect::PROTOCOL_VERSION_NOT_SUPPORTED,
            Self::Integrity => disconnect::MAC_ERROR,
            Self::NoCommonAlgorithm(_) | Self::KeyExchange(_) => disconnect::KEY_EXCHANGE_FAILED,
            Self::Service(_) => disconnect::SERVICE_NOT_AVAILABLE,
            Self::Crypto(_) | Self::Ended => disconnect::BY_APPLICATION,
            _ => disconnect::PROTOCOL_ERROR,
        }
    }
}

/// Reason codes of SSH_MSG_DISCONNECT (RFC 4253 section 11.1), those that a server uses.
pub mod disconnect {
    pub const PROTOCOL_ERROR: u32 = 2;
    pub const KEY_EXCHANGE_FAILED: u32 = 3;
    pub const MAC_ERROR: u32 = 5;
    pub const SERVICE_NOT_AVAILABLE: u32 = 7;
    pub const PROTOCOL_VERSION_NOT_SUPPORTED: u32 = 8;
    pub const BY_APPLICATION: u32 = 11;
    pub const TOO_MANY_CONNECTIONS: u32 = 12;
    pub const NO_MORE_AUTH_METHODS_AVAILABLE: u32 = 14;
}

/// Why a key could not be read, made or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    #[error("not a private key in OpenSSH, PKCS#8, PKCS#1 or SEC1 form")]
    UnknownFormat,
    #[error("the key is protected by a passphrase")]
    Encrypted,
    #[error("malformed key")]
    Malformed,
    #[error("unsupported key type {0}")]
    Unsupported(String),
    #[error("RSA keys of {0} bits are not accepted (2048 to 8192 are)")]
    RsaSize(usize),
    #[error("the certificate's signature is wrong")]
    Signature,
    #[error("the key could not be generated")]
    Generate,
    #[error("the key could not be written")]
    Write,
}
