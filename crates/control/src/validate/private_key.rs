//! The private key of `sftpconfig`: whether it is one, and whether a passphrase fits what it says of itself.
//!
//! Whether it is the right passphrase is seen when the key is used: finding out here would cost every change of an
//! account the time that the key's author wanted a guess to cost.

use crate::{Error, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use store::{KmsSecret, model::SftpConfig};

/// How the format of OpenSSH begins (PROTOCOL.key): the name of the cipher follows.
const OPENSSH: &[u8] = b"openssh-key-v1\0";

/// Checks a key that came in the clear; one that is sealed was checked before.
pub fn check(config: &SftpConfig) -> Result<()> {
    let key = &config.private_key;
    if !key.is_plain() || key.payload.expose().is_empty() {
        return Ok(());
    }
    match (is_encrypted(key.payload.expose()), is_given(&config.key_passphrase)) {
        (None, _) => Err(Error::invalid("sftpconfig.private_key: a private key in PEM form is expected")),
        (Some(true), false) => Err(Error::invalid("sftpconfig.key_passphrase: the private key needs one")),
        (Some(false), true) => Err(Error::invalid("sftpconfig.key_passphrase: the private key has none")),
        _ => Ok(()),
    }
}

/// Redacted, it may stand for one that is stored.
fn is_given(passphrase: &KmsSecret) -> bool {
    !(passphrase.is_empty() || passphrase.is_plain() && passphrase.payload.expose().is_empty())
}

/// Whether a key in PEM form is encrypted; `None` if it is none.
fn is_encrypted(text: &str) -> Option<bool> {
    let (label, body) = text.trim().strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let body = body.trim_end().strip_suffix("-----")?.strip_suffix(label)?.strip_suffix("-----END ")?;
    // RFC 1421: headers, an empty line, the key.
    let (headers, digits) = match body.replace("\r\n", "\n").split_once("\n\n") {
        Some((headers, digits)) => (headers.to_owned(), digits.to_owned()),
        None => (String::new(), body.to_owned()),
    };
    let digits: String = digits.split_ascii_whitespace().collect();
    let key = STANDARD.decode(digits).ok().filter(|key| !key.is_empty())?;
    match label {
        "OPENSSH PRIVATE KEY" => {
            let (length, rest) = key.strip_prefix(OPENSSH)?.split_first_chunk::<4>()?;
            let cipher = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
            Some(cipher != b"none")
        }
        "ENCRYPTED PRIVATE KEY" => Some(true),
        "PRIVATE KEY" => Some(false),
        "RSA PRIVATE KEY" | "EC PRIVATE KEY" | "DSA PRIVATE KEY" => Some(headers.contains("ENCRYPTED")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Secret;

    fn openssh(cipher: &str) -> String {
        let length = u32::try_from(cipher.len()).unwrap().to_be_bytes();
        pem("OPENSSH PRIVATE KEY", "", &[OPENSSH, &length, cipher.as_bytes(), b"rest"].concat())
    }

    fn pem(label: &str, headers: &str, der: &[u8]) -> String {
        format!("-----BEGIN {label}-----\n{headers}{}\n-----END {label}-----\n", STANDARD.encode(der))
    }

    fn plain(text: &str) -> KmsSecret {
        KmsSecret { status: "Plain".into(), payload: Secret::new(text.into()), ..KmsSecret::default() }
    }

    #[test]
    fn keys_say_whether_they_are_encrypted() {
        let headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n";
        for (key, encrypted) in [
            (openssh("none"), Some(false)),
            (openssh("aes256-ctr"), Some(true)),
            (pem("PRIVATE KEY", "", b"x"), Some(false)),
            (pem("ENCRYPTED PRIVATE KEY", "", b"x"), Some(true)),
            (pem("RSA PRIVATE KEY", "", b"x"), Some(false)),
            (pem("RSA PRIVATE KEY", headers, b"x"), Some(true)),
            (pem("PRIVATE KEY", "", b""), None),
            (pem("PUBLIC KEY", "", b"x"), None),
            (pem("OPENSSH PRIVATE KEY", "", OPENSSH), None),
            ("garbage".into(), None),
            ("-----BEGIN PRIVATE KEY-----".into(), None),
        ] {
            assert_eq!(is_encrypted(&key), encrypted, "{key}");
        }
    }

    #[test]
    fn a_passphrase_belongs_to_an_encrypted_key() {
        let (open, closed) = (openssh("none"), openssh("aes256-ctr"));
        for (key, passphrase, fits) in [
            (plain(&open), KmsSecret::default(), true),
            (plain(&open), plain(""), true),
            (plain(&open), plain("x"), false),
            (plain(&closed), plain("x"), true),
            (plain(&closed), KmsSecret::default(), false),
            (plain("garbage"), KmsSecret::default(), false),
            (KmsSecret { status: "Redacted".into(), ..KmsSecret::default() }, plain("x"), true),
        ] {
            let config = SftpConfig { private_key: key, key_passphrase: passphrase, ..SftpConfig::default() };
            assert_eq!(check(&config).is_ok(), fits);
        }
    }
}
