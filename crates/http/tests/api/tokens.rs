//! Logging in and out.

use crate::client::{ADMIN, TestApi, user};
use serde_json::{Value, json};

#[test]
fn a_token_opens_the_api_until_logout() {
    let api = TestApi::start();
    let token = api.login("/token", ADMIN).is(200).json();
    assert!(token["expires_at"].as_str().unwrap().ends_with('Z'));
    let (one, other) = (api.bearer(ADMIN), api.bearer(ADMIN));
    let version = api.call_as(&one, "GET", "/version", &Value::Null).is(200).json();
    assert!(version["version"] == "1.2.3" && version["features"].is_array());
    api.call_as(&one, "GET", "/logout", &Value::Null).is(200);
    api.call_as(&one, "GET", "/version", &Value::Null).is(401);
    api.call_as(&other, "GET", "/version", &Value::Null).is(200);
}

#[test]
fn bad_credentials_all_look_alike() {
    let api = TestApi::start();
    api.call(
        "POST",
        "/users",
        &json!({"username": "off", "password": "Us3r-pass-word", "status": 0, "permissions": {"/": ["*"]}}),
    )
    .is(201);
    let bodies: Vec<_> = [
        ("/token", (ADMIN.0, "wrong")),
        ("/token", ("nobody", "wrong")),
        ("/user/token", ("nobody", "wrong")),
        ("/user/token", ("off", "Us3r-pass-word")),
    ]
    .into_iter()
    .map(|(path, credentials)| {
        let answer = api.login(path, credentials).is(401);
        assert!(answer.header("www-authenticate").unwrap().starts_with("Basic "));
        answer.text()
    })
    .collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    let none = api.send("GET", "/api/v2/token", "", b"").is(401);
    assert!(none.header("www-authenticate").is_some());
}

#[test]
fn no_call_works_without_a_good_token() {
    let api = TestApi::start();
    let document = serde_json::to_value(longshore_http::document()).unwrap();
    let mut seen = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let path = path.replace("{username}", ADMIN.0).replace("{connectionID}", "x");
        for (method, operation) in operations.as_object().unwrap() {
            // Calls for those who cannot log in say so.
            let open = operation["security"].as_array().is_some_and(|ways| ways.contains(&json!({})));
            if path == "/healthz" || open {
                continue;
            }
            let method = method.to_uppercase();
            for authorization in ["", "Bearer x", "Bearer eyJhbGciOiJub25lIn0.e30."] {
                api.send(&method, &path, authorization, b"{}").is(401);
            }
            seen += 1;
        }
    }
    assert!(seen >= 18, "{seen} operations");
}

#[test]
fn tokens_of_users_and_admins_are_not_exchanged() {
    let api = TestApi::start();
    api.call("POST", "/users", &user("alice")).is(201);
    let token = api.login("/user/token", ("alice", "Us3r-pass-word")).is(200).json();
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let refused = api.call_as(&bearer, "GET", "/users", &Value::Null).is(401);
    assert_eq!(refused.json()["message"], "Your token audience is not valid");
    api.call_as(&api.bearer(ADMIN), "GET", "/user/logout", &Value::Null).is(401);
    api.call_as(&bearer, "GET", "/user/logout", &Value::Null).is(200);
    api.call_as(&bearer, "GET", "/user/logout", &Value::Null).is(401);
}

#[test]
fn policy_refusals_say_why() {
    let api = TestApi::start();
    for (name, filters) in [
        ("proto", json!({"denied_protocols": ["HTTP"]})),
        ("ip", json!({"allowed_ip": ["10.0.0.0/8"]})),
        ("method", json!({"denied_login_methods": ["password"]})),
    ] {
        let mut body = user(name);
        body["filters"] = filters;
        api.call("POST", "/users", &body).is(201);
        let answer = api.login("/user/token", (name, "Us3r-pass-word")).is(403);
        assert!(answer.json()["error"].as_str().unwrap().contains("not allowed"), "{}", answer.text());
        api.login("/user/token", (name, "wrong")).is(401);
    }
}

#[test]
fn a_login_is_remembered() {
    let api = TestApi::start();
    api.call("POST", "/users", &user("alice")).is(201);
    api.login("/user/token", ("alice", "Us3r-pass-word")).is(200);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while api.call("GET", "/users/alice", &Value::Null).is(200).json()["last_login"].is_null() {
        assert!(std::time::Instant::now() < deadline, "never recorded");
    }
}

#[test]
fn tokens_can_end_with_any_change_of_their_account() {
    let api = TestApi::with(|config| config.httpd.token_validation = 2);
    api.call("POST", "/users", &user("alice")).is(201);
    let token = api.login("/user/token", ("alice", "Us3r-pass-word")).is(200).json();
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    api.call_as(&bearer, "GET", "/user/profile", &Value::Null).is(200);
    api.call_as(&bearer, "PUT", "/user/profile", &json!({"description": "new"})).is(200);
    api.call_as(&bearer, "GET", "/user/profile", &Value::Null).is(401);
    let admin = api.bearer(ADMIN);
    api.call_as(&admin, "PUT", "/admin/profile", &json!({"description": "new"})).is(200);
    api.call_as(&admin, "GET", "/version", &Value::Null).is(401);
}

#[test]
fn token_endpoints_can_be_closed() {
    let api = TestApi::with(|config| config.httpd.bindings[0].disabled_login_methods = 32);
    api.login("/token", ADMIN).is(200);
    api.login("/user/token", ADMIN).is(404);
    let api = TestApi::with(|config| config.httpd.bindings[0].enable_rest_api = false);
    api.login("/token", ADMIN).is(404);
    assert_eq!(api.send("GET", "/healthz", "", b"").is(200).text(), "ok");
}
