//! API keys, shares, IP lists, event actions and rules.

use crate::client::{ADMIN, Answer, TestApi, user};
use serde_json::{Value, json};

/// A call with an API key in place of a token.
fn with_key(api: &TestApi, key: &str, method: &str, path: &str) -> Answer {
    // The client writes one header; this is another one behind it.
    api.send(method, &format!("/api/v2{path}"), &format!("x\r\nX-SFTPGO-API-KEY: {key}"), b"")
}

#[test]
fn a_key_is_shown_once_and_stands_for_its_admin() {
    let api = TestApi::start();
    let made = api.call("POST", "/apikeys", &json!({"name": "ci", "scope": 1, "admin": ADMIN.0})).is(201);
    let (id, key) =
        (made.header("x-object-id").unwrap().to_owned(), made.json()["key"].as_str().unwrap().to_owned());
    assert_eq!(made.header("location"), Some(format!("/api/v2/apikeys/{id}").as_str()));
    assert!(key.starts_with(&format!("{id}.")) && key.len() == 45, "{key}");
    let listed = api.call("GET", "/apikeys", &Value::Null).is(200).json();
    assert!(listed[0]["id"] == id.as_str() && listed[0]["key"].is_null());

    with_key(&api, &key, "GET", "/users").is(401);
    let mut root = api.call("GET", "/admins/root", &Value::Null).is(200).json();
    root["filters"]["allow_api_key_auth"] = json!(true);
    api.call("PUT", "/admins/root", &root).is(200);
    with_key(&api, &key, "GET", "/users").is(200);
    for closed in ["/apikeys", "/admin/profile", "/admin/totp/configs", "/admin/2fa/recoverycodes"] {
        with_key(&api, &key, "GET", closed).is(403);
    }
    with_key(&api, &key, "GET", "/user/shares").is(403);
    with_key(&api, &format!("{key}x"), "GET", "/users").is(401);
    for malformed in ["nodot", "", ".", "unknown.secret"] {
        with_key(&api, malformed, "GET", "/users").is(400);
    }
    api.call("PUT", &format!("/apikeys/{id}"), &json!({"name": "ci", "scope": 1, "expires_at": 1})).is(200);
    with_key(&api, &key, "GET", "/users").is(401);
    api.call("DELETE", &format!("/apikeys/{id}"), &Value::Null).is(200);
    with_key(&api, &key, "GET", "/users").is(400);
}

#[test]
fn an_unbound_key_acts_as_who_is_named_after_it() {
    let api = TestApi::start();
    let mut bob = user("bob");
    bob["filters"] = json!({"allow_api_key_auth": true});
    api.call("POST", "/users", &bob).is(201);
    let made = api.call("POST", "/apikeys", &json!({"name": "any", "scope": 2})).is(201).json();
    let key = made["key"].as_str().unwrap();
    with_key(&api, key, "GET", "/user/shares").is(401);
    with_key(&api, &format!("{key}.bob"), "GET", "/user/shares").is(200);
    with_key(&api, &format!("{key}.nobody"), "GET", "/user/shares").is(401);
    with_key(&api, &format!("{key}.bob"), "GET", "/user/totp/configs").is(403);
    let bound = api.call("POST", "/apikeys", &json!({"name": "b", "scope": 2, "user": "bob"})).is(201);
    let id = bound.header("x-object-id").unwrap().to_owned();
    api.call("DELETE", "/users/bob", &Value::Null).is(200);
    api.call("GET", &format!("/apikeys/{id}"), &Value::Null).is(404);
    for bad in [
        json!({"scope": 1}),
        json!({"name": "x", "scope": 3}),
        json!({"name": "x", "scope": 2, "user": "ghost"}),
        json!({"name": "x", "scope": 1, "user": "u", "admin": "root"}),
    ] {
        api.call("POST", "/apikeys", &bad).is(400);
    }
}

#[test]
fn a_binding_may_take_no_keys() {
    let api = TestApi::with(|config| config.httpd.bindings[0].disabled_login_methods = 64);
    let made =
        api.call("POST", "/apikeys", &json!({"name": "ci", "scope": 1, "admin": ADMIN.0})).is(201).json();
    with_key(&api, made["key"].as_str().unwrap(), "GET", "/version").is(401);
}

