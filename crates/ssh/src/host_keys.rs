//! Host keys: read, or made on the first start.

use ssh_proto::{HostKey, HostKeyKind};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// The keys made in the configuration directory when none are configured.
const DEFAULTS: [(&str, HostKeyKind); 3] = [
    ("id_rsa", HostKeyKind::Rsa),
    ("id_ecdsa", HostKeyKind::EcdsaNistp256),
    ("id_ed25519", HostKeyKind::Ed25519),
];

/// Why a host key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HostKeyError {
    #[error("host key {0}: {1}")]
    Read(PathBuf, io::Error),
    #[error("host key {0}: {1}")]
    Key(PathBuf, ssh_proto::KeyError),
    #[error("unable to write host key {0}: {1}")]
    Write(PathBuf, io::Error),
}

/// Loads the configured keys, given relative to `config_dir`, or the default ones. Missing keys with a
/// default name are made if nothing is configured or their path is absolute; any other has to be there.
pub(crate) fn load(
    config_dir: &Path,
    configured: &[PathBuf],
) -> Result<Vec<(PathBuf, HostKey)>, HostKeyError> {
    if configured.is_empty() {
        return DEFAULTS
            .iter()
            .map(|(name, kind)| read_or_make(config_dir.join(name), Some(*kind)))
            .collect();
    }
    configured
        .iter()
        .map(|path| {
            let known = |(name, _): &&(&str, HostKeyKind)| path.file_name().is_some_and(|file| file == *name);
            let made = path.is_absolute().then(|| DEFAULTS.iter().find(known)).flatten();
            read_or_make(config_dir.join(path), made.map(|(_, kind)| *kind))
        })
        .collect()
}

fn read_or_make(path: PathBuf, kind: Option<HostKeyKind>) -> Result<(PathBuf, HostKey), HostKeyError> {
    match (fs::read(&path), kind) {
        (Ok(pem), _) => {
            let mode = fs::metadata(&path).map_err(|error| HostKeyError::Read(path.clone(), error))?.mode();
            // No reason not to start: an installation that is moved here may have had it so for years.
            if mode & 0o077 != 0 {
                let (path, mode) = (path.display(), mode & 0o7777);
                tracing::warn!(target: "sftpd", "host key {path}: mode {mode:o} lets others read it; run chmod 600");
            }
            let key = HostKey::from_bytes(&pem).map_err(|error| HostKeyError::Key(path.clone(), error))?;
            Ok((path, key))
        }
        (Err(error), Some(kind)) if error.kind() == io::ErrorKind::NotFound => make(path, kind),
        (Err(error), _) => Err(HostKeyError::Read(path, error)),
    }
}

fn make(path: PathBuf, kind: HostKeyKind) -> Result<(PathBuf, HostKey), HostKeyError> {
    let key = HostKey::generate(kind).map_err(|error| HostKeyError::Key(path.clone(), error))?;
    let pem = key.to_pem().map_err(|error| HostKeyError::Key(path.clone(), error))?;
    let public = path.with_extension("pub");
    let written = write(&path, 0o600, pem.as_bytes())
        .and_then(|()| write(&public, 0o644, format!("{}\n", key.public_text()).as_bytes()));
    written.map_err(|error| HostKeyError::Write(path.clone(), error))?;
    tracing::info!(target: "sftpd", "host key {} created", path.display());
    Ok((path, key))
}

fn write(path: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(mode).open(path).or_else(|error| {
            // Only the public half may be there already: it is told anew.
            if mode & 0o077 == 0 {
                Err(error)
            } else {
                OpenOptions::new().write(true).truncate(true).open(path)
            }
        })?;
    file.write_all(content)?;
    file.sync_all()
}
