//! What the HTTP service is told about the rest of the server.

use anyhow::{Context, Result};
use auth::Authenticator;
use config::Config;
use control::Control;
use http_api::{Api, Parts, SigningKey, SshBinding, SshHostKey, SshStatus, TokenRules, Tokens, Version};
use session::Services;
use std::{fs, sync::Arc};
use types::Secret;

/// The parts that answer requests.
pub fn api(
    config: &Config,
    authenticator: Authenticator,
    control: Control,
    services: Arc<Services>,
    ssh: &ssh::Status,
) -> Result<Api> {
    let server_header = match &*config.common.server_version {
        "short" => "Longshore".to_owned(),
        _ => concat!("Longshore/", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    Ok(Api::new(Parts {
        authenticator,
        control,
        services,
        tokens: Tokens::new(&signing_key(config)?, TokenRules::from(&config.httpd)),
        version: version(),
        ssh: ssh_status(config, ssh),
        server_header,
        max_upload_size: config.httpd.max_upload_file_size,
        serves_document: !config.httpd.openapi_path.as_os_str().is_empty(),
    }))
}

/// The build, as `/api/v2/version` and the command line tell it.
pub fn version() -> Version {
    Version {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        build_date: option_env!("LONGSHORE_BUILD_DATE").unwrap_or_default().to_owned(),
        commit_hash: option_env!("LONGSHORE_COMMIT").unwrap_or_default().to_owned(),
        features: vec!["+sqlite".to_owned(), "-metrics".to_owned()],
    }
}

/// The key of the passphrase, so that tokens outlive a restart; a random one where none is given.
fn signing_key(config: &Config) -> Result<SigningKey> {
    let httpd = &config.httpd;
    let passphrase = match config.resolve_optional(&httpd.signing_passphrase_file) {
        Some(path) => {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("httpd.signing_passphrase_file: cannot read {}", path.display()))?;
            Secret::new(text.trim().to_owned())
        }
        None => httpd.signing_passphrase.clone(),
    };
    if passphrase.expose().is_empty() {
        return SigningKey::random().context("the system has no random numbers");
    }
    Ok(SigningKey::from_passphrase(&passphrase))
}

fn ssh_status(config: &Config, ssh: &ssh::Status) -> SshStatus {
    let owned = |names: &[&'static str]| names.iter().map(|name| (*name).to_owned()).collect();
    let bindings =
        config.sftpd.bindings.iter().filter(|binding| binding.port != 0).map(|binding| SshBinding {
            address: binding.address.clone(),
            port: binding.port,
            apply_proxy_config: binding.apply_proxy_config,
        });
    let host_keys = ssh.host_keys.iter().map(|key| SshHostKey {
        path: key.path.display().to_string(),
        fingerprint: key.fingerprint.clone(),
        algorithms: owned(&key.algorithms),
    });
    let bindings: Vec<_> = bindings.collect();
    SshStatus {
        is_active: !bindings.is_empty(),
        bindings,
        host_keys: host_keys.collect(),
        ssh_commands: owned(&ssh.commands),
        authentications: owned(&ssh.authentications),
        public_key_algorithms: owned(&ssh.public_key_algorithms),
        macs: owned(&ssh.macs),
        kex_algorithms: owned(&ssh.kex_algorithms),
        ciphers: owned(&ssh.ciphers),
    }
}