#[test]
fn a_user_looks_after_its_shares() {
    let api = TestApi::start();
    api.call("POST", "/users", &user("bob")).is(201);
    api.call("POST", "/users", &user("eve")).is(201);
    let token = |name: &str| {
        let answer = api.login("/user/token", (name, "Us3r-pass-word")).is(200).json();
        format!("Bearer {}", answer["access_token"].as_str().unwrap())
    };
    let (bob, eve) = (token("bob"), token("eve"));
    let sent =
        json!({"id": "mine", "username": "eve", "scope": 1, "paths": ["a", "/a/"], "password": "Sh4re-pw"});
    let made = api.call_as(&bob, "POST", "/user/shares", &sent).is(201);
    let path = format!("/user/shares/{}", made.header("x-object-id").unwrap());
    assert_eq!(made.header("location"), Some(format!("/api/v2{path}").as_str()));
    let share = api.call_as(&bob, "GET", &path, &Value::Null).is(200).json();
    assert_eq!((&share["username"], &share["paths"]), (&json!("bob"), &json!(["/a"])));
    assert_eq!((&share["name"], &share["password"]), (&share["id"], &json!("[**redacted**]")));
    api.call_as(&bob, "PUT", &path, &json!({"scope": 3, "paths": ["/b"], "password": ""})).is(200);
    assert_eq!(api.call_as(&bob, "GET", &path, &Value::Null).is(200).json()["password"], "");
    for (method, body) in [("GET", Value::Null), ("PUT", sent.clone()), ("DELETE", Value::Null)] {
        api.call_as(&eve, method, &path, &body).is(404);
    }
    for bad in
        [json!({"scope": 9, "paths": ["/"]}), json!({"scope": 2, "paths": ["/a", "/b"]}), json!({"scope": 1})]
    {
        api.call_as(&bob, "POST", "/user/shares", &bad).is(400);
    }
    let mut closed = user("bob");
    closed["filters"] = json!({"web_client": ["shares-disabled"]});
    api.call("PUT", "/users/bob", &closed).is(200);
    api.call_as(&bob, "GET", "/user/shares", &Value::Null).is(403);
}

#[test]
fn a_share_names_what_it_shares_once() {
    let api = TestApi::start();
    api.call("POST", "/users", &user("bob")).is(201);
    let token = api.login("/user/token", ("bob", "Us3r-pass-word")).is(200).json();
    let bob = format!("Bearer {}", token["access_token"].as_str().unwrap());
    for bad in [
        json!({"scope": 1, "paths": [""]}),
        json!({"scope": 1, "paths": ["/a", " "]}),
        json!({"scope": 1, "paths": ["/", "/a"]}),
        json!({"scope": 1, "paths": ["/a/b", "/a"]}),
        json!({"scope": 1, "paths": ["/a"], "name": "a\u{200b}"}),
        json!({"scope": 1, "paths": ["/a"], "name": "nul"}),
    ] {
        api.call_as(&bob, "POST", "/user/shares", &bad).is(400);
    }
    let good = json!({"scope": 1, "paths": ["/a", "/ab"], "allow_from": ["127.0.0.0/8", "127.0.0.0/8"]});
    let made = api.call_as(&bob, "POST", "/user/shares", &good).is(201);
    let path = format!("/user/shares/{}", made.header("x-object-id").unwrap());
    let share = api.call_as(&bob, "GET", &path, &Value::Null).is(200).json();
    assert_eq!(share["allow_from"], json!(["127.0.0.0/8"]));
}

