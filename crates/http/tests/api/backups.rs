//! Backups: taken, written, brought back.

use crate::client::{ADMIN, TestApi, user};
use serde_json::{Value, json};

/// One of everything.
fn world(api: &TestApi) {
    api.call("POST", "/roles", &json!({"name": "r", "description": "d"})).is(201);
    let secret = json!({"status": "Plain", "payload": "s3-Secret"});
    let s3 = json!({"bucket": "b", "region": "r", "access_key": "k", "access_secret": secret});
    let folder = json!({"name": "f", "filesystem": {"provider": 1, "s3config": s3}});
    api.call("POST", "/folders", &folder).is(201);
    let mount = json!([{"name": "f", "virtual_path": "/v", "quota_size": -1, "quota_files": -1}]);
    let group = json!({"name": "g", "user_settings": {"max_sessions": 5}, "virtual_folders": mount});
    api.call("POST", "/groups", &group).is(201);
    let mut bob = user("bob");
    bob["role"] = json!("r");
    bob["groups"] = json!([{"name": "g", "type": 1}]);
    api.call("POST", "/users", &bob).is(201);
    api.call("POST", "/apikeys", &json!({"name": "k", "scope": 2, "user": "bob"})).is(201);
    api.call("POST", "/iplists/2", &json!({"ipornet": "1.2.3.4", "type": 2, "mode": 2})).is(201);
    api.call("POST", "/eventactions", &json!({"name": "a", "type": 4})).is(201);
    let rule = json!({
        "name": "rule", "status": 1, "trigger": 6, "actions": [{"name": "a", "order": 1}],
    });
    api.call("POST", "/eventrules", &rule).is(201);
    let token = api.login("/user/token", ("bob", "Us3r-pass-word")).is(200).json();
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let share = json!({"name": "s", "scope": 1, "paths": ["/"], "password": "Sh4re-pw"});
    api.call_as(&bearer, "POST", "/user/shares", &share).is(201);
}

fn dump(api: &TestApi) -> Value {
    api.call("GET", "/dumpdata?output-data=1", &Value::Null).is(200).json()
}

/// Without what a load gives anew.
fn lasting(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.retain(|name, _| !["id", "updated_at", "last_login"].contains(&name.as_str()));
            fields.values_mut().for_each(|field| *field = lasting(field.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = lasting(item.take())),
        _ => {}
    }
    value
}

#[test]
fn kinds_are_named_together_or_one_by_one() {
    let api = TestApi::start();
    for query in ["scopes=roles,users", "scopes=roles&scopes=users"] {
        let dump = api.call("GET", &format!("/dumpdata?output-data=1&{query}"), &Value::Null).is(200).json();
        let kinds = dump.as_object().unwrap().iter().filter(|(_, objects)| objects.is_array());
        assert_eq!(kinds.map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), ["roles", "users"], "{query}");
    }
}

#[test]
fn a_backup_goes_into_an_empty_server_and_out_again() {
    let (old, new) = (TestApi::start(), TestApi::start());
    world(&old);
    let backup = dump(&old);
    assert_eq!(backup["version"], 17);
    let text = backup.to_string();
    for secret in ["s3-Secret", "Sh4re-pw", "Us3r-pass-word", ADMIN.1] {
        assert!(!text.contains(secret), "{secret}");
    }
    new.call("POST", "/loaddata", &backup).is(200);
    // The first admin was there already: it keeps the time it was made.
    let (mut before, mut after) = (lasting(backup.clone()), lasting(dump(&new)));
    for dump in [&mut before, &mut after] {
        dump["admins"][0]["created_at"].take();
    }
    assert_eq!(after, before);
    new.login("/user/token", ("bob", "Us3r-pass-word")).is(200);
    assert_eq!(dump(&new)["api_keys"][0]["id"], backup["api_keys"][0]["id"]);
}

#[test]
fn sftpgos_own_backup_is_taken_whole() {
    let api = TestApi::start();
    let theirs: Value = serde_json::from_str(include_str!("backups/sftpgo.json")).unwrap();
    api.call("POST", "/loaddata", &theirs).is(200);
    let root = theirs["admins"][0]["username"].as_str().unwrap();
    assert!(
        api.call("GET", &format!("/admins/{root}"), &Value::Null).is(200).json()["permissions"]
            == json!(["*"])
    );
    let ours = dump(&api);
    assert!(ours["event_rules"][0]["actions"][0]["description"].is_null());
    for kind in [
        "users",
        "groups",
        "folders",
        "api_keys",
        "shares",
        "event_actions",
        "event_rules",
        "roles",
        "ip_lists",
    ] {
        let count = |dump: &Value| dump[kind].as_array().map_or(0, Vec::len);
        assert_eq!(count(&ours), count(&theirs), "{kind}");
    }
}

