//! Message authentication codes (RFC 6668, RFC 4418, and OpenSSH's encrypt-then-MAC).

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};

use super::{
    Derive, Purpose,
    umac::{self, Umac},
};
use crate::{algorithms::Mac, error::Error};

/// The longest tag, in bytes.
const MAX_TAG: usize = 64;

/// A keyed MAC over the sequence number and the packet (RFC 4253 section 6.4).
pub(crate) struct MacKey {
    function: Function,
    /// Encrypt-then-MAC (OpenSSH PROTOCOL section 1.5) covers the ciphertext; otherwise it is the plaintext.
    over_ciphertext: bool,
    /// Bytes of the tag that travel.
    len: usize,
}

/// Boxed: each is more than a kilobyte.
enum Function {
    Hmac(Box<hmac::Key>),
    Umac64(Box<Umac<2>>),
    Umac128(Box<Umac<4>>),
}

impl MacKey {
    pub(crate) fn new(mac: Option<Mac>, derive: Derive<'_>) -> Result<Self, Error> {
        let mac = mac.ok_or(Error::Crypto("cipher without MAC"))?;
        let hmac = |algorithm: hmac::Algorithm| {
            let key = hmac::Key::new(algorithm, &derive(Purpose::Integrity, algorithm.tag_len()));
            (Function::Hmac(Box::new(key)), algorithm.tag_len())
        };
        let umac_key = || derive(Purpose::Integrity, umac::KEY);
        let (function, whole) = match mac {
            Mac::HmacSha256 | Mac::HmacSha256Etm => hmac(hmac::HMAC_SHA256),
            Mac::HmacSha512 | Mac::HmacSha512Etm => hmac(hmac::HMAC_SHA512),
            Mac::HmacSha1 | Mac::HmacSha1_96 => hmac(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
            Mac::Umac64 | Mac::Umac64Etm => {
                (Function::Umac64(Box::new(Umac::new(&umac_key())?)), Umac::<2>::TAG)
            }
            Mac::Umac128 | Mac::Umac128Etm => {
                (Function::Umac128(Box::new(Umac::new(&umac_key())?)), Umac::<4>::TAG)
            }
        };
        let over_ciphertext =
            matches!(mac, Mac::HmacSha256Etm | Mac::HmacSha512Etm | Mac::Umac64Etm | Mac::Umac128Etm);
        let len = if mac == Mac::HmacSha1_96 { 12 } else { whole };
        Ok(Self { function, over_ciphertext, len })
    }

    pub(crate) fn over_ciphertext(&self) -> bool {
        self.over_ciphertext
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn sign(&self, sequence: u32, body: &[u8], tag: &mut [u8]) {
        tag.copy_from_slice(&self.compute(sequence, body)[..self.len]);
    }

    pub(crate) fn verify(&self, sequence: u32, body: &[u8], tag: &[u8]) -> Result<(), Error> {
        let whole = self.compute(sequence, body);
        verify_slices_are_equal(&whole[..self.len], tag).map_err(|_| Error::Integrity)
    }

    /// The whole tag, and zeros behind it.
    fn compute(&self, sequence: u32, body: &[u8]) -> [u8; MAX_TAG] {
        let mut tag = [0; MAX_TAG];
        let mut put = |bytes: &[u8]| tag[..bytes.len()].copy_from_slice(bytes);
        match &self.function {
            Function::Hmac(key) => {
                let mut context = hmac::Context::with_key(key);
                context.update(&sequence.to_be_bytes());
                context.update(body);
                put(context.sign().as_ref());
            }
            Function::Umac64(umac) => put(umac.tag(sequence.into(), body).as_flattened()),
            Function::Umac128(umac) => put(umac.tag(sequence.into(), body).as_flattened()),
        }
        tag
    }
}
