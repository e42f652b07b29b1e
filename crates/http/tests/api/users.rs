//! Users.

use crate::client::{ADMIN, TestApi, user};
use serde_json::{Value, json};

#[test]
fn made_read_changed_deleted() {
    let api = TestApi::start();
    let created = api.call("POST", "/users", &user("bob")).is(201);
    assert_eq!(created.header("location"), Some("/api/v2/users/bob"));
    let created = created.json();
    assert!(created["has_password"] == true && created["password"].is_null());
    assert!(created["home_dir"].as_str().unwrap().ends_with("/homes/bob"));
    assert!(created["created_at"].as_i64().unwrap() > 1_600_000_000_000);
    api.call("POST", "/users", &user("bob")).is(409);
    let update =
        json!({"username": "other", "description": "two", "permissions": {"/": ["list"]}, "status": 1});
    assert_eq!(api.call("PUT", "/users/bob", &update).is(200).json()["message"], "User updated");
    let after = api.call("GET", "/users/bob", &Value::Null).is(200).json();
    assert_eq!((&after["description"], &after["created_at"]), (&json!("two"), &created["created_at"]));
    assert!(after["updated_at"].as_i64() > created["updated_at"].as_i64());
    assert_eq!(after["has_password"], true);
    api.login("/user/token", ("bob", "Us3r-pass-word")).is(200);
    for (method, body) in [("GET", Value::Null), ("PUT", update), ("DELETE", Value::Null)] {
        api.call(method, "/users/nobody", &body).is(404);
    }
    api.call("DELETE", "/users/bob", &Value::Null).is(200);
    api.call("GET", "/users/bob", &Value::Null).is(404);
    api.login("/user/token", ("bob", "Us3r-pass-word")).is(401);
}

#[test]
fn every_field_comes_back() {
    let api = TestApi::start();
    let sent = json!({
        "username": "full", "status": 1, "email": "a@example.com", "description": "d",
        "expiration_date": 4_102_444_800_000_i64, "uid": 1000, "gid": 1001, "max_sessions": 3,
        "quota_size": 123_456_789_012_i64, "quota_files": 77, "upload_bandwidth": 128, "download_bandwidth": 64,
        "upload_data_transfer": 5, "download_data_transfer": 6, "additional_info": "free",
        "home_dir": "/srv/full",
        "permissions": {"/": ["list", "download"], "/up": ["upload", "overwrite", "rename_files"]},
        "public_keys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKr5IT3AHSh1gQT4/LrfdEBmdmI0CC40kP5kPTlRi6Mf a@b"],
        "filters": {
            "allowed_ip": ["10.8.0.0/16"], "denied_login_methods": ["keyboard-interactive"],
            "file_patterns": [{"path": "/p", "allowed_patterns": ["*.jpg"], "deny_policy": 1}],
            "hooks": {"external_auth_disabled": true, "pre_login_disabled": false, "check_password_disabled": true},
            "web_client": ["shares-disabled"], "start_directory": "/start", "require_password_change": true,
            "access_time": [{"day_of_week": 1, "from": "08:00", "to": "18:30"}],
            "totp_config": {"secret": {}}, "additional_emails": ["x@example.com"],
        },
        "filesystem": {
            "provider": 0, "osconfig": {"read_buffer_size": 2, "write_buffer_size": 3}, "s3config": {},
            "gcsconfig": {}, "azblobconfig": {}, "cryptconfig": {}, "sftpconfig": {}, "httpconfig": {},
        },
    });
    api.call("POST", "/users", &sent).is(201);
    for _ in 0..2 {
        let got = api.call("GET", "/users/full", &Value::Null).is(200).json();
        for (field, value) in sent.as_object().unwrap() {
            assert_eq!(&got[field], value, "{field}");
        }
        api.call("PUT", "/users/full", &got).is(200);
    }
}

