//! How many connections there may be.

use crate::SHORT;
use anyhow::{Result, ensure};
use std::{net::TcpStream, time::Duration};
use testkit::{Rest, TestServer, until};

/// Who has to make room must come in when there is none left.
#[test]
fn an_admin_reaches_rest_when_all_connections_are_taken() -> Result<()> {
    let server = TestServer::builder().set("common.max_total_connections", 1).start()?;
    // The one that waited for the server to be up may still be counted.
    let mut taken = TcpStream::connect(server.sftp_address())?;
    until("the connection is kept", SHORT, || match is_open(&taken) {
        true => true,
        false => {
            taken = TcpStream::connect(server.sftp_address()).expect("the port is open");
            false
        }
    })?;
    ensure!(!is_open(&TcpStream::connect(server.sftp_address())?), "one too many was kept");
    server.admin()?.get("/api/v2/status")?.ok()?;
    drop(taken);
    until("there is room again", SHORT, || {
        TcpStream::connect(server.sftp_address()).is_ok_and(|socket| is_open(&socket))
    })
}

/// Over HTTP a host with too many connections is told so.
#[test]
fn a_host_with_too_many_connections_is_refused() -> Result<()> {
    let server = TestServer::builder().set("common.max_per_host_connections", 3).start()?;
    let mut taken = Vec::new();
    // One that is opened while the one that waited for the server still counts is not kept.
    until("all are taken", SHORT, || {
        taken.extend(TcpStream::connect(server.sftp_address()));
        health(&server) == Some(403)
    })?;
    drop(taken);
    until("there is room again", SHORT, || health(&server) == Some(200))
}

/// The status that somebody new gets.
fn health(server: &TestServer) -> Option<u16> {
    Some(Rest::new(server.url()).get("/healthz").ok()?.status)
}

/// Whether the server greets and does not hang up.
fn is_open(socket: &TcpStream) -> bool {
    let mut greeting = [0; 4];
    let _ = socket.set_read_timeout(Some(Duration::from_secs(5)));
    socket.peek(&mut greeting).is_ok_and(|read| read > 0)
}
