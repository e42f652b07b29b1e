//! Whose certificates are trusted: authorities for users, revoked keys, and the certificates of our own host keys.

use ssh_proto::{Certificate, HostKey, KeyError, PublicKey};
use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

/// Who may sign user certificates, and which of these are void all the same.
#[derive(Clone, Debug, Default)]
pub struct UserCertificates {
    authorities: Vec<PublicKey>,
    /// Fingerprints of certified keys, `SHA256:…`.
    revoked: HashSet<String>,
}

/// Why a file about certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    #[error("{0}: {1}")]
    Read(PathBuf, io::Error),
    #[error("{0}: {1}")]
    Key(PathBuf, KeyError),
    #[error("{0}: not a certificate of a host")]
    NotOfAHost(PathBuf),
    #[error("{0}: not a JSON list of fingerprints: {1}")]
    Revoked(PathBuf, serde_json::Error),
}

impl UserCertificates {
    pub fn is_trusted(&self, authority: &PublicKey) -> bool {
        self.authorities.contains(authority)
    }

    pub fn is_revoked(&self, certificate: &Certificate) -> bool {
        !self.revoked.is_empty() && self.revoked.contains(&certificate.key.fingerprint())
    }

    /// Each file of `authorities` holds one public key or more, one per line.
    pub(crate) fn load(authorities: &[PathBuf]) -> Result<Self, TrustError> {
        let mut all = Vec::new();
        for path in authorities {
            all.extend(public_keys(path)?);
        }
        Ok(Self { authorities: all, revoked: HashSet::new() })
    }

    pub(crate) fn with_revoked(self, revoked: HashSet<String>) -> Self {
        Self { revoked, ..self }
    }
}

/// The list of revoked keys, a JSON list of their fingerprints.
pub(crate) fn revoked(path: &Path) -> Result<HashSet<String>, TrustError> {
    let text = fs::read(path).map_err(|error| TrustError::Read(path.to_owned(), error))?;
    serde_json::from_slice(&text).map_err(|error| TrustError::Revoked(path.to_owned(), error))
}

/// Gives host keys their certificates. One of a key that is not loaded is left aside.
pub(crate) fn certify(keys: &mut [(PathBuf, HostKey)], certificates: &[PathBuf]) -> Result<(), TrustError> {
    for path in certificates {
        let certificate = host_certificate(path)?;
        let fits = keys.iter_mut().any(|(_, key)| key.certify(&certificate));
        if !fits {
            tracing::warn!(target: "sftpd", "host certificate {} is of no loaded key", path.display());
        }
    }
    Ok(())
}

fn host_certificate(path: &Path) -> Result<Certificate, TrustError> {
    let text = fs::read_to_string(path).map_err(|error| TrustError::Read(path.to_owned(), error))?;
    let certificate =
        Certificate::parse_line(&text).map_err(|error| TrustError::Key(path.to_owned(), error))?;
    match certificate.kind {
        ssh_proto::CertificateKind::Host => Ok(certificate),
        ssh_proto::CertificateKind::User => Err(TrustError::NotOfAHost(path.to_owned())),
    }
}

fn public_keys(path: &Path) -> Result<Vec<PublicKey>, TrustError> {
    let text = fs::read_to_string(path).map_err(|error| TrustError::Read(path.to_owned(), error))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let keys: Result<Vec<_>, _> = lines.map(PublicKey::parse_authorized).collect();
    match keys {
        Ok(keys) if keys.is_empty() => Err(TrustError::Key(path.to_owned(), KeyError::Malformed)),
        keys => keys.map_err(|error| TrustError::Key(path.to_owned(), error)),
    }
}
