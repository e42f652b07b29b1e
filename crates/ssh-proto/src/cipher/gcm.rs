//! AES-GCM (RFC 5647).

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::{Derive, Purpose};
use crate::{algorithms::Cipher, error::Error};

/// AES-GCM as RFC 5647 uses it: the length field is authenticated and not encrypted, the nonce is a fixed part
/// of 4 bytes and an invocation counter of 8 that grows by one per packet. New keys come long before it wraps.
pub(crate) struct Gcm {
    key: LessSafeKey,
    fixed: [u8; 4],
    invocations: u64,
}

impl Gcm {
    pub(crate) fn new(cipher: Cipher, derive: Derive<'_>) -> Result<Self, Error> {
        let (algorithm, len) =
            if cipher == Cipher::Aes128Gcm { (&AES_128_GCM, 16) } else { (&AES_256_GCM, 32) };
        let key = UnboundKey::new(algorithm, &derive(Purpose::Encryption, len))
            .map_err(|_| Error::Crypto("AES-GCM key"))?;
        let iv = derive(Purpose::InitialVector, 12);
        let (fixed, counter) = iv.split_first_chunk::<4>().ok_or(Error::Crypto("AES-GCM IV"))?;
        let counter = counter.first_chunk::<8>().ok_or(Error::Crypto("AES-GCM IV"))?;
        Ok(Self { key: LessSafeKey::new(key), fixed: *fixed, invocations: u64::from_be_bytes(*counter) })
    }

    pub(crate) fn seal(&mut self, body: &mut [u8], tag: &mut [u8]) -> Result<(), Error> {
        let nonce = self.next_nonce();
        let (length, text) = body.split_at_mut_checked(4).ok_or(Error::Crypto("packet"))?;
        let sealed = self
            .key
            .seal_in_place_separate_tag(nonce, Aad::from(&*length), text)
            .map_err(|_| Error::Crypto("AES-GCM"))?;
        tag.copy_from_slice(sealed.as_ref());
        Ok(())
    }

    pub(crate) fn open(&mut self, body: &mut [u8], tag: &[u8]) -> Result<(), Error> {
        let nonce = self.next_nonce();
        let (length, text) = body.split_at_mut_checked(4).ok_or(Error::Integrity)?;
        self.key
            .open_in_place_separate_tag(nonce, Aad::from(&*length), tag, text)
            .map_err(|_| Error::Integrity)?;
        Ok(())
    }

    fn next_nonce(&mut self) -> Nonce {
        let mut nonce = [0; 12];
        nonce[..4].copy_from_slice(&self.fixed);
        nonce[4..].copy_from_slice(&self.invocations.to_be_bytes());
        self.invocations = self.invocations.wrapping_add(1);
        Nonce::assume_unique_for_key(nonce)
    }
}
