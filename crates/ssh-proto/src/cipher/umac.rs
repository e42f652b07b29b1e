//! UMAC (RFC 4418): a universal hash, whose result a pad from AES covers. It costs a fraction of what an HMAC does.
//!
//! Written here, since no crate that is maintained has it. SSH asks for messages of one packet at most, so the RFC's
//! second polynomial, for messages of more than 2 MiB, is left out.

use std::array;

use aes::{
    Aes128, Block,
    cipher::{BlockCipherEncrypt, KeyInit},
};
use zeroize::{Zeroize, Zeroizing};

use crate::error::Error;

/// Bytes of a key.
pub(super) const KEY: usize = 16;

/// What the first layer hashes at a time, and the unit to which it is filled up, in bytes.
const L1_BLOCK: usize = 1024;
const L1_UNIT: usize = 32;
/// Each further stream uses the first layer's key from so many words later on (the Toeplitz construction).
const TOEPLITZ_WORDS: usize = 4;
/// The longest message that the polynomial of 64 bits serves.
const LONGEST: usize = 2 << 20;

/// Keyed UMAC with a tag of `STREAMS` times 32 bits: 2 for umac-64, 4 for umac-128.
pub(super) struct Umac<const STREAMS: usize> {
    pad: Aes128,
    l1_key: Zeroizing<Vec<u32>>,
    streams: [Stream; STREAMS],
}

/// The keys of the upper layers, of which each stream has its own.
struct Stream {
    polynomial: u64,
    inner: [u64; 4],
    mask: u32,
}

impl<const STREAMS: usize> Umac<STREAMS> {
    pub(super) const TAG: usize = 4 * STREAMS;

    pub(super) fn new(key: &[u8]) -> Result<Self, Error> {
        let aes = |key: &[u8]| Aes128::new_from_slice(key).map_err(|_| Error::Crypto("UMAC key"));
        let kdf = Kdf(aes(key)?);
        let l1_words = L1_BLOCK / 4 + TOEPLITZ_WORDS * (STREAMS - 1);
        let l1_key: Vec<u32> = kdf.words(1, l1_words, u32::from_be_bytes);
        let polynomials = Zeroizing::new(kdf.words(2, 3 * STREAMS, u64::from_be_bytes));
        let inner = Zeroizing::new(kdf.words(3, 8 * STREAMS, u64::from_be_bytes));
        let masks = Zeroizing::new(kdf.words(4, STREAMS, u32::from_be_bytes));
        let streams = array::from_fn(|i| Stream {
            polynomial: polynomials[3 * i] & 0x01ff_ffff_01ff_ffff,
            // The other four are for what the second polynomial makes.
            inner: array::from_fn(|word| inner[8 * i + 4 + word] % PRIME_36),
            mask: masks[i],
        });
        Ok(Self { pad: aes(&kdf.bytes(0, KEY))?, l1_key: Zeroizing::new(l1_key), streams })
    }

    /// The tag of a message of at most 2 MiB.
    pub(super) fn tag(&self, nonce: u64, message: &[u8]) -> [[u8; 4]; STREAMS] {
        debug_assert!(message.len() <= LONGEST, "packets are shorter");
        let pad = self.pad(nonce);
        let hashes = self.hash(message);
        array::from_fn(|i| (hashes[i] ^ pad[i]).to_be_bytes())
    }

    /// Two short tags share a block of the cipher, chosen by the last bit of the nonce.
    fn pad(&self, nonce: u64) -> [u32; STREAMS] {
        let share = 16 / Self::TAG as u64;
        let mut block = Block::default();
        block[..8].copy_from_slice(&(nonce - nonce % share).to_be_bytes());
        self.pad.encrypt_block(&mut block);
        let words = block.as_chunks().0;
        let start = (nonce % share) as usize * STREAMS;
        array::from_fn(|i| u32::from_be_bytes(words[start + i]))
    }

