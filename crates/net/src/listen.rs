//! Binding a port and accepting from it until told to stop.

use crate::{Admission, Ticket};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;

/// Connections the kernel queues before the accept loop sees them.
const BACKLOG: u32 = 1024;
/// How long to wait when accepting fails for want of descriptors or memory: others have to close first.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// An accepted connection. An IPv4 address that came mapped into IPv6 is shown as itself.
#[derive(Debug)]
pub struct Arrived {
    pub socket: TcpStream,
    pub remote: SocketAddr,
    pub local: SocketAddr,
}

/// An admitted connection. It counts as open until its ticket is dropped.
#[derive(Debug)]
pub struct Incoming {
    pub socket: TcpStream,
    pub remote: SocketAddr,
    pub local: SocketAddr,
    pub ticket: Ticket,
}

/// Listens on `address` (a host name is not one) and `port`; an empty address stands for all interfaces,
/// IPv6 and IPv4 alike.
pub fn bind(address: &str, port: u16) -> io::Result<TcpListener> {
    if address.is_empty() {
        return listen((Ipv6Addr::UNSPECIFIED, port).into())
            .or_else(|_| listen((Ipv4Addr::UNSPECIFIED, port).into()));
    }
    let invalid =
        |_| io::Error::new(io::ErrorKind::InvalidInput, format!("{address:?} is not an IP address"));
    let ip: IpAddr = address.trim_matches(['[', ']']).parse().map_err(invalid)?;
    listen((ip, port).into())
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Hands each admitted connection to `serve` until `stop` is cancelled. One that passes a limit is closed
/// without a word, before it has cost anything.
pub async fn accept(
    listener: TcpListener,
    admission: Arc<Admission>,
    stop: CancellationToken,
    mut serve: impl FnMut(Incoming),
) {
    let admit = |Arrived { socket, remote, local }| match admission.admit(remote.ip()) {
        Ok(ticket) => serve(Incoming { socket, remote, local, ticket }),
        Err(refused) => {
            tracing::debug!(target: "net", ip = %remote.ip(), "connection refused: {refused}");
        }
    };
    accept_all(listener, stop, admit).await;
}

/// Hands every connection to `serve` until `stop` is cancelled.
pub async fn accept_all(listener: TcpListener, stop: CancellationToken, mut serve: impl FnMut(Arrived)) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (socket, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // A connection reset while it was queued is nobody's trouble; the rest is ours.
                if error.kind() != io::ErrorKind::ConnectionAborted {
                    tracing::warn!(target: "net", %error, "unable to accept a connection");
                    tokio::time::sleep(EXHAUSTED).await;
                }
                continue;
            }
        };
        // Without an address it is gone already.
        if let Ok(local) = socket.local_addr() {
            serve(Arrived { socket, remote: canonical(remote), local: canonical(local) });
        }
    }
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
