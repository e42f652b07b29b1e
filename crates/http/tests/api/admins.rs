//! Administrators, and what each permission opens.

use crate::client::{ADMIN, TestApi, user};
use serde_json::{Value, json};

const PASSWORD: &str = "Adm1n-s3cond-pw";

fn admin(name: &str, permissions: &[&str]) -> Value {
    json!({"username": name, "password": PASSWORD, "status": 1, "permissions": permissions})
}

#[test]
fn made_read_changed_deleted() {
    let api = TestApi::start();
    let created = api.call("POST", "/admins", &admin("a1", &["view_users"])).is(201);
    assert_eq!(created.header("location"), Some("/api/v2/admins/a1"));
    assert!(created.json()["password"].is_null());
    api.call("POST", "/admins", &admin("a1", &["*"])).is(409);
    api.call("PUT", "/admins/a1", &json!({"permissions": ["del_users"], "status": 1})).is(200);
    let after = api.call("GET", "/admins/a1", &Value::Null).is(200).json();
    assert_eq!(after["permissions"], json!(["del_users"]));
    assert_eq!(api.call("GET", "/admins", &Value::Null).is(200).json().as_array().unwrap().len(), 2);
    api.bearer(("a1", PASSWORD));
    api.call("DELETE", "/admins/a1", &Value::Null).is(200);
    api.call("GET", "/admins/a1", &Value::Null).is(404);
    api.call("POST", "/admins", &admin("a2", &["manage_everything"])).is(400);
}

#[test]
fn an_admin_cannot_lock_itself_out() {
    let api = TestApi::start();
    let path = format!("/admins/{}", ADMIN.0);
    api.call("DELETE", &path, &Value::Null).is(400);
    api.call("PUT", &path, &json!({"status": 0, "permissions": ["*"]})).is(400);
    api.call("PUT", &path, &json!({"status": 1, "permissions": ["view_users"]})).is(400);
    api.call("PUT", &path, &json!({"status": 1, "permissions": ["*"]})).is(200);
}

/// Calls and the permission each takes.
const CALLS: [(&str, &str, &str); 18] = [
    ("GET", "/users", "view_users"),
    ("POST", "/users", "add_users"),
    ("PUT", "/users/target", "edit_users"),
    ("DELETE", "/users/nobody", "del_users"),
    ("GET", "/connections", "view_conns"),
    ("DELETE", "/connections/x", "close_conns"),
    ("GET", "/status", "view_status"),
    ("GET", "/defender/hosts", "view_defender"),
    ("DELETE", "/defender/hosts/3a3a31", "manage_defender"),
    ("GET", "/events/fs", "view_events"),
    ("GET", "/admins", "manage_admins"),
    ("DELETE", "/admins/nobody", "manage_admins"),
    ("PUT", "/admins/nobody/2fa/disable", "manage_admins"),
    ("GET", "/roles", "manage_roles"),
    ("GET", "/eventrules", "manage_event_rules"),
    ("GET", "/eventactions", "manage_event_rules"),
    ("GET", "/iplists/1", "manage_system"),
    ("GET", "/retention/users/checks", "*"),
];

#[test]
fn each_permission_opens_its_calls_and_no_other() {
    let api = TestApi::start();
    api.call("POST", "/users", &user("target")).is(201);
    for held in [
        "view_users",
        "add_users",
        "edit_users",
        "del_users",
        "view_conns",
        "close_conns",
        "view_status",
        "view_defender",
        "manage_defender",
        "view_events",
        "manage_admins",
        "manage_roles",
        "manage_event_rules",
        "manage_system",
    ] {
        api.call("POST", "/admins", &admin(held, &[held])).is(201);
        let bearer = api.bearer((held, PASSWORD));
        for (method, path, takes) in CALLS {
            let status = api.call_as(&bearer, method, path, &json!({})).status;
            assert_eq!(status != 403, takes == held, "{held}: {method} {path} gave {status}");
        }
        api.call_as(&bearer, "GET", "/version", &Value::Null).is(200);
    }
}

/// Otherwise `manage_admins` would be all permissions, by way of an admin made or taken over.
#[test]
fn nobody_manages_an_admin_who_may_do_more() {
    let api = TestApi::start();
    api.call("POST", "/admins", &admin("manager", &["manage_admins", "view_users"])).is(201);
    api.call("POST", "/admins", &admin("deleter", &["del_users"])).is(201);
    let manager = api.bearer(("manager", PASSWORD));
    let refused = |method: &str, path: &str, body: &Value| {
        api.call_as(&manager, method, path, body).is(403);
    };
    refused("POST", "/admins", &admin("a1", &["*"]));
    refused("POST", "/admins", &admin("a1", &["view_users", "del_users"]));
    for above in [ADMIN.0, "deleter"] {
        let path = format!("/admins/{above}");
        refused("PUT", &path, &admin(above, &["view_users"]));
        refused("PATCH", &path, &json!({"password": "N3w-pass-word"}));
        refused("DELETE", &path, &Value::Null);
        refused("PUT", &format!("{path}/2fa/disable"), &Value::Null);
    }
    api.call_as(&manager, "POST", "/admins", &admin("a1", &["view_users"])).is(201);
    refused("PUT", "/admins/a1", &admin("a1", &["*"]));
    refused("PATCH", "/admins/a1", &json!({"permissions": ["view_users", "del_users"]}));
    api.call_as(&manager, "PATCH", "/admins/a1", &json!({"description": "changed"})).is(200);
    api.call_as(&manager, "DELETE", "/admins/a1", &Value::Null).is(200);
    api.bearer(("deleter", PASSWORD));
    let mut limited = admin("a2", &["manage_roles"]);
    api.call("POST", "/roles", &json!({"name": "r1"})).is(201);
    limited["role"] = json!("r1");
    api.call("POST", "/admins", &limited).is(400);
}

