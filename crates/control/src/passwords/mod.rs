//! Password hashes: made, recognised and verified.

mod argon2id;
mod entropy;
mod even;
mod ldap;
mod md5crypt;
mod pbkdf2;
mod proof;
mod unix;

pub use self::{entropy::entropy, proof::Proof};

use crate::{Argon2Cost, Error, Result};
use even::Costs;
use std::sync::Arc;
use tokio::{runtime::Handle, sync::Semaphore};
use types::Secret;

/// How new passwords are hashed: `data_provider.password_hashing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hashing {
    Bcrypt { cost: u32 },
    Argon2id(Argon2Cost),
}

/// A stored hash of a kind this server cannot verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored hash is of a kind that cannot be verified")]
pub struct UnknownHash;

/// Makes and verifies hashes. Cheap to clone.
///
/// Both cost tens of milliseconds by intent: they run on the blocking pool of the main runtime, as many at a
/// time as there are processors, so that a flood of logins delays logins and nothing else.
#[derive(Clone, Debug)]
pub struct Passwords {
    hashing: Hashing,
    handle: Handle,
    turns: Arc<Semaphore>,
    costs: Arc<Costs>,
    /// What fits no password.
    dummy: Secret<String>,
}

/// What bcrypt looks at; what is beyond would be ignored silently.
const BCRYPT_MAX: usize = 72;
/// 2^16 rounds take seconds; an imported hash with more would be a way to stop logins.
const BCRYPT_MAX_COST: u32 = 16;

/// The longest hash that is stored, in bytes.
const MAX_HASH: usize = 255;

/// The kinds of stored hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Bcrypt,
    Argon2id,
    Pbkdf2,
    Md5Crypt,
    /// Of `/etc/shadow`.
    Unix,
    Ldap,
}

const PREFIXES: [(&str, Scheme); 20] = [
    ("$2a$", Scheme::Bcrypt),
    ("$2b$", Scheme::Bcrypt),
    ("$2y$", Scheme::Bcrypt),
    ("$argon2id$", Scheme::Argon2id),
    ("$pbkdf2-sha1$", Scheme::Pbkdf2),
    ("$pbkdf2-sha256$", Scheme::Pbkdf2),
    ("$pbkdf2-sha512$", Scheme::Pbkdf2),
    ("$pbkdf2-b64salt-sha256$", Scheme::Pbkdf2),
    ("$1$", Scheme::Md5Crypt),
    ("$apr1$", Scheme::Md5Crypt),
    ("$5$", Scheme::Unix),
    ("$6$", Scheme::Unix),
    ("$y$", Scheme::Unix),
    ("{MD5}", Scheme::Ldap),
    ("{SHA}", Scheme::Ldap),
    ("{SSHA}", Scheme::Ldap),
    ("{SHA256}", Scheme::Ldap),
    ("{SSHA256}", Scheme::Ldap),
    ("{SHA512}", Scheme::Ldap),
    ("{SSHA512}", Scheme::Ldap),
];

impl Passwords {
    /// `handle` is the main runtime's.
    pub fn new(hashing: Hashing, handle: Handle) -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let dummy = dummy(hashing);
        let costs = Arc::new(Costs::new(dummy.expose()));
        Self { hashing, handle, turns: Arc::new(Semaphore::new(processors)), costs, dummy }
    }

    /// The main runtime.
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// `text` is a hash already and is stored as it is.
    pub fn is_hash(text: &str) -> bool {
        Scheme::of(text).is_some()
    }

    /// Refuses an imported hash that would cost more to verify than any honest one.
    pub fn check_hash(hash: &str) -> Result<()> {
        let sound = match Scheme::of(hash) {
            Some(Scheme::Bcrypt) => bcrypt_cost(hash).is_some_and(|cost| cost <= BCRYPT_MAX_COST),
            Some(Scheme::Argon2id) => argon2id::is_affordable(hash),
            Some(Scheme::Pbkdf2) => pbkdf2::is_affordable(hash),
            Some(Scheme::Md5Crypt) => md5crypt::is_affordable(hash),
            Some(Scheme::Unix) => unix::is_affordable(hash),
            Some(Scheme::Ldap) => ldap::is_affordable(hash),
            None => false,
        };
        let fits = sound && hash.len() <= MAX_HASH;
        if fits { Ok(()) } else { Err(Error::invalid("password: the hash is malformed or too expensive")) }
    }

    pub async fn hash(&self, password: &Secret<String>) -> Result<Secret<String>> {
        let hashing = self.hashing;
        if matches!(hashing, Hashing::Bcrypt { .. }) && password.expose().len() > BCRYPT_MAX {
            return Err(Error::invalid("password: bcrypt takes at most 72 bytes"));
        }
        let password = password.clone();
        self.in_turn(move || hash(hashing, password.expose())).await?
    }

    /// Whether `password` is the one that `hash` was made from.
    pub async fn verify(
        &self,
        hash: &Secret<String>,
        password: &Secret<String>,
    ) -> Result<bool, UnknownHash> {
        let scheme = Scheme::of(hash.expose()).ok_or(UnknownHash)?;
        let (hash, password) = (hash.clone(), password.clone());
        let verified = self.in_turn(move || verify(scheme, hash.expose(), password.expose())).await;
        // A server that is going down lets nobody in.
        Ok(verified.unwrap_or(false))
    }

    /// `hash` is of another kind than new passwords get.
    pub fn is_outdated(&self, hash: &str) -> bool {
        let preferred = match self.hashing {
            Hashing::Bcrypt { .. } => Scheme::Bcrypt,
            Hashing::Argon2id(_) => Scheme::Argon2id,
        };
        Scheme::of(hash) != Some(preferred)
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        // Held by the work, not by the caller: one that gives up must not let another start beside it.
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| Error::Stopped)?;
        let work = move || {
            let _turn = turn;
            work()
        };
        self.handle.spawn_blocking(work).await.map_err(|_| Error::Stopped)
    }
}

