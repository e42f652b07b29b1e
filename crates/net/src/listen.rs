//! Listening, on a port or on a Unix socket, and accepting until told to stop.

use crate::{Admission, ProxyProtocol, Socket, Ticket, unix::Named};
use futures_util::{StreamExt, stream::FuturesUnordered};
use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;

/// Connections the kernel queues before the accept loop sees them.
const BACKLOG: u32 = 1024;
/// How long to wait when accepting fails for want of descriptors or memory: others have to close first.
const EXHAUSTED: Duration = Duration::from_millis(100);
/// Whoever comes over a Unix socket is on this machine.
const HERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Where connections come in.
#[derive(Debug)]
pub struct Listener {
    kind: Kind,
    proxies: Option<Arc<ProxyProtocol>>,
}

#[derive(Debug)]
enum Kind {
    Tcp(TcpListener),
    Unix(Named),
}

/// What a listener is reached by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Port(SocketAddr),
    Path(PathBuf),
}

/// An accepted connection. An IPv4 address that came mapped into IPv6 is shown as itself.
#[derive(Debug)]
pub struct Arrived {
    pub socket: Socket,
    /// The client, also where a proxy opened the connection for it; 127.0.0.1 over a Unix socket.
    pub remote: SocketAddr,
    /// Where the client connected to.
    pub local: SocketAddr,
    /// A proxy says that its client speaks TLS with it.
    pub encrypted: bool,
}

/// An admitted connection. It counts as open until its ticket is dropped.
#[derive(Debug)]
pub struct Incoming {
    pub socket: TcpStream,
    pub remote: SocketAddr,
    pub local: SocketAddr,
    pub ticket: Ticket,
}

impl Listener {
    /// Listens on `address` (a host name is not one) and `port`; an empty address stands for all interfaces,
    /// IPv6 and IPv4 alike.
    pub fn port(address: &str, port: u16) -> io::Result<Self> {
        let tcp = |listener| Self { kind: Kind::Tcp(listener), proxies: None };
        if address.is_empty() {
            return listen((Ipv6Addr::UNSPECIFIED, port).into())
                .or_else(|_| listen((Ipv4Addr::UNSPECIFIED, port).into()))
                .map(tcp);
        }
        let invalid =
            |_| io::Error::new(io::ErrorKind::InvalidInput, format!("{address:?} is not an IP address"));
        let ip: IpAddr = address.trim_matches(['[', ']']).parse().map_err(invalid)?;
        listen((ip, port).into()).map(tcp)
    }

    /// Listens on a Unix socket, which is made with mode 0660 and removed at the end. One that was left behind is
    /// replaced.
    pub fn path(path: &Path) -> io::Result<Self> {
        let backlog = i32::try_from(BACKLOG).unwrap_or(i32::MAX);
        Ok(Self { kind: Kind::Unix(Named::bind(path, backlog)?), proxies: None })
    }

    /// Takes the clients' addresses from the proxies that the connections come from.
    #[must_use]
    pub fn behind(self, proxies: Option<Arc<ProxyProtocol>>) -> Self {
        Self { proxies, ..self }
    }

    pub fn place(&self) -> io::Result<Place> {
        match &self.kind {
            Kind::Tcp(listener) => Ok(Place::Port(listener.local_addr()?)),
            Kind::Unix(named) => Ok(Place::Path(named.path.clone())),
        }
    }

    async fn accept(&self) -> io::Result<Option<Arrived>> {
        match &self.kind {
            Kind::Tcp(listener) => {
                let (socket, remote) = listener.accept().await?;
                // Without an address it is gone already.
                let Ok(local) = socket.local_addr() else { return Ok(None) };
                let (remote, local) = (canonical(remote), canonical(local));
                Ok(Some(Arrived { socket: Socket::Tcp(socket), remote, local, encrypted: false }))
            }
            Kind::Unix(named) => {
                let (socket, _) = named.listener.accept().await?;
                Ok(Some(Arrived {
                    socket: Socket::Unix(socket),
                    remote: HERE,
                    local: HERE,
                    encrypted: false,
                }))
            }
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Hands each admitted connection over TCP to `serve` until `stop` is cancelled. One that passes a limit is closed
/// without a word, before it has cost anything.
pub async fn accept(
    listener: Listener,
    admission: Arc<Admission>,
    stop: CancellationToken,
    mut serve: impl FnMut(Incoming),
) {
    let admit = |Arrived { socket, remote, local, .. }: Arrived| {
        let Some(socket) = socket.into_tcp() else { return };
        match admission.admit(remote.ip()) {
            Ok(ticket) => serve(Incoming { socket, remote, local, ticket }),
            Err(refused) => {
                tracing::debug!(target: "net", ip = %remote.ip(), "connection refused: {refused}");
            }
        }
    };
    accept_all(listener, stop, admit).await;
}

/// Hands every connection to `serve` until `stop` is cancelled, those of proxies when it is known whose they are.
pub async fn accept_all(listener: Listener, stop: CancellationToken, mut serve: impl FnMut(Arrived)) {
    let mut introductions = FuturesUnordered::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
            Some(introduced) = introductions.next() => {
                if let Some(arrived) = introduced {
                    serve(arrived);
                }
                continue;
            }
        };
        match (accepted, &listener.proxies) {
            (Ok(Some(arrived)), None) => serve(arrived),
            (Ok(Some(arrived)), Some(proxies)) => match proxies.skip(arrived.remote.ip()) {
                true => serve(arrived),
                false => introductions.push(proxies.introduce(arrived)),
            },
            (Ok(None), _) => {}
            // A connection reset while it was queued is nobody's trouble; the rest is ours.
            (Err(error), _) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            (Err(error), _) => {
                tracing::warn!(target: "net", %error, "unable to accept a connection");
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
}

pub(crate) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(address) => address.fmt(f),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}
