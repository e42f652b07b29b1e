//! What users do with their own account: profile, password, and what they must do before anything else.

use crate::client::{ADMIN, TestApi, user};
use serde_json::{Value, json};

const ALICE: (&str, &str) = ("alice", "Us3r-pass-word");
const NEW: &str = "N3w-pass-word!";
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKr5IT3AHSh1gQT4/LrfdEBmdmI0CC40kP5kPTlRi6Mf a@b";

/// Makes alice with `filters` and answers her token's header.
fn alice(api: &TestApi, filters: Value) -> String {
    let mut body = user("alice");
    body["filters"] = filters;
    api.call("POST", "/users", &body).is(201);
    bearer(api, ALICE)
}

fn bearer(api: &TestApi, who: (&str, &str)) -> String {
    let token = api.login("/user/token", who).is(200).json();
    format!("Bearer {}", token["access_token"].as_str().unwrap())
}

fn change(api: &TestApi, bearer: &str, (current, new): (&str, &str)) -> crate::client::Answer {
    let body = json!({"current_password": current, "new_password": new});
    api.call_as(bearer, "PUT", "/user/changepwd", &body)
}

#[test]
fn a_profile_is_its_own_to_change_and_nothing_else_is() {
    let api = TestApi::start();
    let bearer = alice(&api, json!({}));
    let profile = || api.call_as(&bearer, "GET", "/user/profile", &Value::Null).is(200).json();
    let put = |body: &Value| api.call_as(&bearer, "PUT", "/user/profile", body);
    assert_eq!(profile(), json!({"allow_api_key_auth": false}));
    let sent = json!({
        "email": "a@example.com", "additional_emails": ["b@example.com"], "description": "about me",
        "allow_api_key_auth": true, "public_keys": [KEY],
    });
    put(&sent).is(200);
    assert_eq!(profile(), sent);
    for (field, bad) in [
        ("email", json!("zz")),
        ("additional_emails", json!(["zz"])),
        ("public_keys", json!(["zz"])),
        ("tls_certs", json!(["zz"])),
    ] {
        let mut body = sent.clone();
        body[field] = bad;
        put(&body).is(400);
    }
    put(&json!({"home_dir": "/", "status": 0, "permissions": {"/": ["list"]}, "username": "root"})).is(200);
    assert_eq!(profile(), json!({"allow_api_key_auth": false}));
    let whole = api.call("GET", "/users/alice", &Value::Null).is(200).json();
    assert_eq!((&whole["status"], &whole["permissions"]), (&json!(1), &json!({"/": ["*"]})));
    assert!(whole["home_dir"].as_str().unwrap().ends_with("/alice"));
}

#[test]
fn flags_close_parts_of_a_profile() {
    let api = TestApi::start();
    let flags = ["publickey-change-disabled", "tls-cert-change-disabled", "info-change-disabled"];
    let one = alice(&api, json!({"web_client": flags}));
    let sent = json!({"email": "a@example.com", "allow_api_key_auth": true, "public_keys": ["no key"]});
    api.call_as(&one, "PUT", "/user/profile", &sent).is(200);
    let after = api.call_as(&one, "GET", "/user/profile", &Value::Null).is(200).json();
    assert_eq!(after, json!({"allow_api_key_auth": true}));
    let all = [&flags[..], &["api-key-auth-change-disabled"]].concat();
    let mut group = json!({"name": "closed"});
    group["user_settings"] = json!({"filters": {"web_client": all}});
    api.call("POST", "/groups", &group).is(201);
    let mut body = user("bob");
    body["groups"] = json!([{"name": "closed", "type": 1}]);
    api.call("POST", "/users", &body).is(201);
    let bob = bearer(&api, ("bob", ALICE.1));
    api.call_as(&bob, "PUT", "/user/profile", &sent).is(403);
}

#[test]
fn a_new_password_ends_the_tokens_made_before() {
    let api = TestApi::start();
    let first = alice(&api, json!({}));
    let second = bearer(&api, ALICE);
    for (current, new) in [("wrong", NEW), (ALICE.1, ALICE.1), (ALICE.1, ""), ("", NEW)] {
        change(&api, &first, (current, new)).is(400);
    }
    change(&api, &first, (ALICE.1, NEW)).is(200);
    for over in [&first, &second] {
        api.call_as(over, "GET", "/user/profile", &Value::Null).is(401);
    }
    api.login("/user/token", ALICE).is(401);
    let third = bearer(&api, (ALICE.0, NEW));
    // An admin's change of the password is a change, another one is not, nor is the same password again.
    let mut body = user("alice");
    body["password"] = json!("");
    api.call("PUT", "/users/alice", &body).is(200);
    api.call_as(&third, "GET", "/user/profile", &Value::Null).is(200);
    body["password"] = json!(NEW);
    api.call("PUT", "/users/alice", &body).is(200);
    api.call_as(&third, "GET", "/user/profile", &Value::Null).is(200);
    api.call("PUT", "/users/alice", &user("alice")).is(200);
    api.call_as(&third, "GET", "/user/profile", &Value::Null).is(401);
}

