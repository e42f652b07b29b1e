//! Settings that have no effect yet: the ones that stop the start, and the ones that are listed.

use super::*;

#[test]
fn an_unavailable_guard_stops_the_start() {
    for (name, value) in [
        ("COMMON__DEFENDER__ENABLED", "true"),
        ("COMMON__RATE_LIMITERS__0__AVERAGE", "10"),
        ("COMMON__RATE_LIMITERS__1__AVERAGE", "10"),
        ("COMMON__ALLOWLIST_STATUS", "1"),
        ("HTTPD__BINDINGS__1__OIDC__CONFIG_URL", "https://idp"),
        ("HTTPD__BINDINGS__0__OIDC__CONFIG_URL", "https://idp"),
        ("KMS__SECRETS__URL", "awskms://x"),
        ("PLUGINS__0__TYPE", "auth"),
        ("PLUGINS__0__TYPE", "ipfilter"),
    ] {
        let variable = format!("SFTPGO_{name}");
        let fault = Setup::new().var(&variable, value).fault();
        let told =
            fault.contains(&format!("({variable}): guards or decides access and is not available yet"));
        assert!(told && !fault.contains('\n'), "{fault}");
    }
}

#[test]
fn every_unavailable_guard_is_named_at_once() {
    let setup = Setup::new()
        .file("sftpgo.json", r#"{"common": {"defender": {"enabled": true}, "allowlist_status": 1}}"#);
    assert_eq!(
        setup.fault(),
        "common.allowlist_status (sftpgo.json), common.defender.enabled (sftpgo.json): guards or decides access and \
         is not available yet; the server does not start rather than run open"
    );
}

#[test]
fn the_rest_is_listed_once() {
    let setup = Setup::new()
        .var("SFTPGO_COMMON__DEFENDER__THRESHOLD", "20")
        .var("SFTPGO_FTPD__BINDINGS__0__PORT", "2121")
        .var("SFTPGO_WEBDAVD__BINDINGS__0__PORT", "8090")
        .var("SFTPGO_TELEMETRY__BIND_PORT", "10000")
        .var("SFTPGO_HTTPD__COOKIE_LIFETIME", "30")
        .var("SFTPGO_PLUGINS__0__TYPE", "notifier")
        .var("SFTPGO_HTTPD__BINDINGS__0__PORT", "8081");
    let warnings = setup.warnings();
    let [line] = warnings.as_slice() else { panic!("{warnings:?}") };
    for key in [
        "common.defender.threshold (SFTPGO_COMMON__DEFENDER__THRESHOLD)",
        "ftpd.bindings[0].port (",
        "webdavd.bindings[0].port (",
        "telemetry.bind_port (",
        "httpd.cookie_lifetime (",
        "plugins[0].type (",
    ] {
        assert!(line.contains(key), "{line}");
    }
    assert!(!line.contains("8081") && !line.contains("httpd.bindings"), "{line}");
}

#[test]
fn a_value_that_is_the_default_says_nothing() {
    let mut setup = Setup::new();
    for (key, value) in documented() {
        let text = match &value {
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                items.iter().map(|item| item.as_str().unwrap_or_default()).collect::<Vec<_>>().join(",")
            }
            other => other.to_string(),
        };
        setup = setup.var(&format!("SFTPGO_{}", keys::variable(key)), &text);
    }
    assert_eq!(setup.load().warnings, []);
}

#[test]
fn a_full_default_file_says_nothing() {
    let json = serde_json::to_string(&Config::default()).unwrap();
    assert_eq!(Setup::new().file("sftpgo.json", &json).strict().load().warnings, []);
}

/// The environment that a scripted installation with every service off but two gives.
#[test]
fn services_that_are_off_say_nothing() {
    let setup = Setup::new()
        .var("SFTPGO_SFTPD__BINDINGS__0__PORT", "10022")
        .var("SFTPGO_SFTPD__BINDINGS__0__ADDRESS", "127.0.0.1")
        .var("SFTPGO_FTPD__BINDINGS__0__PORT", "0")
        .var("SFTPGO_WEBDAVD__BINDINGS__0__PORT", "0")
        .var("SFTPGO_TELEMETRY__BIND_PORT", "0")
        .var("SFTPGO_TELEMETRY__BIND_ADDRESS", "127.0.0.1")
        .var("SFTPGO_DATA_PROVIDER__DRIVER", "memory")
        .var("SFTPGO_DATA_PROVIDER__NAME", "")
        .var("SFTPGO_DATA_PROVIDER__USERS_BASE_DIR", "/srv/homes");
    assert_eq!(setup.load().warnings, []);
}
