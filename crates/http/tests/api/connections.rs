//! Live sessions and the state of services.

use crate::client::TestApi;
use serde_json::{Value, json};

#[test]
fn none_are_listed_and_unknown_ones_not_found() {
    let api = TestApi::start();
    assert_eq!(api.call("GET", "/connections", &Value::Null).is(200).json(), json!([]));
    assert!(api.registry.list().is_empty());
    api.call("DELETE", "/connections/SFTP_00_1", &Value::Null).is(404);
}

#[test]
fn status_names_every_service() {
    let api = TestApi::start();
    let status = api.call("GET", "/status", &Value::Null).is(200).json();
    for service in ["ssh", "ftp", "webdav", "data_provider", "defender", "mfa", "allow_list", "rate_limiters"]
    {
        assert!(status[service]["is_active"].is_boolean(), "{service}");
    }
    assert_eq!(status["data_provider"]["is_active"], true);
    // The suite runs on each of them.
    let driver = status["data_provider"]["driver"].as_str();
    assert!(matches!(driver, Some("sqlite" | "postgresql" | "mysql")), "{driver:?}");
}
