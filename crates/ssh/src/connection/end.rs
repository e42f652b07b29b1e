//! How a connection ends.

use super::{Driver, Login, Stage};
use net::{Crowded, Offence};
use ssh_proto::disconnect;
use std::{future::poll_fn, io, time::Duration};
use tokio::net::TcpStream;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum End {
    #[error("connection closed by the client")]
    Closed,
    #[error("client disconnected: {0}")]
    Disconnected(String),
    #[error("{0}")]
    Protocol(#[from] ssh_proto::Error),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("login grace time exceeded")]
    LoginGrace,
    #[error("too many authentication failures")]
    AuthTries,
    #[error("idle timeout exceeded")]
    Idle,
    #[error("the client does not answer")]
    Dead,
    #[error("{0}")]
    Session(session::Error),
    #[error("the server shuts down")]
    Stopped,
    #[error("{0}")]
    Crowded(#[from] Crowded),
}

impl Driver {
    /// Notes that the address failed once more.
    fn punish(&self, login: &Login, end: &End) {
        let offence = match end {
            End::Stopped => return, // our doing
            End::LoginGrace => Offence::TookTooLong,
            _ if login.has_failed() => Offence::Refused,
            _ => Offence::NoAttempt,
        };
        if let Some(penalties) = &self.shared.penalties {
            penalties.add(self.peer.remote.ip(), offence);
        }
    }

    /// Says goodbye, writes what went wrong to the log, and lets go of everything.
    pub(crate) async fn end(mut self, socket: &mut TcpStream, end: End) {
        let reason = match &end {
            End::Closed | End::Disconnected(_) | End::Io(_) | End::Dead => None,
            End::Protocol(error) => Some(error.reason()),
            End::Crowded(_) => Some(disconnect::TOO_MANY_CONNECTIONS),
            End::AuthTries => Some(disconnect::NO_MORE_AUTH_METHODS_AVAILABLE),
            End::LoginGrace | End::Idle | End::Session(_) | End::Stopped => Some(disconnect::BY_APPLICATION),
        };
        if let Some(reason) = reason {
            self.core.disconnect(reason, &end.to_string());
            // A peer that does not read gets a moment, not forever.
            let goodbye = poll_fn(|cx| self.flush(socket, cx));
            drop(tokio::time::timeout(Duration::from_secs(1), goodbye).await);
        }
        match &self.stage {
            Stage::Login(login) => {
                login.log_failed(&self.peer, &end);
                self.punish(login, &end);
            }
            Stage::User(user) => {
                tracing::debug!(
                    target: "sftpd", connection_id = crate::hex(self.core.session_id()),
                    username = &**user.account.name(), "connection ended: {end}"
                );
            }
        }
    }
}
