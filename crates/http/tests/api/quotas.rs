//! Counters of users: set, added to, counted anew.

use crate::client::{TestApi, user};
use serde_json::{Value, json};
use std::{
    thread,
    time::{Duration, Instant},
};

fn limited(name: &str) -> Value {
    let mut body = user(name);
    body["quota_files"] = json!(10);
    body["total_data_transfer"] = json!(1);
    body
}

/// The counters of a user that are not 0.
fn used(api: &TestApi, name: &str) -> Value {
    let user = api.call("GET", &format!("/users/{name}"), &Value::Null).is(200).json();
    let used = user.as_object().unwrap().iter().filter(|(field, _)| field.starts_with("used_"));
    used.map(|(field, value)| (field.clone(), value.clone())).collect()
}

#[test]
fn counters_are_set_and_added_to() {
    let api = TestApi::start();
    api.call("POST", "/users", &limited("bob")).is(201);
    api.call("POST", "/users", &user("free")).is(201);
    for (call, counters) in [
        ("usage", json!({"used_quota_size": 100, "used_quota_files": 3})),
        ("transfer-usage", json!({"used_upload_data_transfer": 7, "used_download_data_transfer": 9})),
    ] {
        let path = |name: &str| format!("/quotas/users/{name}/{call}");
        let mut expected = used(&api, "bob").as_object().unwrap().clone();
        for (mode, times) in [("", 1), ("?mode=add", 2), ("?mode=add", 3), ("?mode=reset", 1)] {
            api.call("PUT", &format!("{}{mode}", path("bob")), &counters).is(200);
            for (field, value) in counters.as_object().unwrap() {
                expected.insert(field.clone(), json!(value.as_i64().unwrap() * times));
            }
            assert_eq!(used(&api, "bob"), Value::Object(expected.clone()), "{mode}");
        }
        api.call("PUT", &path("free"), &counters).is(200);
        let none = api.call("PUT", &format!("{}?mode=add", path("free")), &counters).is(400);
        assert!(none.json()["error"].as_str().unwrap().contains("mode"));
        api.call("PUT", &format!("{}?mode=x", path("bob")), &counters).is(400);
        api.call("PUT", &path("nobody"), &counters).is(404);
        for field in counters.as_object().unwrap().keys() {
            let refused = api.call("PUT", &path("bob"), &json!({field: -1})).is(400);
            assert!(refused.json()["error"].as_str().unwrap().contains(field));
        }
    }
}

/// With `track_quota` 1 there is something to add to for everybody.
#[test]
fn counters_of_everybody_are_added_to_where_everybody_is_counted() {
    let api = TestApi::with(|config| config.data_provider.track_quota = 1);
    api.call("POST", "/users", &user("free")).is(201);
    let stored = json!({"used_quota_size": 100, "used_quota_files": 3});
    api.call("PUT", "/quotas/users/free/usage?mode=add", &stored).is(200);
    let moved = json!({"used_upload_data_transfer": 7, "used_download_data_transfer": 9});
    api.call("PUT", "/quotas/users/free/transfer-usage?mode=add", &moved).is(200);
    assert_eq!(used(&api, "free")["used_quota_files"], 3);
}

#[test]
fn a_scan_runs_once_at_a_time_and_sets_what_it_found() {
    let api = TestApi::start();
    api.call("POST", "/users", &limited("bob")).is(201);
    let scan = || api.call("POST", "/quotas/users/bob/scan", &Value::Null);
    assert_eq!(scan().is(202).json()["message"], "Scan started");
    scan().is(409);
    let scans = || api.call("GET", "/quotas/users/scans", &Value::Null).is(200).json();
    assert_eq!(scans()[0]["username"], "bob");
    assert!(scans()[0]["start_time"].as_i64().unwrap() > 1_600_000_000_000);
    assert_eq!(api.call("GET", "/quotas/folders/scans", &Value::Null).is(200).json(), json!([]));
    api.scans.add_permits(1);
    let end = Instant::now() + Duration::from_secs(30);
    while scans() != json!([]) {
        assert!(Instant::now() < end, "the scan does not end");
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(used(&api, "bob"), json!({"used_quota_size": 1024, "used_quota_files": 2}));
    scan().is(202);
    api.call("POST", "/quotas/users/nobody/scan", &Value::Null).is(404);
    api.call("POST", "/quotas/folders/none/scan", &Value::Null).is(404);
}

#[test]
fn without_tracking_there_is_nothing_to_count() {
    let api = TestApi::with(|config| config.data_provider.track_quota = 0);
    api.call("POST", "/users", &limited("bob")).is(201);
    api.call("POST", "/quotas/users/bob/scan", &Value::Null).is(403);
    api.call("PUT", "/quotas/users/bob/usage", &json!({"used_quota_size": 1})).is(403);
    api.call("PUT", "/quotas/users/bob/transfer-usage", &json!({})).is(403);
}
