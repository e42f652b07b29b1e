//! Roles, and what admins with a role see.

use crate::client::{TestApi, user};
use serde_json::{Value, json};

const PASSWORD: &str = "Adm1n-s3cond-pw";

fn admin(name: &str, permissions: &[&str], role: &str) -> Value {
    json!({"username": name, "password": PASSWORD, "status": 1, "permissions": permissions, "role": role})
}

fn with_role(name: &str, role: &str) -> Value {
    let mut body = user(name);
    body["role"] = json!(role);
    body
}

#[test]
fn made_read_changed_deleted() {
    let api = TestApi::start();
    let created = api.call("POST", "/roles", &json!({"name": "r1", "description": "x"})).is(201);
    assert_eq!(created.header("location"), Some("/api/v2/roles/r1"));
    api.call("PUT", "/roles/r1", &json!({"description": "y"})).is(200);
    assert_eq!(api.call("GET", "/roles/r1", &Value::Null).is(200).json()["description"], "y");
    api.call("POST", "/users", &with_role("u", "r1")).is(201);
    api.call("POST", "/admins", &admin("a", &["view_users"], "r1")).is(201);
    let role = api.call("GET", "/roles/r1", &Value::Null).is(200).json();
    assert_eq!((&role["users"], &role["admins"]), (&json!(["u"]), &json!(["a"])));
    api.call("DELETE", "/roles/r1", &Value::Null).is(400);
    api.call("DELETE", "/admins/a", &Value::Null).is(200);
    api.call("DELETE", "/roles/r1", &Value::Null).is(200);
    assert!(api.call("GET", "/users/u", &Value::Null).is(200).json()["role"].is_null());
    api.call("POST", "/admins", &admin("a", &["*"], "r1")).is(400);
}

#[test]
fn an_admin_with_a_role_sees_its_users_alone() {
    let api = TestApi::start();
    for role in ["r1", "r2"] {
        api.call("POST", "/roles", &json!({"name": role})).is(201);
    }
    for (name, role) in [("free", ""), ("bea", "r2"), ("carl", "r1")] {
        api.call("POST", "/users", &with_role(name, role)).is(201);
    }
    let all = ["add_users", "edit_users", "del_users", "view_users", "disable_mfa", "quota_scans"];
    api.call("POST", "/admins", &admin("ra", &all, "r1")).is(201);
    let bearer = api.bearer(("ra", PASSWORD));
    let call = |method: &str, path: &str, body: &Value| api.call_as(&bearer, method, path, body);
    let seen = call("GET", "/users", &Value::Null).is(200).json();
    assert_eq!((seen.as_array().unwrap().len(), &seen[0]["username"]), (1, &json!("carl")));
    for name in ["free", "bea"] {
        for (method, path, body) in [
            ("GET", format!("/users/{name}"), Value::Null),
            ("PUT", format!("/users/{name}"), user(name)),
            ("PATCH", format!("/users/{name}"), json!({"description": "x"})),
            ("PUT", format!("/quotas/users/{name}/usage"), json!({})),
            ("PUT", format!("/quotas/users/{name}/transfer-usage"), json!({})),
            ("POST", format!("/quotas/users/{name}/scan"), Value::Null),
            ("DELETE", format!("/users/{name}"), Value::Null),
            ("PUT", format!("/users/{name}/2fa/disable"), Value::Null),
        ] {
            call(method, &path, &body).is(404);
        }
    }
    assert_eq!(call("GET", "/users?search=e", &Value::Null).is(200).json(), json!([]));
    for name in ["bea", "carl"] {
        api.call("POST", &format!("/quotas/users/{name}/scan"), &Value::Null).is(202);
    }
    let scans = call("GET", "/quotas/users/scans", &Value::Null).is(200).json();
    assert_eq!((scans.as_array().unwrap().len(), &scans[0]["username"]), (1, &json!("carl")));
    assert_eq!(api.call("GET", "/quotas/users/scans", &Value::Null).json().as_array().unwrap().len(), 2);
    api.scans.add_permits(2);
    call("PATCH", "/users/carl", &json!({"role": "r2", "description": "x"})).is(200);
    call("POST", "/users", &with_role("dan", "r2")).is(201);
    assert_eq!(call("GET", "/users/dan", &Value::Null).is(200).json()["role"], "r1");
    call("PUT", "/users/carl", &with_role("carl", "")).is(200);
    assert_eq!(call("GET", "/users/carl", &Value::Null).is(200).json()["role"], "r1");
    call("GET", "/roles", &Value::Null).is(403);
    call("DELETE", "/users/dan", &Value::Null).is(200);
}

