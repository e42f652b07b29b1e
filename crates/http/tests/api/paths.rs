//! Every path of the document answers, to those who may only.

use crate::client::{ADMIN, TestApi, user};
use serde_json::{Value, json};

/// Calls for which this server has nothing to answer with, and says so.
const NOT_BUILT: [&str; 4] = ["/events/fs", "/events/provider", "/events/logs", "/eventrules/run/{name}"];

/// All operations: method and path.
fn operations() -> Vec<(String, String)> {
    let document = serde_json::to_value(longshore_http::document()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            found.push((method.to_uppercase(), path.clone()));
        }
    }
    found
}

/// The path with something in the place of its parameters; nothing that is there.
fn filled(path: &str) -> String {
    let value = |name: &str| if name == "type" { "1" } else { "nothing" };
    let parts =
        path.split('/').map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => value(name),
            None => part,
        });
    parts.collect::<Vec<_>>().join("/")
}

#[test]
fn every_path_answers() {
    let api = TestApi::start();
    api.call("POST", "/users", &user("ada")).is(201);
    let admin = api.bearer(ADMIN);
    let token = api.login("/user/token", ("ada", "Us3r-pass-word")).json();
    let ada = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let mut seen = 0;
    for (method, path) in operations() {
        // These end what the others need.
        if path.ends_with("/logout") || path.ends_with("/token") {
            continue;
        }
        let bearer = if path.starts_with("/api/v2/user/") { &ada } else { &admin };
        let answer = api.send(&method, &filled(&path), bearer, b"{}");
        let rest = path.trim_start_matches("/api/v2");
        let named = path.contains('{') || rest.starts_with("/shares");
        let expected = match answer.status {
            501 => NOT_BUILT.contains(&rest),
            404 => named,
            // The storage behind these tests opens nothing.
            500 => rest.starts_with("/user/"),
            status => (200..500).contains(&status) && status != 405,
        };
        assert!(expected, "{method} {path}: {} {}", answer.status, answer.text());
        seen += 1;
    }
    assert!(seen > 70, "{seen}");
}

#[test]
fn what_is_not_switched_on_answers_as_if_nothing_had_happened() {
    let api = TestApi::start();
    for path in ["/defender/hosts", "/retention/users/checks"] {
        assert_eq!(api.call("GET", path, &Value::Null).is(200).json(), json!([]), "{path}");
    }
    for (method, id, status) in
        [("GET", "3132372e302e302e35", 404), ("DELETE", "3132372e302e302e35", 404), ("GET", "zz", 400)]
    {
        api.call(method, &format!("/defender/hosts/{id}"), &Value::Null).is(status);
    }
    for path in ["fs", "provider", "logs"] {
        assert_eq!(api.call("GET", &format!("/events/{path}"), &Value::Null).status, 501);
        api.call("GET", &format!("/events/{path}?order=up"), &Value::Null).is(400);
        for bad in ["start_timestamp=x", "limit=0", "limit=1001", "limit=x", "statuses=x", "events=1,x"] {
            api.call("GET", &format!("/events/{path}?{bad}"), &Value::Null).is(400);
        }
    }
}

/// What the document shows as an example can be sent as it is.
#[test]
fn examples_are_true() {
    let api = TestApi::start();
    let document = serde_json::to_value(longshore_http::document()).unwrap();
    let mut tried = 0;
    // A rule names the action of the example before it.
    for kind in [
        "roles",
        "folders",
        "groups",
        "users",
        "admins",
        "eventactions",
        "eventrules",
        "apikeys",
        "iplists/{type}",
    ] {
        let path = format!("/api/v2/{kind}");
        let content = &document["paths"][&path]["post"]["requestBody"]["content"]["application/json"];
        let example = &content["example"];
        assert!(example.is_object(), "{path}");
        api.call("POST", &format!("/{}", kind.replace("{type}", "2")), example).is(201);
        tried += 1;
    }
    assert_eq!(tried, 9);
}

#[test]
fn the_page_and_health() {
    let api = TestApi::start();
    assert_eq!(api.send("GET", "/openapi", "", b"").status, 308);
    assert!(api.send("GET", "/openapi/", "", b"").is(200).text().contains("page.js"));
    assert!(api.send("GET", "/openapi/page.js", "", b"").is(200).header("content-security-policy").is_some());
    for (path, line) in [("/healthz?details=1", "X: y"), ("/healthz", "Accept: application/json")] {
        let health = api.ask("GET", path, &["Host: x", line]).is(200).json();
        assert_eq!(health, json!({"status": "ok", "data_provider": {"status": "ok"}}));
    }
}
