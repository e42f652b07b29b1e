//! Elliptic curve Diffie-Hellman: RFC 8731 for X25519, RFC 5656 for the NIST curves.

use aws_lc_rs::{
    agreement::{self, Algorithm, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral},
    rand::SystemRandom,
};
use zeroize::Zeroizing;

use crate::{error::Error, wire::Message};

pub(crate) const X25519: &Algorithm = &agreement::X25519;
pub(crate) const P256: &Algorithm = &agreement::ECDH_P256;
pub(crate) const P384: &Algorithm = &agreement::ECDH_P384;
pub(crate) const P521: &Algorithm = &agreement::ECDH_P521;

/// A private key for one exchange.
pub(crate) struct KeyPair {
    private: EphemeralPrivateKey,
    pub(crate) public: Vec<u8>,
}

impl KeyPair {
    pub(crate) fn generate(curve: &'static Algorithm) -> Result<Self, Error> {
        let failed = |_| Error::Crypto("ephemeral key");
        let private = EphemeralPrivateKey::generate(curve, &SystemRandom::new()).map_err(failed)?;
        let public = private.compute_public_key().map_err(failed)?.as_ref().to_vec();
        Ok(Self { private, public })
    }

    /// The raw shared secret.
    pub(crate) fn agree(self, peer: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let refused = Error::KeyExchange("public value is not on the curve");
        let curve = self.private.algorithm();
        // RFC 5656 asks for uncompressed points; a lenient reader would accept other forms.
        if peer.len() != self.public.len() || (curve != X25519 && peer.first() != Some(&4)) {
            return Err(refused);
        }
        let secret = agree_ephemeral(self.private, UnparsedPublicKey::new(curve, peer), refused, |secret| {
            Ok(Zeroizing::new(secret.to_vec()))
        })?;
        // RFC 8731 section 3: a point of small order makes a secret that anyone knows.
        if secret.iter().fold(0, |all, byte| all | byte) == 0 {
            return Err(Error::KeyExchange("shared secret is zero"));
        }
        Ok(secret)
    }
}

/// Our public value and K as an mpint.
pub(super) fn respond(
    curve: &'static Algorithm,
    client: &[u8],
) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>), Error> {
    let ours = KeyPair::generate(curve)?;
    let public = ours.public.clone();
    let secret = ours.agree(client)?;
    Ok((public, Zeroizing::new(Message::fields().mpint(&secret).into_bytes())))
}
