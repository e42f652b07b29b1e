//! Section `data_provider`: where users, admins and everything an admin edits are kept.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use types::Secret;

/// Section `data_provider`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DataProvider {
    /// `driver`. Default `sqlite`.
    pub driver: Driver,
    /// `name`: the database; a file for `sqlite`, an optional dump to load for `memory`. Default
    /// `longshore.db`; `sftpgo.db` where a `sftpgo.*` file or a database of that name is found; empty for
    /// `memory`.
    pub name: String,
    /// `host`: the database server; several separated by commas. Default empty.
    pub host: String,
    /// `port` of the database server. 0 = the driver's. Default 0.
    pub port: u16,
    /// `username` at the database server. Default empty.
    pub username: String,
    /// `password` at the database server. Default empty.
    #[serde(with = "crate::secret")]
    pub password: Secret<String>,
    /// `password_file`: holds the password and wins over `password`. Default empty.
    pub password_file: PathBuf,
    /// `sslmode`: 0 disable, 1 require, 2 verify-ca, 3 verify-full, 4 prefer, 5 allow. Default 0.
    pub sslmode: u8,
    /// `disable_sni`. Default false.
    pub disable_sni: bool,
    /// `target_session_attrs` (PostgreSQL): which of several hosts will do. Default empty: any.
    pub target_session_attrs: String,
    /// `root_cert`: authority of the database server's certificate. Default empty.
    pub root_cert: PathBuf,
    /// `client_cert` shown to the database server. Default empty.
    pub client_cert: PathBuf,
    /// `client_key` of that certificate. Default empty.
    pub client_key: PathBuf,
    /// `connection_string`: replaces what is built from the keys above; may hold a password. Default empty.
    #[serde(with = "crate::secret")]
    pub connection_string: Secret<String>,
    /// `sql_tables_prefix`. Default empty.
    pub sql_tables_prefix: String,
    /// `track_quota`: 0 never, 1 always, 2 for users with limits and for folders. Default 2.
    pub track_quota: u8,
    /// `delayed_quota_update`: seconds over which quota changes are gathered. 0 = none. Default 0.
    pub delayed_quota_update: u32,
    /// `pool_size`: open connections. 0 = the driver's. Default 0.
    pub pool_size: u32,
    /// `users_base_dir`: a user without a home gets `<users_base_dir>/<username>`. Default empty.
    pub users_base_dir: PathBuf,
    pub actions: ProviderActions,
    /// `external_auth_hook`: absolute path or URL that authenticates users. Default empty.
    pub external_auth_hook: String,
    /// `external_auth_scope`: 0 all; bit mask 1 password, 2 key, 4 keyboard interactive, 8 certificate.
    /// Default 0.
    pub external_auth_scope: u8,
    /// `pre_login_hook`: absolute path or URL that may change a user before login. Default empty.
    pub pre_login_hook: String,
    /// `post_login_hook`: absolute path or URL told about logins. Default empty.
    pub post_login_hook: String,
    /// `post_login_scope`: 0 all, 1 failed, 2 successful. Default 0.
    pub post_login_scope: u8,
    /// `check_password_hook`: absolute path or URL that checks passwords. Default empty.
    pub check_password_hook: String,
    /// `check_password_scope`: 0 all; bit mask 1 SSH, 2 FTP, 4 WebDAV. Default 0.
    pub check_password_scope: u8,
    pub password_hashing: PasswordHashing,
    pub password_validation: PasswordValidation,
    /// `password_caching`: a password once verified is known by a cheap hash in memory. Default true.
    pub password_caching: bool,
    /// `update_mode`: 0 creates and migrates tables at start, 1 leaves that to a command. Default 0.
    pub update_mode: u8,
    /// `create_default_admin`: makes the first admin from `*_DEFAULT_ADMIN_USERNAME` and `_PASSWORD`.
    /// Default false.
    pub create_default_admin: bool,
    /// `naming_rules`: bit mask 1 any UTF-8, 2 lower case, 4 trimmed. Default 5.
    pub naming_rules: u8,
    /// `is_shared`: 1 when several servers share the database. Default 0.
    pub is_shared: u8,
    pub node: Node,
    /// `backups_path`: directory of dumps. Default `backups`.
    pub backups_path: PathBuf,
}