#[test]
fn files_are_written_below_their_directory_and_read_again() {
    let api = TestApi::start();
    world(&api);
    api.call("GET", "/dumpdata?output-file=sub/b.json&indent=1", &Value::Null).is(200);
    for bad in [
        "",
        "?output-file=../b.json",
        "?output-file=/tmp/b.json",
        "?output-data=7",
        "?output-data=1&scopes=x",
    ] {
        api.call("GET", &format!("/dumpdata{bad}"), &Value::Null).is(400);
    }
    api.call("DELETE", "/users/bob", &Value::Null).is(200);
    api.call("GET", "/loaddata?input-file=sub/b.json", &Value::Null).is(200);
    api.call("GET", "/users/bob", &Value::Null).is(200);
    for bad in ["../x.json", "missing.json", "/missing.json", ""] {
        api.call("GET", &format!("/loaddata?input-file={bad}"), &Value::Null).is(400);
    }
    let users = api.call("GET", "/dumpdata?output-data=1&scopes=users,roles", &Value::Null).is(200).json();
    assert!(users["users"].is_array() && users["roles"].is_array() && users["folders"].is_null());
}

#[test]
fn modes_say_what_becomes_of_what_is_there() {
    let api = TestApi::start();
    api.call("POST", "/users", &user("bob")).is(201);
    let mut backup = dump(&api);
    for (mode, expected) in [("0", "m0"), ("1", "m0"), ("2", "m2")] {
        backup["users"][0]["description"] = json!(format!("m{mode}"));
        let mut new = user(&format!("new{mode}"));
        new["home_dir"] = json!("/srv/new");
        let users = json!([backup["users"][0], new]);
        api.call("POST", &format!("/loaddata?mode={mode}"), &json!({"version": 17, "users": users})).is(200);
        assert_eq!(api.call("GET", "/users/bob", &Value::Null).is(200).json()["description"], expected);
        api.call("GET", &format!("/users/new{mode}"), &Value::Null).is(200);
    }
    for bad in ["mode=3", "mode=a", "scan-quota=9"] {
        api.call("POST", &format!("/loaddata?{bad}"), &json!({"version": 17})).is(400);
    }
}

#[test]
fn one_bad_object_and_nothing_is_loaded() {
    let api = TestApi::start();
    let folders = json!([{"name": "f", "mapped_path": "/f"}]);
    for users in [json!([user("good"), {"username": "bad"}]), {
        let mut ghost = user("bad");
        ghost["groups"] = json!([{"name": "ghost", "type": 1}]);
        json!([user("good"), ghost])
    }] {
        let answer = api
            .call("POST", "/loaddata", &json!({"version": 17, "folders": folders, "users": users}))
            .is(400);
        assert!(answer.text().contains("bad") || answer.text().contains("ghost"), "{}", answer.text());
    }
    api.call("POST", "/loaddata", &json!({"version": 99_999})).is(400);
    assert_eq!(api.call("GET", "/users", &Value::Null).is(200).json(), json!([]));
    assert_eq!(api.call("GET", "/folders", &Value::Null).is(200).json(), json!([]));
}

