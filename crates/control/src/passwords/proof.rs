//! Passwords that somebody logs in with: a wrong one costs the same, whatever is stored.

use super::{BCRYPT_MAX, Passwords, Scheme, UnknownHash, even, verify};
use std::time::Duration;
use types::Secret;

/// What came of a password that somebody logs in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    pub fits: bool,
    /// How much of a processor it took.
    pub cost: Duration,
}

impl Passwords {
    /// Whether `password` is the one that `hash` was made from, for a login. One that is not costs the same whatever
    /// the hash is, also when there is none or it cannot be verified: see [`even`].
    pub async fn prove(&self, hash: Option<&Secret<String>>, password: &Secret<String>) -> Proof {
        let scheme = hash.and_then(|hash| Scheme::of(hash.expose()));
        if scheme.is_none() && hash.is_some_and(|hash| !hash.expose().is_empty()) {
            tracing::warn!(target: "auth", "{UnknownHash}");
        }
        let hash = hash.filter(|_| scheme.is_some()).unwrap_or(&self.dummy).clone();
        let (costs, dummy, password) = (self.costs.clone(), self.dummy.clone(), password.clone());
        let (known, max) = (scheme.is_some(), self.max_bcrypt_cost());
        let proved = self.in_turn(move || {
            let fits = |hash: &Secret<String>| {
                Scheme::of(hash.expose())
                    .is_some_and(|scheme| verify(scheme, hash.expose(), password.expose(), max))
            };
            if costs.is_new() {
                let start = even::used();
                fits(&dummy);
                costs.note(dummy.expose(), even::used().saturating_sub(start));
            }
            let start = even::used();
            let fits = fits(&hash) && known;
            // bcrypt refuses a longer one without any work, which is no measure of anything.
            let usual = password.expose().len() <= BCRYPT_MAX;
            if usual {
                costs.note(hash.expose(), even::used().saturating_sub(start));
            }
            if !fits {
                even::level(&costs, if usual { hash.expose() } else { "" }, start, Duration::ZERO);
            }
            let cost = even::used().saturating_sub(start);
            costs.add(cost);
            Proof { fits, cost }
        });
        // A server that is going down lets nobody in.
        proved.await.unwrap_or(Proof { fits: false, cost: Duration::ZERO })
    }

    /// For a login that is refused although its password was right, which took `cost`: makes it cost what a wrong
    /// password does.
    pub async fn even_out(&self, cost: Duration) {
        let costs = self.costs.clone();
        let worked = self.in_turn(move || {
            let start = even::used();
            even::level(&costs, "", start, cost);
            costs.add(even::used().saturating_sub(start));
        });
        // Nobody is told who waits for a server that is going down.
        drop(worked.await);
    }

    /// How much of the processors the passwords of logins have cost so far.
    pub fn worked(&self) -> Duration {
        self.costs.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Hashing;
    use tokio::runtime::Handle;

    fn cheap(hashing: Hashing) -> Passwords {
        Passwords::new(hashing, Handle::current())
    }

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    /// What some refusals cost, counted in time on the processor.
    async fn cost(passwords: &Passwords, hash: Option<&str>, guess: &str) -> Duration {
        let hash = hash.map(secret);
        let mut sum = Duration::ZERO;
        for _ in 0..3 {
            let proof = passwords.prove(hash.as_ref(), &secret(guess)).await;
            assert!(!proof.fits, "{hash:?}");
            sum += proof.cost;
        }
        sum
    }

    /// A wrong password against `hash` costs what one against `measure` does. Neighbours on the machine spoil a
    /// round, a hash that stands out does so in all of them.
    async fn assert_same(passwords: &Passwords, measure: &str, hash: Option<&str>, guess: &str) {
        let mut rounds = Vec::new();
        for _ in 0..5 {
            let expected = cost(passwords, Some(measure), "wrong").await;
            let paid = cost(passwords, hash, guess).await;
            if (expected.mul_f64(0.6)..=expected.mul_f64(1.6)).contains(&paid) {
                return;
            }
            rounds.push((paid, expected));
        }
        panic!("{hash:?}, {guess}: costs beside the expected ones: {rounds:?}");
    }

    #[tokio::test]
    async fn whatever_is_stored_a_wrong_password_costs_the_same() {
        let passwords = cheap(Hashing::Bcrypt { cost: 9 });
        let own = passwords.hash(&secret("right")).await.unwrap();
        let dearer = cheap(Hashing::Bcrypt { cost: 10 }).hash(&secret("right")).await.unwrap();
        for measure in [own.expose(), dearer.expose()] {
            for hash in [
                "",
                "unknown",
                "$2a$09$damaged",
                own.expose(),
                "$2a$04$AXA72ZIrQVaKnNOX9694XO3STba2t.foYqU6UjS/Id4aiAtFLoygu",
                "$1$saltsalt$4NhDZnhWbvAVRXrHSIvlN1",
                "$pbkdf2-sha1$4096$salt$SwB5AbdlSJq+rUnZJvch0GWkKcE=",
                "{MD5}098f6bcd4621d373cade4e832627b4f6",
                "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
            ] {
                for guess in ["wrong", &"long".repeat(30)] {
                    assert_same(&passwords, measure, Some(hash), guess).await;
                }
            }
            assert_same(&passwords, measure, None, "wrong").await;
        }
    }
}