/// `data_provider.driver`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Driver {
    #[default]
    Sqlite,
    MySql,
    PostgreSql,
    CockroachDb,
    /// SFTPGo's own key-value file; known by name so that the way out can be shown.
    Bolt,
    Memory,
}

/// `data_provider.actions`: hooks for changes of objects.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderActions {
    /// `execute_on`: any of `add`, `update`, `delete`. Default empty.
    pub execute_on: Vec<String>,
    /// `execute_for`: kinds of objects. Default empty.
    pub execute_for: Vec<String>,
    /// `hook`: absolute path or URL. Default empty.
    pub hook: String,
}

/// `data_provider.password_hashing`: how a new password is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordHashing {
    /// `algo`. Default `bcrypt`.
    pub algo: HashAlgorithm,
    /// `upgrade`: a hash of another kind is replaced by one of this kind when its password logs in. Default true.
    pub upgrade: bool,
    pub bcrypt_options: BcryptOptions,
    pub argon2_options: Argon2Options,
}

impl Default for PasswordHashing {
    fn default() -> Self {
        Self {
            algo: HashAlgorithm::default(),
            upgrade: true,
            bcrypt_options: BcryptOptions::default(),
            argon2_options: Argon2Options::default(),
        }
    }
}

/// `data_provider.password_hashing.algo`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HashAlgorithm {
    #[default]
    Bcrypt,
    Argon2id,
}

/// `data_provider.password_hashing.bcrypt_options`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BcryptOptions {
    /// `cost`: 4 to 31. Default 10.
    pub cost: u32,
}

/// `data_provider.password_hashing.argon2_options` (RFC 9106).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Argon2Options {
    /// `memory`: KiB. Default 65536.
    pub memory: u32,
    /// `iterations` over the memory. Default 1.
    pub iterations: u32,
    /// `parallelism`: lanes. Default 2.
    pub parallelism: u8,
}

/// `data_provider.password_validation`: what a new password must be worth.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordValidation {
    pub admins: PasswordRule,
    pub users: PasswordRule,
}

/// `data_provider.password_validation.admins` and `.users`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PasswordRule {
    /// `min_entropy`: bits. 0 = any password. Default 0.
    pub min_entropy: f64,
}

/// `data_provider.node`: how other servers reach this one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Node {
    /// `host`: name or address. Empty = nodes do not talk. Default empty.
    pub host: String,
    /// `port` of the REST API. Default 0.
    pub port: u16,
    /// `proto`: `http` or `https`. Default `http`.
    pub proto: String,
}

impl Default for DataProvider {
    fn default() -> Self {
        Self {
            driver: Driver::Sqlite,
            name: "longshore.db".to_owned(),
            host: String::new(),
            port: 0,
            username: String::new(),
            password: Secret::default(),
            password_file: PathBuf::new(),
            sslmode: 0,
            disable_sni: false,
            target_session_attrs: String::new(),
            root_cert: PathBuf::new(),
            client_cert: PathBuf::new(),
            client_key: PathBuf::new(),
            connection_string: Secret::default(),
            sql_tables_prefix: String::new(),
            track_quota: 2,
            delayed_quota_update: 0,
            pool_size: 0,
            users_base_dir: PathBuf::new(),
            actions: ProviderActions::default(),
            external_auth_hook: String::new(),
            external_auth_scope: 0,
            pre_login_hook: String::new(),
            post_login_hook: String::new(),
            post_login_scope: 0,
            check_password_hook: String::new(),
            check_password_scope: 0,
            password_hashing: PasswordHashing::default(),
            password_validation: PasswordValidation::default(),
            password_caching: true,
            update_mode: 0,
            create_default_admin: false,
            naming_rules: 5,
            is_shared: 0,
            node: Node::default(),
            backups_path: "backups".into(),
        }
    }
}

impl Default for BcryptOptions {
    fn default() -> Self {
        Self { cost: 10 }
    }
}

impl Default for Argon2Options {
    fn default() -> Self {
        Self { memory: 65536, iterations: 1, parallelism: 2 }
    }
}

impl Default for Node {
    fn default() -> Self {
        Self { host: String::new(), port: 0, proto: "http".to_owned() }
    }
}
