//! Credentials that a hook found right a moment ago: `external_auth_cache_time`.

use aws_lc_rs::{hmac, rand::SystemRandom};
use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Bounds the memory: entries of some 100 bytes.
const MAX: usize = 10_000;

/// By user and kind of credential, a MAC under a key of this process.
pub struct Recent {
    /// `None` when there is no randomness for a key: then nothing is kept.
    key: Option<hmac::Key>,
    kept: Mutex<HashMap<(String, u32), Kept>>,
}

struct Kept {
    mark: hmac::Tag,
    until: Instant,
}

impl Recent {
    /// Whether this is what was kept for the user; `None` where nothing is.
    pub fn holds(&self, username: &str, (kind, bytes): &(u32, Vec<u8>)) -> Option<bool> {
        let mut kept = self.kept();
        let at = (username.to_owned(), *kind);
        let entry = kept.get(&at)?;
        if entry.until <= Instant::now() {
            kept.remove(&at);
            return None;
        }
        Some(hmac::verify(self.key.as_ref()?, bytes, entry.mark.as_ref()).is_ok())
    }

    pub fn add(&self, username: &str, (kind, bytes): &(u32, Vec<u8>), keep: Duration) {
        let now = Instant::now();
        let (Some(key), Some(until)) = (&self.key, now.checked_add(keep)) else { return };
        let mut kept = self.kept();
        if kept.len() >= MAX {
            kept.retain(|_, entry| entry.until > now);
        }
        if kept.len() < MAX {
            kept.insert((username.to_owned(), *kind), Kept { mark: hmac::sign(key, bytes), until });
        }
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<(String, u32), Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Recent {
    fn default() -> Self {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok();
        Self { key, kept: Mutex::default() }
    }
}

impl fmt::Debug for Recent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recent")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_is_held_and_not_for_ever() {
        let recent = Recent::default();
        let (right, wrong, other) = ((1, b"a".to_vec()), (1, b"b".to_vec()), (2, b"a".to_vec()));
        recent.add("ann", &right, Duration::from_secs(60));
        assert_eq!(recent.holds("ann", &right), Some(true));
        assert_eq!(recent.holds("ann", &wrong), Some(false));
        assert_eq!((recent.holds("ann", &other), recent.holds("bob", &right)), (None, None));
        recent.add("ann", &other, Duration::ZERO);
        assert_eq!(recent.holds("ann", &other), None);
    }
}
