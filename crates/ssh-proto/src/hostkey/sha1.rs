//! Signatures with RSA and SHA-1 (`ssh-rsa`, RFC 4253 section 6.6), for clients that know nothing else.
//!
//! The library verifies them and does not make them any more. What it lacks is the bare operation of RSA, which is
//! done here over numbers that take constant time. The crate `rsa` is not used: its timing gives keys away
//! (RUSTSEC-2023-0071).

use aws_lc_rs::{
    digest::{SHA1_FOR_LEGACY_USE_ONLY, digest},
    encoding::{AsDer, Pkcs8V1Der},
    rand,
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RsaKeyPair},
};
use crypto_bigint::{
    BoxedUint, ConcatenatingMul, NonZero, Odd,
    modular::{BoxedMontyForm, BoxedMontyParams},
};
use zeroize::Zeroizing;

use crate::{error::Error, wire::strip_zeros};

/// The DER of a `DigestInfo` up to the SHA-1 digest that ends it (RFC 8017 section 9.2).
const DIGEST_INFO: [u8; 15] =
    [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];

const FAILED: Error = Error::Crypto("RSA with SHA-1");

/// RSASSA-PKCS1-v1_5 with SHA-1. It is verified before it is returned: a computation gone wrong, be it by a fault of
/// the machine, would give away a factor of the modulus.
pub(super) fn sign(pair: &RsaKeyPair, message: &[u8]) -> Result<Vec<u8>, Error> {
    let encoded = encode(message, pair.public_modulus_len())?;
    let document = AsDer::<Pkcs8V1Der<'_>>::as_der(pair).map_err(|_| FAILED)?;
    let signature = Key::from_pkcs8(document.as_ref()).ok_or(FAILED)?.apply(&encoded).ok_or(FAILED)?;
    let parameters = &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY;
    let public = aws_lc_rs::signature::UnparsedPublicKey::new(parameters, pair.public_key());
    public.verify(message, &signature).map_err(|_| FAILED)?;
    Ok(signature)
}

/// EMSA-PKCS1-v1_5 (RFC 8017 section 9.2): `0 1 ff … ff 0 DigestInfo`.
fn encode(message: &[u8], len: usize) -> Result<Vec<u8>, Error> {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, message);
    let info = [&DIGEST_INFO, hash.as_ref()].concat();
    let mut encoded = vec![0xff; len];
    let start = len.checked_sub(info.len()).filter(|start| *start >= 11).ok_or(FAILED)?;
    encoded[start..].copy_from_slice(&info);
    (encoded[0], encoded[1], encoded[start - 1]) = (0, 1, 0);
    Ok(encoded)
}

/// The numbers of a private key, big-endian, as RFC 8017 appendix A.1.2 names them.
struct Key<'a> {
    n: &'a [u8],
    e: &'a [u8],
    p: &'a [u8],
    q: &'a [u8],
    d_p: &'a [u8],
    d_q: &'a [u8],
    q_inverse: &'a [u8],
}

impl<'a> Key<'a> {
    /// `PrivateKeyInfo { version, algorithm, OCTET STRING { RSAPrivateKey } }`.
    fn from_pkcs8(document: &'a [u8]) -> Option<Self> {
        let mut info = Der(Der(document).element(Der::SEQUENCE)?);
        info.element(Der::INTEGER)?;
        info.element(Der::SEQUENCE)?;
        let mut key = Der(Der(info.element(Der::OCTET_STRING)?).element(Der::SEQUENCE)?);
        key.element(Der::INTEGER)?;
        let mut number = || key.element(Der::INTEGER);
        let (n, e, _d, p, q) = (number()?, number()?, number()?, number()?, number()?);
        Some(Self { n, e, p, q, d_p: number()?, d_q: number()?, q_inverse: number()? })
    }

