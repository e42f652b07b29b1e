//! The crypt of FreeBSD and of Apache: `$1$salt$…` and `$apr1$salt$…` (Poul-Henning Kamp, 1994). Verified for
//! imports alone; nothing is hashed so any more.

use md5::{Digest, Md5};

/// The alphabet of crypt(3).
const ITOA64: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ROUNDS: u32 = 1000;
const MAX_SALT: usize = 8;

pub fn verify(hash: &str, password: &str) -> bool {
    let Some((magic, salt, sum)) = parse(hash) else { return false };
    let expected = encode(&digest(password.as_bytes(), salt.as_bytes(), magic.as_bytes()));
    aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_bytes(), sum.as_bytes()).is_ok()
}

pub fn is_affordable(hash: &str) -> bool {
    parse(hash).is_some()
}

fn parse(hash: &str) -> Option<(&str, &str, &str)> {
    let magic = ["$1$", "$apr1$"].into_iter().find(|magic| hash.starts_with(magic))?;
    let (salt, sum) = hash.strip_prefix(magic)?.split_once('$')?;
    let sound = salt.len() <= MAX_SALT && sum.len() == 22 && sum.bytes().all(is_letter);
    sound.then_some((magic, salt, sum))
}

/// Of the alphabet of crypt(3).
pub fn is_letter(byte: u8) -> bool {
    ITOA64.contains(&byte)
}

fn digest(password: &[u8], salt: &[u8], magic: &[u8]) -> [u8; 16] {
    let inner: [u8; 16] =
        Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize().into();
    let mut outer = Md5::new().chain_update(password).chain_update(magic).chain_update(salt);
    for at in (0..password.len()).step_by(16) {
        outer.update(&inner[..(password.len() - at).min(16)]);
    }
    let mut bits = password.len();
    while bits > 0 {
        // As it was first written: a NUL, or the first letter.
        let first = password.first().copied().unwrap_or_default();
        outer.update([if bits & 1 == 1 { 0 } else { first }]);
        bits >>= 1;
    }
    let mut sum: [u8; 16] = outer.finalize().into();
    for round in 0..ROUNDS {
        let mut next = Md5::new();
        let odd = round & 1 == 1;
        next.update(if odd { password } else { &sum });
        if round % 3 != 0 {
            next.update(salt);
        }
        if round % 7 != 0 {
            next.update(password);
        }
        next.update(if odd { &sum[..] } else { password });
        sum = next.finalize().into();
    }
    sum
}

fn encode(sum: &[u8; 16]) -> String {
    let mut text = String::with_capacity(22);
    let mut put = |mut value: u32, letters: usize| {
        for _ in 0..letters {
            text.push(char::from(ITOA64[(value & 0x3f) as usize]));
            value >>= 6;
        }
    };
    for [a, b, c] in [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]] {
        put(u32::from(sum[a]) << 16 | u32::from(sum[b]) << 8 | u32::from(sum[c]), 4);
    }
    put(u32::from(sum[11]), 2);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifies_what_openssl_made() {
        // openssl passwd -1 -salt 5RPVAd clear; openssl passwd -apr1 -salt 5RPVAd clear
        assert!(verify("$1$5RPVAd$J0Lg0r2vhAgsDKDATHex90", "clear"));
        assert!(verify("$apr1$5RPVAd$c.mEGGjSPGUQ8wXwSltoe1", "clear"));
        assert!(!verify("$1$5RPVAd$J0Lg0r2vhAgsDKDATHex90", "Clear"));
        for bad in ["$1$", "$1$x", "$1$toolongsalt$vgsoSANybLDepv2ETcUH7.", "$1$x$short"] {
            assert!(!verify(bad, "clear") && !is_affordable(bad), "{bad}");
        }
    }
}
