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
