//! The OpenAPI document.

use crate::client::TestApi;
use serde_json::Value;
use std::{fs, path::Path};

/// The committed document is the one the code makes. `UPDATE=1` writes it anew.
#[test]
fn the_committed_document_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let made = longshore_http::document().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap();
    assert!(committed == made, "docs/openapi.json is out of date: run this test with UPDATE=1");
}

#[test]
fn the_document_is_served_unless_switched_off() {
    let api = TestApi::start();
    let made = serde_json::to_value(longshore_http::document()).unwrap();
    for path in ["/openapi/openapi.json", "/openapi/openapi.yaml"] {
        assert_eq!(api.send("GET", path, "", b"").is(200).json(), made);
    }
    let api = TestApi::with(|config| config.httpd.bindings[0].render_openapi = false);
    api.send("GET", "/openapi/openapi.json", "", b"").is(404);
}

/// Every reference leads somewhere and every operation has an id of its own.
#[test]
fn the_document_is_sound() {
    let document = serde_json::to_value(longshore_http::document()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut references = Vec::new();
    collect(&document, "$ref", &mut references);
    assert!(references.len() > 20);
    for reference in references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    let mut ids = Vec::new();
    collect(&document["paths"], "operationId", &mut ids);
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert!(count >= 19 && ids.len() == count, "{ids:?}");
}

fn collect(value: &Value, key: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get(key).and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| collect(field, key, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, key, found)),
        _ => {}
    }
}

/// Whoever reads the document sees of each parameter, body and answer what it may look like.
#[test]
fn everything_in_the_document_has_an_example() {
    let document = serde_json::to_value(longshore_http::document()).unwrap();
    let mut without = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let mut look = |what: &str, described: &Value| {
                if described["example"].is_null() {
                    without.push(format!("{method} {path}: {what}"));
                }
            };
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                look(parameter["name"].as_str().unwrap(), parameter);
            }
            for (kind, body) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
                look(&format!("body, {kind}"), body);
            }
            for (status, answer) in operation["responses"].as_object().unwrap() {
                assert!(answer["description"].is_string(), "{method} {path}: {status}");
                for (kind, body) in answer["content"].as_object().into_iter().flatten() {
                    if kind.ends_with("/json") {
                        look(&format!("{status}, {kind}"), body);
                    }
                }
            }
        }
    }
    assert_eq!(without, [""; 0]);
}

/// Calls that a key of the API cannot make do not offer to take one.
#[test]
fn the_document_says_where_keys_are_of_no_use() {
    let document = serde_json::to_value(longshore_http::document()).unwrap();
    let by_token = serde_json::json!([{"BearerAuth": []}]);
    let closed = |path: &str| {
        path.contains("/apikeys")
            || path.contains("/totp/")
            || path.ends_with("/recoverycodes")
            || path.ends_with("/profile")
            || path.ends_with("/changepwd")
            || path.ends_with("/logout")
    };
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert_eq!(operation["security"] == by_token, closed(path), "{method} {path}");
        }
    }
}
