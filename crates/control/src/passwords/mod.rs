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

const PREFIXES: [(&str, Scheme); 21] = [
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
    ("{SMD5}", Scheme::Ldap),
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
    pub fn check_hash(&self, hash: &str) -> Result<()> {
        let sound = match Scheme::of(hash) {
            Some(Scheme::Bcrypt) => is_bcrypt(bare(hash), self.max_bcrypt_cost()),
            Some(Scheme::Argon2id) => argon2id::is_affordable(hash),
            Some(Scheme::Pbkdf2) => pbkdf2::is_affordable(hash),
            Some(Scheme::Md5Crypt) => md5crypt::is_affordable(bare(hash)),
            Some(Scheme::Unix) => unix::is_affordable(bare(hash)),
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
        let (hash, password, max) = (hash.clone(), password.clone(), self.max_bcrypt_cost());
        let verified = self.in_turn(move || verify(scheme, hash.expose(), password.expose(), max)).await;
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

    /// Whoever asks for more than is taken from others gets it.
    fn max_bcrypt_cost(&self) -> u32 {
        match self.hashing {
            Hashing::Bcrypt { cost } => cost.max(BCRYPT_MAX_COST),
            Hashing::Argon2id(_) => BCRYPT_MAX_COST,
        }
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
        let inner = bare(text);
        let known = |text: &str| PREFIXES.iter().find(|(prefix, _)| text.starts_with(prefix));
        let scheme = known(inner).map(|(_, scheme)| *scheme)?;
        // What crypt(3) makes, and nothing else, may be wrapped.
        let wrapped = inner.len() < text.len();
        (!wrapped || matches!(scheme, Self::Bcrypt | Self::Md5Crypt | Self::Unix)).then_some(scheme)
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

fn verify(scheme: Scheme, hash: &str, password: &str, max_bcrypt_cost: u32) -> bool {
    let hash = bare(hash);
    match scheme {
        Scheme::Bcrypt => {
            password.len() <= BCRYPT_MAX
                && is_bcrypt(hash, max_bcrypt_cost)
                && bcrypt::verify(password, hash).unwrap_or(false)
        }
        Scheme::Argon2id => argon2id::verify(hash, password),
        Scheme::Pbkdf2 => pbkdf2::verify(hash, password),
        Scheme::Md5Crypt => md5crypt::verify(hash, password),
        Scheme::Unix => unix::verify(hash, password),
        Scheme::Ldap => ldap::verify(hash, password),
    }
}

/// `hash` without the `{CRYPT}` by which LDAP directories say that crypt(3) made it (RFC 2307).
fn bare(hash: &str) -> &str {
    hash.strip_prefix("{CRYPT}").or_else(|| hash.strip_prefix("{crypt}")).unwrap_or(hash)
}

/// `$2a$10$` and 53 letters of crypt's alphabet, at a cost that is affordable.
fn is_bcrypt(hash: &str, max_cost: u32) -> bool {
    let parts: Vec<&str> = hash.split('$').collect();
    let ["", _, cost, text] = parts[..] else { return false };
    let digits = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
    let affordable = digits && cost.parse().is_ok_and(|cost| (4..=max_cost).contains(&cost));
    affordable && text.len() == 53 && text.bytes().all(md5crypt::is_letter)
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
            passwords.check_hash(hash).unwrap();
            assert_eq!(passwords.verify(&secret(hash), &secret("no")).await, Ok(false));
        }
        // crypt("U*U") of the bcrypt test vectors, under each of its names.
        for prefix in ["$2a", "$2b", "$2y", "{CRYPT}$2a", "{crypt}$2y"] {
            let hash = format!("{prefix}$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
            passwords.check_hash(&hash).unwrap();
            assert_eq!(passwords.verify(&secret(&hash), &secret("U*U")).await, Ok(true), "{hash}");
            assert_eq!(passwords.verify(&secret(&hash), &secret("U*V")).await, Ok(false), "{hash}");
        }
        let wrapped = "{CRYPT}$1$5RPVAd$J0Lg0r2vhAgsDKDATHex90";
        assert_eq!(passwords.verify(&secret(wrapped), &secret("clear")).await, Ok(true));
        assert_eq!(passwords.verify(&secret("{MD5}0123"), &secret("x")).await, Ok(false));
        assert_eq!(passwords.verify(&secret("clear"), &secret("clear")).await, Err(UnknownHash));
    }

    #[tokio::test]
    async fn a_cost_that_is_configured_is_affordable() {
        let costly = "$2a$17$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        assert!(cheap(Hashing::Bcrypt { cost: 10 }).check_hash(costly).is_err());
        cheap(Hashing::Bcrypt { cost: 17 }).check_hash(costly).unwrap();
    }

    #[tokio::test]
    async fn bcrypt_refuses_what_it_would_ignore() {
        let passwords = cheap(Hashing::Bcrypt { cost: 4 });
        let hash = passwords.hash(&secret(&"a".repeat(72))).await.unwrap();
        assert_eq!(passwords.verify(&hash, &secret(&"a".repeat(73))).await, Ok(false));
        assert!(matches!(passwords.hash(&secret(&"a".repeat(73))).await, Err(Error::Invalid(_))));
    }

    #[tokio::test]
    async fn refuses_hashes_that_are_malformed_or_cost_too_much() {
        let passwords = cheap(Hashing::Bcrypt { cost: 4 });
        for hash in [
            "$2a$31$AXA72ZIrQVaKnNOX9694XO3STba2t.foYqU6UjS/Id4aiAtFLoygu",
            "$2a$xx$",
            "$2a$10$",
            "$2a$10$AXA72ZIrQVaKnNOX9694XO3STba2t.foYqU6UjS/Id4aiAtFLoyg",
            "$2a$10$AXA72ZIrQVaKnNOX9694XO3STba2t.foYqU6UjS/Id4aiAtFLoy g",
            "$2b$+9$AXA72ZIrQVaKnNOX9694XO3STba2t.foYqU6UjS/Id4aiAtFLoygu",
            "$argon2id$v=19$m=8388608,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=8,t=1,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=64,t=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=64,t=1,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$pbkdf2-sha256$0$salt$AAAAAAAAAAAAAAAAAAAAAA==",
            "$5$rounds=2147483648$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
            "$6$salt$",
            "$6$salt$short",
            "$y$jFT$abcdefgh12345678$neBWN6Q/BVBJuNtY9NhVCGS98np/REombZtviN/rBxC",
            "$1$salt$0Lg0r2vhAgsDKDATHex9!x",
            "{CRYPT}{MD5}098f6bcd4621d373cade4e832627b4f6",
            "{CRYPT}aaKNIEDOaueR6",
            "{SSHA}AAAA",
            "$argon2id$v=19$m=4294967295,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
            "$pbkdf2-sha256$4000000000$salt$AAAA",
        ] {
            assert!(passwords.check_hash(hash).is_err(), "{hash}");
            assert_ne!(passwords.verify(&secret(hash), &secret("")).await, Ok(true), "{hash}");
        }
    }
}
