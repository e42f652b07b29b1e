//! Changes of a part, and changes that are meant for one version.

use crate::client::{ADMIN, Answer, TestApi, user};
use serde_json::{Value, json};

const MERGE_PATCH: &str = "Content-Type: application/merge-patch+json";

/// One of each kind, with its path: what a client may change without a look at the kind.
fn one_of_each(api: &TestApi) -> Vec<(String, Value)> {
    let action = json!({
        "name": "a", "type": 1,
        "options": {"http_config": {"endpoint": "http://localhost/x", "method": "POST", "timeout": 5}},
    });
    let rule = json!({
        "name": "er", "status": 1, "trigger": 1, "conditions": {"fs_events": ["upload"]},
        "actions": [{"name": "a", "order": 1}],
    });
    let kinds = [
        ("users", user("u")),
        ("admins", json!({"username": "ad", "password": "Adm1n-pass", "status": 1, "permissions": ["*"]})),
        ("folders", json!({"name": "f", "mapped_path": "/srv/f"})),
        ("groups", json!({"name": "g"})),
        ("roles", json!({"name": "r"})),
        ("eventactions", action),
        ("eventrules", rule),
        ("apikeys", json!({"name": "k", "scope": 1})),
        ("iplists/2", json!({"ipornet": "10.0.0.0/8", "type": 2, "mode": 2})),
    ];
    let made = kinds.map(|(kind, body)| {
        let answer = api.call("POST", &format!("/{kind}"), &body).is(201);
        assert!(answer.header("etag").is_some(), "{kind}");
        let path = answer.header("location").unwrap().trim_start_matches("/api/v2").to_owned();
        (path, body)
    });
    made.into()
}

/// A call with a header more.
fn with(api: &TestApi, bearer: &str, method: &str, path: &str, line: &str, body: &Value) -> Answer {
    api.send(method, &format!("/api/v2{path}"), &format!("{bearer}\r\n{line}"), body.to_string().as_bytes())
}

#[test]
fn a_stale_version_is_not_overwritten() {
    let api = TestApi::start();
    let bearer = api.bearer(ADMIN);
    for (path, body) in one_of_each(&api) {
        let tag = |api: &TestApi| {
            let answer = api.call_as(&bearer, "GET", &path, &Value::Null).is(200);
            answer.header("etag").unwrap().to_owned()
        };
        let changed = |text: &str| {
            let mut body = body.clone();
            body["description"] = text.into();
            body
        };
        let first = tag(&api);
        let if_match = format!("If-Match: {first}");
        let put = with(&api, &bearer, "PUT", &path, &if_match, &changed("one")).is(200);
        assert_eq!(put.header("etag"), Some(tag(&api).as_str()), "{path}");
        assert_ne!(put.header("etag"), Some(first.as_str()), "{path}");
        with(&api, &bearer, "PUT", &path, &if_match, &changed("two")).is(412);
        with(&api, &bearer, "PATCH", &path, &if_match, &json!({"description": "two"})).is(412);
        with(&api, &bearer, "DELETE", &path, &if_match, &Value::Null).is(412);
        with(&api, &bearer, "PUT", &path, "If-Match: nonsense", &changed("two")).is(400);
        assert_eq!(api.call_as(&bearer, "GET", &path, &Value::Null).json()["description"], "one", "{path}");
        // Without a condition, and with one that holds for whatever is there.
        api.call_as(&bearer, "PUT", &path, &changed("three")).is(200);
        with(&api, &bearer, "PUT", &path, "If-Match: *", &changed("four")).is(200);
    }
}

#[test]
fn a_patch_changes_what_it_names() {
    let api = TestApi::start();
    let bearer = api.bearer(ADMIN);
    for (path, _) in one_of_each(&api) {
        let shown = || {
            let mut shown = api.call_as(&bearer, "GET", &path, &Value::Null).is(200).json();
            shown.as_object_mut().unwrap().retain(|name, _| name != "updated_at");
            shown
        };
        let mut expected = shown();
        expected["description"] = "patched".into();
        let patch = json!({"description": "patched"});
        let answer = with(&api, &bearer, "PATCH", &path, MERGE_PATCH, &patch).is(200);
        assert!(answer.header("etag").is_some(), "{path}");
        assert_eq!(shown(), expected, "{path}");
        with(&api, &bearer, "PATCH", &path, MERGE_PATCH, &json!({"description": null})).is(200);
        assert!(shown().get("description").is_none_or(|text| text == ""), "{path}");
        with(&api, &bearer, "PATCH", &path, MERGE_PATCH, &json!(["description"])).is(400);
        let wrong = with(&api, &bearer, "PATCH", &path, MERGE_PATCH, &json!({"description": 7})).is(400);
        assert!(wrong.text().contains("description"), "{}", wrong.text());
        let other = "Content-Type: application/json-patch+json";
        with(&api, &bearer, "PATCH", &path, other, &json!([{"op": "remove", "path": "/a"}])).is(415);
    }
    with(&api, &bearer, "PATCH", "/users/nobody", MERGE_PATCH, &json!({})).is(404);
}

