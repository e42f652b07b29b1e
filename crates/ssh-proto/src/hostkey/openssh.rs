//! `openssh-key-v1`, the format of OpenSSH's own private key files (OpenSSH PROTOCOL.key).
//!
//! Read here rather than by a crate: it is a handful of the wire's own fields, and RSA keys need two CRT exponents
//! that the file leaves out before the library takes them.

use std::cmp::Ordering;

use aws_lc_rs::{
    rsa::{KeyPairComponents, PublicKeyComponents},
    signature::{EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair},
};
use zeroize::Zeroizing;

use super::Secret;
use crate::{
    curve::Curve,
    error::{Error, KeyError},
    wire::{Reader, strip_zeros},
};

const MAGIC: &[u8] = b"openssh-key-v1\0";

/// Largest number that is divided, in bytes: RSA with 16384 bits, more than the library takes.
const MAX_NUMBER: usize = 2048;

impl From<Error> for KeyError {
    /// A field that is cut short in a key.
    fn from(_: Error) -> Self {
        Self::Malformed
    }
}

pub(super) fn private_key(file: &[u8]) -> Result<Secret, KeyError> {
    let fields = file.strip_prefix(MAGIC).ok_or(KeyError::Malformed)?;
    let mut fields = Reader::new(fields, "key");
    let cipher = fields.string()?;
    let _kdf = fields.string()?;
    let _kdf_options = fields.string()?;
    if cipher != b"none" {
        return Err(KeyError::Encrypted);
    }
    if fields.u32()? != 1 {
        return Err(KeyError::Malformed);
    }
    let _public = fields.string()?;
    let mut secret = Reader::new(fields.string()?, "key");
    if secret.u32()? != secret.u32()? {
        return Err(KeyError::Malformed);
    }
    match secret.utf8()? {
        "ssh-ed25519" => ed25519(&mut secret),
        "ssh-rsa" => rsa(&mut secret),
        kind => match Curve::of_key_type(kind) {
            Some(curve) => ecdsa(curve, &mut secret),
            None => Err(KeyError::Unsupported(kind.to_owned())),
        },
    }
}

fn ed25519(fields: &mut Reader<'_>) -> Result<Secret, KeyError> {
    let public = fields.string()?;
    // Seed and public key.
    let seed = fields.string()?.get(..32).ok_or(KeyError::Malformed)?;
    Ed25519KeyPair::from_seed_and_public_key(seed, public)
        .map(Secret::Ed25519)
        .map_err(|_| KeyError::Malformed)
}

fn ecdsa(curve: Curve, fields: &mut Reader<'_>) -> Result<Secret, KeyError> {
    if fields.string()? != curve.name().as_bytes() {
        return Err(KeyError::Malformed);
    }
    let public = fields.string()?;
    let number = fields.mpint()?;
    let zeros = curve.scalar_len().checked_sub(number.len()).ok_or(KeyError::Malformed)?;
    let mut scalar = Zeroizing::new(vec![0; curve.scalar_len()]);
    scalar[zeros..].copy_from_slice(number);
    EcdsaKeyPair::from_private_key_and_public_key(curve.signing(), &scalar, public)
        .map(|pair| Secret::Ecdsa(curve, pair))
        .map_err(|_| KeyError::Malformed)
}

fn rsa(fields: &mut Reader<'_>) -> Result<Secret, KeyError> {
    let (n, e) = (fields.mpint()?, fields.mpint()?);
    let (d, q_inverse) = (fields.mpint()?, fields.mpint()?);
    let (p, q) = (fields.mpint()?, fields.mpint()?);
    let (d_p, d_q) = (remainder_of_predecessor(d, p)?, remainder_of_predecessor(d, q)?);
    let components = KeyPairComponents {
        public_key: PublicKeyComponents { n, e },
        d,
        p,
        q,
        dP: d_p.as_slice(),
        dQ: d_q.as_slice(),
        qInv: q_inverse,
    };
    RsaKeyPair::from_components(&components).map(Secret::Rsa).map_err(|_| KeyError::Malformed)
}

/// `dividend mod (prime - 1)` by schoolbook division, bit by bit: this runs once per key at start-up.
fn remainder_of_predecessor(dividend: &[u8], prime: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let odd = prime.last().is_some_and(|last| last & 1 == 1);
    if !odd || prime.len() > MAX_NUMBER || dividend.len() > MAX_NUMBER {
        return Err(KeyError::Malformed);
    }
    // One byte of room on the left for the shift; an odd number's predecessor only loses its last bit.
    let mut divisor = Zeroizing::new(Vec::with_capacity(prime.len() + 1));
    divisor.push(0);
    divisor.extend_from_slice(prime);
    if let Some(last) = divisor.last_mut() {
        *last &= !1;
    }
    if strip_zeros(&divisor).is_empty() {
        return Err(KeyError::Malformed);
    }
    let mut remainder = Zeroizing::new(vec![0; divisor.len()]);
    for byte in dividend {
        for bit in (0..8).rev() {
            shift_in(&mut remainder, byte >> bit & 1);
            if remainder.as_slice().cmp(divisor.as_slice()) != Ordering::Less {
                subtract(&mut remainder, &divisor);
            }
        }
    }
    Ok(remainder)
}

fn shift_in(number: &mut [u8], mut bit: u8) {
    for byte in number.iter_mut().rev() {
        let out = *byte >> 7;
        *byte = *byte << 1 | bit;
        bit = out;
    }
}

fn subtract(number: &mut [u8], other: &[u8]) {
    let mut borrow = false;
    for (byte, other) in number.iter_mut().zip(other).rev() {
        let (difference, under) = byte.overflowing_sub(*other);
        let (difference, under_again) = difference.overflowing_sub(borrow.into());
        *byte = difference;
        borrow = under || under_again;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_are_right() {
        for (dividend, prime) in [(1_000_003u64, 257u64), (5, 3), (u64::MAX, 65_537), (7, 1_000_003), (0, 5)]
        {
            let remainder =
                remainder_of_predecessor(&dividend.to_be_bytes(), strip_zeros(&prime.to_be_bytes())).unwrap();
            let value = remainder.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
            assert_eq!(value, dividend % (prime - 1), "{dividend} mod {prime}-1");
        }
        assert!(remainder_of_predecessor(&[1], &[1]).is_err(), "no division by zero");
        assert!(remainder_of_predecessor(&[1], &[]).is_err());
    }
}
