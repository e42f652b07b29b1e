//! From a shared secret to keys (RFC 4253 section 7.2).

use aws_lc_rs::digest;
use zeroize::Zeroizing;

use crate::cipher::Purpose;

/// Which way the derived keys protect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    ClientToServer,
    ServerToClient,
}

/// Derives the keys of both directions (RFC 4253 section 7.2).
pub(crate) struct KeySource<'a> {
    pub(crate) hash: &'static digest::Algorithm,
    /// K in its encoding.
    pub(crate) secret: &'a [u8],
    pub(crate) exchange_hash: &'a [u8],
    /// The exchange hash of the first exchange.
    pub(crate) session_id: &'a [u8],
}

impl KeySource<'_> {
    pub(crate) fn derive(&self, direction: Direction, purpose: Purpose, len: usize) -> Zeroizing<Vec<u8>> {
        // The whole capacity at once: growing would leave copies of key bytes behind.
        let mut key = Zeroizing::new(Vec::with_capacity(len + self.hash.output_len()));
        let mut context = self.context();
        context.update(&[letter(direction, purpose)]);
        context.update(self.session_id);
        key.extend_from_slice(context.finish().as_ref());
        while key.len() < len {
            let mut context = self.context();
            context.update(&key);
            key.extend_from_slice(context.finish().as_ref());
        }
        key.truncate(len);
        key
    }

    fn context(&self) -> digest::Context {
        let mut context = digest::Context::new(self.hash);
        context.update(self.secret);
        context.update(self.exchange_hash);
        context
    }
}

fn letter(direction: Direction, purpose: Purpose) -> u8 {
    let first = match purpose {
        Purpose::InitialVector => b'A',
        Purpose::Encryption => b'C',
        Purpose::Integrity => b'E',
    };
    match direction {
        Direction::ClientToServer => first,
        Direction::ServerToClient => first + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first vector of NIST CAVS 14.1 for the SSH key derivation.
    #[test]
    fn keys_match_the_nist_vector() {
        let secret = unhex(
            "0000008055bae931c07fd824bf10add1902b6fbc7c665347383498a686929ff5a25f8e40cb6645ea814fb1a5e0a11f852f86255\
             641e5ed986e83a78bc8269480eac0b0dfd770cab92e7a28dd87ff452466d6ae867cead63b366b1c286e6c4811a9f14c27aea14c\
             5171d49b78c06e3735d36e6a3be321dd5fc82308f34ee1cb17fba94a59",
        );
        let hash = unhex("a4ebd45934f56792b5112dcd75a1075fdc889245");
        let keys = KeySource {
            hash: &digest::SHA1_FOR_LEGACY_USE_ONLY,
            secret: &secret,
            exchange_hash: &hash,
            session_id: &hash,
        };
        for (direction, purpose, expected) in [
            (Direction::ClientToServer, Purpose::InitialVector, "e2f627c0b43f1ac1"),
            (Direction::ServerToClient, Purpose::InitialVector, "58471445f342b181"),
            (
                Direction::ClientToServer,
                Purpose::Encryption,
                "1ca9d310f86d51f6cb8e7007cb2b220d55c5281ce680b533",
            ),
            (
                Direction::ServerToClient,
                Purpose::Encryption,
                "2c60df8603d34cc1dbb03c11f725a44b44008851c73d6844",
            ),
            (Direction::ClientToServer, Purpose::Integrity, "472eb8a26166ae6aa8e06868e45c3b26e6eeed06"),
            (Direction::ServerToClient, Purpose::Integrity, "e3e2fdb9d7bc21165a3dbe47e1eceb7764390bab"),
        ] {
            let expected = unhex(expected);
            assert_eq!(
                *keys.derive(direction, purpose, expected.len()),
                expected,
                "{direction:?} {purpose:?}"
            );
        }
    }

    fn unhex(text: &str) -> Vec<u8> {
        let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    }
}
