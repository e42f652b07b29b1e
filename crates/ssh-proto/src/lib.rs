//! The server's side of SSH (RFC 4250 to 4254) without I/O: bytes in, events out, bytes out.
//!
//! [`Connection`] holds the whole protocol of one connection: identification, key exchange, packet protection,
//! authentication and channels. A driver reads from the socket into [`Connection::input`], calls
//! [`Connection::poll_event`] until it returns `None`, answers, and writes [`Connection::output`]. There is no
//! clock, no socket and no task in here; time limits (login grace, keepalive) are the driver's, and so is who may
//! log in: the core checks signatures, not permissions.
//!
//! The driver bounds memory with two rules. It sends [`Connection::output`] before it polls on when that has
//! grown over a limit of its choice: each packet of a peer makes at most one small reply. And it calls
//! [`Connection::consumed`] only for data it is done with: a peer never has more than the window under way.
#![forbid(unsafe_code)]

mod algorithms;
mod auth;
mod channel;
mod cipher;
#[cfg(any(test, feature = "client"))]
pub mod client;
mod config;
mod connection;
mod curve;
mod error;
mod event;
mod exchange;
mod hostkey;
mod kex;
mod msg;
mod negotiate;
mod output;
mod packet;
mod pubkey;
mod reservation;
mod transport;
mod wire;

#[cfg(test)]
mod tests;

pub use crate::{
    algorithms::{
        Algorithms, Cipher, HostKeyAlgorithm, Kex, Mac, Named, PublicKeyAlgorithm, UnknownAlgorithm, names,
    },
    config::ServerConfig,
    connection::Connection,
    error::{ChannelFault, Error, KeyError, disconnect},
    event::{
        AuthAttempt, AuthMethod, AuthRequest, ChannelId, ChannelRequest, Event, OpenFailure, Presence, Prompt,
    },
    hostkey::{HostKey, HostKeyKind},
    negotiate::Negotiated,
    pubkey::{Certificate, CertificateKind, CertificateOption, PublicKey, fingerprint},
    reservation::Reservation,
};
