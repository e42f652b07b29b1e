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
    // Before it is sent, and without asking for it.
    for expect in ["", "Expect: 100-continue\r\n"] {
        let head = format!(
            "POST /api/v2/users HTTP/1.1\r\nHost: x\r\nAuthorization: {bearer}\r\n{expect}Content-Length: 99999999\r\n\r\n"
        );
        assert!(api.raw(head.as_bytes()).starts_with(b"HTTP/1.1 413"), "{expect}");
    }
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
    api.send("GET", "/healthz", "", b"").is(200);
}

/// Behind a proxy that reads it the other way, a request would be hidden in another.
#[test]
fn requests_that_can_be_read_in_two_ways_are_refused() {
    let api = TestApi::start();
    for (lines, status) in [
        ("Host: x\r\nContent-Length: 1\r\nContent-Length: 2", "400"),
        ("Host: x\r\nContent-Length: 1, 1", "400"),
        ("Host: x\r\nContent-Length: +1", "400"),
        ("Host: x\r\nTransfer-Encoding: identity", "400"),
        ("Host: x\r\nTransfer-Encoding: chunked, identity", "400"),
        ("Host: x\r\nTransfer-Encoding: gzip, chunked", "501"),
        ("Host: x\r\nTransfer-Encoding : chunked", "400"),
        ("Host: x\r\nX: a\r\n b", "400"),
        ("Host: x\r\nX: a\rY: b", "400"),
        ("Host: x\r\nHost: y", "400"),
        ("X: y", "400"),
    ] {
        let answer = api.raw(format!("GET /healthz HTTP/1.1\r\n{lines}\r\n\r\n").as_bytes());
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{lines:?}: {answer}");
    }
    // Chunks count where there is a length as well, and nothing that follows is another request.
    let both =
        b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n\
        0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let answer = String::from_utf8(api.raw(both)).unwrap();
    assert!(answer.starts_with("HTTP/1.1 405") && answer.matches("HTTP/1.1").count() == 1, "{answer}");
    for chunks in ["2\n{}\r\n0\r\n\r\n", "0x2\r\n{}\r\n0\r\n\r\n", "10000000000000002\r\n{}\r\n0\r\n\r\n"] {
        let head = "GET /api/v2/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        let answer = String::from_utf8(api.raw(format!("{head}{chunks}").as_bytes())).unwrap();
        assert!(answer.matches("HTTP/1.1").count() == 1, "{chunks:?}: {answer}");
    }
}
