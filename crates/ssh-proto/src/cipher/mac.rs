//! Message authentication codes (RFC 6668, and OpenSSH's encrypt-then-MAC).

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};

use super::{Derive, Purpose};
use crate::{algorithms::Mac, error::Error};

/// A keyed MAC over `sequence number | packet` (RFC 4253 section 6.4).
pub(crate) struct MacKey {
    /// Boxed: it is more than a kilobyte.
    key: Box<hmac::Key>,
    /// Encrypt-then-MAC (OpenSSH PROTOCOL section 1.5) covers the ciphertext; otherwise it is the plaintext.
    over_ciphertext: bool,
    /// Bytes of the tag that travel.
    len: usize,
}

impl MacKey {
    pub(crate) fn new(mac: Option<Mac>, derive: Derive<'_>) -> Result<Self, Error> {
        let mac = mac.ok_or(Error::Crypto("cipher without MAC"))?;
        let algorithm = match mac {
            Mac::HmacSha256 | Mac::HmacSha256Etm => hmac::HMAC_SHA256,
            Mac::HmacSha512 | Mac::HmacSha512Etm => hmac::HMAC_SHA512,
            Mac::HmacSha1 | Mac::HmacSha1_96 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        };
        let key = hmac::Key::new(algorithm, &derive(Purpose::Integrity, algorithm.tag_len()));
        Ok(Self {
            key: Box::new(key),
            over_ciphertext: matches!(mac, Mac::HmacSha256Etm | Mac::HmacSha512Etm),
            len: if mac == Mac::HmacSha1_96 { 12 } else { algorithm.tag_len() },
        })
    }

    pub(crate) fn over_ciphertext(&self) -> bool {
        self.over_ciphertext
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn sign(&self, sequence: u32, body: &[u8], tag: &mut [u8]) {
        let whole = self.compute(sequence, body);
        tag.copy_from_slice(&whole.as_ref()[..self.len]);
    }

    pub(crate) fn verify(&self, sequence: u32, body: &[u8], tag: &[u8]) -> Result<(), Error> {
        let whole = self.compute(sequence, body);
        verify_slices_are_equal(&whole.as_ref()[..self.len], tag).map_err(|_| Error::Integrity)
    }

    fn compute(&self, sequence: u32, body: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&sequence.to_be_bytes());
        context.update(body);
        context.sign()
    }
}
