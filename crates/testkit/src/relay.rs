//! A TCP relay: a long wire that delivers every byte late, or a proxy that says first whom it speaks for.

use anyhow::Result;
use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

/// What is on the wire at a time, in chunks of at most [`CHUNK`] bytes: 64 MiB per direction.
const IN_FLIGHT: usize = 1024;
const CHUNK: usize = 64 << 10;

/// Relays connections to one address, each direction delayed by half a round trip. Bandwidth is not limited.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    closed: Arc<AtomicBool>,
}

impl Relay {
    /// Listens on a port of 127.0.0.1 and relays to `target`.
    pub fn start(target: SocketAddr, round_trip: Duration) -> Result<Self> {
        Self::relaying(round_trip, move || Ok(TcpStream::connect(target)?))
    }

    /// Relays at once, from another address of this machine, and sends `header` first.
    pub fn proxy(target: SocketAddr, from: [u8; 4], header: impl Into<Vec<u8>>) -> Result<Self> {
        let header = header.into();
        Self::relaying(Duration::ZERO, move || {
            let mut server = connect_from(from, target)?;
            server.write_all(&header)?;
            Ok(server)
        })
    }

    fn relaying(
        round_trip: Duration,
        connect: impl Fn() -> Result<TcpStream> + Send + 'static,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let closed = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&closed);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let Ok(server) = connect() else { continue };
                // A pair that cannot be set up is dropped, which the client sees as a closed connection.
                let _ = relay(client, server, round_trip / 2);
            }
        });
        Ok(Self { address, closed })
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
        // The acceptor looks at the flag when a connection comes in.
        let _ = TcpStream::connect(self.address);
    }
}

/// Connects from one of the addresses of this machine.
pub fn connect_from(from: [u8; 4], to: SocketAddr) -> Result<TcpStream> {
    let stream = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(&stream, &SocketAddr::from((from, 0)))?;
    connect(&stream, &to)?;
    Ok(stream.into())
}

fn relay(client: TcpStream, server: TcpStream, delay: Duration) -> Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    one_way(client.try_clone()?, server.try_clone()?, delay);
    one_way(server, client, delay);
    Ok(())
}

fn one_way(mut from: TcpStream, to: TcpStream, delay: Duration) {
    let (sender, chunks) = sync_channel::<(Instant, Vec<u8>)>(IN_FLIGHT);
    thread::spawn(move || deliver(chunks, to));
    thread::spawn(move || {
        let mut buffer = vec![0; CHUNK];
        while let Ok(n @ 1..) = from.read(&mut buffer) {
            if sender.send((Instant::now() + delay, buffer[..n].to_vec())).is_err() {
                break;
            }
        }
    });
}

fn deliver(chunks: Receiver<(Instant, Vec<u8>)>, mut to: TcpStream) {
    for (due, bytes) in chunks {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_takes_a_round_trip_and_the_end_comes_through() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut peer, _) = listener.accept().unwrap();
            let mut all = Vec::new();
            peer.read_to_end(&mut all).unwrap();
            peer.write_all(&all).unwrap();
        });
        let relay = Relay::start(target, Duration::from_millis(100)).unwrap();
        let mut wire = TcpStream::connect(("127.0.0.1", relay.port())).unwrap();
        let began = Instant::now();
        wire.write_all(b"echo").unwrap();
        wire.shutdown(Shutdown::Write).unwrap();
        let mut back = Vec::new();
        wire.read_to_end(&mut back).unwrap();
        assert_eq!(back, b"echo");
        assert!(began.elapsed() >= Duration::from_millis(100), "{:?}", began.elapsed());
    }
}
