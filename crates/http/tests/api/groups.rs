//! Groups.

use crate::client::{TestApi, user};
use serde_json::{Value, json};

#[test]
fn every_setting_comes_back() {
    let api = TestApi::start();
    let settings = json!({
        "home_dir": "/srv/%username%", "max_sessions": 2, "quota_size": 1000, "quota_files": 10,
        "upload_bandwidth": 5, "download_bandwidth": 6, "total_data_transfer": 3, "expires_in": 30,
        "upload_data_transfer": 0, "download_data_transfer": 0,
        "permissions": {"/": ["list"], "/%username%": ["*"]},
        "filters": {
            "denied_protocols": ["FTP"], "start_directory": "/%role%", "password_strength": 20,
            "hooks": {"external_auth_disabled": true, "pre_login_disabled": false, "check_password_disabled": false},
        },
        "filesystem": {
            "provider": 0, "osconfig": {"read_buffer_size": 1}, "s3config": {}, "gcsconfig": {},
            "azblobconfig": {}, "cryptconfig": {}, "sftpconfig": {}, "httpconfig": {},
        },
    });
    let sent = json!({"name": "g", "description": "d", "user_settings": settings});
    let created = api.call("POST", "/groups", &sent).is(201);
    assert_eq!(created.header("location"), Some("/api/v2/groups/g"));
    let got = api.call("GET", "/groups/g", &Value::Null).is(200).json();
    assert_eq!(got["user_settings"], settings);
    api.call("PUT", "/groups/g", &json!({"description": "e"})).is(200);
    let after = api.call("GET", "/groups/g", &Value::Null).is(200).json();
    assert_eq!((&after["description"], &after["created_at"]), (&json!("e"), &got["created_at"]));
    assert!(after["user_settings"]["home_dir"] == "" && after["updated_at"] != got["updated_at"]);
}

#[test]
fn a_group_with_users_stays() {
    let api = TestApi::start();
    for name in ["g1", "g2"] {
        api.call("POST", "/groups", &json!({"name": name})).is(201);
    }
    let mut bob = user("bob");
    bob["groups"] = json!([{"name": "g2", "type": 2}, {"name": "g1", "type": 1}]);
    api.call("POST", "/users", &bob).is(201);
    let admin = json!({
        "username": "a1", "password": "Adm1n-s3cond-pw", "status": 1, "permissions": ["add_users"],
        "groups": [{"name": "g2", "options": {"add_to_users_as": 1}}],
    });
    api.call("POST", "/admins", &admin).is(201);
    assert_eq!(api.call("GET", "/users/bob", &Value::Null).is(200).json()["groups"], bob["groups"]);
    let g2 = api.call("GET", "/groups/g2", &Value::Null).is(200).json();
    assert_eq!((&g2["users"], &g2["admins"]), (&json!(["bob"]), &json!(["a1"])));
    let refused = api.call("DELETE", "/groups/g2", &Value::Null).is(400).json();
    assert!(refused["error"].as_str().unwrap().contains("in use"));
    api.call("DELETE", "/users/bob", &Value::Null).is(200);
    api.call("DELETE", "/groups/g2", &Value::Null).is(200);
    assert!(api.call("GET", "/admins/a1", &Value::Null).is(200).json()["groups"].is_null());
}

#[test]
fn what_does_not_exist_is_named() {
    let api = TestApi::start();
    let with = |field: &str, value: Value| {
        let mut body = user("u");
        body[field] = value;
        body
    };
    for (path, body) in [
        ("/users", with("groups", json!([{"name": "ghost", "type": 1}]))),
        ("/users", with("role", json!("ghost"))),
        ("/users", with("virtual_folders", json!([{"name": "ghost", "virtual_path": "/v"}]))),
        ("/groups", json!({"name": "g", "virtual_folders": [{"name": "ghost", "virtual_path": "/v"}]})),
    ] {
        let error = api.call("POST", path, &body).is(400).json()["error"].to_string();
        assert!(error.contains("ghost"), "{path}: {error}");
    }
    assert_eq!(api.call("GET", "/users", &Value::Null).is(200).json(), json!([]));
}

#[test]
fn groups_rule_the_login() {
    let api = TestApi::start();
    let closing = json!({"filters": {"denied_protocols": ["HTTP"]}});
    api.call("POST", "/groups", &json!({"name": "closed", "user_settings": closing})).is(201);
    for (name, kind, status) in [("first", 1, 403), ("second", 2, 403), ("member", 3, 200)] {
        let mut body = user(name);
        body["groups"] = json!([{"name": "closed", "type": kind}]);
        api.call("POST", "/users", &body).is(201);
        api.login("/user/token", (name, "Us3r-pass-word")).is(status);
    }
    api.call("PUT", "/groups/closed", &json!({})).is(200);
    api.login("/user/token", ("first", "Us3r-pass-word")).is(200);
}
