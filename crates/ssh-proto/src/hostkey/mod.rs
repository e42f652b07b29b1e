//! Host keys: making, signing with and writing them. Reading is in [`read`].

mod openssh;
mod pem;
mod read;
mod sha1;
#[cfg(test)]
mod tests;

use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::{KeySize, PublicKeyComponents},
    signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    algorithms::{HostKeyAlgorithm, Named},
    curve::Curve,
    error::{Error, KeyError},
    pubkey::{Certificate, CertificateKind, fingerprint},
    wire::Message,
};

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
pub struct HostKey {
    secret: Secret,
    public: Vec<u8>,
    certificate: Option<Vec<u8>>,
}

/// The library's key pairs; they wipe themselves when dropped.
enum Secret {
    Ed25519(Ed25519KeyPair),
    Ecdsa(Curve, EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl HostKey {
    /// Reads a private key in OpenSSH, PKCS#8, PKCS#1 or SEC1 form (PEM, not encrypted).
    pub fn from_bytes(pem: &[u8]) -> Result<Self, KeyError> {
        read::private_key(pem).map(Self::new)
    }

    pub fn generate(kind: HostKeyKind) -> Result<Self, KeyError> {
        let ecdsa =
            |curve: Curve| EcdsaKeyPair::generate(curve.signing()).map(|pair| Secret::Ecdsa(curve, pair));
        let secret = match kind {
            HostKeyKind::Ed25519 => Ed25519KeyPair::generate().map(Secret::Ed25519),
            HostKeyKind::EcdsaNistp256 => ecdsa(Curve::P256),
            HostKeyKind::EcdsaNistp384 => ecdsa(Curve::P384),
            HostKeyKind::EcdsaNistp521 => ecdsa(Curve::P521),
            HostKeyKind::Rsa => RsaKeyPair::generate(KeySize::Rsa3072).map(Secret::Rsa),
        };
        secret.map(Self::new).map_err(|_| KeyError::Generate)
    }

    /// The private key as PKCS#8 PEM.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let failed = |_| KeyError::Write;
        match &self.secret {
            Secret::Ed25519(pair) => pair.to_pkcs8v1().map(|der| pem::encode("PRIVATE KEY", der.as_ref())),
            Secret::Ecdsa(_, pair) => pair.to_pkcs8v1().map(|der| pem::encode("PRIVATE KEY", der.as_ref())),
            Secret::Rsa(pair) => {
                AsDer::<Pkcs8V1Der<'_>>::as_der(pair).map(|der| pem::encode("PRIVATE KEY", der.as_ref()))
            }
        }
        .map_err(failed)
    }

    /// The public key as a `.pub` file has it, without comment or newline: `ssh-ed25519 AAAA…`.
    pub fn public_text(&self) -> String {
        format!("{} {}", self.kind_name(), STANDARD.encode(&self.public))
    }

    /// The public key as it travels (RFC 4253 section 6.6).
    pub fn public_blob(&self) -> &[u8] {
        &self.public
    }

    /// Presents a certificate along with the key, if it is a host certificate of this key; says whether it is.
    pub fn certify(&mut self, certificate: &Certificate) -> bool {
        let fits = certificate.kind == CertificateKind::Host && certificate.key.blob() == self.public;
        if fits {
            self.certificate = Some(certificate.blob().to_vec());
        }
        fits
    }

    pub(crate) fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// `SHA256:…` as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.public)
    }

    /// The signature algorithms this key can serve.
    pub fn algorithms(&self) -> &'static [HostKeyAlgorithm] {
        match self.secret {
            Secret::Ed25519(_) => &[HostKeyAlgorithm::Ed25519],
            Secret::Ecdsa(Curve::P256, _) => &[HostKeyAlgorithm::EcdsaNistp256],
            Secret::Ecdsa(Curve::P384, _) => &[HostKeyAlgorithm::EcdsaNistp384],
            Secret::Ecdsa(Curve::P521, _) => &[HostKeyAlgorithm::EcdsaNistp521],
            Secret::Rsa(_) => {
                &[HostKeyAlgorithm::RsaSha256, HostKeyAlgorithm::RsaSha512, HostKeyAlgorithm::RsaSha1]
            }
        }
    }

    /// Signs `data`; the result is the whole signature blob with the algorithm's name.
    pub(crate) fn sign(&self, algorithm: HostKeyAlgorithm, data: &[u8]) -> Result<Vec<u8>, Error> {
        let failed = |_| Error::Crypto("host key signature");
        let signature = match &self.secret {
            Secret::Ed25519(pair) => pair.sign(data).as_ref().to_vec(),
            Secret::Ecdsa(_, pair) => {
                let fixed = pair.sign(&SystemRandom::new(), data).map_err(failed)?;
                let (r, s) = fixed.as_ref().split_at(fixed.as_ref().len() / 2);
                Message::fields().mpint(r).mpint(s).into_bytes()
            }
            Secret::Rsa(pair) if algorithm == HostKeyAlgorithm::RsaSha1 => sha1::sign(pair, data)?,
            Secret::Rsa(pair) => {
                let padding = match algorithm {
                    HostKeyAlgorithm::RsaSha512 => &RSA_PKCS1_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &SystemRandom::new(), data, &mut signature).map_err(failed)?;
                signature
            }
        };
        Ok(Message::fields().string(algorithm.name()).string(signature).into_bytes())
    }

    fn new(secret: Secret) -> Self {
        let public = match &secret {
            Secret::Ed25519(pair) => Message::fields().string("ssh-ed25519").string(pair.public_key()),
            Secret::Ecdsa(curve, pair) => {
                Message::fields().string(curve.key_type()).string(curve.name()).string(pair.public_key())
            }
            Secret::Rsa(pair) => {
                let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                Message::fields().string("ssh-rsa").mpint(&e).mpint(&n)
            }
        };
        Self { secret, public: public.into_bytes(), certificate: None }
    }

    fn kind_name(&self) -> &'static str {
        match self.secret {
            Secret::Ed25519(_) => "ssh-ed25519",
            Secret::Ecdsa(curve, _) => curve.key_type(),
            Secret::Rsa(_) => "ssh-rsa",
        }
    }
}

impl fmt::Debug for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostKey({} {})", self.kind_name(), self.fingerprint())
    }
}
