//! argon2id (RFC 9106) in its usual text form, `$argon2id$v=19$m=65536,t=1,p=2$<salt>$<key>`.

use crate::{Argon2Cost, Error, Result};
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::{constant_time::verify_slices_are_equal, rand};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

/// 1 GiB: more would let one login exhaust the machine.
const MAX_MEMORY: u32 = 1 << 20;
/// KiB times iterations: about ten seconds.
const MAX_WORK: u64 = 1 << 23;

struct Parsed {
    cost: Argon2Cost,
    salt: Vec<u8>,
    key: Vec<u8>,
}

pub fn hash(cost: Argon2Cost, password: &str) -> Result<String> {
    let mut salt = [0; 16];
    let mut key = [0; 32];
    rand::fill(&mut salt).map_err(|_| Error::invalid("password: no randomness for a salt"))?;
    derive(cost, password, &salt, &mut key)
        .ok_or_else(|| Error::invalid("password: the configured argon2 options are impossible"))?;
    Ok(format(cost, &salt, &key))
}

pub fn verify(hash: &str, password: &str) -> bool {
    let Some(parsed) = parse(hash).filter(Parsed::is_affordable) else { return false };
    let mut key = vec![0; parsed.key.len()];
    derive(parsed.cost, password, &parsed.salt, &mut key).is_some()
        && verify_slices_are_equal(&key, &parsed.key).is_ok()
}

pub fn is_affordable(hash: &str) -> bool {
    parse(hash).is_some_and(|parsed| parsed.is_affordable())
}

pub fn format(cost: Argon2Cost, salt: &[u8], key: &[u8]) -> String {
    let Argon2Cost { memory, iterations, parallelism } = cost;
    let (salt, key) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(key));
    format!("$argon2id$v=19$m={memory},t={iterations},p={parallelism}${salt}${key}")
}

impl Parsed {
    fn is_affordable(&self) -> bool {
        let Argon2Cost { memory, iterations, parallelism } = self.cost;
        let possible = Params::new(memory, iterations, parallelism, Some(self.key.len())).is_ok();
        possible && memory <= MAX_MEMORY && u64::from(memory) * u64::from(iterations) <= MAX_WORK
    }
}

fn parse(hash: &str) -> Option<Parsed> {
    let mut parts = hash.strip_prefix("$argon2id$v=19$")?.split('$');
    let mut options = parts.next()?.split(',');
    let cost = Argon2Cost {
        memory: options.next()?.strip_prefix("m=")?.parse().ok()?,
        iterations: options.next()?.strip_prefix("t=")?.parse().ok()?,
        parallelism: options.next()?.strip_prefix("p=")?.parse().ok()?,
    };
    let salt = STANDARD_NO_PAD.decode(parts.next()?).ok()?;
    let key = STANDARD_NO_PAD.decode(parts.next()?).ok()?;
    // A key of a few bytes would be met by chance.
    let sound = parts.next().is_none() && (16..=64).contains(&key.len()) && (8..=64).contains(&salt.len());
    sound.then_some(Parsed { cost, salt, key })
}

fn derive(cost: Argon2Cost, password: &str, salt: &[u8], key: &mut [u8]) -> Option<()> {
    let params = Params::new(cost.memory, cost.iterations, cost.parallelism, Some(key.len())).ok()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into(password.as_bytes(), salt, key).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifies_a_known_answer() {
        // From the reference implementation's test suite (argon2id, v=19, m=256, t=2, p=1).
        let hash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assert!(verify(hash, "password"));
        assert!(!verify(hash, "Password"));
    }

    #[test]
    fn malformed_hashes_fit_nothing() {
        for hash in ["$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$$", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AA$x"] {
            assert!(!verify(hash, ""), "{hash}");
        }
    }
}