#[test]
fn what_an_admin_may_do_is_what_it_may_do_now() {
    let api = TestApi::start();
    api.call("POST", "/admins", &admin("a1", &["view_users"])).is(201);
    let bearer = api.bearer(("a1", PASSWORD));
    api.call_as(&bearer, "GET", "/users", &Value::Null).is(200);
    api.call("PUT", "/admins/a1", &json!({"status": 1, "permissions": ["view_status"]})).is(200);
    api.call_as(&bearer, "GET", "/users", &Value::Null).is(403);
    api.call("PUT", "/admins/a1", &json!({"status": 0, "permissions": ["view_users"]})).is(200);
    api.call_as(&bearer, "GET", "/users", &Value::Null).is(401);
    api.call("DELETE", "/admins/a1", &Value::Null).is(200);
    api.call_as(&bearer, "GET", "/users", &Value::Null).is(401);
}

#[test]
fn a_change_of_password_takes_the_current_one() {
    let api = TestApi::start();
    api.call("POST", "/admins", &admin("a1", &["*"])).is(201);
    let bearer = api.bearer(("a1", PASSWORD));
    let change = |current: &str, new: &str| {
        let body = json!({"current_password": current, "new_password": new});
        api.call_as(&bearer, "PUT", "/admin/changepwd", &body)
    };
    change("wrong", "N3w-pass-word").is(400);
    change(PASSWORD, PASSWORD).is(400);
    change(PASSWORD, "").is(400);
    change(PASSWORD, "N3w-pass-word").is(200);
    change("N3w-pass-word", "again").is(401);
    api.login("/token", ("a1", PASSWORD)).is(401);
    api.bearer(("a1", "N3w-pass-word"));
}

#[test]
fn a_profile_is_its_own_to_change() {
    let api = TestApi::start();
    api.call("POST", "/admins", &admin("a1", &["view_users"])).is(201);
    let bearer = api.bearer(("a1", PASSWORD));
    let sent = json!({"email": "me@example.com", "description": "hello", "allow_api_key_auth": true});
    api.call_as(&bearer, "PUT", "/admin/profile", &sent).is(200);
    assert_eq!(api.call_as(&bearer, "GET", "/admin/profile", &Value::Null).is(200).json(), sent);
    api.call_as(&bearer, "PUT", "/admin/profile", &json!({"email": "bad"})).is(400);
    let after = api.call("GET", "/admins/a1", &Value::Null).is(200).json();
    assert_eq!((&after["permissions"], &after["email"]), (&json!(["view_users"]), &sent["email"]));
}

#[test]
fn a_password_that_must_change_closes_the_rest() {
    let api = TestApi::start();
    let mut body = admin("a1", &["*"]);
    body["filters"] = json!({"require_password_change": true});
    api.call("POST", "/admins", &body).is(201);
    let bearer = api.bearer(("a1", PASSWORD));
    api.call_as(&bearer, "GET", "/users", &Value::Null).is(403);
    let change = json!({"current_password": PASSWORD, "new_password": "N3w-pass-word"});
    api.call_as(&bearer, "PUT", "/admin/changepwd", &change).is(200);
    let bearer = api.bearer(("a1", "N3w-pass-word"));
    api.call_as(&bearer, "GET", "/users", &Value::Null).is(200);
}

#[test]
fn engines_that_are_off_answer_as_such() {
    let api = TestApi::start();
    let get = |path: &str| api.call("GET", path, &Value::Null);
    assert_eq!(get("/defender/hosts").is(200).json(), json!([]));
    assert_eq!(get("/retention/users/checks").is(200).json(), json!([]));
    get("/defender/hosts/3a3a31").is(404);
    get("/defender/hosts/zz").is(400);
    for path in ["/events/fs", "/events/provider", "/events/logs"] {
        assert!(get(path).is(501).json()["error"].is_string());
    }
}

#[test]
fn an_allow_list_ends_what_a_token_opens() {
    let api = TestApi::with(|config| config.httpd.token_validation = 1);
    api.call("POST", "/admins", &admin("a1", &["*"])).is(201);
    let bearer = api.bearer(("a1", PASSWORD));
    let body = json!({"status": 1, "permissions": ["*"], "filters": {"allow_list": ["10.0.0.0/8"]}});
    api.call("PUT", "/admins/a1", &body).is(200);
    api.call_as(&bearer, "GET", "/users", &Value::Null).is(403);
}

#[test]
fn an_allow_list_keeps_others_out() {
    let api = TestApi::start();
    let mut body = admin("a1", &["*"]);
    body["filters"] = json!({"allow_list": ["10.0.0.0/8"]});
    api.call("POST", "/admins", &body).is(201);
    api.login("/token", ("a1", PASSWORD)).is(403);
    api.login("/token", ("a1", "wrong")).is(401);
}
