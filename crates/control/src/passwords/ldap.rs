//! Hashes as LDAP directories keep them (RFC 2307): `{MD5}`, `{SHA}` and its kin, and their salted forms. The sum
//! is in base64, or, as SFTPGo has it, in hexadecimal.

use aws_lc_rs::{constant_time, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};

/// The longest salt, in bytes; honest ones have 4 to 16.
const MAX_SALT: usize = 64;

enum Sum {
    Md5,
    Sha(&'static digest::Algorithm),
}

struct Parsed {
    sum: Sum,
    expected: Vec<u8>,
    salt: Vec<u8>,
}

pub fn verify(hash: &str, password: &str) -> bool {
    let Some(Parsed { sum, expected, salt }) = parse(hash) else { return false };
    let salted = [password.as_bytes(), &salt].concat();
    let actual = match sum {
        Sum::Md5 => Md5::digest(&salted).to_vec(),
        Sum::Sha(algorithm) => digest::digest(algorithm, &salted).as_ref().to_vec(),
    };
    constant_time::verify_slices_are_equal(&actual, &expected).is_ok()
}

pub fn is_affordable(hash: &str) -> bool {
    parse(hash).is_some()
}

fn parse(hash: &str) -> Option<Parsed> {
    let (name, text) = hash.strip_prefix('{')?.split_once('}')?;
    let (sum, length, salted) = match name {
        "MD5" => (Sum::Md5, 16, false),
        "SMD5" => (Sum::Md5, 16, true),
        "SHA" => (Sum::Sha(&digest::SHA1_FOR_LEGACY_USE_ONLY), 20, false),
        "SSHA" => (Sum::Sha(&digest::SHA1_FOR_LEGACY_USE_ONLY), 20, true),
        "SHA256" => (Sum::Sha(&digest::SHA256), 32, false),
        "SSHA256" => (Sum::Sha(&digest::SHA256), 32, true),
        "SHA512" => (Sum::Sha(&digest::SHA512), 64, false),
        "SSHA512" => (Sum::Sha(&digest::SHA512), 64, true),
        _ => return None,
    };
    let in_hex = !salted && text.len() == 2 * length;
    let mut expected = if in_hex { hex(text)? } else { STANDARD.decode(text).ok()? };
    if expected.len() < length || expected.len() > length + if salted { MAX_SALT } else { 0 } {
        return None;
    }
    let salt = expected.split_off(length);
    Some(Parsed { sum, expected, salt })
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    Some(digits?.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifies_each_form() {
        let salted =
            STANDARD.encode([digest::digest(&digest::SHA512, b"testsalt").as_ref(), b"salt"].concat());
        for hash in [
            "{MD5}098f6bcd4621d373cade4e832627b4f6".to_owned(),
            "{MD5}CY9rzUYh03PK3k6DJie09g==".to_owned(),
            "{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=".to_owned(),
            "{SHA256}9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
            format!("{{SSHA512}}{salted}"),
        ] {
            assert!(verify(&hash, "test"), "{hash}");
            assert!(!verify(&hash, "Test"), "{hash}");
        }
        for bad in ["{MD5}", "{MD5}00", "{X}AAAA", "{SSHA}AAAA", "MD5", "{SHA256}zz"] {
            assert!(!verify(bad, "") && !is_affordable(bad), "{bad}");
        }
    }
}
