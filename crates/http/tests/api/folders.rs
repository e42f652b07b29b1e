//! Virtual folders, and the secrets of their storage.

use crate::client::{TestApi, user};
use serde_json::{Value, json};

#[test]
fn made_read_changed_deleted() {
    let api = TestApi::start();
    let created = api.call("POST", "/folders", &json!({"name": "f 1", "mapped_path": "/srv/f//1"})).is(201);
    assert_eq!(created.header("location"), Some("/api/v2/folders/f%201"));
    assert_eq!(created.json()["mapped_path"], "/srv/f/1");
    api.call("POST", "/folders", &json!({"name": "f 1", "mapped_path": "/x"})).is(409);
    let update = json!({"name": "other", "mapped_path": "/srv/g", "used_quota_size": 7});
    api.call("PUT", "/folders/f%201", &update).is(200);
    let after = api.call("GET", "/folders/f%201", &Value::Null).is(200).json();
    assert_eq!((&after["mapped_path"], &after["used_quota_size"]), (&json!("/srv/g"), &json!(0)));
    assert_eq!(api.call("GET", "/folders", &Value::Null).is(200).json().as_array().unwrap().len(), 1);
    api.call("DELETE", "/folders/f%201", &Value::Null).is(200);
    for (method, body) in [("GET", Value::Null), ("PUT", update), ("DELETE", Value::Null)] {
        api.call(method, "/folders/f%201", &body).is(404);
    }
}

#[test]
fn bad_folders_are_refused() {
    let api = TestApi::start();
    for (field, bad) in [
        ("mapped_path", json!({"name": "b"})),
        ("mapped_path", json!({"name": "b", "mapped_path": "rel"})),
        ("name", json!({"name": "", "mapped_path": "/b"})),
        ("name", json!({"name": "a/b", "mapped_path": "/b"})),
        ("provider", json!({"name": "b", "mapped_path": "/b", "filesystem": {"provider": 9}})),
        ("bucket", json!({"name": "b", "filesystem": {"provider": 1}})),
    ] {
        let error = api.call("POST", "/folders", &bad).is(400).json()["error"].to_string();
        assert!(error.contains(field), "{field}: {error}");
    }
}

#[test]
fn who_mounts_it_is_listed_and_loses_it() {
    let api = TestApi::start();
    api.call("POST", "/folders", &json!({"name": "f", "mapped_path": "/srv/f"})).is(201);
    let mount = json!([{"name": "f", "virtual_path": "/v", "quota_size": -1, "quota_files": -1}]);
    api.call("POST", "/groups", &json!({"name": "g", "virtual_folders": mount})).is(201);
    let mut bob = user("bob");
    bob["virtual_folders"] = mount;
    api.call("POST", "/users", &bob).is(201);
    let folder = api.call("GET", "/folders/f", &Value::Null).is(200).json();
    assert_eq!((&folder["users"], &folder["groups"]), (&json!(["bob"]), &json!(["g"])));
    api.call("PUT", "/folders/f", &json!({"mapped_path": "/srv/moved"})).is(200);
    let bob = api.call("GET", "/users/bob", &Value::Null).is(200).json();
    assert_eq!(bob["virtual_folders"][0]["mapped_path"], "/srv/moved");
    api.call("DELETE", "/folders/f", &Value::Null).is(200);
    for owner in ["/users/bob", "/groups/g"] {
        assert!(api.call("GET", owner, &Value::Null).is(200).json()["virtual_folders"].is_null());
    }
}

#[test]
fn secrets_are_sealed_and_kept() {
    let api = TestApi::start();
    let sent = |secret: Value| {
        let s3 = json!({"bucket": "b", "region": "r", "access_key": "k", "access_secret": secret});
        json!({"name": "f", "filesystem": {"provider": 1, "s3config": s3}})
    };
    let clear = json!({"status": "Plain", "payload": "s3cr3t-key"});
    let created = api.call("POST", "/folders", &sent(clear)).is(201);
    assert!(!created.text().contains("s3cr3t-key"));
    let of = |query: &str| {
        let folder = api.call("GET", &format!("/folders/f{query}"), &Value::Null).is(200).json();
        folder["filesystem"]["s3config"]["access_secret"].clone()
    };
    let (shown, whole) = (of(""), of("?confidential_data=1"));
    assert_eq!((&shown["status"], &shown["key"]), (&json!("Secretbox"), &Value::Null));
    assert_eq!((&whole["payload"], &whole["additional_data"]), (&shown["payload"], &json!("folder_f")));
    for echo in [shown, json!({"status": "Redacted", "payload": "[**redacted**]"})] {
        api.call("PUT", "/folders/f", &sent(echo)).is(200);
        assert_eq!(of("?confidential_data=1"), whole);
    }
    api.call("PUT", "/folders/f", &sent(json!({"status": "Plain", "payload": "another"}))).is(200);
    assert_ne!(of("?confidential_data=1")["payload"], whole["payload"]);
    let redacted = json!({"status": "Redacted", "payload": "x"});
    let mut new = sent(redacted);
    new["name"] = json!("new");
    api.call("POST", "/folders", &new).is(400);
}
