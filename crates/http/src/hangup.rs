//! Ends a connection whose session was closed from outside.
//!
//! An answer that nobody reads is not asked for its next piece, so it cannot notice. The connection watches
//! the session of its current request instead.

use session::Session;
use std::{future::pending, pin::Pin};
use tokio::sync::mpsc;

/// Of one connection; each request carries it.
#[derive(Clone)]
pub struct Hangup(mpsc::UnboundedSender<Closing>);

/// The connection's end of it.
pub struct Sessions {
    begun: mpsc::UnboundedReceiver<Closing>,
    current: Option<Closing>,
}

type Closing = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Hangup {
    pub fn new() -> (Self, Sessions) {
        let (sender, begun) = mpsc::unbounded_channel();
        (Self(sender), Sessions { begun, current: None })
    }

    /// The connection ends with `session`. One request at a time is answered, so the session of the one before
    /// is over.
    pub fn with(&self, session: &Session) {
        // Without a receiver the connection is gone already.
        let _ = self.0.send(Box::pin(session.closing()));
    }
}

impl Sessions {
    /// Resolves when the session of the current request was closed.
    pub async fn one_closed(&mut self) {
        loop {
            let current = async {
                match &mut self.current {
                    Some(closing) => closing.await,
                    None => pending().await,
                }
            };
            tokio::select! {
                begun = self.begun.recv() => match begun {
                    Some(closing) => self.current = Some(closing),
                    None => return pending().await,
                },
                () = current => return,
            }
        }
    }
}