    /// `encoded ^ d mod n` by the Chinese remainder theorem (RFC 8017 section 5.1.2). A random factor that is taken
    /// out again at the end keeps the numbers inside from who can choose what is signed.
    fn apply(&self, encoded: &[u8]) -> Option<Vec<u8>> {
        let half = u32::try_from(self.p.len().max(self.q.len())).ok()?.next_multiple_of(8) * 8;
        let n = BoxedMontyParams::new_vartime(odd(self.n, 2 * half)?);
        let factor = BoxedMontyForm::new(random_below(n.modulus().as_nz_ref())?, &n);
        let unblind = factor.invert().into_option()?;
        let blinded = BoxedMontyForm::new(number(encoded, 2 * half)?, &n)
            .mul(&factor.pow(&BoxedUint::from_be_slice_vartime(self.e)))
            .retrieve();

        let (p, q) = (odd(self.p, half)?, odd(self.q, half)?);
        let (by_p, by_q) = (BoxedMontyParams::new(p.clone()), BoxedMontyParams::new(q.clone()));
        let s_1 = power(&blinded, &p, &by_p, &Zeroizing::new(number(self.d_p, half)?));
        let s_2 =
            Zeroizing::new(power(&blinded, &q, &by_q, &Zeroizing::new(number(self.d_q, half)?)).retrieve());
        let q_inverse = BoxedMontyForm::new(number(self.q_inverse, half)?.rem(p.as_nz_ref()), &by_p);
        let difference = s_1.sub(&BoxedMontyForm::new(s_2.rem(p.as_nz_ref()), &by_p));
        let h = Zeroizing::new(difference.mul(&q_inverse).retrieve());
        let signature = h.concatenating_mul(q.as_ref()).wrapping_add(&*s_2);

        let signature = BoxedMontyForm::new(signature, &n).mul(&unblind).retrieve().to_be_bytes();
        Some(signature.get(signature.len().checked_sub(encoded.len())?..)?.to_vec())
    }
}

/// `base ^ exponent mod prime`; `params` are of that prime.
fn power(
    base: &BoxedUint,
    prime: &Odd<BoxedUint>,
    params: &BoxedMontyParams,
    exponent: &BoxedUint,
) -> BoxedMontyForm {
    BoxedMontyForm::new(base.rem(prime.as_nz_ref()), params).pow(exponent)
}

fn number(bytes: &[u8], bits: u32) -> Option<BoxedUint> {
    BoxedUint::from_be_slice(strip_zeros(bytes), bits).ok()
}

fn odd(bytes: &[u8], bits: u32) -> Option<Odd<BoxedUint>> {
    number(bytes, bits)?.into_odd().into_option()
}

/// Sixteen bytes more than the limit has leave no preference that matters.
fn random_below(limit: &NonZero<BoxedUint>) -> Option<BoxedUint> {
    let bits = limit.as_ref().bits_precision();
    let mut bytes = Zeroizing::new(vec![0; bits as usize / 8 + 16]);
    rand::fill(&mut bytes).ok()?;
    Some(number(&bytes, bits + 128)?.rem(limit))
}

/// Elements of DER, as far as a private key needs them.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    const INTEGER: u8 = 2;
    const OCTET_STRING: u8 = 4;
    const SEQUENCE: u8 = 0x30;

    /// The content of the next element, which has to be of this type.
    fn element(&mut self, tag: u8) -> Option<&'a [u8]> {
        let rest = self.0.strip_prefix(&[tag])?;
        let (first, mut rest) = rest.split_first()?;
        let mut len = usize::from(*first);
        if len > 0x7f {
            let (bytes, after) = rest.split_at_checked(len & 0x7f).filter(|(bytes, _)| bytes.len() <= 4)?;
            len = bytes.iter().fold(0, |len, byte| len << 8 | usize::from(*byte));
            rest = after;
        }
        let (content, after) = rest.split_at_checked(len)?;
        self.0 = after;
        Some(content)
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rsa::KeySize;

    use super::*;

    /// Signatures of this kind are the same every time, so another implementation's are known answers.
    #[test]
    fn openssl_signs_the_same() {
        let pem = include_str!("../../testdata/pkcs8_rsa");
        let key = super::super::HostKey::from_bytes(pem.as_bytes()).unwrap();
        let super::super::Secret::Rsa(pair) = &key.secret else { panic!("an RSA key") };
        let expected = include_str!("../../testdata/pkcs8_rsa.sha1").trim();
        let signature = sign(pair, b"message").unwrap();
        assert_eq!(signature.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), expected);
    }

    #[test]
    fn keys_of_every_size_sign() {
        for size in [KeySize::Rsa2048, KeySize::Rsa3072, KeySize::Rsa4096] {
            let pair = RsaKeyPair::generate(size).unwrap();
            for message in [&b""[..], b"x", &[7; 1000]] {
                // It is verified inside.
                assert_eq!(sign(&pair, message).unwrap().len(), pair.public_modulus_len());
            }
        }
    }

    #[test]
    fn lengths_of_der_are_not_believed() {
        for bytes in [
            &[][..],
            &[2],
            &[2, 1],
            &[2, 0x82, 1],
            &[2, 0x85, 0, 0, 0, 0, 1, 9],
            &[2, 0x84, 255, 255, 255, 255],
        ] {
            assert_eq!(Der(bytes).element(Der::INTEGER), None, "{bytes:?}");
        }
        assert_eq!(Der(&[2, 0x81, 2, 8, 9, 1]).element(Der::INTEGER), Some(&[8, 9][..]));
        assert_eq!(Der(&[4, 0]).element(Der::INTEGER), None);
    }
}