#[test]
fn ip_lists_are_known_by_their_networks() {
    let api = TestApi::start();
    let entry = json!({"ipornet": "10.0.0.0/8", "type": 2, "mode": 2, "protocols": 3, "description": "d"});
    let made = api.call("POST", "/iplists/2", &entry).is(201);
    assert_eq!(made.header("location"), Some("/api/v2/iplists/2/10.0.0.0%2F8"));
    api.call("POST", "/iplists/2", &entry).is(409);
    api.call("POST", "/iplists/2", &json!({"ipornet": "1.2.3.4", "type": 2, "mode": 1})).is(201);
    let list = api.call("GET", "/iplists/2?filter=1.", &Value::Null).is(200).json();
    assert_eq!(list[0]["ipornet"], "1.2.3.4/32");
    api.call("PUT", "/iplists/2/10.0.0.0%2F8", &json!({"mode": 1})).is(200);
    let after = api.call("GET", "/iplists/2/10.0.0.0%2F8", &Value::Null).is(200).json();
    assert_eq!((&after["mode"], &after["description"]), (&json!(1), &Value::Null));
    api.call("DELETE", "/iplists/2/10.0.0.0%2F8", &Value::Null).is(200);
    api.call("GET", "/iplists/2/10.0.0.0%2F8", &Value::Null).is(404);
    for bad in ["/iplists/4", "/iplists/x"] {
        api.call("GET", bad, &Value::Null).is(400);
    }
    api.call("POST", "/iplists/1", &json!({"ipornet": "1.2.3.4", "type": 1, "mode": 2})).is(400);
}

#[test]
fn rules_run_actions_in_order() {
    let api = TestApi::start();
    for name in ["a", "b"] {
        api.call("POST", "/eventactions", &json!({"name": name, "type": 4})).is(201);
    }
    let rule = |change: Value| {
        let mut rule = json!({
            "name": "r", "status": 1, "trigger": 1, "conditions": {"fs_events": ["upload", "pre-upload"]},
            "actions": [
                {"name": "a", "order": 2, "relation_options": {"is_failure_action": true}},
                {"name": "b", "order": 1, "relation_options": {"execute_sync": true}},
            ],
        });
        let fields = rule.as_object_mut().unwrap();
        fields.extend(change.as_object().unwrap().clone());
        rule
    };
    api.call("POST", "/eventrules", &rule(json!({}))).is(201);
    let got = api.call("GET", "/eventrules/r", &Value::Null).is(200).json();
    let order: Vec<_> =
        got["actions"].as_array().unwrap().iter().map(|action| action["name"].clone()).collect();
    assert_eq!((order, &got["actions"][0]["type"]), (vec![json!("b"), json!("a")], &json!(4)));
    assert_eq!(api.call("GET", "/eventactions/a", &Value::Null).is(200).json()["rules"], json!(["r"]));
    api.call("DELETE", "/eventactions/a", &Value::Null).is(400);
    for bad in [
        json!({"trigger": 77}),
        json!({"actions": []}),
        json!({"conditions": {}}),
        json!({"conditions": {"fs_events": ["bogus"]}}),
        json!({"conditions": {"fs_events": ["download"]}}),
        json!({"conditions": {"fs_events": ["upload"], "options": {"names": [{"pattern": "[a"}]}}}),
        json!({"trigger": 3, "conditions": {"schedules": []}}),
        json!({"actions": [{"name": "ghost", "order": 1, "relation_options": {"execute_sync": true}}]}),
        json!({"actions": [{"name": "a", "order": 1}]}),
    ] {
        let mut body = rule(bad.clone());
        body["name"] = json!("bad");
        assert_eq!(api.call("POST", "/eventrules", &body).status, 400, "{bad}");
    }
    api.call("POST", "/eventrules/run/r", &Value::Null).is(400);
    api.call("POST", "/eventrules/run/nobody", &Value::Null).is(404);
    let mut on_demand = rule(json!({"trigger": 6, "status": 0, "actions": [{"name": "b", "order": 1}]}));
    on_demand["name"] = json!("off");
    api.call("POST", "/eventrules", &on_demand).is(201);
    let off = api.call("POST", "/eventrules/run/off", &Value::Null).is(400);
    assert!(off.text().contains("switched off"), "{}", off.text());
    api.call("DELETE", "/eventrules/off", &Value::Null).is(200);
    api.call("DELETE", "/eventrules/r", &Value::Null).is(200);
    api.call("DELETE", "/eventactions/a", &Value::Null).is(200);
}