    fn hash(&self, message: &[u8]) -> [u32; STREAMS] {
        let hashes = if message.len() <= L1_BLOCK {
            self.first_layer(message)
        } else {
            let mut hashes = [1; STREAMS];
            for block in message.chunks(L1_BLOCK) {
                let words = self.first_layer(block);
                for ((hash, word), stream) in hashes.iter_mut().zip(words).zip(&self.streams) {
                    *hash = stream.polynomial(*hash, word);
                }
            }
            hashes
        };
        array::from_fn(|i| self.streams[i].inner_product(hashes[i]))
    }

    /// NH of one block, and its length in bits.
    fn first_layer(&self, block: &[u8]) -> [u64; STREAMS] {
        let (units, rest) = block.as_chunks::<L1_UNIT>();
        let mut sums = [8 * block.len() as u64; STREAMS];
        self.add_units(&mut sums, 0, units);
        if !rest.is_empty() {
            let mut last = [0; L1_UNIT];
            last[..rest.len()].copy_from_slice(rest);
            self.add_units(&mut sums, units.len(), &[last]);
        }
        if block.is_empty() {
            self.add_units(&mut sums, 0, &[[0; L1_UNIT]]);
        }
        sums
    }

    /// `first` is the place of the units in their block.
    fn add_units(&self, sums: &mut [u64; STREAMS], first: usize, units: &[[u8; L1_UNIT]]) {
        for (i, sum) in sums.iter_mut().enumerate() {
            let keys = &self.l1_key[8 * first + TOEPLITZ_WORDS * i..];
            *sum = sum.wrapping_add(nh(units, keys));
        }
    }
}

impl Stream {
    /// One step of POLY (RFC 4418 section 5.3.3): `hash * key + word` modulo 2^64-59. Words from 2^64-2^32 on, which
    /// may be no smaller than the prime, take two steps.
    fn polynomial(&self, hash: u64, word: u64) -> u64 {
        if word < u64::MAX << 32 {
            multiply_add(self.polynomial, hash, word)
        } else {
            let marked = multiply_add(self.polynomial, hash, PRIME_64 - 1);
            multiply_add(self.polynomial, marked, word - OFFSET_64)
        }
    }

    /// The third layer: 64 bits become 32.
    fn inner_product(&self, hash: u64) -> u32 {
        let products =
            self.inner.iter().zip([48, 32, 16, 0]).map(|(key, shift)| key * (hash >> shift & 0xffff));
        let sum: u64 = products.sum();
        (sum % PRIME_36) as u32 ^ self.mask
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.polynomial.zeroize();
        self.inner.zeroize();
        self.mask.zeroize();
    }
}

const PRIME_36: u64 = (1 << 36) - 5;
const PRIME_64: u64 = u64::MAX - 58;
const OFFSET_64: u64 = 59;

/// `a * b + c` modulo 2^64-59, where each is below that.
fn multiply_add(a: u64, b: u64, c: u64) -> u64 {
    let fold = |wide: u128| (wide >> 64) * u128::from(OFFSET_64) + u128::from(wide as u64);
    let once = fold(u128::from(a) * u128::from(b) + u128::from(c));
    // Below 60 * 2^64 now, and after that below 2^64 + 60 * 59.
    let twice = fold(once);
    let reduced = twice.checked_sub(u128::from(PRIME_64)).unwrap_or(twice);
    reduced as u64
}

/// NH (RFC 4418 section 5.2.2) over units of 8 words, four sums of which run side by side.
fn nh(units: &[[u8; L1_UNIT]], key: &[u32]) -> u64 {
    let mut sums = [0u64; 4];
    for (unit, key) in units.iter().zip(key.as_chunks::<8>().0) {
        let words = unit.as_chunks().0;
        let word = |i: usize| u64::from(u32::from_le_bytes(words[i]).wrapping_add(key[i]));
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum = sum.wrapping_add(word(i) * word(i + 4));
        }
    }
    sums.into_iter().fold(0, u64::wrapping_add)
}

