//! Ciphers without integrity of their own: AES in counter mode (RFC 4344), and what older peers may need.

mod legacy;

use aes::{
    Aes128, Aes192, Aes256,
    cipher::{KeyIvInit, StreamCipher},
};
use ctr::Ctr128BE;

use super::{Derive, Purpose};
use crate::{algorithms::Cipher, error::Error};
use legacy::Legacy;

/// The block of AES in bytes.
const BLOCK: usize = 16;

/// Which way a cipher works; in CBC mode it makes a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Encrypt,
    Decrypt,
}

/// A cipher without integrity of its own, whose state runs on from packet to packet.
///
/// The key schedules are boxed: a connection holds two of these, and most connections use AES-GCM.
pub(crate) enum Stream {
    Aes128(Box<Ctr128BE<Aes128>>),
    Aes192(Box<Ctr128BE<Aes192>>),
    Aes256(Box<Ctr128BE<Aes256>>),
    Legacy(Legacy),
}

impl Stream {
    pub(crate) fn new(cipher: Cipher, way: Way, derive: Derive<'_>) -> Result<Self, Error> {
        match cipher {
            Cipher::Aes128Ctr => keyed(16, BLOCK, derive).map(Self::Aes128),
            Cipher::Aes192Ctr => keyed(24, BLOCK, derive).map(Self::Aes192),
            Cipher::Aes256Ctr => keyed(32, BLOCK, derive).map(Self::Aes256),
            _ => Legacy::new(cipher, way, derive).map(Self::Legacy),
        }
    }

    /// The unit of padding, and what must be decrypted to read an encrypted length.
    pub(crate) fn block(&self) -> usize {
        match self {
            Self::Legacy(legacy) => legacy.block(),
            _ => BLOCK,
        }
    }

    pub(crate) fn is_cbc(&self) -> bool {
        matches!(self, Self::Legacy(legacy) if legacy.is_cbc())
    }

    /// Encrypts or decrypts in place; a multiple of the block.
    pub(crate) fn apply(&mut self, bytes: &mut [u8]) {
        match self {
            Self::Aes128(stream) => stream.apply_keystream(bytes),
            Self::Aes192(stream) => stream.apply_keystream(bytes),
            Self::Aes256(stream) => stream.apply_keystream(bytes),
            Self::Legacy(legacy) => legacy.apply(bytes),
        }
    }
}

fn keyed<C: KeyIvInit>(key_len: usize, block: usize, derive: Derive<'_>) -> Result<Box<C>, Error> {
    let key = derive(Purpose::Encryption, key_len);
    let iv = derive(Purpose::InitialVector, block);
    C::new_from_slices(&key, &iv).map(Box::new).map_err(|_| Error::Crypto("cipher key"))
}
