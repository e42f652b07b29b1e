//! Listening for SSH, and what all connections share.

use crate::{
    Settings,
    connection::{Driver, Next, Place},
    exec::Enabled,
    greeting::{Gone, Greetings},
    lanes::Lanes,
    trust::{TrustError, UserCertificates},
};
use auth::{Authenticator, Hook};
use net::{Admission, Incoming, Listener, Penalties, Turns};
use session::Services;
use ssh_proto::{AuthMethod, ServerConfig};
use std::{net::SocketAddr, sync::Arc, thread, time::Duration};
use tokio::net::TcpStream;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use types::Protocol;

/// Connections that may move data on threads of their own at once; more of them share the blocking pool.
const LANES: usize = 512;
/// First key exchanges that may wait for their turn at once.
const WAITING_EXCHANGES: usize = 4096;

/// The SSH server. One of them serves all bindings.
pub struct Server {
    shared: Arc<Shared>,
    admission: Arc<Admission>,
    connections: TaskTracker,
}

/// What connections share.
pub(crate) struct Shared {
    pub(crate) ssh: Arc<ServerConfig>,
    pub(crate) authenticator: Authenticator,
    pub(crate) user_certificates: UserCertificates,
    pub(crate) services: Arc<Services>,
    pub(crate) lanes: Arc<Lanes>,
    /// Files open at once, per host.
    pub(crate) transfers: Arc<Admission>,
    pub(crate) greetings: Greetings,
    /// Key exchanges of clients that nobody knows yet.
    pub(crate) exchanges: Arc<Turns>,
    /// `None`: nobody is turned away.
    pub(crate) penalties: Option<Penalties>,
    /// Ends all connections.
    pub(crate) stop: CancellationToken,
    pub(crate) methods: Vec<AuthMethod>,
    pub(crate) keyboard_interactive_hook: Option<Hook>,
    pub(crate) commands: Enabled,
    pub(crate) login_grace: Duration,
    /// `None`: never.
    pub(crate) keepalive: Option<Duration>,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) max_auth_tries: Option<u32>,
}

/// The other end of a connection.
pub(crate) struct Peer {
    pub(crate) remote: SocketAddr,
    pub(crate) local: SocketAddr,
}

impl Server {
    pub fn new(
        settings: Settings,
        authenticator: Authenticator,
        services: Arc<Services>,
        admission: Arc<Admission>,
    ) -> Self {
        let shared = Shared {
            ssh: Arc::new(settings.ssh),
            authenticator,
            user_certificates: settings.user_certificates,
            services,
            lanes: Lanes::new(LANES),
            transfers: Admission::new(0, settings.max_transfers_per_host),
            greetings: Greetings::new(settings.max_startups_per_source),
            // Half of the processors stay for those who are logged in.
            exchanges: Turns::new(
                thread::available_parallelism().map_or(1, |n| n.get() / 2),
                WAITING_EXCHANGES,
            ),
            penalties: settings.max_penalty.map(Penalties::new),
            stop: CancellationToken::new(),
            methods: settings.methods,
            keyboard_interactive_hook: settings.keyboard_interactive_hook,
            commands: settings.commands,
            login_grace: settings.login_grace,
            keepalive: settings.keepalive,
            idle_timeout: settings.idle_timeout,
            max_auth_tries: settings.max_auth_tries,
        };
        Self { shared: Arc::new(shared), admission, connections: TaskTracker::new() }
    }

    /// Accepts connections until `stop`; those that are open go on until [`close`](Self::close).
    pub async fn serve(&self, listener: Listener, stop: CancellationToken) {
        net::accept(listener, self.admission.clone(), stop, |incoming| {
            let ip = incoming.remote.ip();
            if self.shared.penalties.as_ref().is_some_and(|penalties| penalties.is_barred(ip)) {
                tracing::debug!(target: "sftpd", %ip, "connection refused: too many failures from this address");
                return;
            }
            self.connections.spawn(connection(self.shared.clone(), incoming));
        })
        .await;
    }

    /// Reads again what may change while the server runs: the list of revoked certificates. After an error the
    /// old one stays in force.
    pub fn reload(&self) -> Result<(), TrustError> {
        self.shared.user_certificates.reload()
    }

    /// Says goodbye to every client and waits until all are gone.
    pub async fn close(&self) {
        self.shared.stop.cancel();
        self.connections.close();
        self.connections.wait().await;
    }
}

/// Serves one connection, here while it is idle and on a thread of its own while it moves data.
async fn connection(shared: Arc<Shared>, incoming: Incoming) {
    let Incoming { mut socket, remote, local, ticket: _ticket } = incoming;
    // A reply must not wait for the acknowledgement of the one before.
    if socket.set_nodelay(true).is_err() {
        return; // gone already
    }
    let stays = tokio::select! {
        stays = shared.authenticator.may_stay(remote.ip(), Protocol::Ssh) => stays,
        () = shared.stop.cancelled() => false,
    };
    if !stays {
        return;
    }
    let greeted = tokio::select! {
        greeted = shared.greetings.turn(&socket, remote.ip()) => greeted,
        () = tokio::time::sleep(shared.login_grace) => Err(Gone),
        () = shared.stop.cancelled() => Err(Gone),
    };
    let Ok(greeted) = greeted else { return };
    let mut driver = Box::new(Driver::new(shared, Peer { remote, local }, greeted));
    loop {
        match driver.run(&mut socket, Place::Shared).await {
            Next::Rest => {}
            Next::Ended(end) => return driver.end(&mut socket, end).await,
            Next::Bulk(lane) => {
                let back = async {
                    let moved = Moved { driver, socket: socket.into_std().ok()? };
                    let back = lane.run(move || moved.serve()).await.ok()??;
                    Some((back.driver, TcpStream::from_std(back.socket).ok()?))
                };
                // Ended there, or the thread or a descriptor was lost, which ends it too.
                let Some(back) = back.await else { return };
                (driver, socket) = back;
            }
        }
    }
}

/// A connection between two runtimes: its socket belongs to neither.
struct Moved {
    driver: Box<Driver>,
    socket: std::net::TcpStream,
}

impl Moved {
    /// Serves the connection on its own thread; `None` when it ended there.
    async fn serve(self) -> Option<Self> {
        let mut driver = self.driver;
        let mut socket = TcpStream::from_std(self.socket).ok()?;
        loop {
            match driver.run(&mut socket, Place::Private).await {
                Next::Rest => return Some(Self { driver, socket: socket.into_std().ok()? }),
                Next::Bulk(_) => {}
                Next::Ended(end) => {
                    driver.end(&mut socket, end).await;
                    return None;
                }
            }
        }
    }
}
