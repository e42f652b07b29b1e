//! Bindings with TLS.

use crate::client::{Answer, TestApi};
use bytes::Bytes;
use hyper::Request;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_rustls::TlsConnector;

/// A server with a certificate of its own, and the certificate.
fn start() -> (TestApi, CertifiedKey<KeyPair>) {
    start_with(|_| {})
}

fn start_with(change: impl FnOnce(&mut config::Config)) -> (TestApi, CertifiedKey<KeyPair>) {
    let pair = generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let api = TestApi::with(|config| {
        save(&config.config_dir, &pair);
        config.httpd.bindings[0].enable_https = true;
        config.httpd.certificate_file = "cert.pem".into();
        config.httpd.certificate_key_file = "key.pem".into();
        change(config);
    });
    (api, pair)
}

fn save(dir: &Path, pair: &CertifiedKey<KeyPair>) {
    fs::write(dir.join("cert.pem"), pair.cert.pem()).unwrap();
    fs::write(dir.join("key.pem"), pair.signing_key.serialize_pem()).unwrap();
}

fn client(trusted: &CertifiedKey<KeyPair>, protocol: &str) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config = config.unwrap().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.into()];
    Arc::new(config)
}

/// One request over HTTP/1.1; `None` where no connection comes about.
fn get(api: &TestApi, trusted: &CertifiedKey<KeyPair>) -> Option<Answer> {
    get_through(api, trusted, b"")
}

/// As [`get`], through a proxy that sends `header` first.
fn get_through(api: &TestApi, trusted: &CertifiedKey<KeyPair>, header: &[u8]) -> Option<Answer> {
    let name = ServerName::try_from("localhost").unwrap();
    let session = rustls::ClientConnection::new(client(trusted, "http/1.1"), name).unwrap();
    let mut socket = TcpStream::connect(api.address).unwrap();
    socket.write_all(header).unwrap();
    let mut stream = rustls::StreamOwned::new(session, socket);
    let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(Answer::parse(&answer))
}

#[test]
fn http_1_and_renewed_certificates() {
    let (api, old) = start();
    assert_eq!(get(&api, &old).unwrap().text(), "ok");
    // Plain requests are not answered.
    assert!(!api.raw(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").starts_with(b"HTTP"));
    let new = generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    save(&api.path(""), &new);
    let until = Instant::now() + Duration::from_secs(30);
    while get(&api, &new).is_none() {
        assert!(Instant::now() < until, "the new certificate is not served");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(get(&api, &old).is_none());
}

#[test]
fn a_proxy_introduces_its_client_before_tls() {
    let (api, pair) = start_with(|config| {
        config.common.proxy_protocol = 2;
        config.common.proxy_allowed = vec!["127.0.0.1".into()];
        config.httpd.bindings[0].proxy_mode = 1;
    });
    let header = b"PROXY TCP4 192.0.2.7 203.0.113.1 4242 443\r\n";
    assert_eq!(get_through(&api, &pair, header).unwrap().text(), "ok");
    assert!(get(&api, &pair).is_none());
    assert!(get_through(&api, &pair, b"PROXY NOBODY\r\n").is_none());
}

#[tokio::test]
async fn http_2_serves_requests_side_by_side() {
    let (api, pair) = tokio::task::spawn_blocking(start).await.unwrap();
    let socket = tokio::net::TcpStream::connect(api.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TlsConnector::from(client(&pair, "h2")).connect(name, socket).await.unwrap();
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let ask = |path: &str| {
        let request = Request::get(format!("https://localhost{path}"));
        let request = request.body(axum::body::Body::from(Bytes::new())).unwrap();
        let mut sender = sender.clone();
        async move { sender.send_request(request).await.unwrap() }
    };
    let (healthy, refused) = tokio::join!(ask("/healthz"), ask("/api/v2/users"));
    assert_eq!((healthy.status().as_u16(), refused.status().as_u16()), (200, 401));
    assert_eq!(healthy.headers()["x-content-type-options"], "nosniff");
    // A runtime cannot end within another.
    tokio::task::spawn_blocking(move || drop(api)).await.unwrap();
}

/// A frame of HTTP/2 (RFC 9113, section 4.1) on stream `stream`.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Rapid resets (CVE-2023-44487), and heads that never end (CVE-2024-27316).
#[test]
fn floods_of_frames_end_their_connection() {
    const HEADERS: u8 = 1;
    const RESET: u8 = 3;
    const GO_AWAY: u8 = 7;
    const CONTINUATION: u8 = 9;
    // GET, https, /, and the host.
    let head = b"\x82\x87\x84\x01\x09localhost";
    let (api, pair) = start();
    let resets = (0..5000).flat_map(|at| {
        let stream = 1 + 2 * at;
        [frame(HEADERS, 5, stream, head), frame(RESET, 0, stream, &[0, 0, 0, 8])].concat()
    });
    let endless = [frame(HEADERS, 1, 1, head), frame(CONTINUATION, 0, 1, b"\x00\x01x\x01y").repeat(20_000)];
    for flood in [resets.collect(), endless.concat()] {
        let name = ServerName::try_from("localhost").unwrap();
        let session = rustls::ClientConnection::new(client(&pair, "h2"), name).unwrap();
        let socket = TcpStream::connect(api.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut stream = rustls::StreamOwned::new(session, socket);
        let start = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", frame(4, 0, 0, b"").as_slice()].concat();
        stream.write_all(&start).unwrap();
        // The server stops reading at some point.
        let written = stream.write_all(&flood);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let mut frames = answer.as_slice();
        let mut farewell = None;
        while let Some((length, rest)) = frames.split_first_chunk::<3>() {
            let length = u32::from_be_bytes([0, length[0], length[1], length[2]]) as usize;
            let Some(frame) = rest.get(..6 + length) else { break };
            if frame[0] == GO_AWAY {
                farewell = Some(frame[10..14].to_vec());
            }
            frames = &rest[6 + length..];
        }
        // ENHANCE_YOUR_CALM, unless the end of the connection overtook it.
        assert!(
            farewell == Some(vec![0, 0, 0, 11]) || farewell.is_none() && written.is_err(),
            "{farewell:?}"
        );
        assert_eq!(get(&api, &pair).unwrap().text(), "ok");
    }
}
