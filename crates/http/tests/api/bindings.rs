//! What `httpd.bindings` says about who is answered, and what answers carry.

use crate::client::TestApi;
use config::Security;
use serde_json::Value;

#[test]
fn every_answer_is_kept_from_being_misread() {
    let api = TestApi::start();
    for path in ["/healthz", "/api/v2/users", "/nowhere"] {
        let answer = api.send("GET", path, "", b"");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("strict-transport-security"), None, "{path}");
    }
}

#[test]
fn security_is_for_all_answers() {
    let api = TestApi::with(|config| {
        config.httpd.bindings[0].proxy_allowed = vec!["127.0.0.1".into()];
        config.httpd.bindings[0].security = Security {
            enabled: true,
            allowed_hosts: vec!["files.example".into()],
            referrer_policy: "no-referrer".into(),
            sts_seconds: 60,
            sts_include_subdomains: true,
            https_redirect: true,
            https_proxy_headers: vec![config::HttpsProxyHeader {
                key: "X-Forwarded-Proto".into(),
                value: "https".into(),
            }],
            ..Security::default()
        };
    });
    const HTTPS: &str = "X-Forwarded-Proto: https";
    let answer = api.ask("GET", "/healthz", &["Host: files.example", HTTPS]).is(200);
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=60; includeSubDomains"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    let plain = api.ask("GET", "/healthz?x=1", &["Host: files.example"]).is(307);
    assert_eq!(plain.header("location"), Some("https://files.example/healthz?x=1"));
    let other = api.ask("GET", "/healthz", &["Host: other.example", HTTPS]).is(403);
    assert_eq!(other.header("referrer-policy"), Some("no-referrer"));
}

#[test]
fn a_proxy_speaks_for_its_clients() {
    let api = TestApi::with(|config| {
        let binding = &mut config.httpd.bindings[0];
        binding.proxy_allowed = vec!["127.0.0.0/8".into()];
        binding.client_ip_proxy_header = "X-Forwarded-For".into();
    });
    let token = api.bearer(crate::client::ADMIN);
    let version = |from: &str| {
        let bearer = format!("Authorization: {token}");
        api.ask("GET", "/api/v2/version", &["Host: x", &bearer, from]).status
    };
    // A token is good from the address it was made for.
    assert_eq!(version("X-Other: 1"), 200);
    assert_eq!(version("X-Forwarded-For: 192.0.2.1"), 401);
    assert_eq!(version("X-Forwarded-For: 192.0.2.1, 127.0.0.1"), 200);
}

#[test]
fn the_document_is_below_the_root_of_the_web() {
    let api = TestApi::with(|config| config.httpd.web_root = "/files/".into());
    let moved = api.ask("GET", "/files/openapi", &["Host: x"]).is(308);
    assert_eq!(moved.header("location"), Some("/files/openapi/"));
    for path in ["/files/openapi/", "/files/openapi/openapi.json", "/healthz"] {
        api.ask("GET", path, &["Host: x"]).is(200);
    }
    for path in ["/openapi/", "/files/healthz", "/files/api/v2/version"] {
        api.ask("GET", path, &["Host: x"]).is(404);
    }
    api.ask("GET", "/api/v2/version", &["Host: x"]).is(401);
}

#[test]
fn other_origins_are_told_what_they_may() {
    let api = TestApi::with(|config| {
        config.httpd.cors.enabled = true;
        config.httpd.cors.allowed_origins = vec!["https://app.example".into()];
        config.httpd.cors.allowed_methods = vec!["GET".into()];
    });
    let preflight = |origin: &str| {
        let lines = ["Host: x", origin, "Access-Control-Request-Method: GET"];
        api.ask("OPTIONS", "/api/v2/users", &lines).is(204)
    };
    let told = preflight("Origin: https://app.example");
    assert_eq!(told.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(told.header("access-control-allow-methods"), Some("GET"));
    assert_eq!(preflight("Origin: https://evil.example").header("access-control-allow-origin"), None);
    let refused = api.ask("GET", "/api/v2/users", &["Host: x", "Origin: https://app.example"]).is(401);
    assert_eq!(refused.header("access-control-allow-origin"), Some("https://app.example"));
    // Without CORS, OPTIONS is a method as good as any other.
    let closed = TestApi::start();
    let answer = closed.ask("OPTIONS", "/api/v2/users", &["Host: x", "Origin: https://app.example"]).is(405);
    assert_eq!(answer.header("access-control-allow-origin"), None);
    assert_eq!(closed.call("GET", "/users", &Value::Null).header("vary"), None);
}
