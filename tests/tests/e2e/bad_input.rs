//! Objects with something wrong in each of their fields, made from the document that the server gives of itself.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::{Rest, TestServer};

/// What is harmless as text and not as a piece of SQL, of a template, of a path or of a pattern.
const TEXTS: [&str; 9] = [
    "'; DROP TABLE users; --",
    "\" OR \"\"=\"",
    "%' ESCAPE '\\",
    "{{.Name}}${{7*7}}<%= 7 %>",
    "../../../etc/passwd",
    "a\u{0}b",
    "\u{202e}\u{feff}\u{1F600}",
    "line\r\nbreak\ttab",
    "$(reboot) `reboot` | & ;",
];

/// A kind of object: where it is, the name of its schema, what is called its name, and a valid one.
fn kinds() -> [(&'static str, &'static str, &'static str, Value); 6] {
    [
        (
            "users",
            "User",
            "username",
            json!({"username": "x", "password": "Us3r-pass-word", "status": 1, "permissions": {"/": ["*"]}}),
        ),
        (
            "admins",
            "Admin",
            "username",
            json!({"username": "x", "password": "Adm1n-pass-word", "status": 1, "permissions": ["*"]}),
        ),
        ("folders", "BaseVirtualFolder", "name", json!({"name": "x", "mapped_path": "/tmp/x"})),
        ("groups", "Group", "name", json!({"name": "x"})),
        ("roles", "Role", "name", json!({"name": "x"})),
        ("eventactions", "BaseEventAction", "name", json!({"name": "x", "type": 7})),
    ]
}

#[test]
fn a_bad_field_is_refused_or_kept_as_it_is() -> Result<()> {
    let server = TestServer::builder().set("data_provider.users_base_dir", "homes").start()?;
    let admin = server.admin()?;
    let document = admin.get("/openapi/openapi.json")?.ok()?.json;
    let mut tried = 0;
    for (kind, schema, key, valid) in kinds() {
        admin.post(&format!("/api/v2/{kind}"), &valid)?.ok().context(kind)?;
        admin.delete(&format!("/api/v2/{kind}/x"))?.ok()?;
        let before = admin.get(&format!("/api/v2/{kind}?limit=500"))?.ok()?.json;
        for (path, bad) in faults(&document, schema) {
            let mut object = valid.clone();
            set(&mut object, &path, bad.clone());
            tries(admin, kind, key, &object).with_context(|| format!("{kind} {path:?} {bad}"))?;
            tried += 1;
        }
        let after = admin.get(&format!("/api/v2/{kind}?limit=500"))?.ok()?.json;
        ensure!(without_changing(&before) == without_changing(&after), "{kind}: {after}");
    }
    ensure!(tried > 500, "{tried} faults");
    Ok(())
}

/// The object is refused with an explanation and not there afterwards, or it is there, under its own name.
fn tries(admin: &Rest, kind: &str, key: &str, object: &Value) -> Result<()> {
    let answer = admin.post(&format!("/api/v2/{kind}"), object)?;
    if answer.status == 201 {
        let name = answer.json[key].as_str().context("no name")?.to_owned();
        let path = format!("/api/v2/{kind}/{}", escaped(&name));
        ensure!(admin.get(&path)?.ok()?.json[key] == name.as_str());
        admin.delete(&path)?.ok()?;
        return Ok(());
    }
    ensure!((400..500).contains(&answer.status), "HTTP {}: {}", answer.status, answer.text);
    ensure!(
        answer.json["error"]
            .as_str()
            .or(answer.json["message"].as_str())
            .is_some_and(|text| !text.is_empty())
    );
    ensure!(admin.get(&format!("/api/v2/{kind}/x"))?.status == 404, "refused, and there all the same");
    Ok(())
}

/// Every field of the schema, each with every value that is wrong for it or looks like something else.
fn faults(document: &Value, schema: &str) -> Vec<(Vec<String>, Value)> {
    let mut found = Vec::new();
    walk(document, &document["components"]["schemas"][schema], &mut Vec::new(), &mut found);
    found
}

fn walk(document: &Value, schema: &Value, at: &mut Vec<String>, found: &mut Vec<(Vec<String>, Value)>) {
    let schema = resolved(document, schema);
    let parts = schema["allOf"].as_array().map_or(vec![schema], |parts| parts.iter().collect());
    for properties in parts.iter().filter_map(|part| resolved(document, part)["properties"].as_object()) {
        for (name, property) in properties {
            at.push(name.clone());
            let property = resolved(document, property);
            let mut add = |bad: Value| found.push((at.clone(), bad));
            match property["type"].as_str() {
                Some("string") => {
                    TEXTS.iter().for_each(|text| add(json!(text)));
                    add(json!(7));
                }
                Some("integer") => {
                    [json!(-1), json!(i64::MAX), json!(1e300), json!("1"), json!([1])]
                        .into_iter()
                        .for_each(add);
                }
                Some("boolean") => add(json!("true")),
                Some("array") => {
                    add(json!("x"));
                    add(json!([{"a": 1}, 7]));
                }
                _ => add(json!([1])),
            }
            if at.len() < 3 {
                walk(document, property, at, found);
            }
            at.pop();
        }
    }
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let target = schema["$ref"].as_str().and_then(|target| document.pointer(target.trim_start_matches('#')));
    target.unwrap_or(schema)
}

fn set(object: &mut Value, path: &[String], value: Value) {
    let slot = path.iter().fold(object, |at, name| {
        if !at.is_object() {
            *at = json!({});
        }
        &mut at[name]
    });
    *slot = value;
}

/// A list without times, which logins change.
fn without_changing(list: &Value) -> Vec<Value> {
    let mut list = list.as_array().cloned().unwrap_or_default();
    for object in &mut list {
        for name in ["last_login", "updated_at"] {
            object.as_object_mut().map(|object| object.remove(name));
        }
    }
    list
}

fn escaped(name: &str) -> String {
    name.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Names that a person cannot tell apart are one name or two, and never something in between.
#[test]
fn names_that_look_alike_are_one_or_two() -> Result<()> {
    for rules in [0, 1, 2, 4, 7] {
        let server = TestServer::builder()
            .set("data_provider.naming_rules", rules)
            .set("data_provider.users_base_dir", "homes")
            .start()?;
        let admin = server.admin()?;
        let mut made = Vec::new();
        for name in ["ada", "ADA", " ada", "jos\u{e9}", "jose\u{301}", "Jos\u{c9}"] {
            let user = json!({"username": name, "password": "Us3r-pass-word", "status": 1, "permissions": {"/": ["*"]}});
            let answer = admin.post("/api/v2/users", &user)?;
            match answer.status {
                201 => made.push(answer.json["username"].as_str().context("no name")?.to_owned()),
                400 | 409 => {}
                status => anyhow::bail!("rules {rules}, {name:?}: {status} {}", answer.text),
            }
        }
        for name in &made {
            let user = admin.get(&format!("/api/v2/users/{}", escaped(name)))?.ok()?.json;
            ensure!(user["username"] == name.as_str(), "rules {rules}: {name:?} is {user}");
        }
        ensure!(made.first().is_some_and(|name| name == "ada"), "rules {rules}: {made:?}");
        let listed = admin.get("/api/v2/users")?.ok()?.json;
        ensure!(listed.as_array().map(Vec::len) == Some(made.len()), "rules {rules}: {listed}");
    }
    Ok(())
}
