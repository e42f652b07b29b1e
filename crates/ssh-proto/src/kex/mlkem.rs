//! mlkem768x25519-sha256 (draft-ietf-sshm-mlkem-hybrid-kex): ML-KEM-768 and X25519 side by side; the secret
//! holds as long as one of the two does.

use aws_lc_rs::{
    digest,
    kem::{EncapsulationKey, ML_KEM_768},
};
use zeroize::Zeroizing;

use super::ecdh;
use crate::{error::Error, wire::Message};

const ENCAPSULATION_KEY: usize = 1184;
const REFUSED: Error = Error::KeyExchange("hybrid public value is not valid");

/// Our public value and K as a string: the hash of both secrets.
pub(super) fn respond(client: &[u8]) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>), Error> {
    let (kem, curve) = client.split_at_checked(ENCAPSULATION_KEY).ok_or(REFUSED)?;
    let kem = EncapsulationKey::new(&ML_KEM_768, kem).map_err(|_| REFUSED)?;
    let (ciphertext, kem_secret) = kem.encapsulate().map_err(|_| REFUSED)?;
    let ours = ecdh::KeyPair::generate(ecdh::X25519)?;
    let public = [ciphertext.as_ref(), &ours.public].concat();
    let secret = combine(kem_secret.as_ref(), &ours.agree(curve)?);
    Ok((public, secret))
}

fn combine(kem: &[u8], curve: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(kem);
    hash.update(curve);
    Zeroizing::new(Message::fields().string(hash.finish()).into_bytes())
}

#[cfg(any(test, feature = "client"))]
pub(crate) use client::HybridKeys;

#[cfg(any(test, feature = "client"))]
mod client {
    use aws_lc_rs::kem::{AlgorithmId, Ciphertext, DecapsulationKey};

    use super::*;

    const CIPHERTEXT: usize = 1088;

    /// The client's half of the exchange.
    pub(crate) struct HybridKeys {
        kem: DecapsulationKey<AlgorithmId>,
        curve: ecdh::KeyPair,
        pub(crate) public: Vec<u8>,
    }

    impl HybridKeys {
        pub(crate) fn generate() -> Result<Self, Error> {
            let failed = |_| Error::Crypto("ML-KEM");
            let kem = DecapsulationKey::generate(&ML_KEM_768).map_err(failed)?;
            let curve = ecdh::KeyPair::generate(ecdh::X25519)?;
            let key = kem.encapsulation_key().map_err(failed)?.key_bytes().map_err(failed)?;
            let public = [key.as_ref(), &curve.public].concat();
            Ok(Self { kem, curve, public })
        }

        pub(crate) fn agree(self, server: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
            let (ciphertext, curve) = server.split_at_checked(CIPHERTEXT).ok_or(REFUSED)?;
            let kem = self.kem.decapsulate(Ciphertext::from(ciphertext)).map_err(|_| REFUSED)?;
            Ok(combine(kem.as_ref(), &self.curve.agree(curve)?))
        }
    }
}