/// More than is read at a time, in and out, in one line and in many.
#[test]
fn a_backup_of_many_is_the_same_in_every_layout() {
    let api = TestApi::start();
    let users: Vec<Value> = (0..700)
        .map(|n| {
            let mut one = user(&format!("u{n:03}"));
            one["password"] = json!("$2a$04$AXA72ZIrQVaKnNOX9694XO3STba2t.foYqU6UjS/Id4aiAtFLoygu");
            one["groups"] = json!([{"name": "g", "type": 2}]);
            one
        })
        .collect();
    let networks: Vec<Value> = (0..300)
        .map(|n| json!({"ipornet": format!("10.{}.{}.0/24", n / 256, n % 256), "type": 1 + n % 3, "mode": 1}))
        .collect();
    // Users name a group that comes after them.
    let all = json!({"users": users, "groups": [{"name": "g"}], "ip_lists": networks, "version": 17});
    api.call("POST", "/loaddata?scan-quota=0", &all).is(200);
    let compact = api.call("GET", "/dumpdata?output-data=1", &Value::Null).is(200);
    assert_eq!(compact.header("content-length"), Some(compact.body.len().to_string().as_str()));
    assert!(!compact.text().contains('\n'));
    for (path, layout) in [("a.json", "0"), ("sub/a.json", "1")] {
        api.call("GET", &format!("/dumpdata?output-file={path}&indent={layout}"), &Value::Null).is(200);
        let text = std::fs::read_to_string(api.path("backups").join(path)).unwrap();
        let written: Value = serde_json::from_str(&text).unwrap();
        // The admin logs in for each call.
        let without_admins = |mut dump: Value| {
            dump["admins"].take();
            dump
        };
        assert_eq!(without_admins(written), without_admins(compact.json()));
        let indented = text.starts_with("{\n  \"users\": [\n    {\n      \"id\":")
            && text.ends_with("  \"version\": 17\n}");
        assert_eq!(indented, layout == "1", "{text:.60}");
    }
    let dump = compact.json();
    let names: Vec<&str> =
        dump["users"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect();
    assert_eq!((names.len(), names[0], names[699]), (700, "u000", "u699"));
    assert_eq!(dump["ip_lists"].as_array().unwrap().len(), 300);
    assert_eq!(dump["groups"][0].get("users"), None);
    assert_eq!(std::fs::read_dir(api.path("backups/sub")).unwrap().count(), 1);
}

#[test]
fn what_names_somebody_who_is_not_there_is_refused_whole() {
    let api = TestApi::start();
    let with = |field: &str, value: Value| {
        let mut one = user("bad");
        one[field] = value;
        one
    };
    let mount = json!([{"name": "ghost", "virtual_path": "/v"}]);
    let hash = "$2a$04$AXA72ZIrQVaKnNOX9694XO3STba2t.foYqU6UjS/Id4aiAtFLoygu";
    let admin = |field: &str, value: Value| {
        let mut one =
            json!({"username": "bad", "password": hash, "status": 1, "permissions": ["view_users"]});
        one[field] = value;
        one
    };
    for (kind, bad) in [
        ("users", with("role", json!("ghost"))),
        ("users", with("groups", json!([{"name": "ghost", "type": 1}]))),
        ("users", with("virtual_folders", mount.clone())),
        ("groups", json!({"name": "bad", "virtual_folders": mount})),
        ("admins", admin("role", json!("ghost"))),
        ("admins", admin("groups", json!([{"name": "ghost"}]))),
        ("api_keys", json!({"id": "bad", "name": "bad", "key": hash, "scope": 2, "user": "ghost"})),
        ("api_keys", json!({"id": "bad", "name": "bad", "key": hash, "scope": 1, "admin": "ghost"})),
        ("shares", json!({"id": "bad", "scope": 1, "paths": ["/"], "username": "ghost"})),
        ("event_rules", json!({"name": "bad", "trigger": 6, "actions": [{"name": "ghost", "order": 1}]})),
    ] {
        let mut all = json!({"folders": [{"name": "good", "mapped_path": "/f"}], "version": 17});
        all[kind] = json!([bad]);
        let answer = api.call("POST", "/loaddata", &all).is(400);
        assert!(answer.text().contains("ghost"), "{kind}: {}", answer.text());
        api.call("GET", "/folders/good", &Value::Null).is(404);
    }
}

#[test]
fn what_is_no_backup_is_refused_by_its_place() {
    let api = TestApi::start();
    let bearer = api.bearer(ADMIN);
    let good = r#""folders":[{"name":"good","mapped_path":"/f"}]"#;
    let deep = "[".repeat(300_000);
    let hash = |text: &str| {
        format!(
            r#""users":[{{"username":"bad","password":"{text}","status":1,"permissions":{{"/":["*"]}}}}]"#
        )
    };
    for (rest, named) in [
        (r#""users":{}"#.to_owned(), "users"),
        (r#""users":[7]"#.to_owned(), "users[0]"),
        (r#""users":[{"username":"bad","filters":{"hooks":7}}]"#.to_owned(), "filters"),
        (r#""users":[{"username":"bad","uid":9999999999}]"#.to_owned(), "uid"),
        (r#""users":[{"username":"bad","uid":1.5}]"#.to_owned(), "uid"),
        (r#""users":[{"username":"bad","description":"\ud800"}]"#.to_owned(), "hex escape"),
        (r#""users":[],"users":[]"#.to_owned(), "users"),
        (r#""groups":[{"name":"a/b"}]"#.to_owned(), "groups[0]"),
        (r#""shares":[{"scope":1}]"#.to_owned(), "shares[0]"),
        (r#""configs":7"#.to_owned(), "configs"),
        (r#""version":"x""#.to_owned(), "version"),
        (r#""version":NaN"#.to_owned(), "cannot be read"),
        (format!(r#""users":{deep}"#), "recursion"),
        (hash("$6$salt$short"), "password"),
        (hash("{SSHA}AAAA"), "password"),
        (hash("$argon2id$v=19$m=8388608,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA"), "password"),
    ] {
        let text = format!("{{{good},{rest}}}");
        let answer = api.send("POST", "/api/v2/loaddata", &bearer, text.as_bytes()).is(400);
        assert!(answer.text().contains(named), "{rest:.60}: {}", answer.text());
        api.call("GET", "/folders/good", &Value::Null).is(404);
    }
    for text in ["", "[]", "7", "{\"users\":[", "{} {}"] {
        api.send("POST", "/api/v2/loaddata", &bearer, text.as_bytes()).is(400);
    }
}
