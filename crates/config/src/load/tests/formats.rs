//! The same configuration in every file format, and which file lies over which.

use super::*;

const FORMATS: [(&str, &str); 7] = [
    (
        "json",
        r#"{"common": {"Idle_Timeout": 7, "server_version": "short", "tz": null},
            "sftpd": {"bindings": [{"port": 22}, {"port": 2222, "address": "::1"}], "ciphers": ["aes128-ctr", "aes256-ctr"],
                      "password_authentication": false},
            "data_provider": {"password_hashing": {"algo": "argon2id"}}}"#,
    ),
    (
        "toml",
        "[common]\nidle_timeout = 7\nserver_version = 'short'\n[sftpd]\nciphers = ['aes128-ctr', 'aes256-ctr']\n\
         password_authentication = false\n[[sftpd.bindings]]\nport = 22\n[[sftpd.bindings]]\nport = 2222\n\
         address = '::1'\n[data_provider.password_hashing]\nalgo = 'argon2id'\n",
    ),
    (
        "yaml",
        "common:\n  idle_timeout: 7\n  server_version: short\n  tz: ~\nsftpd:\n  bindings:\n    - port: 22\n    - port: 2222\n      \
         address: '::1'\n  ciphers: [aes128-ctr, aes256-ctr]\n  password_authentication: false\n\
         data_provider:\n  password_hashing: {algo: argon2id}\n",
    ),
    (
        "hcl",
        "common {\n  idle_timeout = 7\n  server_version = \"short\"\n  tz = null\n}\nsftpd {\n  bindings {\n    port = 22\n  }\n  \
         bindings {\n    port = 2222\n    address = \"::1\"\n  }\n  ciphers = [\"aes128-ctr\", \"aes256-ctr\"]\n  \
         password_authentication = false\n}\ndata_provider \"x\" {\n  password_hashing = {\n    algo = \"argon2id\"\n  }\n}\n",
    ),
    (
        "hcl",
        "common = { idle_timeout = 7, server_version = \"short\" }\nsftpd = {\n  bindings = [{ port = 22 }, { port = 2222, address = \"::1\" }]\n  \
         ciphers = [\"aes128-ctr\", \"aes256-ctr\"]\n  password_authentication = false\n}\n\
         data_provider = { password_hashing = { algo = \"argon2id\" } }\n",
    ),
    (
        "properties",
        "common.idle_timeout = 7\ncommon.server_version: short\nsftpd.bindings.0.port=22\nsftpd.bindings.1.port=2222\n\
         sftpd.bindings.1.address=\\:\\:1\nsftpd.ciphers=aes128-ctr, aes256-ctr\nsftpd.password_authentication=false\n\
         data_provider.password_hashing.algo=argon2id\n",
    ),
    (
        "env",
        "SFTPGO_COMMON__IDLE_TIMEOUT=7\nCOMMON__SERVER_VERSION=short\nSFTPD__BINDINGS__0__PORT=22\n\
         SFTPD__BINDINGS__1__PORT=2222\nSFTPD__BINDINGS__1__ADDRESS=::1\nSFTPD__CIPHERS=aes128-ctr,aes256-ctr\n\
         SFTPD__PASSWORD_AUTHENTICATION=0\nDATA_PROVIDER__PASSWORD_HASHING__ALGO=argon2id\n",
    ),
];

#[test]
fn every_format_says_the_same() {
    for (extension, text) in FORMATS {
        let setup = Setup::new().file(&format!("longshore.{extension}"), text);
        let loaded = setup.load();
        let config = loaded.config;
        assert_eq!(config.common.idle_timeout, 7, "{text}");
        assert_eq!(config.common.server_version, "short", "{text}");
        let bindings: Vec<_> = config.sftpd.bindings.iter().map(|b| (b.port, b.address.as_str())).collect();
        assert_eq!(bindings, [(22, ""), (2222, "::1")], "{text}");
        assert!(config.sftpd.bindings[1].apply_proxy_config, "a field left out has its default: {text}");
        assert_eq!(config.sftpd.ciphers, ["aes128-ctr", "aes256-ctr"], "{text}");
        assert!(!config.sftpd.password_authentication, "{text}");
        assert_eq!(config.data_provider.password_hashing.algo, HashAlgorithm::Argon2id, "{text}");
        assert_eq!(loaded.warnings, [], "{text}");
        assert_eq!(loaded.files, [setup.dir.path().join(format!("longshore.{extension}"))]);
    }
}

#[test]
fn an_empty_file_sets_nothing() {
    for (extension, text) in
        [("json", "{}"), ("toml", ""), ("yaml", ""), ("yaml", "# none\n"), ("hcl", ""), ("properties", "")]
    {
        let loaded = Setup::new().file(&format!("longshore.{extension}"), text).load();
        assert_eq!(loaded.config.common, Config::default().common, "{extension}");
    }
}

