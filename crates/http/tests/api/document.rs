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