/// Key derivation (RFC 4418 section 3.2.1): AES in counter mode, with the purpose in the first half of the block.
struct Kdf(Aes128);

impl Kdf {
    fn bytes(&self, purpose: u64, len: usize) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(len.next_multiple_of(KEY)));
        for counter in 1u64.. {
            if bytes.len() >= len {
                break;
            }
            let mut block = Block::default();
            block[..8].copy_from_slice(&purpose.to_be_bytes());
            block[8..].copy_from_slice(&counter.to_be_bytes());
            self.0.encrypt_block(&mut block);
            bytes.extend_from_slice(&block);
            block.zeroize();
        }
        bytes.truncate(len);
        bytes
    }

    fn words<T, const N: usize>(&self, purpose: u64, count: usize, word: fn([u8; N]) -> T) -> Vec<T> {
        self.bytes(purpose, count * N).as_chunks().0.iter().map(|bytes| word(*bytes)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(message: &[u8]) -> (String, String) {
        let nonce = u64::from_be_bytes(*b"bcdefghi");
        let hex = |tag: &[[u8; 4]]| tag.as_flattened().iter().map(|byte| format!("{byte:02X}")).collect();
        let short = Umac::<2>::new(b"abcdefghijklmnop").unwrap().tag(nonce, message);
        let long = Umac::<4>::new(b"abcdefghijklmnop").unwrap().tag(nonce, message);
        (hex(&short), hex(&long))
    }

    /// RFC 4418, appendix; it ends with tags of 96 bits, which are the beginning of those of 128. What follows them is
    /// from the tests of nettle. The two longest messages of the RFC's need the other polynomial.
    #[test]
    fn vectors_of_the_rfc() {
        for (message, short, long) in [
            (vec![], "6E155FAD26900BE1", "32FEDB100C79AD58F07FF7643CC60465"),
            (vec![b'a'; 3], "44B5CB542F220104", "185E4FE905CBA7BD85E4C2DC3D117D8D"),
            (vec![b'a'; 1 << 10], "26BF2F5D60118BD9", "7A54ABE04AF82D60FB298C3CBD195BCB"),
            (vec![b'a'; 1 << 15], "27F8EF643B0D118D", "7B136BD911E4B734286EF2BE501F2C3C"),
            (vec![b'a'; 1 << 20], "A4477E87E9F55853", "F8ACFA3AC31CFEEA047F7B115B03BEF5"),
            (b"abc".to_vec(), "D4D7B9F6BD4FBFCF", "883C3D4B97A61976FFCF232308CBA5A5"),
            (b"abc".repeat(500), "D4CF26DDEFD5C01A", "8824A260C53C66A36C9260A62CB83AA1"),
        ] {
            assert_eq!(tags(&message), (short.to_owned(), long.to_owned()), "{} bytes", message.len());
        }
    }

    /// Two nonces share a block of the cipher, and must not share what is taken from it.
    #[test]
    fn neighbouring_nonces_make_different_tags() {
        let umac = Umac::<2>::new(&[7; KEY]).unwrap();
        let tags: Vec<_> = (0..4).map(|nonce| umac.tag(nonce, b"message")).collect();
        for (i, tag) in tags.iter().enumerate() {
            assert!(!tags[i + 1..].contains(tag));
        }
    }

    /// The arithmetic against that of 128 bits, around the numbers where it turns over.
    #[test]
    fn products_are_reduced() {
        let edges = [0, 1, 58, 59, 60, 1 << 32, PRIME_64 - 60, PRIME_64 - 2, PRIME_64 - 1];
        for a in edges {
            for b in edges {
                for c in edges {
                    let product = u128::from(a) * u128::from(b) % u128::from(PRIME_64);
                    let expected = (product + u128::from(c)) % u128::from(PRIME_64);
                    assert_eq!(u128::from(multiply_add(a, b, c)), expected, "{a} * {b} + {c}");
                }
            }
        }
    }
}
