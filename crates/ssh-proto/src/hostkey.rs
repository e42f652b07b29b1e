//! Host keys: reading, making, writing and signing with them.

use crate::{algorithms::HostKeyAlgorithm, error::KeyError};

/// What kind of host key to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HostKeyKind {
    Ed25519,
    EcdsaNistp256,
    EcdsaNistp384,
    EcdsaNistp521,
    /// 3072 bits.
    Rsa,
}

/// A private key of the server.
#[derive(Debug)]
pub struct HostKey {
    public: Vec<u8>,
}

impl HostKey {
    /// Reads a private key in OpenSSH, PKCS#8, PKCS#1 or SEC1 form (PEM, not encrypted).
    pub fn from_bytes(pem: &[u8]) -> Result<Self, KeyError> {
        let _ = pem;
        Err(KeyError::UnknownFormat)
    }

    pub fn generate(kind: HostKeyKind) -> Result<Self, KeyError> {
        let _ = kind;
        Err(KeyError::Generate)
    }

    /// The private key as PKCS#8 PEM, what `generate` made or `from_bytes` read.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        Err(KeyError::Generate)
    }

    /// The public key in the form of a `.pub` file without comment: `ssh-ed25519 AAAA…`.
    pub fn public_text(&self) -> String {
        String::new()
    }

    /// `SHA256:…` as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        crate::pubkey::fingerprint(&self.public)
    }

    /// The signature algorithms this key can serve.
    pub fn algorithms(&self) -> &'static [HostKeyAlgorithm] {
        &[]
    }
}
