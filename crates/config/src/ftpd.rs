//! Section `ftpd`: the FTP server.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Section `ftpd`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ftpd {
    /// `bindings`: where to listen. Default: one that is off.
    pub bindings: Vec<FtpdBinding>,
    /// `banner_file`: text of the greeting. Default empty.
    pub banner_file: PathBuf,
    /// `active_transfers_port_non_20`: active data connections may come from any port. Default true.
    pub active_transfers_port_non_20: bool,
    pub passive_port_range: PortRange,
    /// `disable_active_mode`: refuses PORT and EPRT. Default false.
    pub disable_active_mode: bool,
    /// `enable_site`: allows SITE CHMOD and SITE SYMLINK. Default false.
    pub enable_site: bool,
    /// `hash_support`: 1 allows HASH, XCRC, MD5, XSHA … Default 0.
    pub hash_support: u8,
    /// `combine_support`: 1 allows COMB. Default 0.
    pub combine_support: u8,
    /// `certificate_file` of bindings that name none. Default empty.
    pub certificate_file: PathBuf,
    /// `certificate_key_file` of bindings that name none. Default empty.
    pub certificate_key_file: PathBuf,
    /// `ca_certificates` that vouch for client certificates. Default empty.
    pub ca_certificates: Vec<PathBuf>,
    /// `ca_revocation_lists`, one per authority. Default empty.
    pub ca_revocation_lists: Vec<PathBuf>,
}

/// `ftpd.passive_port_range`: ports of passive data connections, both ends included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PortRange {
    /// `start`. Default 50000.
    pub start: u16,
    /// `end`. Default 50100.
    pub end: u16,
}

/// An entry of `ftpd.bindings`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FtpdBinding {
    /// `port`. 0 = off. Default 0.
    pub port: u16,
    /// `address`: empty listens on every one. Default empty.
    pub address: String,
    /// `apply_proxy_config`: `common.proxy_protocol` holds for control and data connections. Default true.
    pub apply_proxy_config: bool,
    /// `tls_mode`: 0 clear text allowed, 1 TLS required, 2 implicit TLS. Default 0.
    pub tls_mode: u8,
    /// `certificate_file`. Default empty: the section's.
    pub certificate_file: PathBuf,
    /// `certificate_key_file`. Default empty: the section's.
    pub certificate_key_file: PathBuf,
    /// `min_tls_version`: 10, 11, 12 or 13. Default 12.
    pub min_tls_version: u8,
    /// `force_passive_ip`: IPv4 address announced for passive connections. Default empty: detected.
    pub force_passive_ip: String,
    /// `passive_ip_overrides`: another address for some clients. Default empty.
    pub passive_ip_overrides: Vec<PassiveIpOverride>,
    /// `passive_host`: name resolved at each passive connection. Default empty.
    pub passive_host: String,
    /// `client_auth_type`: client certificates. 0 none, 1 required, 2 verified if given. Default 0.
    pub client_auth_type: u8,
    /// `tls_cipher_suites`: for TLS 1.2 and below, IANA names. Default empty.
    pub tls_cipher_suites: Vec<String>,
    /// `passive_connections_security`: 1 drops the check that a data connection comes from the peer. Default 0.
    pub passive_connections_security: u8,
    /// `active_connections_security`: 1 drops the check that PORT names the peer. Default 0.
    pub active_connections_security: u8,
    /// `debug`: logs every command. Default false.
    pub debug: bool,
}

/// An entry of `ftpd.bindings[].passive_ip_overrides`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PassiveIpOverride {
    /// `networks`: the clients, in CIDR notation.
    pub networks: Vec<String>,
    /// `ip`: what they are told. Default empty: detected.
    pub ip: String,
}

impl Default for Ftpd {
    fn default() -> Self {
        Self {
            bindings: vec![FtpdBinding::default()],
            banner_file: PathBuf::new(),
            active_transfers_port_non_20: true,
            passive_port_range: PortRange::default(),
            disable_active_mode: false,
            enable_site: false,
            hash_support: 0,
            combine_support: 0,
            certificate_file: PathBuf::new(),
            certificate_key_file: PathBuf::new(),
            ca_certificates: Vec::new(),
            ca_revocation_lists: Vec::new(),
        }
    }
}

impl Default for PortRange {
    fn default() -> Self {
        Self { start: 50000, end: 50100 }
    }
}

impl Default for FtpdBinding {
    fn default() -> Self {
        Self {
            port: 0,
            address: String::new(),
            apply_proxy_config: true,
            tls_mode: 0,
            certificate_file: PathBuf::new(),
            certificate_key_file: PathBuf::new(),
            min_tls_version: 12,
            force_passive_ip: String::new(),
            passive_ip_overrides: Vec::new(),
            passive_host: String::new(),
            client_auth_type: 0,
            tls_cipher_suites: Vec::new(),
            passive_connections_security: 0,
            active_connections_security: 0,
            debug: false,
        }
    }
}