#[test]
fn every_token_of_an_admin_ends_with_its_password() {
    let api = TestApi::start();
    let (one, other) = (api.bearer(ADMIN), api.bearer(ADMIN));
    let body = json!({"current_password": ADMIN.1, "new_password": NEW});
    api.call_as(&one, "PUT", "/admin/changepwd", &body).is(200);
    for over in [&one, &other] {
        api.call_as(over, "GET", "/version", &Value::Null).is(401);
    }
    api.bearer((ADMIN.0, NEW));
}

#[test]
fn a_token_ends_with_its_account() {
    let api = TestApi::start();
    let bearer = alice(&api, json!({}));
    let mut body = user("alice");
    body["password"] = json!("");
    body["status"] = json!(0);
    api.call("PUT", "/users/alice", &body).is(200);
    api.call_as(&bearer, "GET", "/user/profile", &Value::Null).is(401);
    body["status"] = json!(1);
    api.call("PUT", "/users/alice", &body).is(200);
    api.call_as(&bearer, "GET", "/user/profile", &Value::Null).is(200);
    for filters in [json!({"allowed_ip": ["10.0.0.0/8"]}), json!({"denied_protocols": ["HTTP"]})] {
        body["filters"] = filters;
        api.call("PUT", "/users/alice", &body).is(200);
        api.call_as(&bearer, "GET", "/user/profile", &Value::Null).is(403);
    }
    body["filters"] = json!({});
    body["expiration_date"] = json!(1);
    api.call("PUT", "/users/alice", &body).is(200);
    api.call_as(&bearer, "GET", "/user/profile", &Value::Null).is(401);
    api.call("DELETE", "/users/alice", &Value::Null).is(200);
    api.call_as(&bearer, "GET", "/user/profile", &Value::Null).is(404);
}

#[test]
fn a_password_has_to_be_as_strong_as_user_group_or_provider_ask() {
    let api = TestApi::with(|config| config.data_provider.password_validation.users.min_entropy = 50.0);
    let mut group = json!({"name": "strong"});
    group["user_settings"] = json!({"filters": {"password_strength": 90}});
    api.call("POST", "/groups", &group).is(201);
    api.call("POST", "/users", &user("alice")).is(201);
    let mut body = user("bob");
    body["groups"] = json!([{"name": "strong", "type": 1}]);
    api.call("POST", "/users", &body).is(400);
    body["password"] = json!("Qz7!vR-9w_Lm2#tY4x");
    api.call("POST", "/users", &body).is(201);
    change(&api, &bearer(&api, ALICE), (ALICE.1, "abc123")).is(400);
    let bob = bearer(&api, ("bob", "Qz7!vR-9w_Lm2#tY4x"));
    change(&api, &bob, ("Qz7!vR-9w_Lm2#tY4x", NEW)).is(400);
    change(&api, &bearer(&api, ALICE), (ALICE.1, NEW)).is(200);
}

#[test]
fn a_password_that_must_change_closes_the_rest() {
    let api = TestApi::start();
    let bearer = alice(&api, json!({"require_password_change": true}));
    for path in ["/user/dirs", "/user/shares"] {
        api.call_as(&bearer, "GET", path, &Value::Null).is(403);
    }
    api.call_as(&bearer, "GET", "/user/profile", &Value::Null).is(200);
    change(&api, &bearer, (ALICE.1, NEW)).is(200);
    let whole = api.call("GET", "/users/alice", &Value::Null).is(200).json();
    assert!(whole["filters"].get("require_password_change").is_none());
    let after = self::bearer(&api, (ALICE.0, NEW));
    assert_eq!(api.call_as(&after, "GET", "/user/shares", &Value::Null).is(200).json(), json!([]));
}

#[test]
fn who_may_not_change_its_password_cannot() {
    let api = TestApi::start();
    let bearer = alice(&api, json!({"web_client": ["password-change-disabled"]}));
    change(&api, &bearer, (ALICE.1, NEW)).is(403);
    api.login("/user/token", ALICE).is(200);
}

#[test]
fn a_second_factor_that_a_group_asks_for_cannot_be_switched_off() {
    let api = TestApi::start();
    let mut group = json!({"name": "two"});
    group["user_settings"] = json!({"filters": {"two_factor_protocols": ["HTTP"]}});
    api.call("POST", "/groups", &group).is(201);
    let mut body = user("alice");
    body["groups"] = json!([{"name": "two", "type": 1}]);
    api.call("POST", "/users", &body).is(201);
    let bearer = bearer(&api, ALICE);
    api.call_as(&bearer, "GET", "/user/shares", &Value::Null).is(403);
    let secret = json!({"status": "Plain", "payload": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"});
    let mut saved =
        json!({"enabled": true, "config_name": "Default", "secret": secret, "protocols": ["SSH"]});
    api.call_as(&bearer, "POST", "/user/totp/save", &saved).is(400);
    saved["protocols"] = json!(["HTTP"]);
    api.call_as(&bearer, "POST", "/user/totp/save", &saved).is(200);
    api.call_as(&bearer, "GET", "/user/shares", &Value::Null).is(200);
    api.call_as(&bearer, "POST", "/user/totp/save", &json!({"enabled": false})).is(400);
}