/// Terraform compares what it reads with what it sent, text by text, and what it read before.
#[test]
fn what_tools_compare_stays_as_it_was_sent() {
    let api = TestApi::start();
    let mut sent = user("t");
    let certificate = "-----BEGIN CERTIFICATE-----\nMAYwADAAAwA=\n-----END CERTIFICATE-----\n";
    sent["filters"] = json!({"tls_certs": [certificate]});
    sent["filesystem"] = json!({"provider": 1, "s3config": {
        "bucket": "b", "region": "r", "skip_tls_verify": true, "access_key": "k",
        "access_secret": {"status": "Plain", "payload": "s3cr3t"},
    }});
    api.call("POST", "/users", &sent).is(201);
    let made = api.call("GET", "/users/t?confidential_data=1", &Value::Null).is(200).json();
    assert_eq!(made["filters"]["tls_certs"], json!([certificate]));
    assert_eq!(made["filesystem"]["s3config"]["skip_tls_verify"], true);
    // Redacted keeps what is stored, be it nothing.
    for secret in ["access_secret", "sse_customer_key"] {
        sent["filesystem"]["s3config"][secret] = json!({"status": "Redacted"});
    }
    api.call("PUT", "/users/t", &sent).is(200);
    let after = api.call("GET", "/users/t?confidential_data=1", &Value::Null).is(200).json();
    assert_eq!(after["filesystem"], made["filesystem"]);
    // But not what the storage cannot do without.
    sent["filesystem"] = json!({"provider": 4, "cryptconfig": {"passphrase": {"status": "Redacted"}}});
    let refused = api.call("PUT", "/users/t", &sent).is(400).text();
    assert!(refused.contains("cryptconfig.passphrase"), "{refused}");
}

#[test]
fn what_is_left_out_of_an_update_is_cleared() {
    let api = TestApi::start();
    let mut body = user("u");
    body["description"] = json!("d");
    body["quota_files"] = json!(5);
    body["filters"] = json!({"denied_protocols": ["FTP"]});
    api.call("POST", "/users", &body).is(201);
    api.call("PUT", "/users/u", &json!({"status": 1, "permissions": {"/": ["*"]}})).is(200);
    let after = api.call("GET", "/users/u", &Value::Null).is(200).json();
    assert!(after["description"].is_null() && after["quota_files"] == 0);
    assert!(after["filters"]["denied_protocols"].is_null());
    api.call("PUT", "/users/u", &json!({"description": "no permissions"})).is(400);
}

#[test]
fn bad_objects_are_named_and_not_stored() {
    let api = TestApi::start();
    for (field, bad) in [
        ("username", json!({"username": ""})),
        ("username", json!({"username": "a/b"})),
        ("permissions", json!({"permissions": {}})),
        ("permissions", json!({"permissions": {"/": ["bogus"]}})),
        ("status", json!({"status": 7})),
        ("home_dir", json!({"home_dir": "rel"})),
        ("email", json!({"email": "nomail"})),
        ("public_keys", json!({"public_keys": ["garbage"]})),
        ("password", json!({"password": "x".repeat(73)})),
        ("quota_size", json!({"quota_size": -1})),
        ("max_sessions", json!({"max_sessions": "a"})),
        ("allowed_ip", json!({"filters": {"allowed_ip": ["1.2.3.4"]}})),
        ("provider", json!({"filesystem": {"provider": 9}})),
        ("group", json!({"groups": [{"name": "nowhere", "type": 1}]})),
        ("folder", json!({"virtual_folders": [{"name": "nowhere", "virtual_path": "/v"}]})),
        ("role", json!({"role": "nobody"})),
    ] {
        let mut body = user("bad");
        body.as_object_mut().unwrap().extend(bad.as_object().unwrap().clone());
        let answer = api.call("POST", "/users", &body).is(400).json();
        let error = answer["error"].as_str().unwrap();
        // A wrong type is told by what was expected; the parser does not know the name.
        assert!(error.contains(field) || error.contains("expected i32"), "{field}: {error}");
    }
    for malformed in [&b"{bad"[..], b"[1]", b"\"x\"", b""] {
        api.send("POST", "/api/v2/users", &api.bearer(ADMIN), malformed).is(400);
    }
    assert_eq!(api.call("GET", "/users", &Value::Null).is(200).json(), json!([]));
}

