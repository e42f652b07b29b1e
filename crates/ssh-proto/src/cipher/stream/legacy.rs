//! Ciphers of another age, which a configuration has to ask for: CBC mode (RFC 4253 section 6.3) and RC4 (RFC 4345).

use aes::{
    Aes128, Aes192, Aes256,
    cipher::{Array, BlockModeDecrypt, BlockModeEncrypt, BlockSizeUser, StreamCipher},
};
use des::TdesEde3;
use rc4::{KeyInit, Rc4};

use super::{BLOCK, Way, keyed};
use crate::{
    algorithms::Cipher,
    cipher::{Derive, Purpose},
    error::Error,
};

/// The block of DES, and the least unit of padding for a stream cipher, in bytes.
const SMALL_BLOCK: usize = 8;
/// What RFC 4345 throws away of RC4's output: its beginning betrays the key.
const DISCARDED: usize = 1536;

pub(crate) enum Legacy {
    Aes128Encrypt(Box<cbc::Encryptor<Aes128>>),
    Aes128Decrypt(Box<cbc::Decryptor<Aes128>>),
    Aes192Encrypt(Box<cbc::Encryptor<Aes192>>),
    Aes192Decrypt(Box<cbc::Decryptor<Aes192>>),
    Aes256Encrypt(Box<cbc::Encryptor<Aes256>>),
    Aes256Decrypt(Box<cbc::Decryptor<Aes256>>),
    TripleDesEncrypt(Box<cbc::Encryptor<TdesEde3>>),
    TripleDesDecrypt(Box<cbc::Decryptor<TdesEde3>>),
    Rc4(Box<Rc4>),
}

impl Legacy {
    pub(super) fn new(cipher: Cipher, way: Way, derive: Derive<'_>) -> Result<Self, Error> {
        match (cipher, way) {
            (Cipher::Aes128Cbc, Way::Encrypt) => keyed(16, BLOCK, derive).map(Self::Aes128Encrypt),
            (Cipher::Aes128Cbc, Way::Decrypt) => keyed(16, BLOCK, derive).map(Self::Aes128Decrypt),
            (Cipher::Aes192Cbc, Way::Encrypt) => keyed(24, BLOCK, derive).map(Self::Aes192Encrypt),
            (Cipher::Aes192Cbc, Way::Decrypt) => keyed(24, BLOCK, derive).map(Self::Aes192Decrypt),
            (Cipher::Aes256Cbc, Way::Encrypt) => keyed(32, BLOCK, derive).map(Self::Aes256Encrypt),
            (Cipher::Aes256Cbc, Way::Decrypt) => keyed(32, BLOCK, derive).map(Self::Aes256Decrypt),
            (Cipher::TripleDesCbc, Way::Encrypt) => {
                keyed(24, SMALL_BLOCK, derive).map(Self::TripleDesEncrypt)
            }
            (Cipher::TripleDesCbc, Way::Decrypt) => {
                keyed(24, SMALL_BLOCK, derive).map(Self::TripleDesDecrypt)
            }
            (Cipher::Arcfour256, _) => rc4(32, DISCARDED, derive),
            (Cipher::Arcfour128, _) => rc4(16, DISCARDED, derive),
            (Cipher::Arcfour, _) => rc4(16, 0, derive),
            _ => Err(Error::Crypto("not a stream cipher")),
        }
    }

    pub(super) fn block(&self) -> usize {
        match self {
            Self::TripleDesEncrypt(_) | Self::TripleDesDecrypt(_) | Self::Rc4(_) => SMALL_BLOCK,
            _ => BLOCK,
        }
    }

    pub(super) fn is_cbc(&self) -> bool {
        !matches!(self, Self::Rc4(_))
    }

    pub(super) fn apply(&mut self, bytes: &mut [u8]) {
        match self {
            Self::Aes128Encrypt(mode) => encrypt(&mut **mode, bytes),
            Self::Aes192Encrypt(mode) => encrypt(&mut **mode, bytes),
            Self::Aes256Encrypt(mode) => encrypt(&mut **mode, bytes),
            Self::TripleDesEncrypt(mode) => encrypt(&mut **mode, bytes),
            Self::Aes128Decrypt(mode) => decrypt(&mut **mode, bytes),
            Self::Aes192Decrypt(mode) => decrypt(&mut **mode, bytes),
            Self::Aes256Decrypt(mode) => decrypt(&mut **mode, bytes),
            Self::TripleDesDecrypt(mode) => decrypt(&mut **mode, bytes),
            Self::Rc4(stream) => stream.apply_keystream(bytes),
        }
    }
}

/// Framing makes packets of whole blocks; a rest would go out as it is, so there must be none.
fn encrypt<M: BlockModeEncrypt>(mode: &mut M, bytes: &mut [u8]) {
    let (blocks, rest) = Array::<u8, <M as BlockSizeUser>::BlockSize>::slice_as_chunks_mut(bytes);
    debug_assert!(rest.is_empty(), "packets are whole blocks");
    mode.encrypt_blocks(blocks);
}

fn decrypt<M: BlockModeDecrypt>(mode: &mut M, bytes: &mut [u8]) {
    let (blocks, rest) = Array::<u8, <M as BlockSizeUser>::BlockSize>::slice_as_chunks_mut(bytes);
    debug_assert!(rest.is_empty(), "packets are whole blocks");
    mode.decrypt_blocks(blocks);
}

fn rc4(key_len: usize, discarded: usize, derive: Derive<'_>) -> Result<Legacy, Error> {
    let key = derive(Purpose::Encryption, key_len);
    let mut stream = Rc4::new_from_slice(&key).map_err(|_| Error::Crypto("cipher key"))?;
    stream.apply_keystream(&mut vec![0; discarded]);
    Ok(Legacy::Rc4(Box::new(stream)))
}