#[test]
fn a_hcl_block_is_a_list_of_one() {
    let setup = Setup::new().file("sftpgo.hcl", "sftpd {\n  bindings {\n    port = 22\n  }\n}\n");
    assert_eq!(setup.load().config.sftpd.bindings[0].port, 22);
}

#[test]
fn longshore_files_lie_over_sftpgo_files() {
    let setup = Setup::new()
        .file("sftpgo.json", r#"{"common": {"idle_timeout": 1, "umask": "027"}, "sftpd": {"bindings": [{"port": 1}, {"port": 2}]}}"#)
        .file("longshore.toml", "[common]\nidle_timeout = 2\n[[sftpd.bindings]]\nport = 3\n");
    let loaded = setup.load();
    assert_eq!((loaded.config.common.idle_timeout, loaded.config.common.umask_bits()), (2, Some(0o27)));
    assert_eq!(loaded.config.sftpd.bindings.len(), 1);
    assert_eq!(loaded.files, ["sftpgo.json", "longshore.toml"].map(|name| setup.dir.path().join(name)));
}

#[test]
fn of_two_formats_one_is_taken_and_the_other_named() {
    let setup = Setup::new().file("sftpgo.yaml", "nonsense: [").file("sftpgo.json", "{}");
    assert_eq!(setup.warnings(), ["sftpgo.yaml is ignored in favour of sftpgo.json"]);
}

#[test]
fn the_file_of_a_service_manager_is_no_rival() {
    let variables = "SFTPGO_LOG_LEVEL=info\nSFTPGO_COMMON__IDLE_TIMEOUT=3\n";
    let beside = Setup::new().file("sftpgo.env", variables).file("sftpgo.json", "{}").load();
    assert_eq!((beside.config.common.idle_timeout, beside.warnings), (15, vec![]));
    let alone = Setup::new().file("sftpgo.env", variables).load();
    assert_eq!((alone.config.common.idle_timeout, alone.warnings), (3, vec![]));
}

#[test]
fn a_named_file_is_the_only_one() {
    let setup = Setup::new()
        .file("sftpgo.json", r#"{"common": {"idle_timeout": 1}}"#)
        .file("etc/my.yml", "sftpd: {max_auth_tries: -1}\n");
    let config = setup.try_load(Some("etc/my.yml")).unwrap().config;
    assert_eq!((config.common.idle_timeout, config.sftpd.max_auth_tries), (15, -1));
    let missing = setup.try_load(Some("gone.json")).unwrap_err().to_string();
    assert!(missing.contains("gone.json: No such file"), "{missing}");
    let other = setup.file("my.ini", "").try_load(Some("my.ini")).unwrap_err().to_string();
    assert!(other.contains("my.ini: the extension is none of json, toml"), "{other}");
}

#[test]
fn words_of_yaml_are_text() {
    let yaml =
        "mfa: {totp: [{name: N, issuer: off, algo: sha1}]}\nhttpd: {bindings: [{enable_rest_api: True}]}";
    let config = Setup::new().file("sftpgo.yaml", yaml).load().config;
    assert_eq!((config.mfa.totp[0].name.as_str(), config.mfa.totp[0].issuer.as_str()), ("N", "off"));
    assert!(config.httpd.bindings[0].enable_rest_api);
}

#[test]
fn entries_of_every_list_are_read() {
    let yaml = "
common: {rate_limiters: [{average: 0, burst: 5}], proxy_allowed: [10.0.0.0/8]}
webdavd: {cache: {mime_types: {custom_mappings: [{ext: .x, mime: text/x}]}}}
ftpd: {bindings: [{passive_ip_overrides: [{networks: [192.168.0.0/16], ip: 1.2.3.4}]}]}
http: {certificates: [{cert: c, key: k}], headers: [{key: X-A, value: v, url: https://a}]}
command: {commands: [{path: /bin/a, timeout: 5, args: ['-x'], hook: startup}, {path: /bin/b}]}
httpd: {bindings: [{security: {https_proxy_headers: [{key: X-Forwarded-Proto, value: https}]}}]}
plugins: [{type: notifier, cmd: /bin/n, notifier_options: {fs_events: [upload], log_events: [1, 5]}}]
";
    let config = Setup::new().file("longshore.yaml", yaml).load().config;
    assert_eq!(config.common.rate_limiters[0].burst, 5);
    assert_eq!(config.webdavd.cache.mime_types.custom_mappings[0].ext, ".x");
    assert_eq!(config.ftpd.bindings[0].passive_ip_overrides[0].ip, "1.2.3.4");
    assert_eq!(config.http.certificates[0].key, Path::new("k"));
    assert_eq!(config.http.headers[0].value.expose(), "v");
    assert_eq!(config.command.commands[0].timeout, Some(5));
    assert_eq!(config.command.commands[1].timeout, None);
    assert_eq!(config.httpd.bindings[0].security.https_proxy_headers[0].value, "https");
    assert_eq!(config.plugins[0].notifier_options.log_events, [1, 5]);
}
