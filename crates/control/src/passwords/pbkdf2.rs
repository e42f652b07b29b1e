//! PBKDF2 (RFC 8018) as other servers export it: `$pbkdf2-sha256$<iterations>$<salt>$<key in base64>`, the
//! salt as text, or in base64 with `-b64salt-`.

use aws_lc_rs::pbkdf2;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::num::NonZeroU32;

/// Ten times what is recommended today.
const MAX_ITERATIONS: u32 = 10_000_000;

struct Parsed {
    algorithm: pbkdf2::Algorithm,
    iterations: NonZeroU32,
    salt: Vec<u8>,
    key: Vec<u8>,
}

pub fn verify(hash: &str, password: &str) -> bool {
    let Some(parsed) = parse(hash) else { return false };
    pbkdf2::verify(parsed.algorithm, parsed.iterations, &parsed.salt, password.as_bytes(), &parsed.key)
        .is_ok()
}

pub fn is_affordable(hash: &str) -> bool {
    parse(hash).is_some()
}

fn parse(hash: &str) -> Option<Parsed> {
    let mut parts = hash.strip_prefix("$pbkdf2-")?.split('$');
    let (algorithm, encoded_salt) = match parts.next()? {
        "sha1" => (pbkdf2::PBKDF2_HMAC_SHA1, false),
        "sha256" => (pbkdf2::PBKDF2_HMAC_SHA256, false),
        "sha512" => (pbkdf2::PBKDF2_HMAC_SHA512, false),
        "b64salt-sha256" => (pbkdf2::PBKDF2_HMAC_SHA256, true),
        _ => return None,
    };
    let iterations = parts.next()?.parse().ok().filter(|n: &NonZeroU32| n.get() <= MAX_ITERATIONS)?;
    let salt = parts.next()?;
    let salt = if encoded_salt { STANDARD.decode(salt).ok()? } else { salt.as_bytes().to_vec() };
    let key = STANDARD.decode(parts.next()?).ok()?;
    // A key of a few bytes would be met by chance.
    let sound = parts.next().is_none() && (16..=64).contains(&key.len());
    sound.then_some(Parsed { algorithm, iterations, salt, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifies_known_answers() {
        // RFC 6070, and its SHA-256 counterpart (password, salt, 4096 rounds).
        assert!(verify("$pbkdf2-sha1$4096$salt$SwB5AbdlSJq+rUnZJvch0GWkKcE=", "password"));
        assert!(verify("$pbkdf2-sha256$4096$salt$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o=", "password"));
        assert!(verify(
            "$pbkdf2-b64salt-sha256$4096$c2FsdA==$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o=",
            "password"
        ));
        assert!(!verify("$pbkdf2-sha256$4096$salt$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o=", "Password"));
    }

    #[test]
    fn a_short_key_fits_nothing() {
        assert!(!verify("$pbkdf2-sha256$1$salt$", ""));
        assert!(!verify("$pbkdf2-sha256$1$salt$AA==", ""));
    }
}
