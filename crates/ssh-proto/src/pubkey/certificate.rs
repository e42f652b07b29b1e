//! OpenSSH certificates (OpenSSH PROTOCOL.certkeys): a key, what it may be used for, and an authority's signature.

use std::collections::HashSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{PublicKey, verify};
use crate::{
    algorithms::{Named, PublicKeyAlgorithm},
    error::KeyError,
    wire::{Message, Reader},
};

/// End of the names of certificate types and of the algorithms that use them.
const SUFFIX: &str = "-cert-v01@openssh.com";

/// A certificate whose signature by [`ca`](Self::ca) is verified. Whether that authority is trusted, and whether the
/// certificate is valid now, here and for this user, is for the reader to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    blob: Vec<u8>,
    pub kind: CertificateKind,
    /// The certified key.
    pub key: PublicKey,
    /// The authority's key.
    pub ca: PublicKey,
    pub serial: u64,
    /// Free text of the authority, for logs.
    pub key_id: String,
    /// User or host names. None at all means any to OpenSSH's tools, and nobody to a careful server.
    pub principals: Vec<String>,
    /// Seconds since 1970 of the first valid second, and of the first that is not any more.
    pub valid_after: u64,
    pub valid_before: u64,
    /// Restrictions; one that the reader does not know makes the certificate useless.
    pub critical_options: Vec<CertificateOption>,
    /// Permissions that may be ignored.
    pub extensions: Vec<CertificateOption>,
}

/// Whom a certificate is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateKind {
    User,
    Host,
}

/// Such as `source-address` with a list of addresses; flags have an empty value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateOption {
    pub name: String,
    pub value: Vec<u8>,
}

impl Certificate {
    /// Reads a certificate as it travels and verifies the authority's signature.
    pub fn from_blob(blob: &[u8]) -> Result<Self, KeyError> {
        let mut fields = Reader::new(blob, "certificate");
        let kind = fields.utf8()?;
        let plain = plain_name(kind).ok_or_else(|| KeyError::Unsupported(kind.to_owned()))?;
        let _nonce = fields.string()?;
        let key = certified_key(&plain, &mut fields)?;
        let serial = fields.u64()?;
        let kind = match fields.u32()? {
            1 => CertificateKind::User,
            2 => CertificateKind::Host,
            _ => return Err(KeyError::Malformed),
        };
        let key_id = fields.utf8()?.to_owned();
        let principals = strings(fields.string()?)?;
        let (valid_after, valid_before) = (fields.u64()?, fields.u64()?);
        let critical_options = options(fields.string()?)?;
        let extensions = options(fields.string()?)?;
        let _reserved = fields.string()?;
        let ca = PublicKey::from_blob(fields.string()?)?;
        let signed = blob.len() - fields.remaining();
        let signature = fields.string()?;
        if !fields.is_empty() {
            return Err(KeyError::Malformed);
        }
        check_signature(&ca, blob.get(..signed).unwrap_or_default(), signature)?;
        let blob = blob.to_vec();
        Ok(Self {
            blob,
            kind,
            key,
            ca,
            serial,
            key_id,
            principals,
            valid_after,
            valid_before,
            critical_options,
            extensions,
        })
    }

    /// Reads the line of a `-cert.pub` file.
    pub fn parse_line(line: &str) -> Result<Self, KeyError> {
        let mut words = line.split_ascii_whitespace();
        let (kind, encoded) = words.next().zip(words.next()).ok_or(KeyError::Malformed)?;
        let blob = STANDARD.decode(encoded).map_err(|_| KeyError::Malformed)?;
        let inside = Reader::new(&blob, "certificate").utf8()?;
        if inside == kind { Self::from_blob(&blob) } else { Err(KeyError::Malformed) }
    }

    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// The certificate's type, such as `ssh-ed25519-cert-v01@openssh.com`.
    pub fn key_type(&self) -> &str {
        Reader::new(&self.blob, "certificate").utf8().unwrap_or_default()
    }
}

/// The name of the key type or the signature algorithm that a certificate's name is made of: `rsa-sha2-256` for
/// `rsa-sha2-256-cert-v01@openssh.com`.
pub(crate) fn plain_name(name: &str) -> Option<String> {
    let stem = name.strip_suffix(SUFFIX)?;
    Some(if stem.starts_with("sk-") { format!("{stem}@openssh.com") } else { stem.to_owned() })
}

/// The key's own fields follow the nonce as they stand in a plain key.
fn certified_key(plain: &str, fields: &mut Reader<'_>) -> Result<PublicKey, KeyError> {
    let count = match plain {
        "ssh-ed25519" => 1,
        "sk-ecdsa-sha2-nistp256@openssh.com" => 3,
        "ssh-dss" => 4,
        _ => 2,
    };
    let mut blob = Message::fields().string(plain);
    for _ in 0..count {
        blob = blob.string(fields.string()?);
    }
    PublicKey::from_blob(&blob.into_bytes())
}

/// The signature says by which algorithm it is made; one over SHA-1 can be forged.
fn check_signature(ca: &PublicKey, signed: &[u8], signature: &[u8]) -> Result<(), KeyError> {
    let name = Reader::new(signature, "signature").utf8()?;
    let algorithm = PublicKeyAlgorithm::from_name(name)
        .filter(|algorithm| PublicKeyAlgorithm::offered().contains(algorithm))
        .ok_or_else(|| KeyError::Unsupported(name.to_owned()))?;
    if verify(algorithm, ca.blob(), signed, signature) { Ok(()) } else { Err(KeyError::Signature) }
}

fn strings(list: &[u8]) -> Result<Vec<String>, KeyError> {
    let mut fields = Reader::new(list, "principals");
    let mut strings = Vec::new();
    while !fields.is_empty() {
        strings.push(fields.utf8()?.to_owned());
    }
    Ok(strings)
}

/// Names are unique: of two values the stricter one would have to win.
fn options(list: &[u8]) -> Result<Vec<CertificateOption>, KeyError> {
    let mut fields = Reader::new(list, "options");
    let mut options = Vec::new();
    let mut names = HashSet::new();
    while !fields.is_empty() {
        let (name, data) = (fields.utf8()?, fields.string()?);
        if !names.insert(name) {
            return Err(KeyError::Malformed);
        }
        let value = if data.is_empty() { data } else { Reader::new(data, "option").only_string()? };
        options.push(CertificateOption { name: name.to_owned(), value: value.to_vec() });
    }
    Ok(options)
}

#[cfg(test)]
pub(crate) mod tests;