/// Folders and groups are everybody's; who uses them is not everybody's to know.
#[test]
fn an_admin_with_a_role_learns_of_no_members_outside_it() {
    let api = TestApi::start();
    for role in ["r1", "r2"] {
        api.call("POST", "/roles", &json!({"name": role})).is(201);
    }
    api.call("POST", "/folders", &json!({"name": "f", "mapped_path": "/srv/f"})).is(201);
    api.call("POST", "/groups", &json!({"name": "g"})).is(201);
    for (name, role) in [("bea", "r2"), ("carl", "r1"), ("free", "")] {
        let mut body = with_role(name, role);
        body["groups"] = json!([{"name": "g", "type": 1}]);
        body["virtual_folders"] = json!([{"name": "f", "virtual_path": "/f"}]);
        api.call("POST", "/users", &body).is(201);
    }
    for (name, role) in [("ra", "r1"), ("rb", "r2")] {
        let mut body = admin(name, &["manage_groups", "manage_folders", "view_users"], role);
        body["groups"] = json!([{"name": "g"}]);
        api.call("POST", "/admins", &body).is(201);
    }
    let bearer = api.bearer(("ra", PASSWORD));
    let call = |method: &str, path: &str, body: &Value| api.call_as(&bearer, method, path, body);
    let group = call("GET", "/groups/g", &Value::Null).is(200).json();
    assert_eq!((&group["users"], &group["admins"]), (&json!(["carl"]), &json!(["ra"])));
    let folder = call("GET", "/folders/f", &Value::Null).is(200).json();
    assert_eq!(folder["users"], json!(["carl"]));
    assert_eq!(call("GET", "/groups", &Value::Null).is(200).json(), json!([group]));
    assert_eq!(call("GET", "/folders", &Value::Null).is(200).json(), json!([folder]));
    // What is sent back as it was shown takes nobody away.
    call("PUT", "/groups/g", &group).is(200);
    call("PUT", "/folders/f", &folder).is(200);
    let names = json!(["bea", "carl", "free"]);
    assert_eq!(api.call("GET", "/groups/g", &Value::Null).json()["users"], names);
    assert_eq!(api.call("GET", "/folders/f", &Value::Null).json()["users"], names);
}

#[test]
fn lists_go_on_after_a_name_and_hold_what_is_searched() {
    let api = TestApi::start();
    for name in ["a_1", "ab1", "b_2", "c"] {
        api.call("POST", "/roles", &json!({"name": name})).is(201);
    }
    let names = |query: &str| -> Vec<String> {
        let list = api.call("GET", &format!("/roles{query}"), &Value::Null).is(200).json();
        list.as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("?from=ab1"), ["b_2", "c"]);
    assert_eq!(names("?from=ab1&order=DESC"), ["a_1"]);
    assert_eq!(names("?search=_"), ["a_1", "b_2"]);
    assert_eq!(names("?search=%25"), [""; 0]);
    // Of parameters of one name the first counts, and a slash behind the path does not.
    assert_eq!(names("/?limit=1&limit=2"), ["a_1"]);
    api.call("GET", "/roles/c/", &Value::Null).is(200);
    api.call("GET", "/roles//", &Value::Null).is(404);
    api.call("PUT", "/version/", &Value::Null).is(405);
}
