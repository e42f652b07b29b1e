//! What the configuration says about SSH, checked.

use crate::{
    exec::Enabled,
    host_keys::{self, HostKeyError},
    status::Status,
    trust::{self, TrustError, UserCertificates},
};
use auth::Hook;
use config::Config;
use ssh_proto::{Algorithms, AuthMethod, ServerConfig, UnknownAlgorithm};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// What `max_auth_tries` 0 stands for.
const DEFAULT_AUTH_TRIES: u32 = 6;
/// The receive window of a channel: fills 80 MB/s over a round trip of 100 ms.
const WINDOW: u32 = 8 << 20;
/// The windows of a connection's channels together, beside the least that each is granted.
const WINDOWS: u32 = 32 << 20;

/// Everything [`Server`](crate::Server) is told.
#[derive(Debug)]
pub struct Settings {
    pub(crate) ssh: ServerConfig,
    status: Status,
    pub(crate) user_certificates: UserCertificates,
    pub(crate) commands: Enabled,
    /// What clients may log in by; which of them a user may, its account says.
    pub(crate) methods: Vec<AuthMethod>,
    pub(crate) keyboard_interactive_hook: Option<Hook>,
    /// `None`: no limit.
    pub(crate) max_auth_tries: Option<u32>,
    pub(crate) login_grace: Duration,
    /// Silence after which a client is asked whether it is there; `None`: never.
    pub(crate) keepalive: Option<Duration>,
    /// How long an address that only fails is turned away at most; `None`: not at all.
    pub(crate) max_penalty: Option<Duration>,
    /// `None`: no limit.
    pub(crate) max_startups_per_source: Option<usize>,
    /// 0: no limit.
    pub(crate) max_transfers_per_host: usize,
    /// `None`: never.
    pub(crate) idle_timeout: Option<Duration>,
}

/// What is wrong with the configuration of SSH, naming the key.
#[derive(Debug, thiserror::Error)]
pub enum Invalid {
    #[error("sftpd.{0}: {1}")]
    Algorithm(&'static str, UnknownAlgorithm),
    #[error("sftpd.host_keys: {0}")]
    HostKey(#[from] HostKeyError),
    #[error("sftpd.{0}")]
    Trust(#[from] TrustError),
}

impl Settings {
    /// Reads host keys and the banner; keys that are missing and may be made are made.
    pub fn new(config: &Config) -> Result<Self, Invalid> {
        let sftpd = &config.sftpd;
        let mut host_keys = host_keys::load(&config.config_dir, &sftpd.host_keys)?;
        trust::certify(&mut host_keys, &resolved(config, &sftpd.host_certificates))?;
        let commands = Enabled::new(&sftpd.enabled_ssh_commands);
        let algorithms = algorithms(sftpd)?;
        let (methods, keyboard_interactive_hook) = methods(config);
        let status = Status::new(&host_keys, &algorithms, commands.names(), authentications(&methods));
        let host_keys = host_keys.into_iter().map(|(_, key)| key).collect();
        let mut ssh = ServerConfig::new(identification(&config.common.server_version), host_keys);
        ssh.algorithms = algorithms;
        ssh.banner = config.resolve_optional(&sftpd.login_banner_file).and_then(|path| banner(&path));
        (ssh.window, ssh.windows) = (WINDOW, WINDOWS);
        Ok(Self {
            ssh,
            status,
            user_certificates: UserCertificates::load(config)?,
            commands,
            methods,
            keyboard_interactive_hook,
            max_auth_tries: match sftpd.max_auth_tries {
                0 => Some(DEFAULT_AUTH_TRIES),
                tries => u32::try_from(tries).ok(),
            },
            login_grace: Duration::from_secs(sftpd.login_grace_time.into()),
            keepalive: seconds(sftpd.keepalive_interval),
            max_penalty: seconds(sftpd.max_penalty),
            max_startups_per_source: match sftpd.max_startups_per_source {
                0 => None,
                startups => usize::try_from(startups).ok(),
            },
            // One key bounds both, connections and files open over them.
            max_transfers_per_host: config.common.max_per_host_connections as usize,
            idle_timeout: seconds(config.common.idle_timeout).map(|timeout| timeout * 60),
        })
    }
}

impl Settings {
    /// What is served, for whoever asks the server about itself.
    pub fn status(&self) -> &Status {
        &self.status
    }
}

/// 0 switches off.
fn seconds(number: u32) -> Option<Duration> {
    (number > 0).then(|| Duration::from_secs(number.into()))
}

fn resolved(config: &Config, paths: &[PathBuf]) -> Vec<PathBuf> {
    paths.iter().map(|path| config.resolve(path)).collect()
}

/// The methods that are switched on, and the hook of keyboard-interactive. Without the hook that is configured
/// the method is off: the questions it would ask are not the server's to guess.
fn methods(config: &Config) -> (Vec<AuthMethod>, Option<Hook>) {
    let sftpd = &config.sftpd;
    let hook = Hook::new(config);
    if let Err(error) = &hook {
        tracing::error!(target: "sftpd", %error, "keyboard-interactive is off: its hook cannot be used");
    }
    let interactive = sftpd.keyboard_interactive_authentication && hook.is_ok();
    let methods = [
        (AuthMethod::Password, sftpd.password_authentication),
        (AuthMethod::PublicKey, true),
        (AuthMethod::KeyboardInteractive, interactive),
    ];
    let methods = methods.into_iter().filter(|(_, on)| *on).map(|(method, _)| method).collect();
    (methods, hook.ok().flatten())
}

/// As `/status` lists them: methods, then pairs that begin with a key.
fn authentications(methods: &[AuthMethod]) -> Vec<&'static str> {
    let single = methods.iter().map(|method| method.name());
    let pairs = methods.iter().filter_map(|method| match method {
        AuthMethod::Password => Some("publickey+password"),
        AuthMethod::KeyboardInteractive => Some("publickey+keyboard-interactive"),
        AuthMethod::PublicKey => None,
    });
    single.chain(pairs).collect()
}

fn identification(server_version: &str) -> String {
    match server_version {
        "short" => "SSH-2.0-Longshore".to_owned(),
        _ => concat!("SSH-2.0-Longshore_", env!("CARGO_PKG_VERSION")).to_owned(),
    }
}

/// An empty list keeps the default one.
fn algorithms(sftpd: &config::Sftpd) -> Result<Algorithms, Invalid> {
    let mut algorithms = Algorithms::default();
    type Set = fn(&mut Algorithms, &[String]) -> Result<(), UnknownAlgorithm>;
    let lists: [(&'static str, &[String], Set); 5] = [
        ("kex_algorithms", &sftpd.kex_algorithms, Algorithms::set_kex),
        ("ciphers", &sftpd.ciphers, Algorithms::set_ciphers),
        ("macs", &sftpd.macs, Algorithms::set_macs),
        ("host_key_algorithms", &sftpd.host_key_algorithms, Algorithms::set_host_keys),
        ("public_key_algorithms", &sftpd.public_key_algorithms, Algorithms::set_public_keys),
    ];
    for (key, names, set) in lists {
        if !names.is_empty() {
            set(&mut algorithms, names).map_err(|unknown| Invalid::Algorithm(key, unknown))?;
        }
    }
    Ok(algorithms)
}

/// A banner that cannot be read is no reason not to start: it decides nothing.
fn banner(path: &Path) -> Option<String> {
    match fs::read(path) {
        Ok(text) => Some(String::from_utf8_lossy(&text).into_owned()),
        Err(error) => {
            tracing::warn!(target: "sftpd", %error, "unable to read the login banner {}", path.display());
            None
        }
    }
}