impl Scheme {
    fn of(text: &str) -> Option<Self> {
        PREFIXES.iter().find(|(prefix, _)| text.starts_with(prefix)).map(|(_, scheme)| *scheme)
    }
}

/// A hash that no password fits and that costs as much as a new one: whoever asks for an account that does not exist
/// waits as long as for one that does.
fn dummy(hashing: Hashing) -> Secret<String> {
    Secret::new(match hashing {
        Hashing::Bcrypt { cost } => {
            format!("$2a${cost:02}$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy")
        }
        Hashing::Argon2id(cost) => argon2id::format(cost, &[0; 16], &[0; 32]),
    })
}

fn hash(hashing: Hashing, password: &str) -> Result<Secret<String>> {
    let hash = match hashing {
        // Not `non_truncating_…`: it counts the NUL that bcrypt appends and refuses the 72nd byte.
        Hashing::Bcrypt { cost } => bcrypt::hash_with_result(password, cost)
            .map(|parts| parts.format_for_version(bcrypt::Version::TwoA))
            .map_err(|error| Error::Invalid(format!("password: {error}")))?,
        Hashing::Argon2id(cost) => argon2id::hash(cost, password)?,
    };
    Ok(Secret::new(hash))
}

fn verify(scheme: Scheme, hash: &str, password: &str) -> bool {
    match scheme {
        Scheme::Bcrypt => {
            password.len() <= BCRYPT_MAX
                && bcrypt_cost(hash).is_some_and(|cost| cost <= BCRYPT_MAX_COST)
                && bcrypt::verify(password, hash).unwrap_or(false)
        }
        Scheme::Argon2id => argon2id::verify(hash, password),
        Scheme::Pbkdf2 => pbkdf2::verify(hash, password),
        Scheme::Md5Crypt => md5crypt::verify(hash, password),
        Scheme::Unix => unix::verify(hash, password),
        Scheme::Ldap => ldap::verify(hash, password),
    }
}

/// `$2a$10$…`
fn bcrypt_cost(hash: &str) -> Option<u32> {
    hash.split('$').nth(2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap(hashing: Hashing) -> Passwords {
        Passwords::new(hashing, Handle::current())
    }

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[tokio::test]
    async fn hashes_and_verifies() {
        let argon2 = Argon2Cost { memory: 64, iterations: 1, parallelism: 1 };
        for hashing in [Hashing::Bcrypt { cost: 4 }, Hashing::Argon2id(argon2)] {
            let passwords = cheap(hashing);
            let hash = passwords.hash(&secret("correct horse")).await.unwrap();
            assert!(Passwords::is_hash(hash.expose()) && !passwords.is_outdated(hash.expose()));
            assert_eq!(passwords.verify(&hash, &secret("correct horse")).await, Ok(true));
            assert_eq!(passwords.verify(&hash, &secret("correct hors")).await, Ok(false));
            assert_eq!(passwords.verify(&passwords.dummy, &secret("x")).await, Ok(false));
            assert!(passwords.prove(Some(&hash), &secret("correct horse")).await.fits);
        }
    }

    #[tokio::test]
    async fn verifies_what_others_made() {
        let passwords = cheap(Hashing::Bcrypt { cost: 4 });
        for hash in [
            "$2a$10$AXA72ZIrQVaKnNOX9694XO3STba2t.foYqU6UjS/Id4aiAtFLoygu",
            "$2b$10$AXA72ZIrQVaKnNOX9694XO3STba2t.foYqU6UjS/Id4aiAtFLoygu",
        ] {
            Passwords::check_hash(hash).unwrap();
            assert_eq!(passwords.verify(&secret(hash), &secret("no")).await, Ok(false));
        }
        assert_eq!(passwords.verify(&secret("{MD5}0123"), &secret("x")).await, Ok(false));
        assert_eq!(passwords.verify(&secret("clear"), &secret("clear")).await, Err(UnknownHash));
    }

    #[tokio::test]
    async fn bcrypt_refuses_what_it_would_ignore() {
        let passwords = cheap(Hashing::Bcrypt { cost: 4 });
        let hash = passwords.hash(&secret(&"a".repeat(72))).await.unwrap();
        assert_eq!(passwords.verify(&hash, &secret(&"a".repeat(73))).await, Ok(false));
        assert!(matches!(passwords.hash(&secret(&"a".repeat(73))).await, Err(Error::Invalid(_))));
    }

    #[test]
    fn refuses_hashes_that_cost_too_much() {
        for hash in [
            "$2a$31$AXA72ZIrQVaKnNOX9694XO3STba2t.foYqU6UjS/Id4aiAtFLoygu",
            "$2a$xx$",
            "$argon2id$v=19$m=4294967295,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
            "$pbkdf2-sha256$4000000000$salt$AAAA",
        ] {
            assert!(Passwords::check_hash(hash).is_err(), "{hash}");
        }
    }
}
