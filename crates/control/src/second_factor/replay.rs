//! Codes that were accepted a moment ago and are not accepted again (RFC 6238 section 5.2).
//!
//! Per server: of several behind one address each would accept a code once.

use super::Holder;
use aws_lc_rs::digest;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use types::Secret;

/// Steps after which a code is not good any more and need not be remembered.
const KEPT: u64 = 3;
/// Codes remembered for one account. Accepting more in two minutes takes many secrets, which only somebody
/// who tries out new ones has; for that account codes are refused then.
const MAX: usize = 32;

#[derive(Debug, Default)]
pub struct Replay(Mutex<HashMap<Account, Vec<Used>>>);

/// Admins and users may share a name.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Account {
    is_admin: bool,
    name: String,
}

#[derive(Debug, PartialEq, Eq)]
struct Used {
    /// SHA-256 of the secret.
    secret: [u8; 32],
    step: u64,
}

impl Replay {
    /// Uses up the code of `step`; `false` when it was used before. `current` is the step of now.
    pub fn take(&self, holder: Holder<'_>, secret: &Secret<String>, step: u64, current: u64) -> bool {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Only who had a good code is in here: few enough to look through.
        accounts.retain(|_, used| {
            used.retain(|used| used.step + KEPT >= current);
            !used.is_empty()
        });
        let account =
            Account { is_admin: matches!(holder, Holder::Admin(_)), name: holder.name().to_owned() };
        let used = accounts.entry(account).or_default();
        let mut digest = [0; 32];
        digest.copy_from_slice(digest::digest(&digest::SHA256, secret.expose().as_bytes()).as_ref());
        let code = Used { secret: digest, step };
        if used.len() >= MAX || used.contains(&code) {
            return false;
        }
        used.push(code);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[test]
    fn once_each() {
        let replay = Replay::default();
        let take = |holder, key: &str, step| replay.take(holder, &secret(key), step, 100);
        let (user, admin) = (Holder::User("a"), Holder::Admin("a"));
        assert!(take(user, "s", 100) && take(user, "s", 101) && take(user, "s", 99));
        assert!(!take(user, "s", 100) && !take(user, "s", 99));
        assert!(take(user, "t", 100) && take(admin, "s", 100) && take(Holder::User("b"), "s", 100));
    }

    #[test]
    fn memory_is_bounded_and_given_back() {
        let replay = Replay::default();
        for n in 0..MAX {
            assert!(replay.take(Holder::User("a"), &secret(&n.to_string()), 100, 100));
        }
        assert!(!replay.take(Holder::User("a"), &secret("more"), 100, 100));
        assert!(replay.take(Holder::User("b"), &secret("s"), 104, 104));
        assert_eq!(replay.0.lock().unwrap().len(), 1);
    }
}
