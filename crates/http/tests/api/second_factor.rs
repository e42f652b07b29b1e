//! Two-factor authentication: set up, tried out, asked for, switched off.

use crate::client::{ADMIN, TestApi, user};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

const ALICE: (&str, &str) = ("alice", "Us3r-pass-word");

/// The code of a step relative to now.
fn code(secret: &str, step: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    totp.generate(now.checked_add_signed(step * 30).unwrap()).to_string()
}

fn plain(secret: &str) -> Value {
    json!({"status": "Plain", "payload": secret})
}

/// Sets up a second factor for the token's account and answers its secret.
fn enrol(api: &TestApi, bearer: &str, who: &str, protocols: &[&str]) -> String {
    let asked = json!({"config_name": "Default"});
    let made = api.call_as(bearer, "POST", &format!("/{who}/totp/generate"), &asked).is(200).json();
    assert_eq!((&made["config_name"], &made["issuer"]), (&"Default".into(), &"SFTPGo".into()));
    let secret = made["secret"].as_str().unwrap();
    assert!(made["url"].as_str().unwrap().contains(secret), "{}", made["url"]);
    assert!(STANDARD.decode(made["qr_code"].as_str().unwrap()).unwrap().starts_with(b"\x89PNG\r\n"));
    let saved =
        json!({"enabled": true, "config_name": "Default", "secret": plain(secret), "protocols": protocols});
    api.call_as(bearer, "POST", &format!("/{who}/totp/save"), &saved).is(200);
    secret.to_owned()
}

fn user_bearer(api: &TestApi) -> String {
    let token = api.login("/user/token", ALICE).is(200).json();
    format!("Bearer {}", token["access_token"].as_str().unwrap())
}

#[test]
fn a_token_takes_a_code_once() {
    let api = TestApi::start();
    api.call("POST", "/users", &user("alice")).is(201);
    let (admin, alice) = (api.bearer(ADMIN), user_bearer(&api));
    let choices = api.call_as(&alice, "GET", "/user/totp/configs", &Value::Null).is(200).json();
    assert_eq!(choices, json!([{"name": "Default", "issuer": "SFTPGo", "algo": "sha1"}]));
    for (bearer, who, path, credentials) in
        [(&alice, "user", "/user/token", ALICE), (&admin, "admin", "/token", ADMIN)]
    {
        let secret = enrol(&api, bearer, who, &["HTTP"]);
        let tried = json!({"config_name": "Default", "secret": secret, "passcode": code(&secret, -1)});
        let validate = format!("/{who}/totp/validate");
        api.call_as(bearer, "POST", &validate, &tried).is(200);
        api.call_as(bearer, "POST", &validate, &tried).is(400);
        api.login(path, credentials).is(401);
        for refused in ["", "000", &code(&secret, 40), tried["passcode"].as_str().unwrap()] {
            api.login_with_code(path, credentials, refused).is(401);
        }
        let good = code(&secret, 0);
        api.login_with_code(path, (credentials.0, "wrong"), &good).is(401);
        api.login_with_code(path, credentials, &good).is(200);
        api.login_with_code(path, credentials, &good).is(401);
        let shown = api.call_as(&admin, "GET", &format!("/{who}s/{}", credentials.0), &Value::Null).is(200);
        assert!(!shown.text().contains(&secret));
        let totp = &shown.json()["filters"]["totp_config"];
        assert_eq!((&totp["enabled"], &totp["secret"]["status"]), (&true.into(), &"Secretbox".into()));
        assert!(totp["secret"].get("key").is_none(), "{totp}");
    }
}

#[test]
fn what_is_saved_is_checked() {
    let api = TestApi::start();
    api.call("POST", "/users", &user("alice")).is(201);
    let alice = user_bearer(&api);
    let good = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    for (key, value) in [
        ("protocols", json!([])),
        ("protocols", json!(["DAV"])),
        ("config_name", json!("Nope")),
        ("secret", plain("short")),
        ("secret", json!({"status": "Secretbox", "payload": "x"})),
    ] {
        let mut body =
            json!({"enabled": true, "config_name": "Default", "secret": plain(good), "protocols": ["HTTP"]});
        body[key] = value;
        api.call_as(&alice, "POST", "/user/totp/save", &body).is(400);
    }
    api.call_as(&alice, "POST", "/user/totp/generate", &json!({"config_name": "Nope"})).is(400);
    api.login("/user/token", ALICE).is(200);
}

