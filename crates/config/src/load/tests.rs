//! Loading as a whole: files, variables and defaults laid over each other.

use std::{collections::BTreeSet, fs};

use tempfile::TempDir;
use types::Secret;

use super::*;
use crate::HashAlgorithm;

mod effects;
mod faults;
mod formats;
mod variables;

/// A configuration directory and an environment to load.
struct Setup {
    dir: TempDir,
    variables: Vec<(String, String)>,
    strict: bool,
}

impl Setup {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), variables: Vec::new(), strict: false }
    }

    fn file(self, name: &str, text: &str) -> Self {
        let path = self.dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn var(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn strict(self) -> Self {
        Self { strict: true, ..self }
    }

    fn try_load(&self, config_file: Option<&str>) -> Result<Loaded, Error> {
        load(&Source {
            config_dir: self.dir.path().to_owned(),
            config_file: config_file.map(PathBuf::from),
            environment: Environment::new(self.variables.clone()),
            strict: self.strict,
        })
    }

    fn load(&self) -> Loaded {
        self.try_load(None).unwrap()
    }

    /// The error's line, with the directory's name taken out.
    fn fault(&self) -> String {
        self.clean(&self.try_load(None).unwrap_err().to_string())
    }

    fn warnings(&self) -> Vec<String> {
        self.load().warnings.iter().map(|warning| self.clean(&warning.to_string())).collect()
    }

    fn clean(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.dir.path().display()), "")
    }
}

/// The documented keys with their defaults, as `key = JSON`.
fn documented() -> impl Iterator<Item = (&'static str, Value)> {
    include_str!("defaults.txt").lines().map(|line| {
        let (key, value) = line.split_once(" = ").unwrap();
        (key, serde_json::from_str(value).unwrap())
    })
}

#[test]
fn defaults_are_those_documented() {
    let ours: HashMap<String, Value> = keys::leaves(&Config::default()).into_iter().collect();
    for (key, value) in documented() {
        // The one default that is ours: a database of another format has another name.
        let value = if key == "data_provider.name" { Value::from("longshore.db") } else { value };
        let equal = match (&value, ours.get(key)) {
            (Value::Number(a), Some(Value::Number(b))) => a.as_f64() == b.as_f64(),
            (value, ours) => Some(value) == ours,
        };
        assert!(equal, "{key}: {value} documented, {:?} here", ours.get(key));
    }
}

#[test]
fn no_key_is_made_up() {
    let documented: BTreeSet<String> = documented().map(|(key, _)| keys::pattern(key)).collect();
    let ours = keys::all();
    // Our own keys, one key the reference file leaves out, and entries of lists that are empty by default.
    let more = |key: &str| {
        key == "common.durability"
            || key == "common.shared_bandwidth"
            || key == "data_provider.password_hashing.upgrade"
            || matches!(key, "sftpd.login_grace_time" | "sftpd.keepalive_interval")
            || matches!(key, "sftpd.max_penalty" | "sftpd.max_startups_per_source")
            || key == "httpd.bindings[].oidc.query_userinfo"
            || [
                "plugins[]",
                "command.commands[]",
                "http.certificates[]",
                "http.headers[]",
                "mime_types",
                "overrides[]",
                "https_proxy_headers[]",
            ]
            .iter()
            .any(|list| key.contains(list))
    };
    for key in ours {
        assert!(documented.contains(&key) || more(&key), "{key} is not documented");
    }
}

#[test]
fn nothing_given_is_the_default() {
    let setup = Setup::new();
    let loaded = setup.load();
    let expected = Config { config_dir: setup.dir.path().to_owned(), ..Config::default() };
    assert_eq!(loaded.config, expected);
    assert_eq!((loaded.warnings, loaded.files), (vec![], vec![]));
}

#[test]
fn relative_paths_start_at_the_config_dir() {
    let setup = Setup::new().var("SFTPGO_SFTPD__HOST_KEYS", "id_a,/etc/id_b");
    let config = setup.load().config;
    let resolved: Vec<_> = config.sftpd.host_keys.iter().map(|key| config.resolve(key)).collect();
    assert_eq!(resolved, [setup.dir.path().join("id_a"), "/etc/id_b".into()]);
    assert_eq!(config.resolve_optional(&config.sftpd.login_banner_file), None);
}

#[test]
fn an_sftpgo_at_home_keeps_its_database_name() {
    let named = |setup: Setup| setup.load().config.data_provider.name;
    assert_eq!(named(Setup::new()), "longshore.db");
    assert_eq!(named(Setup::new().file("sftpgo.json", "{}")), "sftpgo.db");
    assert_eq!(named(Setup::new().file("sftpgo.db", "")), "sftpgo.db");
    assert_eq!(named(Setup::new().file("sftpgo.db", "").file("longshore.db", "")), "longshore.db");
    assert_eq!(named(Setup::new().file("sftpgo.json", r#"{"data_provider":{"name":"x.db"}}"#)), "x.db");
    assert_eq!(
        named(Setup::new().file("sftpgo.json", "{}").var("SFTPGO_DATA_PROVIDER__DRIVER", "memory")),
        ""
    );
    assert_eq!(named(Setup::new().var("SFTPGO_DATA_PROVIDER__NAME", "longshore.db")), "longshore.db");
}

#[test]
fn secrets_are_read_and_never_shown() {
    let json = r#"{
        "smtp": {"password": "hush-1", "oauth2": {"client_secret": "hush-2", "refresh_token": "hush-3"}},
        "data_provider": {"password": "hush-4"},
        "httpd": {"signing_passphrase": "hush-5", "setup": {"installation_code": "hush-6"},
                  "bindings": [{"oidc": {"client_secret": "hush-7"}}]},
        "kms": {"secrets": {"master_key": "hush-12"}},
        "http": {"headers": [{"key": "Authorization", "value": "hush-8"}]},
        "command": {"env": ["TOKEN=hush-9"], "commands": [{"path": "/x", "env": ["TOKEN=hush-10"]}]}
    }"#;
    let setup = Setup::new().file("sftpgo.json", json).var("SFTPGO_DEFAULT_ADMIN_PASSWORD", "hush-11");
    let loaded = setup.load();
    assert_eq!(loaded.config.smtp.password, Secret::new("hush-1".to_owned()));
    assert_eq!(loaded.environment.ours("DEFAULT_ADMIN_PASSWORD"), Some("hush-11"));
    let shown =
        format!("{loaded:?} {:?} {}", setup.warnings(), serde_json::to_string(&loaded.config).unwrap());
    assert!(!shown.contains("hush"), "{shown}");
    let stored = setup.var("SFTPGO_DATA_PROVIDER__CONNECTION_STRING", "hush-13").load();
    assert!(!format!("{stored:?}").contains("hush"));
}
