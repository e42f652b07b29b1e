//! Variables: of the environment, of `env.d`, with list indexes.

use super::*;

#[test]
fn variables_reach_every_kind_of_key() {
    let config = Setup::new()
        .var("SFTPGO_SFTPD__BINDINGS__0__PORT", "22")
        .var("SFTPGO_SFTPD__MAX_AUTH_TRIES", "-1")
        .var("SFTPGO_SFTPD__HOST_KEYS", "a, b ,,c")
        .var("SFTPGO_SFTPD__MACS", r#"["x,y", "z"]"#)
        .var("SFTPGO_SFTPD__ENABLED_SSH_COMMANDS", "")
        .var("SFTPGO_DATA_PROVIDER__CREATE_DEFAULT_ADMIN", "1")
        .var("SFTPGO_DATA_PROVIDER__PASSWORD_VALIDATION__USERS__MIN_ENTROPY", "60.5")
        .var("SFTPGO_COMMON__UMASK", "007")
        .var("SFTPGO_HTTPD__WEB_ROOT", "")
        .var("SFTPGO_COMMAND__COMMANDS__0__PATH", "/usr/bin/date")
        .var("SFTPGO_COMMAND__COMMANDS__1__PATH", "/usr/bin/ping")
        .var("SFTPGO_COMMAND__COMMANDS__1__ARGS", "-c5,example.com")
        .var("SFTPGO_HTTP__HEADERS", r#"[{"key": "A", "value": "[1]"}]"#)
        .var("SFTPGO_HTTP__HEADERS__0__URL", "https://x")
        .load()
        .config;
    assert_eq!(config.sftpd.bindings[0].port, 22);
    assert_eq!(config.sftpd.max_auth_tries, -1);
    assert_eq!(config.sftpd.host_keys, ["a", "b", "c"].map(PathBuf::from));
    assert_eq!(config.sftpd.macs, ["x,y", "z"]);
    assert!(config.sftpd.enabled_ssh_commands.is_empty());
    assert!(config.data_provider.create_default_admin);
    assert_eq!(config.data_provider.password_validation.users.min_entropy, 60.5);
    assert_eq!(config.common.umask, "007", "text stays text though it looks like a number");
    let commands: Vec<_> = config.command.commands.iter().map(|c| (c.path.as_str(), c.args.len())).collect();
    assert_eq!(commands, [("/usr/bin/date", 0), ("/usr/bin/ping", 2)]);
    assert_eq!(config.http.headers[0].value.expose(), "[1]");
    assert_eq!(config.http.headers[0].url, "https://x");
}

#[test]
fn indexes_change_and_add_entries() {
    let ports = |setup: Setup| setup.load().config.sftpd.bindings.iter().map(|b| b.port).collect::<Vec<_>>();
    assert_eq!(ports(Setup::new().var("SFTPGO_SFTPD__BINDINGS__1__PORT", "22")), [2022, 22]);
    assert_eq!(
        ports(Setup::new().var("SFTPGO_SFTPD__BINDINGS__9__PORT", "22")),
        [2022, 22],
        "no gaps are filled"
    );
    let file = || Setup::new().file("sftpgo.json", r#"{"sftpd": {"bindings": [{"port": 1}, {"port": 2}]}}"#);
    assert_eq!(ports(file().var("SFTPGO_SFTPD__BINDINGS__1__PORT", "3")), [1, 3]);
    assert_eq!(ports(file().var("SFTPGO_SFTPD__BINDINGS__0__ADDRESS", "::1")), [1, 2]);
    assert_eq!(ports(file().var("SFTPGO_SFTPD__BINDINGS", "[]")), [0_u16; 0]);
}

#[test]
fn the_strongest_layer_wins() {
    // Each step adds a stronger source of the same key.
    let mut setup = Setup::new();
    let timeout = |setup: &Setup| setup.load().config.common.idle_timeout;
    assert_eq!(timeout(&setup), 15);
    setup = setup.file("sftpgo.json", r#"{"common": {"idle_timeout": 1}}"#);
    assert_eq!(timeout(&setup), 1);
    setup = setup.file("longshore.json", r#"{"common": {"idle_timeout": 2}}"#);
    assert_eq!(timeout(&setup), 2);
    setup = setup.file("env.d/a", "SFTPGO_COMMON__IDLE_TIMEOUT=3\n");
    assert_eq!(timeout(&setup), 3);
    setup = setup.var("SFTPGO_COMMON__IDLE_TIMEOUT", "4");
    assert_eq!(timeout(&setup), 4);
    setup = setup.file("env.d/b", "LONGSHORE_COMMON__IDLE_TIMEOUT=5\n");
    assert_eq!(timeout(&setup), 5);
    setup = setup.var("LONGSHORE_COMMON__IDLE_TIMEOUT", "6");
    assert_eq!(timeout(&setup), 6);
}

#[test]
fn env_d_takes_any_file_and_the_first_of_two() {
    let setup = Setup::new()
        .var("HOST", "example.org")
        .file("env.d/10-a.env", "SFTPGO_SMTP__HOST=\"mail.$HOST\"\nSFTPGO_SMTP__PASSWORD='my$secret\\pwd'\n")
        .file(
            "env.d/20",
            "export SFTPGO_SMTP__HOST=other\nSFTPGO_DEFAULT_ADMIN_USERNAME=root\nPLUGIN_TOKEN=t\n",
        )
        .file("env.d/.30.swp", "SFTPGO_SMTP__HOST=hidden\n");
    let loaded = setup.load();
    assert_eq!(loaded.config.smtp.host, "mail.example.org");
    assert_eq!(loaded.config.smtp.password.expose(), r"my$secret\pwd");
    assert_eq!(loaded.environment.ours("DEFAULT_ADMIN_USERNAME"), Some("root"));
    assert_eq!(loaded.environment.get("PLUGIN_TOKEN"), Some("t"));
}

#[test]
fn odd_lines_of_env_d_are_named() {
    let setup = Setup::new().file("env.d/x", "SFTPGO_LOG_LEVEL=info\nhush hush\n");
    assert_eq!(
        setup.warnings(),
        [
            "SFTPGO_LOG_LEVEL in env.d/x is ignored: flags are read before env.d",
            "env.d/x, line 2: expected NAME=value; the line is ignored",
        ]
    );
}

#[test]
fn variables_that_are_no_keys_pass() {
    let mut setup = Setup::new().strict();
    for name in [
        "SFTPGO_CONFIG_DIR",
        "SFTPGO_CONFIG_FILE",
        "SFTPGO_GRACE_TIME",
        "SFTPGO_LOG_FILE_PATH",
        "SFTPGO_LOG_VERBOSE",
        "LONGSHORE_LOG_UTC_TIME",
        "SFTPGO_LOADDATA_QUOTA_SCAN",
        "SFTPGO_DEFAULT_ADMIN_USERNAME",
        "LONGSHORE_DEFAULT_ADMIN_PASSWORD",
        "SFTPGO_PLUGIN_EVENTSEARCH_X",
        "SFTPGODATA",
        "PATH",
    ] {
        setup = setup.var(name, "x");
    }
    assert_eq!(setup.load().warnings, []);
}
