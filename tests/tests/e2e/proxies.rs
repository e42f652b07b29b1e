//! Proxies that name their clients by the PROXY protocol, and Unix sockets, where proxies come from.

use crate::SHORT;
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::{
    io::{Read, Write},
    net::TcpStream,
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::Path,
    time::Duration,
};
use testkit::{Proof, Relay, TestServer, clients::OpenSsh, connect_from, free_port, until};

const PROXY: [u8; 4] = [127, 0, 0, 2];
const HEADER: &str = "PROXY TCP4 192.0.2.7 203.0.113.1 4242 22\r\n";
/// The same client in version 2.
const HEADER_2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\xcb\0\x71\x01\x10\x92\0\x16";
const OTHER: &str = "PROXY TCP4 192.0.2.8 203.0.113.1 4242 22\r\n";

/// A server whose connections come through [`PROXY`], and those of the tests themselves as they are.
fn start() -> Result<(TestServer, u16)> {
    let port = free_port()?;
    let server = TestServer::builder()
        .set("common.proxy_protocol", 2)
        .set("common.proxy_allowed", json!(["127.0.0.2"]))
        .set("common.proxy_skipped", json!(["127.0.0.1"]))
        .set("common.max_per_host_connections", 3)
        .env("LONGSHORE_HTTPD__BINDINGS__1__ADDRESS", "127.0.0.1")
        .env("LONGSHORE_HTTPD__BINDINGS__1__PORT", port.to_string())
        .env("LONGSHORE_HTTPD__BINDINGS__1__PROXY_MODE", "1")
        .start()?;
    Ok((server, port))
}

#[test]
fn over_ssh_the_client_is_the_one_that_the_proxy_names() -> Result<()> {
    let (server, _) = start()?;
    let user = server.user_with("ada", json!({ "filters": { "allowed_ip": ["192.0.2.7/32"] } }))?;
    for (header, proof, gets_in) in [
        (HEADER.as_bytes(), Proof::Key, true),
        (HEADER_2, Proof::Password, true),
        (OTHER.as_bytes(), Proof::Key, false),
    ] {
        let relay = Relay::proxy(server.sftp_address(), PROXY, header)?;
        let login = testkit::Login { proof, ..server.login_through(&user, relay.port()) };
        let came = OpenSsh::new(login).try_batch("pwd\n")?;
        ensure!(came.status.success() == gets_in, "{}{}", came.stderr, server.log());
    }
    ensure!(server.log().contains("192.0.2.7"), "{}", server.log());
    // Who is skipped speaks for itself, and so does the address that a header names there.
    ensure!(!OpenSsh::new(server.login(&user)).try_batch("pwd\n")?.status.success());
    for (from, header) in [(PROXY, ""), ([127, 0, 0, 3], HEADER), ([127, 0, 0, 3], "")] {
        let mut socket = connect_from(from, server.sftp_address())?;
        socket.set_read_timeout(Some(SHORT))?;
        let _ = write!(socket, "{header}SSH-2.0-x\r\n");
        ensure!(socket.read(&mut [0; 8]).unwrap_or(0) == 0, "{from:?} {header:?} is greeted");
    }
    Ok(())
}

#[test]
fn connections_are_counted_by_client() -> Result<()> {
    let (server, _) = start()?;
    let greeted = |header: &str| -> Result<(TcpStream, bool)> {
        let mut socket = connect_from(PROXY, server.sftp_address())?;
        socket.set_read_timeout(Some(SHORT))?;
        write!(socket, "{header}SSH-2.0-x\r\n")?;
        let greeted = socket.read(&mut [0; 8]).unwrap_or(0) > 0;
        Ok((socket, greeted))
    };
    let held = [greeted(HEADER)?, greeted(HEADER)?, greeted(HEADER)?];
    ensure!(held.iter().all(|(_, greeted)| *greeted));
    ensure!(!greeted(HEADER)?.1 && greeted(OTHER)?.1);
    drop(held);
    until("there is room again", SHORT, || greeted(HEADER).is_ok_and(|(_, greeted)| greeted))
}