/// What a trigger cannot ask about is not kept: whoever reads the rule sees what decides.
#[test]
fn conditions_are_those_of_the_trigger() {
    let api = TestApi::start();
    api.call("POST", "/eventactions", &json!({"name": "a", "type": 4})).is(201);
    let pattern = json!([{"pattern": "x*"}]);
    let options = json!({
        "names": pattern, "group_names": pattern, "role_names": pattern, "fs_paths": pattern,
        "protocols": ["SFTP"], "provider_objects": ["user"], "event_statuses": [1], "min_size": 1,
    });
    for (trigger, more, kept) in [
        (
            1,
            json!({"fs_events": ["upload"]}),
            "event_statuses fs_paths group_names min_size names protocols role_names",
        ),
        (2, json!({"provider_events": ["add"]}), "group_names names provider_objects role_names"),
        (4, json!({}), ""),
        (6, json!({}), "group_names names role_names"),
        (7, json!({}), "names"),
    ] {
        let mut conditions = more;
        conditions["options"] = options.clone();
        let name = format!("r{trigger}");
        let rule = json!({
            "name": name, "status": 1, "trigger": trigger, "conditions": conditions,
            "actions": [{"name": "a", "order": 1}],
        });
        let made = api.call("POST", "/eventrules", &rule).is(201).json();
        let found = made["conditions"]["options"].as_object().into_iter().flat_map(|options| options.keys());
        let mut found: Vec<&str> = found.map(String::as_str).collect();
        found.sort_unstable();
        assert_eq!(found.join(" "), kept, "{trigger}");
    }
}

#[test]
fn actions_need_what_their_kind_needs() {
    let api = TestApi::start();
    for (kind, options) in [
        (99, json!({})),
        (1, json!({})),
        (1, json!({"http_config": {"endpoint": "ftp://x", "timeout": 1, "method": "GET"}})),
        (1, json!({"http_config": {"endpoint": "http://x", "timeout": 999, "method": "GET"}})),
        (
            1,
            json!({"http_config": {"endpoint": "http://x", "timeout": 9, "method": "GET", "headers": [{"key": "a"}]}}),
        ),
        (1, json!({"http_config": {"endpoint": "http://x", "method": "PUT", "parts": [{"name": "p"}]}})),
        (
            1,
            json!({"http_config": {
                "endpoint": "http://x", "method": "PUT",
                "parts": [{"name": "p", "filepath": "/a"}, {"name": "q", "filepath": "a/"}],
            }}),
        ),
        (2, json!({"cmd_config": {"cmd": "/bin/true", "timeout": 5}})),
        (3, json!({"email_config": {"recipients": ["a@b.c"]}})),
        (8, json!({"retention_config": {"folders": [{"path": "/a", "retention": -1}]}})),
        (9, json!({"fs_config": {"type": 1}})),
        (9, json!({"fs_config": {"type": 2, "deletes": [" "]}})),
        (9, json!({"fs_config": {"type": 6, "copy": [{"key": " ", "value": "/b"}]}})),
        (11, json!({})),
        (13, json!({})),
        (14, json!({})),
    ] {
        let body = json!({"name": "bad", "type": kind, "options": options});
        assert_eq!(api.call("POST", "/eventactions", &body).status, 400, "{body}");
    }
    let config = json!({
        "endpoint": "http://h/x", "username": "u", "timeout": 10, "method": "POST",
        "password": {"status": "Plain", "payload": "h00k-pw"},
        "headers": [{"key": "X-A", "value": "b"}], "query_parameters": [{"key": "q", "value": "{{Name}}"}],
    });
    let body = json!({"name": "hook", "type": 1, "options": {"http_config": config}});
    let made = api.call("POST", "/eventactions", &body).is(201);
    assert!(!made.text().contains("h00k-pw"));
    let stored = api.call("GET", "/eventactions/hook?confidential_data=1", &Value::Null).is(200).json();
    let secret = &stored["options"]["http_config"]["password"];
    assert_eq!((&secret["status"], &secret["additional_data"]), (&json!("Secretbox"), &json!("hook")));
}
