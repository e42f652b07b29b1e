//! The four forms in which private keys come.

use aws_lc_rs::{
    rsa::PublicKeyComponents,
    signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair},
};

use super::{Secret, openssh, pem};
use crate::{curve::Curve, error::KeyError};

/// Smallest RSA modulus in bits; larger than 8192 the library refuses.
const MIN_RSA_BITS: usize = 2048;

pub(super) fn private_key(text: &[u8]) -> Result<Secret, KeyError> {
    let block = pem::private_block(text)?;
    let secret = match block.label {
        "OPENSSH PRIVATE KEY" => openssh::private_key(&block.der)?,
        "PRIVATE KEY" => pkcs8(&block.der)?,
        "RSA PRIVATE KEY" => Secret::Rsa(RsaKeyPair::from_der(&block.der).map_err(|_| KeyError::Malformed)?),
        "EC PRIVATE KEY" => ec(|curve| EcdsaKeyPair::from_private_key_der(curve.signing(), &block.der))?,
        "ENCRYPTED PRIVATE KEY" => return Err(KeyError::Encrypted),
        other => return Err(KeyError::Unsupported(other.to_owned())),
    };
    match &secret {
        Secret::Rsa(pair) => check_rsa(pair).map(|()| secret),
        Secret::Ed25519(_) | Secret::Ecdsa(..) => Ok(secret),
    }
}

/// The type is inside; the library's parsers say quickly whether it is theirs.
fn pkcs8(der: &[u8]) -> Result<Secret, KeyError> {
    // OpenSSL and OpenSSH leave out the public key, which the strict parser asks for.
    if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
        return Ok(Secret::Ed25519(pair));
    }
    if let Ok(pair) = RsaKeyPair::from_pkcs8(der) {
        return Ok(Secret::Rsa(pair));
    }
    ec(|curve| EcdsaKeyPair::from_pkcs8(curve.signing(), der))
}

fn ec<E>(parse: impl Fn(Curve) -> Result<EcdsaKeyPair, E>) -> Result<Secret, KeyError> {
    let found = Curve::ALL.into_iter().find_map(|curve| Some(Secret::Ecdsa(curve, parse(curve).ok()?)));
    found.ok_or(KeyError::Malformed)
}

fn check_rsa(pair: &RsaKeyPair) -> Result<(), KeyError> {
    let PublicKeyComponents { n, .. } = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
    let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
    if bits < MIN_RSA_BITS { Err(KeyError::RsaSize(bits)) } else { Ok(()) }
}