#[test]
fn over_http_allow_lists_and_tokens_go_by_the_client() -> Result<()> {
    let (server, port) = start()?;
    let admin = json!({
        "username": "far", "password": "Far-away-passw0rd", "status": 1, "permissions": ["*"],
        "filters": { "allow_list": ["192.0.2.7/32"] },
    });
    server.admin()?.post("/api/v2/admins", &admin)?.ok()?;
    let address = ([127, 0, 0, 1], port).into();
    let ask = |header: &str, path: &str, authorization: &str| -> Result<String> {
        let mut socket = connect_from(PROXY, address)?;
        // What a client says of itself counts for nothing.
        let lies = "X-Forwarded-For: 192.0.2.7";
        ask(&mut socket, header, path, &format!("{lies}\r\nAuthorization: {authorization}"))
    };
    let basic = "Basic ZmFyOkZhci1hd2F5LXBhc3N3MHJk";
    let answer = ask(HEADER, "/api/v2/token", basic)?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let token = answer.split('"').nth(3).context("a token")?;
    let bearer = format!("Bearer {token}");
    ensure!(ask(OTHER, "/api/v2/token", basic)?.starts_with("HTTP/1.1 403"));
    ensure!(ask(HEADER, "/api/v2/version", &bearer)?.starts_with("HTTP/1.1 200"));
    ensure!(ask(OTHER, "/api/v2/version", &bearer)?.starts_with("HTTP/1.1 401"));
    ensure!(ask("", "/healthz", "x")?.is_empty());
    until("the client is in the log", SHORT, || server.log().contains("\"remote_addr\":\"192.0.2.7:4242\""))
}

#[test]
fn http_over_a_unix_socket() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("http.sock");
    // Left behind by one that crashed.
    drop(std::os::unix::net::UnixListener::bind(&path)?);
    let mut server = TestServer::builder()
        .env("LONGSHORE_HTTPD__BINDINGS__1__ADDRESS", &path)
        .env("LONGSHORE_HTTPD__BINDINGS__1__PORT", "0")
        .env("LONGSHORE_HTTPD__BINDINGS__1__PROXY_ALLOWED", "127.0.0.1")
        .env("LONGSHORE_HTTPD__BINDINGS__1__CLIENT_IP_PROXY_HEADER", "X-Real-IP")
        .start()?;
    ensure!(std::fs::metadata(&path)?.permissions().mode() & 0o777 == 0o660);
    let mut curl = std::process::Command::new("curl");
    let said = curl.args(["-sS", "--unix-socket"]).arg(&path).arg("http://x/healthz").output()?;
    ensure!(said.stdout == b"ok", "{said:?}");
    let ask = |header: &str| ask(&mut UnixStream::connect(&path)?, "", "/healthz", header);
    ensure!(ask("X-Real-IP: 192.0.2.7")?.starts_with("HTTP/1.1 200"));
    until("the client is in the log", SHORT, || server.log().contains("\"remote_addr\":\"192.0.2.7:0\""))?;
    ensure!(server.stop()?.success());
    ensure!(!Path::new(&path).exists());
    Ok(())
}

/// A connection that HTTP can be spoken over.
trait Stream: Read + Write {
    fn wait_at_most(&self, limit: Duration) -> std::io::Result<()>;
}

impl Stream for TcpStream {
    fn wait_at_most(&self, limit: Duration) -> std::io::Result<()> {
        self.set_read_timeout(Some(limit))
    }
}

impl Stream for UnixStream {
    fn wait_at_most(&self, limit: Duration) -> std::io::Result<()> {
        self.set_read_timeout(Some(limit))
    }
}

/// One request; empty where the connection is closed without a word.
fn ask(socket: &mut impl Stream, proxy: &str, path: &str, header: &str) -> Result<String> {
    let request = format!("{proxy}GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\n\r\n");
    socket.wait_at_most(SHORT)?;
    let _ = socket.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer);
    Ok(String::from_utf8(answer)?)
}
