//! chacha20-poly1305@openssh.com: the length field is encrypted with a key of its own, so that it can be read
//! before the packet is complete; the packet's sequence number is the nonce.

use aws_lc_rs::aead::chacha20_poly1305_openssh::{KEY_LEN, OpeningKey, SealingKey};
use zeroize::Zeroizing;

use super::{Derive, Purpose};
use crate::error::Error;

pub(crate) struct Sealing(SealingKey);

pub(crate) struct Opening(OpeningKey);

impl Sealing {
    pub(crate) fn new(derive: Derive<'_>) -> Result<Self, Error> {
        Ok(Self(SealingKey::new(&*key(derive)?)))
    }

    pub(crate) fn seal(&self, sequence: u32, body: &mut [u8], tag: &mut [u8]) -> Result<(), Error> {
        let tag = tag.first_chunk_mut().ok_or(Error::Crypto("packet"))?;
        if body.len() < 4 {
            return Err(Error::Crypto("packet"));
        }
        self.0.seal_in_place(sequence, body, tag);
        Ok(())
    }
}

impl Opening {
    pub(crate) fn new(derive: Derive<'_>) -> Result<Self, Error> {
        Ok(Self(OpeningKey::new(&*key(derive)?)))
    }

    pub(crate) fn read_length(&self, sequence: u32, field: [u8; 4]) -> u32 {
        u32::from_be_bytes(self.0.decrypt_packet_length(sequence, field))
    }

    pub(crate) fn open(&self, sequence: u32, body: &mut [u8], tag: &[u8]) -> Result<(), Error> {
        let tag = tag.first_chunk().ok_or(Error::Integrity)?;
        if body.len() < 4 {
            return Err(Error::Integrity);
        }
        self.0.open_in_place(sequence, body, tag).map_err(|_| Error::Integrity)?;
        Ok(())
    }
}

fn key(derive: Derive<'_>) -> Result<Zeroizing<[u8; KEY_LEN]>, Error> {
    derive(Purpose::Encryption, KEY_LEN)
        .first_chunk()
        .map(|key| Zeroizing::new(*key))
        .ok_or(Error::Crypto("ChaCha20 key"))
}
