//! Hashes of `/etc/shadow`: SHA-crypt (`$5$`, `$6$`) and yescrypt (`$y$`).

use super::md5crypt::is_letter;
use sha_crypt::{PasswordVerifier, ShaCrypt};
use yescrypt::Yescrypt;

/// Ten times what distributions ask for at most.
const MAX_ROUNDS: u32 = 1_000_000;
/// The longest salts, in characters.
const MAX_SALT: usize = 16;
const MAX_YESCRYPT_SALT: usize = 86;
/// The cost a yescrypt hash may have: the parameters `j9T` are the usual ones; each next letter doubles the
/// memory (16 MiB there).
const YESCRYPT_COSTS: &str = "j75 j85 j8T j9T jAT jBT jCT jDT";

pub fn verify(hash: &str, password: &str) -> bool {
    if !is_affordable(hash) {
        return false;
    }
    if hash.starts_with("$y$") {
        return Yescrypt::default().verify_password(password.as_bytes(), hash).is_ok();
    }
    ShaCrypt::default().verify_password(password.as_bytes(), hash).is_ok()
}

pub fn is_affordable(hash: &str) -> bool {
    let parts: Vec<&str> = hash.split('$').collect();
    let sum = |text: &str, length| text.len() == length && text.bytes().all(is_letter);
    let rounds = |text: &str| {
        let rounds = text.strip_prefix("rounds=").and_then(|rounds| rounds.parse().ok());
        rounds.is_some_and(|rounds: u32| rounds <= MAX_ROUNDS)
    };
    match parts[..] {
        ["", "y", parameters, salt, key] => {
            YESCRYPT_COSTS.split(' ').any(|known| known == parameters)
                && (1..=MAX_YESCRYPT_SALT).contains(&salt.len())
                && salt.bytes().all(is_letter)
                && sum(key, 43)
        }
        ["", "5", salt, key] => salt.len() <= MAX_SALT && sum(key, 43),
        ["", "6", salt, key] => salt.len() <= MAX_SALT && sum(key, 86),
        ["", "5", cost, salt, key] => rounds(cost) && salt.len() <= MAX_SALT && sum(key, 43),
        ["", "6", cost, salt, key] => rounds(cost) && salt.len() <= MAX_SALT && sum(key, 86),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifies_what_crypt_made() {
        // Known answers of libxcrypt.
        for hash in [
            "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
            "$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA",
            "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
            "$y$j9T$abcdefgh12345678$neBWN6Q/BVBJuNtY9NhVCGS98np/REombZtviN/rBxC",
        ] {
            assert!(verify(hash, "Hello world!"), "{hash}");
            assert!(!verify(hash, "hello world!"), "{hash}");
        }
        for bad in ["$5$", "$6$rounds=99999999$salt$x", "$y$jZZ$salt$x", "$y$", "$7$x$y"] {
            assert!(!is_affordable(bad), "{bad}");
        }
    }
}
