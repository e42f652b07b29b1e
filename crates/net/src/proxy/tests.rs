//! Real connections, from several addresses of this machine.

use super::*;
use crate::{Listener, Place, accept_all};
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::mpsc,
};
use tokio_util::sync::CancellationToken;

const HEADER: &[u8] = b"PROXY TCP4 192.0.2.7 203.0.113.1 4242 22\r\n";
const PROXY: [u8; 4] = [127, 0, 0, 2];
const SKIPPED: [u8; 4] = [127, 0, 0, 3];
const STRANGER: [u8; 4] = [127, 0, 0, 4];

/// A listener behind proxies, which sends back what it reads.
struct World {
    address: SocketAddr,
    arrived: mpsc::UnboundedReceiver<(SocketAddr, SocketAddr, bool)>,
    stop: CancellationToken,
}

impl World {
    fn start(required: bool, patience: Duration) -> Self {
        let networks = |ip: [u8; 4]| Networks::parse(&[IpAddr::from(ip).to_string()]).unwrap();
        let proxies = ProxyProtocol {
            required,
            allowed: networks(PROXY),
            skipped: networks(SKIPPED),
            patience,
            expected: [Admission::new(4, 0), Admission::new(4, 2)],
        };
        let listener = Listener::port("127.0.0.1", 0).unwrap().behind(Some(Arc::new(proxies)));
        let Place::Port(address) = listener.place().unwrap() else { panic!("it has a port") };
        let (sender, arrived) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        tokio::spawn(accept_all(listener, stop.clone(), move |arrived| {
            let Arrived { mut socket, remote, local, encrypted } = arrived;
            let _ = sender.send((remote, local, encrypted));
            tokio::spawn(async move {
                let (mut from, mut to) = tokio::io::split(&mut socket);
                let _ = tokio::io::copy(&mut from, &mut to).await;
                let _ = to.shutdown().await;
            });
        }));
        Self { address, arrived, stop }
    }

