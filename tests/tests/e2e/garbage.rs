//! Peers that do not speak SSH, or stop in the middle of it.
//!
//! Each costs bounded memory and time and is gone afterwards; whoever logs in meanwhile notices nothing.

use crate::SHORT;
use anyhow::{Result, ensure};
use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};
use testkit::{
    Scale, TestServer,
    clients::OpenSsh,
    data::{self, MIB},
    process, until,
};

const IDENTIFICATION: &[u8] = b"SSH-2.0-garbage\r\n";

#[test]
fn bytes_that_are_not_ssh_end_the_connection() -> Result<()> {
    let server = TestServer::start()?;
    for case in [
        b"GET / HTTP/1.1\r\nHost: here\r\n\r\n".as_slice(),
        b"SSH-1.5-old\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\r\n\r\n\r\n\0\0\0",
    ] {
        let mut peer = connect(&server)?;
        peer.write_all(case)?;
        peer.write_all(&data::bytes(100_000, 1)).or_else(closed)?;
        peer.shutdown(Shutdown::Write).or_else(closed)?;
        drain(&mut peer)?;
    }
    still_serves(&server)
}

/// An identification line without an end is not collected for ever.
#[test]
fn an_endless_first_line_is_cut() -> Result<()> {
    let server = TestServer::start()?;
    let before = process::resident(server.pid())?;
    let mut peer = connect(&server)?;
    let mut sent = 0;
    let refused = loop {
        match peer.write(&[b'x'; 65536]) {
            Ok(n) => sent += n as u64,
            Err(error) => break error,
        }
        ensure!(sent < 256 * MIB, "the server takes a first line of {sent} bytes");
    };
    ensure!(is_closed(&refused), "{refused}");
    ensure!(process::resident(server.pid())? < before + 8 * MIB);
    still_serves(&server)
}

/// The first packet claims a length: nothing near it is set aside, and a false one ends the connection.
#[test]
fn a_huge_length_is_refused() -> Result<()> {
    let server = TestServer::start()?;
    let before = process::resident(server.pid())?;
    let mut peers = Vec::new();
    for length in [u32::MAX, 1 << 31, 64 << 20, 300_000, 0, 1, 3] {
        let mut peer = connect(&server)?;
        peer.write_all(IDENTIFICATION)?;
        peer.write_all(&length.to_be_bytes())?;
        peer.write_all(&[0; 64]).or_else(closed)?;
        peers.push(peer);
    }
    for peer in &mut peers {
        drain(peer)?;
    }
    ensure!(process::resident(server.pid())? < before + 16 * MIB);
    still_serves(&server)
}

/// Half a packet and then nothing: many of them together cost little, and a login goes past them.
#[test]
fn half_a_packet_waits_cheaply() -> Result<()> {
    let server = TestServer::builder().set("common.max_per_host_connections", 0).start()?;
    still_serves(&server)?;
    let before = process::resident(server.pid())?;
    let count = Scale::from_env().pick(50, 500);
    let mut peers = Vec::new();
    for _ in 0..count {
        let mut peer = connect(&server)?;
        peer.write_all(IDENTIFICATION)?;
        peer.write_all(&[0, 0, 4, 0, 10, 20, 1, 2, 3])?;
        peers.push(peer);
    }
    let grown = process::resident(server.pid())?.saturating_sub(before);
    ensure!(grown < count * 200_000, "{grown} bytes for {count} half handshakes");
    still_logs_in(&server, "ada")?;
    drop(peers);
    let descriptors = || process::open_files(server.pid()).map_or(usize::MAX, |files| files.len());
    until("the half handshakes are gone", SHORT, || descriptors() < 50)
}

/// Bytes that look like a key exchange and are noise: whatever they are taken for, the answer is an end.
#[test]
fn noise_after_the_greeting_ends_the_connection() -> Result<()> {
    let server = TestServer::start()?;
    for seed in 0..Scale::from_env().pick(100, 2000) {
        let mut peer = connect(&server)?;
        peer.write_all(IDENTIFICATION)?;
        let noise = data::bytes(2000, seed);
        // A plausible length brings the noise past the first check.
        let packet = [&[0, 0, 0, 252, 4, 20][..], &noise].concat();
        peer.write_all(&packet).or_else(closed)?;
        peer.shutdown(Shutdown::Write).or_else(closed)?;
        drain(&mut peer)?;
    }
    ensure!(!server.log().contains("panicked"), "{}", server.log());
    still_serves(&server)
}

/// One byte now and then keeps nobody else out.
#[test]
fn a_trickle_keeps_nobody_out() -> Result<()> {
    let server = TestServer::builder().set("common.max_per_host_connections", 0).start()?;
    let mut peers = Vec::new();
    for _ in 0..20 {
        peers.push(connect(&server)?);
    }
    for byte in IDENTIFICATION {
        for peer in &mut peers {
            peer.write_all(&[*byte])?;
        }
    }
    let began = Instant::now();
    still_logs_in(&server, "ada")?;
    ensure!(began.elapsed() < SHORT);
    Ok(())
}

/// What the server says about a failed connection is one line, not one per packet.
#[test]
fn a_failed_connection_is_one_line() -> Result<()> {
    let server = TestServer::start()?;
    let lines = || server.log().lines().filter(|line| line.contains("connection_failed")).count();
    // The look that waited for the start is a failed connection itself.
    until("the first look is logged", SHORT, || lines() >= 1)?;
    let before = lines();
    let mut peer = connect(&server)?;
    peer.write_all(IDENTIFICATION)?;
    peer.write_all(&[0xff; 4000]).or_else(closed)?;
    drain(&mut peer)?;
    drop(peer);
    until("the failure is logged", SHORT, || lines() > before)?;
    still_serves(&server)?;
    ensure!(lines() == before + 1, "{} lines", lines() - before);
    Ok(())
}

fn connect(server: &TestServer) -> Result<TcpStream> {
    let stream = TcpStream::connect(server.sftp_address())?;
    stream.set_read_timeout(Some(SHORT))?;
    stream.set_write_timeout(Some(SHORT))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Reads until the server ends the connection; that it does is the point.
fn drain(peer: &mut TcpStream) -> Result<()> {
    let mut all = Vec::new();
    match peer.take(1 << 20).read_to_end(&mut all) {
        Ok(_) => Ok(()),
        Err(error) if is_closed(&error) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn closed(error: std::io::Error) -> Result<()> {
    if is_closed(&error) { Ok(()) } else { Err(error.into()) }
}

fn is_closed(error: &std::io::Error) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected)
}

fn still_serves(server: &TestServer) -> Result<()> {
    still_logs_in(server, "witness")
}

fn still_logs_in(server: &TestServer, name: &str) -> Result<()> {
    let user = server.user(name)?;
    let began = Instant::now();
    OpenSsh::new(server.login(&user)).batch("pwd\n")?;
    ensure!(began.elapsed() < Duration::from_secs(20), "a login took {:?}", began.elapsed());
    Ok(())
}
