//! Ends a connection of which a session was closed from outside.
//!
//! An answer that nobody reads is not asked for its next piece, so it cannot notice. The connection watches
//! the sessions of its requests instead.

use futures_util::{StreamExt, stream::FuturesUnordered};
use session::Session;
use std::{future::pending, pin::Pin};
use tokio::sync::mpsc;

/// Of one connection; each request carries it.
#[derive(Clone)]
pub struct Hangup(mpsc::UnboundedSender<Over>);

/// The connection's end of it.
pub struct Sessions {
    begun: mpsc::UnboundedReceiver<Over>,
    live: FuturesUnordered<Over>,
}

/// Whether a session that is over was closed from outside.
type Over = Pin<Box<dyn Future<Output = bool> + Send>>;

impl Hangup {
    pub fn new() -> (Self, Sessions) {
        let (sender, begun) = mpsc::unbounded_channel();
        (Self(sender), Sessions { begun, live: FuturesUnordered::new() })
    }

    /// The connection ends when `session` is closed, and forgets it when it ends by itself.
    pub fn with(&self, session: &Session) {
        // Without a receiver the connection is gone already.
        let _ = self.0.send(Box::pin(session.over()));
    }
}

impl Sessions {
    /// Resolves when a session was closed.
    pub async fn one_closed(&mut self) {
        loop {
            tokio::select! {
                begun = self.begun.recv() => match begun {
                    Some(over) => self.live.push(over),
                    None => return pending().await,
                },
                Some(closed) = self.live.next() => if closed {
                    return;
                },
            }
        }
    }
}
