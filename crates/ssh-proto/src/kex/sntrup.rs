//! sntrup761x25519-sha512 (draft-ietf-sshm-ntruprime-ssh): Streamlined NTRU Prime and X25519 side by side, for
//! clients that are older than ML-KEM.

use aws_lc_rs::{digest, rand};
use sntrup761::EncapsulationKey;
use zeroize::Zeroizing;

use super::ecdh;
use crate::{error::Error, wire::Message};

const REFUSED: Error = Error::KeyExchange("hybrid public value is not valid");

/// Our public value and K as a string: the hash of both secrets.
pub(super) fn respond(client: &[u8]) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>), Error> {
    let (kem, curve) = client.split_at_checked(sntrup761::PUBLIC_KEY_SIZE).ok_or(REFUSED)?;
    let kem = EncapsulationKey::try_from(kem).map_err(|_| REFUSED)?;
    // The elliptic half first: it is cheap, and refuses what is malformed.
    let ours = ecdh::KeyPair::generate(ecdh::X25519)?;
    let curve_public = ours.public.clone();
    let curve_secret = ours.agree(curve)?;
    let (ciphertext, kem_secret) = kem.encapsulate_deterministic(*seed()?);
    Ok(([ciphertext.as_ref(), &curve_public].concat(), combine(kem_secret.as_ref(), &curve_secret)))
}

/// Random numbers come from the one library that everything else has them from.
fn seed() -> Result<Zeroizing<[u8; 32]>, Error> {
    let mut seed = Zeroizing::new([0; 32]);
    rand::fill(&mut *seed).map_err(|_| Error::Crypto("random numbers"))?;
    Ok(seed)
}

fn combine(kem: &[u8], curve: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut hash = digest::Context::new(&digest::SHA512);
    hash.update(kem);
    hash.update(curve);
    Zeroizing::new(Message::fields().string(hash.finish()).into_bytes())
}

#[cfg(any(test, feature = "client"))]
pub(crate) use client::SntrupKeys;

#[cfg(any(test, feature = "client"))]
mod client {
    use sntrup761::{Ciphertext, DecapsulationKey, generate_key_from_seed};

    use super::*;

    /// The client's half of the exchange.
    pub(crate) struct SntrupKeys {
        kem: DecapsulationKey,
        curve: ecdh::KeyPair,
        pub(crate) public: Vec<u8>,
    }

    impl SntrupKeys {
        pub(crate) fn generate() -> Result<Self, Error> {
            let (public, kem) = generate_key_from_seed(*seed()?);
            let curve = ecdh::KeyPair::generate(ecdh::X25519)?;
            let public = [public.as_ref(), &curve.public].concat();
            Ok(Self { kem, curve, public })
        }

        pub(crate) fn agree(self, server: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
            let (ciphertext, curve) = server.split_at_checked(sntrup761::CIPHERTEXT_SIZE).ok_or(REFUSED)?;
            let ciphertext = Ciphertext::try_from(ciphertext).map_err(|_| REFUSED)?;
            let kem = self.kem.decapsulate(&ciphertext);
            Ok(combine(kem.as_ref(), &self.curve.agree(curve)?))
        }
    }
}
