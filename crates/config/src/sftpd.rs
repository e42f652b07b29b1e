//! Section `sftpd`: the SSH server.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Section `sftpd`.
///
/// An empty list of algorithms stands for the server's defaults; the names are OpenSSH's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sftpd {
    /// `bindings`: where to listen. Default: port 2022 on every address.
    pub bindings: Vec<SftpdBinding>,
    /// `max_auth_tries`: login attempts per connection. 0 = 6, negative = no limit. Default 0.
    pub max_auth_tries: i32,
    /// `host_keys`: private key files. Empty: `id_rsa`, `id_ecdsa`, `id_ed25519` in the config dir,
    /// generated when missing. Default empty.
    pub host_keys: Vec<PathBuf>,
    /// `host_certificates`: certificates of the host keys. Default empty.
    pub host_certificates: Vec<PathBuf>,
    /// `host_key_algorithms`, in order of preference. Default empty.
    pub host_key_algorithms: Vec<String>,
    /// `kex_algorithms`, in order of preference. Default empty.
    pub kex_algorithms: Vec<String>,
    /// `ciphers`, in order of preference. Default empty.
    pub ciphers: Vec<String>,
    /// `macs`, in order of preference. Default empty.
    pub macs: Vec<String>,
    /// `public_key_algorithms`: what users' keys may sign with. Default empty.
    pub public_key_algorithms: Vec<String>,
    /// `trusted_user_ca_keys`: public keys that may sign user certificates. Default empty.
    pub trusted_user_ca_keys: Vec<PathBuf>,
    /// `revoked_user_certs_file`: JSON list of revoked fingerprints. Default empty.
    pub revoked_user_certs_file: PathBuf,
    /// `opkssh_path`: the OpenPubkey SSH verifier. Default empty.
    pub opkssh_path: PathBuf,
    /// `opkssh_checksum`: SHA-256 of that program. Default empty.
    pub opkssh_checksum: String,
    /// `login_banner_file`: text shown before authentication. Default empty.
    pub login_banner_file: PathBuf,
    /// `enabled_ssh_commands`: commands clients may run; `*` = all. Default md5sum, sha1sum, sha256sum, cd,
    /// pwd, scp.
    pub enabled_ssh_commands: Vec<String>,
    /// `keyboard_interactive_authentication`. Default true.
    pub keyboard_interactive_authentication: bool,
    /// `keyboard_interactive_auth_hook`: absolute path or URL that asks the questions. Default empty.
    pub keyboard_interactive_auth_hook: String,
    /// `password_authentication`. Default true.
    pub password_authentication: bool,
    /// `login_grace_time`: seconds from the connection to the login. Default 120.
    pub login_grace_time: u32,
    /// `keepalive_interval`: seconds of silence after which a client is asked whether it is there; one that stays
    /// silent three times is gone. 0 = never. Default 60.
    pub keepalive_interval: u32,
    /// `max_penalty`: seconds that an address which only fails is turned away for at most. 0 = off. Default 0.
    pub max_penalty: u32,
    /// `max_startups_per_source`: connections of an address that may be on their way to a login at once; others
    /// wait for their greeting. One that is not through in 0.6 s counts no more. 0 = no limit. Default 8.
    pub max_startups_per_source: u32,
}

/// An entry of `sftpd.bindings`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SftpdBinding {
    /// `port`. 0 = off. Default 2022.
    pub port: u16,
    /// `address`: empty listens on every one. Default empty.
    pub address: String,
    /// `apply_proxy_config`: `common.proxy_protocol` holds here. Default true.
    pub apply_proxy_config: bool,
}

impl Default for Sftpd {
    fn default() -> Self {
        Self {
            bindings: vec![SftpdBinding::default()],
            max_auth_tries: 0,
            host_keys: Vec::new(),
            host_certificates: Vec::new(),
            host_key_algorithms: Vec::new(),
            kex_algorithms: Vec::new(),
            ciphers: Vec::new(),
            macs: Vec::new(),
            public_key_algorithms: Vec::new(),
            trusted_user_ca_keys: Vec::new(),
            revoked_user_certs_file: PathBuf::new(),
            opkssh_path: PathBuf::new(),
            opkssh_checksum: String::new(),
            login_banner_file: PathBuf::new(),
            enabled_ssh_commands: ["md5sum", "sha1sum", "sha256sum", "cd", "pwd", "scp"]
                .map(str::to_owned)
                .to_vec(),
            keyboard_interactive_authentication: true,
            keyboard_interactive_auth_hook: String::new(),
            password_authentication: true,
            login_grace_time: 120,
            keepalive_interval: 60,
            max_penalty: 0,
            max_startups_per_source: 8,
        }
    }
}

impl Default for SftpdBinding {
    fn default() -> Self {
        Self { port: 2022, address: String::new(), apply_proxy_config: true }
    }
}
