//! How many strangers of one address are greeted.
//!
//! A connection holds one of a few places of its address from its greeting to its login, but not for longer than
//! [`HELD`], whatever it does. So whoever logs in makes room for the next at once, whoever does not is slowed down to
//! some connections a second, and nobody who keeps connections open shuts others of the same address out. A bucket of
//! tokens would slow down a burst of good logins as well.

use futures_util::FutureExt;
use net::{Taken, Turn, Turns};
use std::{net::IpAddr, sync::Arc, time::Duration};
use tokio::{io::Interest, net::TcpStream, sync::oneshot};

/// How long a place is held without a login. With the 8 places of the default 13 greetings a second are left: 20 are
/// what ssh-audit calls too many.
const HELD: Duration = Duration::from_millis(600);
/// Connections that may wait for their greeting, of all addresses.
const WAITING: usize = 4096;

/// The places of all addresses.
pub(crate) struct Greetings(Option<Arc<Turns>>);

/// A place, held.
pub(crate) struct Greeted(Option<oneshot::Sender<()>>);

/// There is nobody to greet any more, or no place to wait.
#[derive(Debug)]
pub(crate) struct Gone;

impl Greetings {
    /// `None`: no limit.
    pub(crate) fn new(per_source: Option<usize>) -> Self {
        Self(per_source.map(|places| Turns::per_source(places, WAITING)))
    }

    /// Waits until the client may be greeted.
    pub(crate) async fn turn(&self, socket: &TcpStream, ip: IpAddr) -> Result<Greeted, Gone> {
        let Some(turns) = &self.0 else { return Ok(Greeted(None)) };
        let turn = match turns.take(ip).map_err(|_| Gone)? {
            Taken::Now(turn) => turn,
            Taken::Later(waiting) => waiting.await.map_err(|_| Gone)?,
        };
        // Who went in the meantime must not keep the next one waiting.
        match socket.ready(Interest::READABLE).now_or_never() {
            Some(Ok(ready)) if ready.is_read_closed() => Err(Gone),
            Some(Err(_)) => Err(Gone),
            Some(Ok(_)) | None => Ok(Greeted::holding(turn)),
        }
    }
}

impl Greeted {
    fn holding(turn: Turn) -> Self {
        let (sender, logged_in) = oneshot::channel();
        tokio::spawn(async move {
            // A connection that ended drops its sender, which is no login.
            let logged_in = async {
                if logged_in.await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            drop(tokio::time::timeout(HELD, logged_in).await);
            drop(turn);
        });
        Self(Some(sender))
    }

    /// Makes room for the next one.
    pub(crate) fn give_back(self) {
        if let Some(sender) = self.0 {
            let _ = sender.send(());
        }
    }
}
