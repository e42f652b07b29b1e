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
    let pair = generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let api = TestApi::with(|config| {
        save(&config.config_dir, &pair);
        config.httpd.bindings[0].enable_https = true;
        config.httpd.certificate_file = "cert.pem".into();
        config.httpd.certificate_key_file = "key.pem".into();
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
    let name = ServerName::try_from("localhost").unwrap();
    let session = rustls::ClientConnection::new(client(trusted, "http/1.1"), name).unwrap();
    let mut stream = rustls::StreamOwned::new(session, TcpStream::connect(api.address).unwrap());
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