    async fn connect(&self, from: [u8; 4]) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        let socket = socket.connect(self.address).await.unwrap();
        socket.set_nodelay(true).unwrap();
        socket
    }

    /// Sends pieces one by one; whom the connection is from then and what of it was left to read, if it was kept.
    async fn send(&mut self, from: [u8; 4], pieces: &[&[u8]]) -> Option<(String, Vec<u8>)> {
        let mut socket = self.connect(from).await;
        for (at, piece) in pieces.iter().enumerate() {
            if at > 0 {
                // So that it is another segment; that it is seen alone would be seen by no test that fails.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            if socket.write_all(piece).await.is_err() {
                return None;
            }
        }
        let _ = socket.shutdown().await;
        let mut back = Vec::new();
        let _ = socket.read_to_end(&mut back).await;
        let (remote, ..) = self.arrived.try_recv().ok()?;
        Some((remote.ip().to_string(), back))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn kept(from: &str, left: &[u8]) -> Option<(String, Vec<u8>)> {
    Some((from.to_owned(), left.to_vec()))
}

#[tokio::test]
async fn a_header_is_taken_off_and_nothing_else() {
    let mut world = World::start(false, PATIENCE);
    let both = [HEADER, b"SSH-2.0-x"].concat();
    assert_eq!(world.send(PROXY, &[&both]).await, kept("192.0.2.7", b"SSH-2.0-x"));
    assert_eq!(
        world.send(PROXY, &[b"P", b"ROX", &HEADER[4..20], &HEADER[20..], b"x"]).await,
        kept("192.0.2.7", b"x")
    );
    assert_eq!(world.send(PROXY, &[b"SSH-2.0-x"]).await, kept("127.0.0.2", b"SSH-2.0-x"));
    assert_eq!(world.send(PROXY, &[b"PR", b"OPFIND"]).await, kept("127.0.0.2", b"PROPFIND"));
    assert_eq!(world.send(PROXY, &[b"PROXY UNKNOWN\r\nx"]).await, kept("127.0.0.2", b"x"));
    assert_eq!(world.send(PROXY, &[b""]).await, kept("127.0.0.2", b""));
    for broken in [&b"PROXY FOO\r\n"[..], b"PROXY TCP4 1.1", b"PROXY"] {
        assert_eq!(world.send(PROXY, &[broken]).await, None, "{broken:?}");
    }
}

#[tokio::test]
async fn version_2_with_much_behind_the_addresses() {
    let mut world = World::start(true, PATIENCE);
    let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11".to_vec();
    let extra = [&b"\x20\0\x05\x01\0\0\0\0\xe0\x1f\x40"[..], &[7; 8000]].concat();
    header.extend(u16::try_from(12 + extra.len()).unwrap().to_be_bytes());
    header.extend([192, 0, 2, 9, 203, 0, 113, 1, 0x10, 0x92, 0, 22]);
    header.extend(extra);
    let mut socket = world.connect(PROXY).await;
    socket.write_all(&header[..3000]).await.unwrap();
    socket.write_all(&[&header[3000..], b"hello"].concat()).await.unwrap();
    let mut back = [0; 5];
    socket.read_exact(&mut back).await.unwrap();
    assert_eq!(&back, b"hello");
    let told = ("192.0.2.9:4242".parse().unwrap(), "203.0.113.1:22".parse().unwrap(), true);
    assert_eq!(world.arrived.recv().await, Some(told));
    let long = [b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff", &[0; 1000][..]].concat();
    assert_eq!(world.send(PROXY, &[&long]).await, None);
}

#[tokio::test]
async fn headers_of_others_are_dropped_or_refused() {
    let both = [HEADER, b"x"].concat();
    let mut world = World::start(false, PATIENCE);
    assert_eq!(world.send(STRANGER, &[&both]).await, kept("127.0.0.4", b"x"));
    assert_eq!(world.send(STRANGER, &[b"x"]).await, kept("127.0.0.4", b"x"));
    assert_eq!(world.send(SKIPPED, &[&both]).await, kept("127.0.0.3", &both));
    let mut world = World::start(true, PATIENCE);
    assert_eq!(world.send(STRANGER, &[&both]).await, None);
    assert_eq!(world.send(STRANGER, &[b"x"]).await, None);
    assert_eq!(world.send(PROXY, &[b"x"]).await, None);
    assert_eq!(world.send(PROXY, &[&both]).await, kept("192.0.2.7", b"x"));
    assert_eq!(world.send(SKIPPED, &[&both]).await, kept("127.0.0.3", &both));
}

/// Silence may mean that the client waits for us to speak first, as in SSH and FTP.
#[tokio::test]
async fn silence_ends_the_wait() {
    let patience = Duration::from_millis(50);
    let mut world = World::start(false, patience);
    let mut silent = world.connect(STRANGER).await;
    assert_eq!(world.arrived.recv().await.unwrap().0.ip(), IpAddr::from(STRANGER));
    silent.write_all(b"x").await.unwrap();
    assert_eq!(silent.read_u8().await.unwrap(), b'x');
    let mut begun = world.connect(PROXY).await;
    begun.write_all(b"PROX").await.unwrap();
    assert!(begun.read_u8().await.is_err());
    let world = World::start(true, patience);
    assert!(world.connect(PROXY).await.read_u8().await.is_err());
}

#[tokio::test]
async fn places_to_wait_are_counted() {
    let mut world = World::start(false, Duration::from_secs(60));
    let waiting = [world.connect(STRANGER).await, world.connect(STRANGER).await];
    // One too many from there; others have places of their own.
    assert!(world.connect(STRANGER).await.read_u8().await.is_err());
    assert_eq!(world.send([127, 0, 0, 5], &[b"x"]).await, kept("127.0.0.5", b"x"));
    assert_eq!(world.send(PROXY, &[HEADER]).await, kept("192.0.2.7", b""));
    drop(waiting);
}
