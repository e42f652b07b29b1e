//! Every call beside every permission: what opens it, and what nothing opens.

use crate::client::{ADMIN, Answer, TestApi, user};
use serde_json::{Value, json};

const PASSWORD: &str = "Adm1n-s3cond-pw";
const USER: (&str, &str) = ("owner", "Us3r-pass-word");

/// What opens a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opens {
    /// An admin with this permission, or with all of them.
    With(&'static str),
    /// An admin with all permissions.
    Everything,
    /// Any admin.
    AnyAdmin,
    /// Any admin who logged in itself, also one who has to change its password first or to set up a second factor.
    AdminItself,
    /// A user.
    User,
    /// A user who logged in itself, also one who has to do something first.
    UserItself,
    /// Nobody has to be known.
    Nobody,
}

/// Path by path; where methods differ there are several.
const CALLS: &[(&str, &str, Opens)] = {
    use Opens::{AdminItself, AnyAdmin, Everything, Nobody, User, UserItself, With};
    &[
        ("", "/version", AnyAdmin),
        ("", "/logout", AdminItself),
        ("", "/admin/", AdminItself),
        ("", "/admins/{username}/forgot-password", Nobody),
        ("", "/admins/{username}/reset-password", Nobody),
        ("", "/users/{username}/forgot-password", Nobody),
        ("", "/users/{username}/reset-password", Nobody),
        ("", "/users/{username}/2fa/disable", With("disable_mfa")),
        ("get", "/users", With("view_users")),
        ("post", "/users", With("add_users")),
        ("put", "/users", With("edit_users")),
        ("patch", "/users", With("edit_users")),
        ("delete", "/users", With("del_users")),
        ("", "/folders", With("manage_folders")),
        ("put", "/quotas/folders/{name}/usage", With("manage_folders")),
        ("", "/groups", With("manage_groups")),
        ("get", "/connections", With("view_conns")),
        ("delete", "/connections", With("close_conns")),
        ("", "/status", With("view_status")),
        ("put", "/quotas/users/", With("edit_users")),
        ("", "/quotas/", With("quota_scans")),
        ("get", "/defender", With("view_defender")),
        ("delete", "/defender", With("manage_defender")),
        ("", "/events/", With("view_events")),
        ("", "/admins", With("manage_admins")),
        ("", "/roles", With("manage_roles")),
        ("", "/apikeys", Everything),
        ("", "/eventactions", With("manage_event_rules")),
        ("", "/eventrules", With("manage_event_rules")),
        ("", "/iplists", With("manage_system")),
        ("", "/dumpdata", With("manage_system")),
        ("", "/loaddata", With("manage_system")),
        ("", "/retention", Everything),
        ("", "/user/logout", UserItself),
        ("", "/user/profile", UserItself),
        ("", "/user/changepwd", UserItself),
        ("", "/user/totp/", UserItself),
        ("", "/user/2fa/", UserItself),
        ("", "/user/token", Nobody),
        ("", "/user/", User),
        ("", "/token", Nobody),
        ("", "/shares/", Nobody),
    ]
};

const GRANTED: [&str; 18] = [
    "add_users",
    "edit_users",
    "del_users",
    "view_users",
    "view_conns",
    "close_conns",
    "view_status",
    "manage_folders",
    "manage_groups",
    "quota_scans",
    "manage_defender",
    "view_defender",
    "view_events",
    "disable_mfa",
    "manage_admins",
    "manage_roles",
    "manage_event_rules",
    "manage_system",
];

/// One call of the API, with names of nobody and nothing in its path.
struct Call {
    method: String,
    template: String,
    path: String,
    opens: Opens,
}