#[test]
fn lists_are_pages() {
    let api = TestApi::start();
    let bearer = api.bearer(ADMIN);
    for name in ["c", "a", "b"] {
        let mut body = user(name);
        body["password"] = Value::Null;
        api.call_as(&bearer, "POST", "/users", &body).is(201);
    }
    let names = |query: &str| -> Vec<String> {
        let list = api.call_as(&bearer, "GET", &format!("/users{query}"), &Value::Null).is(200).json();
        list.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(""), ["a", "b", "c"]);
    assert_eq!(names("?order=DESC&limit=2&unknown=1"), ["c", "b"]);
    assert_eq!(names("?offset=2"), ["c"]);
    assert_eq!(names("?limit=0"), [""; 0]);
    for query in ["limit=a", "offset=a", "limit=-1", "order=asc", "order=XX"] {
        api.call_as(&bearer, "GET", &format!("/users?{query}"), &Value::Null).is(400);
    }
}

#[test]
fn hashes_show_only_when_asked_for_by_one_who_may() {
    let api = TestApi::start();
    api.call("POST", "/users", &user("u")).is(201);
    let confidential = api.call("GET", "/users/u?confidential_data=1", &Value::Null).is(200).json();
    assert!(confidential["password"].as_str().unwrap().starts_with("$2a$04$"));
    let limited =
        json!({"username": "l", "password": "Adm1n-pass-word", "status": 1, "permissions": ["view_users"]});
    api.call("POST", "/admins", &limited).is(201);
    let bearer = api.bearer(("l", "Adm1n-pass-word"));
    let shown = api.call_as(&bearer, "GET", "/users/u?confidential_data=1", &Value::Null).is(200).json();
    assert!(shown["password"].is_null());
}

#[test]
fn names_of_all_kinds_work_in_paths() {
    let api = TestApi::start();
    let created = api.call("POST", "/users", &user("ü b%")).is(201);
    let location = created.header("location").unwrap().to_owned();
    assert_eq!(location, "/api/v2/users/%C3%BC%20b%25");
    let read = api.send("GET", &location, &api.bearer(ADMIN), b"").is(200);
    assert_eq!(read.json()["username"], "ü b%");
    api.call("GET", "/users/%FF", &Value::Null).is(400);
}

#[test]
fn an_imported_hash_logs_in_and_is_upgraded() {
    let api = TestApi::start();
    let mut body = user("old");
    // PBKDF2 of "password", the known answer of RFC 6070 for SHA-1.
    body["password"] = json!("$pbkdf2-sha1$4096$salt$SwB5AbdlSJq+rUnZJvch0GWkKcE=");
    api.call("POST", "/users", &body).is(201);
    api.login("/user/token", ("old", "Password")).is(401);
    api.login("/user/token", ("old", "password")).is(200);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let stored = || api.call("GET", "/users/old?confidential_data=1", &Value::Null).is(200).json();
    while !stored()["password"].as_str().unwrap().starts_with("$2a$") {
        assert!(std::time::Instant::now() < deadline, "never upgraded");
    }
    api.login("/user/token", ("old", "password")).is(200);
}

#[test]
fn a_primary_group_asks_for_strong_passwords() {
    let api = TestApi::start();
    let group = json!({"name": "g", "user_settings": {"filters": {"password_strength": 60}}});
    api.call("POST", "/groups", &group).is(201);
    for (kind, status) in [(1, 400), (2, 201)] {
        let mut weak = user(&format!("weak{kind}"));
        weak["password"] = json!("abcdefg");
        weak["groups"] = json!([{"name": "g", "type": kind}]);
        api.call("POST", "/users", &weak).is(status);
    }
}