#[test]
fn recovery_codes_are_there_while_it_is_on() {
    let api = TestApi::start();
    let admin = api.bearer(ADMIN);
    let codes = |method| api.call_as(&admin, method, "/admin/2fa/recoverycodes", &Value::Null);
    codes("GET").is(403);
    codes("POST").is(403);
    enrol(&api, &admin, "admin", &[]);
    let first = codes("GET").is(200).json();
    assert!(first.as_array().unwrap().iter().all(|code| code["used"] == false), "{first}");
    let second = codes("POST").is(200).json();
    assert_eq!((first.as_array().unwrap().len(), second.as_array().unwrap().len()), (12, 12));
    let shown = api.call_as(&admin, "GET", "/admins/root", &Value::Null).is(200);
    assert_eq!(shown.json()["filters"]["recovery_codes"].as_array().unwrap().len(), 12);
    assert!(!shown.text().contains(second[0].as_str().unwrap()));
}

#[test]
fn a_recovery_code_takes_the_place_of_a_code_once() {
    let api = TestApi::start();
    api.call("POST", "/users", &user("alice")).is(201);
    let (admin, alice) = (api.bearer(ADMIN), user_bearer(&api));
    for (bearer, who, path, credentials) in
        [(&alice, "user", "/user/token", ALICE), (&admin, "admin", "/token", ADMIN)]
    {
        enrol(&api, bearer, who, &["HTTP"]);
        let codes = || {
            let listed = api.call_as(bearer, "GET", &format!("/{who}/2fa/recoverycodes"), &Value::Null);
            listed.is(200).json().as_array().unwrap().clone()
        };
        let first = codes()[0]["code"].as_str().unwrap().to_owned();
        api.login_with_code(path, credentials, "RC-").is(401);
        api.login_with_code(path, (credentials.0, "wrong"), &first).is(401);
        api.login_with_code(path, credentials, &first).is(200);
        api.login_with_code(path, credentials, &first).is(401);
        let used: Vec<bool> = codes().iter().map(|code| code["used"] == true).collect();
        assert!(used[0] && !used[1..].contains(&true), "{used:?}");
        let second = codes()[1]["code"].as_str().unwrap().to_owned();
        api.login_with_code(path, credentials, &second).is(200);
    }
    let other = api.call_as(&alice, "GET", "/user/2fa/recoverycodes", &Value::Null).is(200).json();
    api.login_with_code("/token", ADMIN, other[5]["code"].as_str().unwrap()).is(401);
}

#[test]
fn of_many_logins_with_one_recovery_code_one_gets_in() {
    let api = TestApi::start();
    let admin = api.bearer(ADMIN);
    enrol(&api, &admin, "admin", &[]);
    let codes = api.call_as(&admin, "GET", "/admin/2fa/recoverycodes", &Value::Null).is(200).json();
    let code = codes[3]["code"].as_str().unwrap();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let logins: Vec<_> =
            (0..8).map(|_| scope.spawn(|| api.login_with_code("/token", ADMIN, code).status)).collect();
        logins.into_iter().map(|login| login.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
}

#[test]
fn it_goes_off_by_its_owner_and_by_an_admin() {
    let api = TestApi::start();
    api.call("POST", "/users", &user("alice")).is(201);
    let (admin, alice) = (api.bearer(ADMIN), user_bearer(&api));
    let disable = |path: &str| api.call_as(&admin, "PUT", path, &Value::Null);
    enrol(&api, &alice, "user", &["HTTP"]);
    api.login("/user/token", ALICE).is(401);
    api.call_as(&alice, "POST", "/user/totp/save", &json!({"enabled": false})).is(200);
    api.login("/user/token", ALICE).is(200);
    enrol(&api, &alice, "user", &["HTTP"]);
    disable("/users/alice/2fa/disable").is(200);
    api.login("/user/token", ALICE).is(200);
    disable("/users/alice/2fa/disable").is(400);
    disable("/users/nobody/2fa/disable").is(404);
    disable("/admins/nobody/2fa/disable").is(404);
}

#[test]
fn who_may_not_have_one_cannot_ask() {
    let api = TestApi::start();
    let mut body = user("alice");
    body["filters"] = json!({"web_client": ["mfa-disabled"]});
    api.call("POST", "/users", &body).is(201);
    let alice = user_bearer(&api);
    for (method, path) in [
        ("GET", "/user/totp/configs"),
        ("POST", "/user/totp/generate"),
        ("POST", "/user/totp/validate"),
        ("POST", "/user/totp/save"),
        ("GET", "/user/2fa/recoverycodes"),
        ("POST", "/user/2fa/recoverycodes"),
    ] {
        api.call_as(&alice, method, path, &json!({})).is(403);
    }
}
