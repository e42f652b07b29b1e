//! Passwords verified a moment ago, so that a client that logs in for every file does not pay for a slow
//! hash each time: `data_provider.password_caching`.

use aws_lc_rs::{hmac, rand::SystemRandom};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use types::Secret;

/// How long a password counts as just verified.
const KEPT: Duration = Duration::from_secs(10 * 60);
/// Bounds the memory: entries of some 60 bytes.
const MAX: usize = 20_000;

/// A MAC under a key of this process over the stored hash and the password. The stored hash is in it, so a
/// changed password is unknown at once and nothing has to be invalidated.
type Mark = [u8; 32];

pub struct Cache {
    key: hmac::Key,
    verified: Mutex<HashMap<Mark, Instant>>,
}

impl Cache {
    /// `None` when there is no randomness for a key: then there is no cache.
    pub fn new() -> Option<Self> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok()?;
        Some(Self { key, verified: Mutex::default() })
    }

    pub fn holds(&self, stored: &Secret<String>, password: &Secret<String>) -> bool {
        let mark = self.mark(stored, password);
        self.verified().get(&mark).is_some_and(|at| at.elapsed() < KEPT)
    }

    /// Remembers that `password` fits `stored`.
    pub fn add(&self, stored: &Secret<String>, password: &Secret<String>) {
        let mark = self.mark(stored, password);
        let mut verified = self.verified();
        if verified.len() >= MAX {
            verified.retain(|_, at| at.elapsed() < KEPT);
        }
        if verified.len() >= MAX {
            verified.clear();
        }
        verified.insert(mark, Instant::now());
    }

    fn mark(&self, stored: &Secret<String>, password: &Secret<String>) -> Mark {
        let mut mac = hmac::Context::with_key(&self.key);
        // The length first: no other pair of texts gives the same bytes.
        mac.update(&(stored.expose().len() as u64).to_be_bytes());
        mac.update(stored.expose().as_bytes());
        mac.update(password.expose().as_bytes());
        let mut mark = [0; 32];
        mark.copy_from_slice(mac.sign().as_ref());
        mark
    }

    fn verified(&self) -> MutexGuard<'_, HashMap<Mark, Instant>> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[test]
    fn knows_exactly_what_was_added() {
        let cache = Cache::new().unwrap();
        cache.add(&secret("$2a$h"), &secret("pw"));
        assert!(cache.holds(&secret("$2a$h"), &secret("pw")));
        assert!(!cache.holds(&secret("$2a$h"), &secret("pW")));
        assert!(!cache.holds(&secret("$2a$new"), &secret("pw")));
        assert!(!cache.holds(&secret("$2a$"), &secret("hpw")));
    }

    #[test]
    fn stays_bounded() {
        let cache = Cache::new().unwrap();
        for n in 0..=MAX {
            cache.add(&secret("h"), &secret(&n.to_string()));
        }
        assert!(cache.verified().len() <= MAX);
        assert!(cache.holds(&secret("h"), &secret(&MAX.to_string())));
    }
}
