//! Certificates, keys and revocation lists, as files.

use super::{KEY, REVOCATIONS, TlsError, damaged};
use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, PrivateKeyDer,
    pem::{self, PemObject},
};
use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// What tells a file from the one that was there before, without reading it. Links are followed, so that a
/// link that is turned to another file counts as a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

impl Stamp {
    /// `None` where there is no such file.
    pub fn of(path: &Path) -> Option<Self> {
        let file = fs::metadata(path).ok()?;
        Some(Self { inode: file.ino(), size: file.size(), changed: (file.ctime(), file.ctime_nsec()) })
    }
}

/// All certificates of a PEM file.
pub fn certificates(key: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(key, path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match found {
        Ok(found) if found.is_empty() => {
            Err(TlsError::Empty { key: key.to_owned(), path: path.to_owned(), expected: "certificate" })
        }
        Ok(found) => Ok(found),
        Err(source) => Err(damaged(key, path, source)),
    }
}

/// The private key of a PEM file: PKCS #8, PKCS #1 or SEC 1.
pub fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    match PrivateKeyDer::from_pem_slice(&read(KEY, path)?) {
        Ok(found) => Ok(found),
        Err(pem::Error::NoItemsFound) => {
            Err(TlsError::Empty { key: KEY.to_owned(), path: path.to_owned(), expected: "private key" })
        }
        Err(source) => Err(damaged(KEY, path, source)),
    }
}

/// The revocation lists of a PEM file, or the one of a DER file.
pub fn revocations(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    let text = read(REVOCATIONS, path)?;
    if !text.windows(5).any(|five| five == b"-----") {
        return Ok(vec![text.into()]);
    }
    let found: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(&text).collect();
    match found {
        Ok(found) if found.is_empty() => Err(TlsError::Empty {
            key: REVOCATIONS.to_owned(),
            path: path.to_owned(),
            expected: "revocation list",
        }),
        Ok(found) => Ok(found),
        Err(source) => Err(damaged(REVOCATIONS, path, source)),
    }
}

fn read(key: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    // An empty path is a key that was left out.
    if path.as_os_str().is_empty() {
        let source = io::Error::new(io::ErrorKind::NotFound, "no file is named");
        return Err(TlsError::Unreadable { key: key.to_owned(), path: PathBuf::from("(none)"), source });
    }
    fs::read(path).map_err(|source| TlsError::Unreadable {
        key: key.to_owned(),
        path: path.to_owned(),
        source,
    })
}
