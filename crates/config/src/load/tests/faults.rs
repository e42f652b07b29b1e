//! Wrong values and unknown keys: what is said about them.

use super::*;

#[test]
fn a_bad_value_names_key_expectation_and_source() {
    for (file, line) in [
        (
            r#"{"sftpd": {"bindings": [{}, {"port": 70000}]}}"#,
            "sftpd.bindings[1].port: expected a whole number from 0 to 65535, found 70000 (sftpgo.json)",
        ),
        (
            r#"{"sftpd": {"bindings": [{"port": "22"}]}}"#,
            "sftpd.bindings[0].port: expected a whole number from 0 to 65535, found text (sftpgo.json)",
        ),
        (
            r#"{"common": {"max_total_connections": -1}}"#,
            "common.max_total_connections: expected a whole number from 0 to 4294967295, found -1 (sftpgo.json)",
        ),
        (
            r#"{"httpd": {"max_upload_file_size": -5}}"#,
            "httpd.max_upload_file_size: expected a whole number, not negative, found -5 (sftpgo.json)",
        ),
        (
            r#"{"common": {"idle_timeout": 1.5}}"#,
            "common.idle_timeout: expected a whole number from 0 to 4294967295, found 1.5 (sftpgo.json)",
        ),
        (r#"{"sftpd": {"bindings": 22}}"#, "sftpd.bindings: expected a list, found a number (sftpgo.json)"),
        (r#"{"sftpd": []}"#, "sftpd: expected a table, found a list (sftpgo.json)"),
        (
            r#"{"sftpd": {"password_authentication": "no"}}"#,
            "sftpd.password_authentication: expected true or false, found text (sftpgo.json)",
        ),
        (r#"{"common": {"umask": 22}}"#, "common.umask: expected text, found a number (sftpgo.json)"),
        (
            r#"{"data_provider": {"driver": "oracle"}}"#,
            "data_provider.driver: expected one of sqlite, mysql, postgresql, cockroachdb, bolt, memory, found \"oracle\" (sftpgo.json)",
        ),
        (
            r#"{"common": {"proxy_protocol": 3}}"#,
            "common.proxy_protocol: expected 0 to 2, found 3 (sftpgo.json)",
        ),
        (
            r#"{"common": {"proxy_allowed": ["10.0.0.0/8", "10.0.0.0/33"]}}"#,
            "common.proxy_allowed: expected an IP address or a network such as 10.0.0.0/8, found \"10.0.0.0/33\" (sftpgo.json)",
        ),
        (
            r#"{"common": {"umask": "9"}}"#,
            "common.umask: expected octal text from 0 to 777, found \"9\" (sftpgo.json)",
        ),
        (r#"{"httpd": {"jwt_lifetime": 0}}"#, "httpd.jwt_lifetime: expected 1 to 720, found 0 (sftpgo.json)"),
        (
            r#"{"httpd": {"bindings": [{"min_tls_version": 14}]}}"#,
            "httpd.bindings[0].min_tls_version: expected one of 10, 11, 12, 13, found 14 (sftpgo.json)",
        ),
        (
            r#"{"httpd": {"bindings": [{"enable_https": true}]}}"#,
            "httpd.certificate_file: expected a file, as httpd.bindings[0].enable_https is set, found nothing (built-in default)",
        ),
        (
            r#"{"httpd": {"bindings": [{"enable_https": true, "certificate_file": "a"}]}}"#,
            "httpd.bindings[0].certificate_key_file: expected a file, as httpd.bindings[0].enable_https is set, found nothing (sftpgo.json)",
        ),
        (
            r#"{"httpd": {"bindings": [{"client_auth_type": 1}]}}"#,
            "httpd.bindings[0].client_auth_type: expected 0, as enable_https is not set, found 1 (sftpgo.json)",
        ),
        (
            r#"{"httpd": {"bindings": [{"proxy_mode": 1}]}}"#,
            "httpd.bindings[0].proxy_mode: expected 0, as common.proxy_protocol is 0, found 1 (sftpgo.json)",
        ),
        (
            r#"{"httpd": {"cors": {"options_success_status": 404}}}"#,
            "httpd.cors.options_success_status: expected 0 or a status from 200 to 299, found 404 (sftpgo.json)",
        ),
        (
            r#"{"common": {"defender": {"enabled": true, "threshold": 3}}}"#,
            "common.defender.score_limit_exceeded: expected less than threshold, found 3 (sftpgo.json)",
        ),
        (
            r#"{"common": {"rate_limiters": [{"average": 1, "burst": 0}]}}"#,
            "common.rate_limiters[0].burst: expected 1 or more, found 0 (sftpgo.json)",
        ),
        (
            r#"{"ftpd": {"passive_port_range": {"start": 3, "end": 2}}}"#,
            "ftpd.passive_port_range.end: expected at least start, found 2 (sftpgo.json)",
        ),
        (
            r#"{"command": {"commands": [{"timeout": 301}]}}"#,
            "command.commands[0].timeout: expected 1 to 300, found 301 (sftpgo.json)",
        ),
        (
            r#"{"data_provider": {"name": ""}}"#,
            "data_provider.name: expected a file name, as the driver is sqlite, found nothing (sftpgo.json)",
        ),
        (
            r#"{"common": {"startup_hook": "ftp://user:hush@host"}}"#,
            "common.startup_hook: expected an absolute path or an HTTP URL (sftpgo.json)",
        ),
        (r#"[1]"#, "sftpgo.json: expected a table of sections"),
    ] {
        assert_eq!(Setup::new().file("sftpgo.json", file).fault(), line);
    }
}

#[test]
fn a_bad_variable_is_named() {
    for (name, value, line) in [
        (
            "SFTPGO_SFTPD__BINDINGS__0__PORT",
            "ssh",
            "sftpd.bindings[0].port: expected a whole number from 0 to 65535, found \"ssh\" (SFTPGO_SFTPD__BINDINGS__0__PORT)",
        ),
        (
            "LONGSHORE_SFTPD__BINDINGS__5__PORT",
            "-1",
            "sftpd.bindings[1].port: expected a whole number from 0 to 65535, found \"-1\" (LONGSHORE_SFTPD__BINDINGS__5__PORT)",
        ),
        (
            "SFTPGO_COMMON__IDLE_TIMEOUT",
            "",
            "common.idle_timeout: expected a whole number from 0 to 4294967295, found nothing (SFTPGO_COMMON__IDLE_TIMEOUT)",
        ),
        ("SFTPGO_SFTPD", "x", "sftpd: expected a table, found text that is not JSON (SFTPGO_SFTPD)"),
        (
            "SFTPGO_COMMAND__COMMANDS",
            "/bin/a",
            "command.commands[0]: expected a table, found text that is not JSON (SFTPGO_COMMAND__COMMANDS)",
        ),
        (
            "SFTPGO_COMMON__UPLOAD_MODE",
            "32",
            "common.upload_mode: expected 0 to 31, found 32 (SFTPGO_COMMON__UPLOAD_MODE)",
        ),
        (
            "SFTPGO_HTTP__TIMEOUT",
            "NaN",
            "http.timeout: expected a number, found \"NaN\" (SFTPGO_HTTP__TIMEOUT)",
        ),
    ] {
        assert_eq!(Setup::new().var(name, value).fault(), line);
    }
    let in_file = Setup::new().file("env.d/p", "SFTPGO_HTTPD__BINDINGS__0__PORT=x\n").fault();
    assert!(in_file.ends_with("(SFTPGO_HTTPD__BINDINGS__0__PORT in env.d/p)"), "{in_file}");
}

#[test]
fn a_broken_document_is_one_line_without_its_text() {
    for (name, text, line) in [
        ("sftpgo.json", "{\n\"smtp\": {\"password\": \"hush\" x", Some("line 2")),
        ("sftpgo.toml", "[smtp]\npassword = \"hush\" x", Some("line 2")),
        ("sftpgo.yaml", "smtp:\n  password: \"hush\" x", Some("line")),
        ("sftpgo.hcl", "smtp {\n  password = \"hush\" x\n}\n", Some("line 2")),
        ("sftpgo.properties", "smtp.host=a\nsmtp.password=hush\\u00", Some("line 2")),
        ("sftpgo.yaml", "a: &a [*a, *a, *a]\n", None),
        ("sftpgo.json", "", Some("line 1")),
    ] {
        let fault = Setup::new().file(name, text).fault();
        assert!(fault.starts_with(name) && !fault.contains('\n') && !fault.contains("hush"), "{fault}");
        assert!(line.is_none_or(|line| fault.contains(line)), "{fault}");
    }
}

#[test]
fn unknown_keys_are_named_with_the_nearest() {
    for (file, line) in [
        (
            r#"{"sftpd": {"bindings": [{"prot": 22}]}}"#,
            "unknown key sftpd.bindings[0].prot (sftpgo.json); the nearest is sftpd.bindings[].port",
        ),
        (
            r#"{"sftpd": {"max_auth_try": 3}}"#,
            "unknown key sftpd.max_auth_try (sftpgo.json); the nearest is sftpd.max_auth_tries",
        ),
        (
            r#"{"httpd": {"backups_path": "b"}}"#,
            "unknown key httpd.backups_path (sftpgo.json); the nearest is data_provider.backups_path",
        ),
        (
            r#"{"sftpd": {"bindngs": [{"port": 22}]}}"#,
            "unknown key sftpd.bindngs (sftpgo.json); the nearest is sftpd.bindings",
        ),
        (
            r#"{"defender": {"enabled": true}}"#,
            "unknown key defender (sftpgo.json); the nearest is common.defender",
        ),
        (r#"{"zzz": {"qqqqqqq": 1}}"#, "unknown key zzz (sftpgo.json)"),
    ] {
        let setup = Setup::new().file("sftpgo.json", file);
        assert_eq!(setup.warnings(), [line]);
        assert_eq!(setup.strict().fault(), line);
    }
}

#[test]
fn a_name_of_many_parts_is_only_unknown() {
    let deep = |separator: &str| vec!["a"; 200_000].join(separator);
    let properties = Setup::new().file("sftpgo.properties", &format!("{}=1\n", deep(".")));
    let variable = Setup::new().var(&format!("SFTPGO_{}", deep("__")), "1");
    for setup in [properties, variable] {
        let warnings = setup.warnings();
        assert!(warnings.len() == 1 && warnings[0].len() < 400, "{} warnings", warnings.len());
    }
}

#[test]
fn unknown_variables_are_named_with_the_nearest() {
    let setup = Setup::new()
        .var("SFTPGO_HTTPD__BACKUPS_PATH", "/b")
        .var("LONGSHORE_SFTPD__BINDINGS__0__PROT", "1")
        .var("SFTPGO_SOMETHING", "x");
    assert_eq!(
        setup.warnings(),
        [
            "unknown variable SFTPGO_SOMETHING",
            "unknown variable LONGSHORE_SFTPD__BINDINGS__0__PROT; the nearest is LONGSHORE_SFTPD__BINDINGS__0__PORT",
            "unknown variable SFTPGO_HTTPD__BACKUPS_PATH; the nearest is SFTPGO_DATA_PROVIDER__BACKUPS_PATH",
        ]
    );
    assert_eq!(setup.strict().fault().lines().count(), 1);
}
