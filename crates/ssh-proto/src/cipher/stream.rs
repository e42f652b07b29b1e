//! Ciphers without integrity of their own (RFC 4344).

use aes::{
    Aes128, Aes192, Aes256,
    cipher::{KeyIvInit, StreamCipher},
};
use ctr::Ctr128BE;

use super::{Derive, Purpose};
use crate::{algorithms::Cipher, error::Error};

/// The unit of padding, and what must be decrypted to read an encrypted length.
pub(crate) const BLOCK: usize = 16;

/// A cipher without integrity of its own, whose state runs on from packet to packet.
///
/// AES in counter mode (RFC 4344). The key schedules are boxed: a connection holds two of these, and most
/// connections use AES-GCM.
pub(crate) enum Stream {
    Aes128(Box<Ctr128BE<Aes128>>),
    Aes192(Box<Ctr128BE<Aes192>>),
    Aes256(Box<Ctr128BE<Aes256>>),
}

impl Stream {
    pub(crate) fn new(cipher: Cipher, derive: Derive<'_>) -> Result<Self, Error> {
        match cipher {
            Cipher::Aes128Ctr => keyed(16, derive).map(Self::Aes128),
            Cipher::Aes192Ctr => keyed(24, derive).map(Self::Aes192),
            Cipher::Aes256Ctr => keyed(32, derive).map(Self::Aes256),
            Cipher::Aes128Gcm | Cipher::Aes256Gcm | Cipher::ChaCha20Poly1305 => {
                Err(Error::Crypto("not a stream cipher"))
            }
        }
    }

    /// Encrypts or decrypts in place.
    pub(crate) fn apply(&mut self, bytes: &mut [u8]) {
        match self {
            Self::Aes128(stream) => stream.apply_keystream(bytes),
            Self::Aes192(stream) => stream.apply_keystream(bytes),
            Self::Aes256(stream) => stream.apply_keystream(bytes),
        }
    }
}

fn keyed<C: KeyIvInit>(key_len: usize, derive: Derive<'_>) -> Result<Box<C>, Error> {
    let key = derive(Purpose::Encryption, key_len);
    let iv = derive(Purpose::InitialVector, BLOCK);
    C::new_from_slices(&key, &iv).map(Box::new).map_err(|_| Error::Crypto("AES-CTR key"))
}
