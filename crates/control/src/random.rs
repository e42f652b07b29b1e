//! Random names: ids of keys and shares, secrets, recovery codes.

use crate::{Error, Result};
use aws_lc_rs::rand;
use types::Secret;

/// No two of these look alike.
const ALPHABET: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// Characters of an id or a code: 128 bits.
pub const LENGTH: usize = 22;

/// `length` random characters. Fails when the system has no randomness.
pub fn text(length: usize) -> Result<String> {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let mut bytes = [0; 32];
        rand::fill(&mut bytes).map_err(|_| Error::Stopped)?;
        // A remainder would favour some characters; bytes beyond the last full round are thrown away.
        let fair = bytes.iter().filter(|byte| usize::from(**byte) < ALPHABET.len() * (256 / ALPHABET.len()));
        let missing = length - text.len();
        text.extend(fair.take(missing).map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])));
    }
    Ok(text)
}

/// A code to be mailed, or told: 128 random bits.
pub fn random_code() -> Result<Secret<String>> {
    text(LENGTH).map(Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_differ_and_have_their_length() {
        let (one, other) = (text(LENGTH).unwrap(), text(LENGTH).unwrap());
        assert_eq!(one.len(), LENGTH);
        assert!(one != other && one.bytes().all(|byte| ALPHABET.contains(&byte)));
    }
}