/// Every call that the document knows; one that nothing is said about here fails the test.
fn calls() -> Vec<Call> {
    let document = serde_json::to_value(longshore_http::document()).unwrap();
    let mut calls = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let Some(template) = path.strip_prefix("/api/v2") else { continue };
        for method in operations.as_object().unwrap().keys() {
            let fits = |(of, start, _): &&(&str, &str, Opens)| {
                (of.is_empty() || of == method) && template.starts_with(start)
            };
            let (_, _, opens) =
                CALLS.iter().find(fits).unwrap_or_else(|| panic!("who may {method} {template}?"));
            let filled = template.replace("{type}", "1").replace("{ipornet}", "192.0.2.9");
            let filled: Vec<&str> =
                filled.split('/').map(|part| if part.starts_with('{') { "nobody" } else { part }).collect();
            calls.push(Call {
                method: method.to_uppercase(),
                template: template.to_owned(),
                path: filled.join("/"),
                opens: *opens,
            });
        }
    }
    assert!(calls.len() > 100, "{}", calls.len());
    calls
}

fn add_admin(api: &TestApi, name: &str, permissions: &[&str], filters: Value) {
    let body = json!({
        "username": name, "password": PASSWORD, "status": 1, "permissions": permissions, "filters": filters,
    });
    api.call("POST", "/admins", &body).is(201);
}

impl Call {
    /// Makes the call with `authorization` and a body that says nothing.
    fn make(&self, api: &TestApi, authorization: &str) -> Answer {
        api.call_as(authorization, &self.method, &self.path, &json!({}))
    }

    fn by_key(&self, api: &TestApi, key: &str) -> Answer {
        let path = format!("/api/v2{}", self.path);
        let lines =
            [format!("X-SFTPGO-API-KEY: {key}"), "Content-Length: 0".to_owned(), "Host: x".to_owned()];
        api.ask(&self.method, &path, &lines.each_ref().map(String::as_str))
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }
}

/// A token that calls may end.
fn bearer(api: &TestApi, path: &str, who: (&str, &str)) -> String {
    let token = api.login(path, who).is(200).json();
    format!("Bearer {}", token["access_token"].as_str().unwrap())
}

#[test]
fn each_permission_opens_its_calls_and_no_other() {
    let api = TestApi::start();
    let calls = calls();
    for held in GRANTED {
        assert!(calls.iter().any(|call| call.opens == Opens::With(held)), "{held} opens nothing");
        add_admin(&api, held, &[held], json!({}));
        let mut authorization = bearer(&api, "/token", (held, PASSWORD));
        for call in &calls {
            let open = match call.opens {
                Opens::With(permission) => permission == held,
                Opens::Everything => false,
                Opens::AnyAdmin | Opens::AdminItself => true,
                Opens::User | Opens::UserItself | Opens::Nobody => continue,
            };
            let answer = call.make(&api, &authorization);
            // A recovery code of a factor that is off is forbidden for another reason.
            let closed = answer.status == 403 && answer.json().get("error").is_none();
            assert_eq!(closed, !open, "{held}: {} gave {}", call.name(), answer.text());
            assert_ne!(answer.status, 401, "{held}: {}", call.name());
            if call.path == "/logout" {
                authorization = bearer(&api, "/token", (held, PASSWORD));
            }
        }
    }
}

#[test]
fn who_must_change_something_first_can_do_that_alone() {
    let api = TestApi::start();
    add_admin(&api, "old", &["*"], json!({"require_password_change": true}));
    add_admin(&api, "one", &["*"], json!({"require_two_factor": true}));
    for (name, filters) in [
        ("old-user", json!({"require_password_change": true})),
        ("one-user", json!({"two_factor_protocols": ["HTTP"]})),
    ] {
        let mut body = user(name);
        body["filters"] = filters;
        api.call("POST", "/users", &body).is(201);
    }
    let admin = |name| bearer(&api, "/token", (name, PASSWORD));
    let owner = |name| bearer(&api, "/user/token", (name, USER.1));
    for call in calls() {
        let (who, open): (Vec<String>, bool) = match call.opens {
            Opens::With(_) | Opens::Everything | Opens::AnyAdmin => (["old", "one"].map(admin).into(), false),
            Opens::AdminItself => (["old", "one"].map(admin).into(), true),
            Opens::User => (["old-user", "one-user"].map(owner).into(), false),
            Opens::UserItself => (["old-user", "one-user"].map(owner).into(), true),
            Opens::Nobody => continue,
        };
        for authorization in who {
            let answer = call.make(&api, &authorization);
            let told = answer.status == 403 && answer.text().contains("to continue");
            assert_eq!(told, !open, "{} gave {}", call.name(), answer.text());
        }
    }
}

