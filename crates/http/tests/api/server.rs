//! What has nothing to do with any object: paths, methods, sizes, garbage.

use crate::client::{ADMIN, TestApi, user};
use serde_json::Value;

#[test]
fn healthz_is_ok() {
    let api = TestApi::start();
    let answer = api.send("GET", "/healthz", "", b"").is(200);
    assert_eq!((answer.text().as_str(), answer.header("server")), ("ok", Some("Longshore")));
    assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
    assert!(api.send("HEAD", "/healthz", "", b"").is(200).body.is_empty());
}

#[test]
fn unknown_paths_and_methods() {
    let api = TestApi::start();
    for path in ["/", "/nowhere", "/api/v2", "/api/v2/nowhere", "/web/admin"] {
        assert_eq!(api.send("GET", path, "", b"").is(404).json()["message"], "Not Found");
    }
    for method in ["PATCH", "OPTIONS", "BREW"] {
        let answer = api.call(method, "/users", &Value::Null).is(405);
        assert!(answer.body.is_empty() && answer.header("allow").is_some());
    }
}

#[test]
fn large_bodies_are_refused() {
    let api = TestApi::start();
    let bearer = api.bearer(ADMIN);
    let mut body = user("big");
    body["additional_info"] = Value::String("x".repeat(900_000));
    api.call_as(&bearer, "POST", "/users", &body).is(201);
    body["username"] = Value::String("bigger".into());
    body["additional_info"] = Value::String("x".repeat(1_200_000));
    let refused = api.call_as(&bearer, "POST", "/users", &body);
    assert_eq!((refused.status, refused.header("connection")), (413, Some("close")));
    let deep = [b"[".repeat(500_000), b"]".repeat(500_000)].concat();
    api.send("POST", "/api/v2/users", &bearer, &deep).is(400);
}

#[test]
fn garbage_harms_nobody() {
    let api = TestApi::start();
    let long = [b"GET /".to_vec(), vec![b'a'; 200_000], b" HTTP/1.1\r\n\r\n".to_vec()].concat();
    let heads = [b"GET / HTTP/1.1\r\n".to_vec(), b"X: y\r\n".repeat(20_000)].concat();
    for garbage in
        [&b"\x16\x03\x01\x02\x00\x01\x00"[..], b"\r\n\r\n\r\n", b"GET\r\n\r\n", &[0xff; 4096], &long, &heads]
    {
        let answer = api.garbage(garbage);
        assert!(
            answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
    let lengths = b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n";
    assert!(api.raw(lengths).starts_with(b"HTTP/1.1 400"));
    api.send("GET", "/healthz", "", b"").is(200);
}
