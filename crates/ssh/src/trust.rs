//! Certificates: who may vouch for users, which of their keys are void all the same, and what vouches for our own
//! host keys.

use auth::{Authority, InvalidOpkssh, Key, Opkssh, Proof, Trust};
use bytes::Bytes;
use config::Config;
use ssh_proto::{Certificate, CertificateKind, HostKey, KeyError, PublicKey};
use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Whose certificates users may log in with, and where that is written.
#[derive(Clone, Debug)]
pub(crate) struct UserCertificates {
    trust: Arc<Trust>,
    revoked: Option<PathBuf>,
}

/// Why a file about certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    #[error("trusted_user_ca_keys: {0}")]
    Authority(#[source] FileError),
    #[error("revoked_user_certs_file: {0}")]
    Revoked(#[source] FileError),
    #[error("host_certificates: {0}")]
    Host(#[source] FileError),
    #[error("{0}")]
    Opkssh(#[from] InvalidOpkssh),
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{0}: {1}")]
    Read(PathBuf, io::Error),
    #[error("{0}: {1}")]
    Key(PathBuf, KeyError),
    #[error("{0}: not a certificate of a host")]
    NotOfAHost(PathBuf),
    #[error("{0}: not a JSON list of fingerprints: {1}")]
    Json(PathBuf, serde_json::Error),
}

impl UserCertificates {
    /// What the configuration says, with the files it names.
    pub(crate) fn load(config: &Config) -> Result<Self, TrustError> {
        let sftpd = &config.sftpd;
        let authority = match Opkssh::new(config)? {
            // The configuration has no authorities beside it.
            Some(opkssh) => Authority::Opkssh(opkssh),
            None => Authority::Keys(authorities(config).map_err(TrustError::Authority)?),
        };
        let trust = Arc::new(Trust::new(authority, HashSet::new()));
        let certificates = Self { trust, revoked: config.resolve_optional(&sftpd.revoked_user_certs_file) };
        certificates.reload()?;
        Ok(certificates)
    }

    /// Reads the list of revoked keys again. One that cannot be read leaves the old one in force.
    pub(crate) fn reload(&self) -> Result<(), TrustError> {
        if let Some(path) = &self.revoked {
            self.trust.revoke(revoked(path).map_err(TrustError::Revoked)?);
        }
        Ok(())
    }

    /// What a client presents, for whoever judges it.
    pub(crate) fn key(&self, blob: &Bytes, certificate: Option<Box<Certificate>>, proof: Proof) -> Key {
        match certificate {
            None => Key::Plain(blob.to_vec(), proof),
            Some(certificate) => Key::Certified(Box::new(claims(*certificate)), self.trust.clone()),
        }
    }
}

/// What a certificate says, without the protocol around it.
fn claims(certificate: Certificate) -> auth::Certificate {
    let (key_type, blob) = (certificate.key_type().to_owned(), certificate.blob().to_vec());
    let options = certificate.critical_options.into_iter();
    auth::Certificate {
        kind: match certificate.kind {
            CertificateKind::User => auth::CertificateKind::User,
            CertificateKind::Host => auth::CertificateKind::Host,
        },
        key_type,
        blob,
        authority: certificate.ca.blob().to_vec(),
        fingerprint: certificate.key.fingerprint(),
        key_id: certificate.key_id,
        principals: certificate.principals,
        valid: certificate.valid_after..certificate.valid_before,
        critical_options: options.map(|option| (option.name, option.value)).collect(),
    }
}

/// Each file holds one public key or more, one per line.
fn authorities(config: &Config) -> Result<HashSet<Vec<u8>>, FileError> {
    let mut all = HashSet::new();
    for path in &config.sftpd.trusted_user_ca_keys {
        all.extend(public_keys(&config.resolve(path))?.iter().map(|key| key.blob().to_vec()));
    }
    Ok(all)
}

/// A JSON list of fingerprints.
fn revoked(path: &Path) -> Result<HashSet<String>, FileError> {
    let text = fs::read(path).map_err(|error| FileError::Read(path.to_owned(), error))?;
    serde_json::from_slice(&text).map_err(|error| FileError::Json(path.to_owned(), error))
}

/// Gives host keys their certificates. One of a key that is not loaded is left aside.
pub(crate) fn certify(keys: &mut [(PathBuf, HostKey)], certificates: &[PathBuf]) -> Result<(), TrustError> {
    for path in certificates {
        let certificate = host_certificate(path).map_err(TrustError::Host)?;
        let fits = keys.iter_mut().any(|(_, key)| key.certify(&certificate));
        if !fits {
            tracing::warn!(target: "sftpd", "host certificate {} is of no loaded key", path.display());
        }
    }
    Ok(())
}

fn host_certificate(path: &Path) -> Result<Certificate, FileError> {
    let text = fs::read_to_string(path).map_err(|error| FileError::Read(path.to_owned(), error))?;
    let certificate =
        Certificate::parse_line(&text).map_err(|error| FileError::Key(path.to_owned(), error))?;
    match certificate.kind {
        CertificateKind::Host => Ok(certificate),
        CertificateKind::User => Err(FileError::NotOfAHost(path.to_owned())),
    }
}

fn public_keys(path: &Path) -> Result<Vec<PublicKey>, FileError> {
    let text = fs::read_to_string(path).map_err(|error| FileError::Read(path.to_owned(), error))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let keys: Result<Vec<_>, _> = lines.map(PublicKey::parse_authorized).collect();
    match keys {
        Ok(keys) if keys.is_empty() => Err(FileError::Key(path.to_owned(), KeyError::Malformed)),
        keys => keys.map_err(|error| FileError::Key(path.to_owned(), error)),
    }
}