#[test]
fn keys_open_what_needs_nobody_who_logged_in() {
    let api = TestApi::start();
    api.call("PUT", "/admin/profile", &json!({"allow_api_key_auth": true})).is(200);
    let mut body = user(USER.0);
    body["filters"] = json!({"allow_api_key_auth": true});
    api.call("POST", "/users", &body).is(201);
    let key = |body: Value| {
        let made = api.call("POST", "/apikeys", &body).is(201).json();
        made["key"].as_str().unwrap().to_owned()
    };
    let admin = key(json!({"name": "a", "scope": 1, "admin": ADMIN.0}));
    let owner = key(json!({"name": "u", "scope": 2, "user": USER.0}));
    for call in calls() {
        let by_key = |key: &str| {
            let answer = call.by_key(&api, key);
            (answer.status, answer.text())
        };
        let refused = |(status, text): &(u16, String)| {
            *status == 401 || *status == 403 && (text.contains("API key") || !text.contains("error"))
        };
        let (open, closed) = match call.opens {
            Opens::Nobody => continue,
            // Nor may a key make another.
            Opens::Everything if call.path.starts_with("/apikeys") => (None, vec![&admin, &owner]),
            Opens::With(_) | Opens::Everything | Opens::AnyAdmin => (Some(&admin), vec![&owner]),
            Opens::User => (Some(&owner), vec![&admin]),
            Opens::AdminItself | Opens::UserItself => (None, vec![&admin, &owner]),
        };
        for key in closed {
            let answer = by_key(key);
            assert!(refused(&answer), "{} gave {answer:?}", call.name());
        }
        if let Some(key) = open {
            let answer = by_key(key);
            assert!(!refused(&answer), "{} gave {answer:?}", call.name());
        }
    }
}

#[test]
fn users_of_other_roles_do_not_exist_in_any_call() {
    let api = TestApi::start();
    api.call("POST", "/roles", &json!({"name": "r1"})).is(201);
    // The name that the paths below have.
    api.call("POST", "/users", &user("nobody")).is(201);
    // What concerns everybody is not for an admin with a role.
    let everybody = ["manage_admins", "manage_roles", "manage_event_rules", "manage_system"];
    let held: Vec<&str> = GRANTED.into_iter().filter(|held| !everybody.contains(held)).collect();
    let mut body = json!({"username": "ra", "password": PASSWORD, "status": 1, "permissions": held});
    body["role"] = json!("r1");
    api.call("POST", "/admins", &body).is(201);
    let authorization = bearer(&api, "/token", ("ra", PASSWORD));
    let about_users = |call: &Call| call.template.contains("users/{username}") && call.opens != Opens::Nobody;
    let mut seen = 0;
    for call in calls().into_iter().filter(about_users) {
        let mut body = user("nobody");
        body["used_quota_size"] = json!(1);
        let answer = api.call_as(&authorization, &call.method, &call.path, &body);
        assert_eq!(answer.status, 404, "{} gave {}", call.name(), answer.text());
        seen += 1;
    }
    assert!(seen >= 8, "{seen}");
    assert_eq!(api.call_as(&authorization, "GET", "/users", &Value::Null).is(200).json(), json!([]));
    api.call("GET", "/users/nobody", &Value::Null).is(200);
}
