//! Tokens that were ended before their time, remembered until they would have ended anyway.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Their ids, with the second at which each expires. Only the owner of a token can add it, and none lives
/// longer than half a day.
#[derive(Debug, Default)]
pub struct Revoked(Mutex<Ids>);

#[derive(Debug, Default)]
struct Ids {
    until: HashMap<String, u64>,
    /// When the expired ones were last thrown out.
    swept: u64,
}

/// Seconds between two sweeps.
const SWEEP: u64 = 60;

impl Revoked {
    pub fn add(&self, id: String, until: u64, now: u64) {
        let mut ids = self.ids();
        if now.saturating_sub(ids.swept) >= SWEEP {
            ids.until.retain(|_, until| *until > now);
            ids.swept = now;
        }
        ids.until.insert(id, until);
    }

    pub fn holds(&self, id: &str) -> bool {
        self.ids().until.contains_key(id)
    }

    fn ids(&self) -> MutexGuard<'_, Ids> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_what_has_expired() {
        let revoked = Revoked::default();
        revoked.add("a".into(), 1_000, 100);
        assert!(revoked.holds("a"));
        revoked.add("b".into(), 5_000, 1_100);
        assert!(!revoked.holds("a") && revoked.holds("b"));
    }
}