#[test]
fn a_patched_user_is_checked_and_keeps_its_secrets() {
    let api = TestApi::start();
    let bearer = api.bearer(ADMIN);
    let mut body = user("ada");
    let secret = json!({"status": "Plain", "payload": "s3cret"});
    body["filesystem"] = json!({"provider": 1, "s3config": {"bucket": "b", "region": "r", "access_key": "k", "access_secret": secret}});
    api.call("POST", "/users", &body).is(201);
    let whole =
        |api: &TestApi| api.call("GET", "/users/ada?confidential_data=1", &Value::Null).is(200).json();
    let before = whole(&api);
    let patch = |patch: Value| with(&api, &bearer, "PATCH", "/users/ada", MERGE_PATCH, &patch);
    patch(json!({"filesystem": {"s3config": {"bucket": "c"}}})).is(200);
    let after = whole(&api);
    assert_eq!(after["filesystem"]["s3config"]["bucket"], "c");
    for kept in ["/filesystem/s3config/access_secret", "/password", "/last_password_change", "/created_at"] {
        assert_eq!(after.pointer(kept), before.pointer(kept), "{kept}");
    }
    api.login("/user/token", ("ada", "Us3r-pass-word")).is(200);
    patch(json!({"password": "An0ther-pass-word"})).is(200);
    api.login("/user/token", ("ada", "Us3r-pass-word")).is(401);
    api.login("/user/token", ("ada", "An0ther-pass-word")).is(200);
    patch(json!({"permissions": {"/": ["nonsense"]}})).is(400);
    patch(json!({"quota_size": -1})).is(400);
    // A name is no field to change, and neither are counters.
    patch(json!({"username": "eve", "used_quota_size": 7})).is(200);
    assert!(whole(&api).get("used_quota_size").is_none());
    api.call("GET", "/users/eve", &Value::Null).is(404);
}

#[test]
fn changes_side_by_side_are_all_there() {
    let api = TestApi::start();
    api.call("POST", "/groups", &json!({"name": "g"})).is(201);
    let bearer = api.bearer(ADMIN);
    std::thread::scope(|scope| {
        for number in 0..8 {
            let (api, bearer) = (&api, &bearer);
            scope.spawn(move || {
                let dir = format!("/{number}");
                let patch = json!({"user_settings": {"permissions": {dir: ["*"]}}});
                with(api, bearer, "PATCH", "/groups/g", MERGE_PATCH, &patch).is(200);
            });
        }
    });
    let group = api.call("GET", "/groups/g", &Value::Null).json();
    assert_eq!(group["user_settings"]["permissions"].as_object().unwrap().len(), 8);
}

#[test]
fn every_list_is_searched_and_paged_by_value() {
    let api = TestApi::start();
    let names = |path: &str, field: &str| -> Vec<String> {
        let list = api.call("GET", path, &Value::Null).is(200).json();
        list.as_array().unwrap().iter().map(|one| one[field].as_str().unwrap().to_owned()).collect()
    };
    for name in ["one%", "one_", "two"] {
        api.call("POST", "/roles", &json!({"name": name})).is(201);
        api.call("POST", "/apikeys", &json!({"name": name, "scope": 1})).is(201);
    }
    assert_eq!(names("/roles?search=one", "name"), ["one%", "one_"]);
    // What SQL knows as wildcards are letters here.
    assert_eq!(names("/roles?search=%25", "name"), ["one%"]);
    assert_eq!(names("/roles?from=one%25&limit=1", "name"), ["one_"]);
    assert_eq!(names("/apikeys?search=_", "name"), ["one_"]);
    for network in ["10.0.0.0/8", "192.0.2.0/24"] {
        let entry = json!({"ipornet": network, "type": 1, "mode": 1, "description": "from the office"});
        api.call("POST", "/iplists/1", &entry).is(201);
    }
    assert_eq!(names("/iplists/1?search=0.2", "ipornet"), ["192.0.2.0/24"]);
    assert_eq!(names("/iplists/1?search=office&from=10.0.0.0%2F8", "ipornet"), ["192.0.2.0/24"]);
}

/// Longer than what is read at a time.
#[test]
fn a_long_list_is_whole_and_in_order() {
    let api = TestApi::start();
    let roles: Vec<Value> = (0..230).map(|n| json!({"name": format!("r{n:03}")})).collect();
    api.call("POST", "/loaddata", &json!({"roles": roles, "version": 17})).is(200);
    let names = |query: &str| -> Vec<String> {
        let list = api.call("GET", &format!("/roles?{query}"), &Value::Null).is(200).json();
        list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    let range = |from: usize, to: usize| (from..to).map(|n| format!("r{n:03}")).collect::<Vec<_>>();
    assert_eq!(names("limit=500"), range(0, 230));
    assert_eq!(names("limit=200"), range(0, 200));
    assert_eq!(names("limit=201&offset=7"), range(7, 208));
    assert_eq!(names("limit=150&from=r100"), range(101, 230));
    let mut down = range(0, 230);
    down.reverse();
    assert_eq!(names("limit=500&order=DESC"), down);
    assert_eq!((names("limit=0"), names("limit=500&search=r22")), (vec![], range(220, 230)));
}
