//! DSA (`ssh-dss`, RFC 4253 section 6.6), for clients whose keys are from another age; a configuration has to ask for
//! it. Verification only: nothing here is secret, so nothing has to take constant time.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use crypto_bigint::{
    BoxedUint, Odd,
    modular::{BoxedMontyForm, BoxedMontyParams},
};

use crate::wire::strip_zeros;

/// The only sizes of FIPS 186-2, which is what SSH took: bits of p and of q.
const P_BITS: u32 = 1024;
const Q_BITS: u32 = 160;
/// Bytes of each half of a signature.
const HALF: usize = Q_BITS as usize / 8;

/// The numbers of a public key, big-endian without leading zeros.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dsa<'a> {
    pub(super) p: &'a [u8],
    pub(super) q: &'a [u8],
    pub(super) g: &'a [u8],
    pub(super) y: &'a [u8],
}

impl Dsa<'_> {
    /// Whether the numbers are of the sizes that are served: a larger group would only make us work.
    pub(super) fn fits(&self) -> bool {
        bits(self.p) == P_BITS
            && bits(self.q) == Q_BITS
            && [self.g, self.y].iter().all(|number| number.len() <= self.p.len())
    }

    /// FIPS 186-2 section 6. The signature is `r | s`.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Option<()> {
        let (r, s) = signature.split_at_checked(HALF).filter(|(_, s)| s.len() == HALF)?;
        let (p, q) = (modulus(self.p)?, modulus(self.q)?);
        let below = |bytes: &[u8], limit: &BoxedMontyParams| {
            let number = number(bytes, limit.bits_precision())?;
            let proper = !strip_zeros(bytes).is_empty() && number < *limit.modulus().as_ref();
            proper.then(|| BoxedMontyForm::new(number, limit))
        };
        let (r, s) = (below(r, &q)?, below(s, &q)?);
        let (g, y) = (below(self.g, &p)?, below(self.y, &p)?);
        let hash = number(digest(&SHA1_FOR_LEGACY_USE_ONLY, message).as_ref(), q.bits_precision())?;
        let hash = BoxedMontyForm::new(hash.rem_vartime(q.modulus().as_nz_ref()), &q);
        let w = s.invert_vartime().into_option()?;
        let (u_1, u_2) = (hash.mul(&w).retrieve(), r.mul(&w).retrieve());
        let v = g.pow_bounded_exp(&u_1, Q_BITS).mul(&y.pow_bounded_exp(&u_2, Q_BITS)).retrieve();
        (v.rem_vartime(q.modulus().as_nz_ref()) == r.retrieve()).then_some(())
    }
}

fn bits(number: &[u8]) -> u32 {
    number.first().map_or(0, |first| number.len() as u32 * 8 - first.leading_zeros())
}

fn number(bytes: &[u8], bits: u32) -> Option<BoxedUint> {
    BoxedUint::from_be_slice(strip_zeros(bytes), bits).ok()
}

/// `None` for an even number, which no prime is.
fn modulus(bytes: &[u8]) -> Option<BoxedMontyParams> {
    let number = number(bytes, bits(bytes).next_multiple_of(64))?;
    Odd::new(number).into_option().map(BoxedMontyParams::new_vartime)
}

#[cfg(test)]
mod tests {
    use crate::{KeyError, PublicKey, PublicKeyAlgorithm, pubkey, wire::Message};

    /// Made by ssh-keygen and OpenSSL.
    const KEY: &str = include_str!("../../testdata/dss.pub");
    const SIGNATURE: &str = include_str!("../../testdata/dss.sig");

    fn verified(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let whole = Message::fields().string("ssh-dss").string(signature).into_bytes();
        pubkey::verify(PublicKeyAlgorithm::Dss, key, message, &whole)
    }

    fn signature() -> Vec<u8> {
        let digits = SIGNATURE.trim().as_bytes().as_chunks::<2>().0.iter();
        digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    #[test]
    fn another_implementations_signature_is_verified() {
        let key = PublicKey::parse_authorized(KEY).unwrap();
        assert!(verified(key.blob(), b"message", &signature()));
        assert!(!verified(key.blob(), b"massage", &signature()));
        for place in 0..signature().len() {
            let mut forged = signature();
            forged[place] ^= 1;
            assert!(!verified(key.blob(), b"message", &forged), "{place}");
        }
    }

    /// Halves of 0, or not below q, and of other lengths.
    #[test]
    fn odd_signatures_are_none() {
        let key = PublicKey::parse_authorized(KEY).unwrap();
        let real = signature();
        for forged in [
            vec![],
            vec![0; 40],
            vec![0xff; 40],
            [&[0; 20], &real[20..]].concat(),
            [&real[..20], &[0; 20]].concat(),
            real[..39].to_vec(),
            [&real[..], &[0]].concat(),
        ] {
            assert!(!verified(key.blob(), b"message", &forged), "{forged:?}");
        }
    }

    #[test]
    fn numbers_of_other_sizes_are_no_key() {
        let key = |p: &[u8], q: &[u8], g: &[u8], y: &[u8]| {
            PublicKey::from_blob(
                &Message::fields().string("ssh-dss").mpint(p).mpint(q).mpint(g).mpint(y).into_bytes(),
            )
        };
        let (p, q) = ([0xff; 128], [0xff; 20]);
        assert!(key(&p, &q, &[2], &[3]).is_ok());
        assert_eq!(key(&[0xff; 256], &q, &[2], &[3]), Err(KeyError::Malformed));
        assert_eq!(key(&p, &[0xff; 32], &[2], &[3]), Err(KeyError::Malformed));
        assert_eq!(key(&p, &q, &[2], &[0xff; 129]), Err(KeyError::Malformed));
        assert_eq!(key(&[], &[], &[], &[]), Err(KeyError::Malformed));
        // Well-formed and no primes: a no like any other, and no panic.
        for (p, q) in [([0xff; 128], [0xfe; 20]), ([0xfe; 128], [0xff; 20]), ([0xff; 128], [0xff; 20])] {
            let key = key(&p, &q, &[2], &[]).unwrap();
            assert!(!verified(key.blob(), b"message", &signature()));
        }
    }
}
