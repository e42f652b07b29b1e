//! The answer of CRAM-MD5 (RFC 2195): the password is shown to be known without being sent.

use base64::{Engine, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};
use types::Secret;

/// Bytes of a block of MD5.
const BLOCK: usize = 64;

/// What to send for `challenge`, both in base 64. `None` if the challenge is none.
pub fn answer(user: &str, password: &Secret<String>, challenge: &str) -> Option<String> {
    let challenge = STANDARD.decode(challenge.trim()).ok()?;
    let digest = hmac(password.expose().as_bytes(), &challenge);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(STANDARD.encode(format!("{user} {digest}")))
}

/// HMAC-MD5 (RFC 2104). MD5 is long broken, its HMAC is not; servers that offer nothing else are old.
fn hmac(key: &[u8], text: &[u8]) -> [u8; 16] {
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..16].copy_from_slice(&Md5::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Md5::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(text).finalize();
    Md5::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 2195.
    #[test]
    fn answers_as_the_rfc_does() {
        let challenge = STANDARD.encode("<1896.697170952@postoffice.reston.mci.net>");
        let answer = answer("tim", &Secret::new("tanstaaftanstaaf".into()), &challenge).unwrap();
        assert_eq!(STANDARD.decode(answer).unwrap(), b"tim b913a602c7eda7a495b4e6e7334d3890");
        assert!(self::answer("tim", &Secret::default(), "!").is_none());
    }

    /// RFC 2202, test cases 2 and 6.
    #[test]
    fn known_answers() {
        let hex = |bytes: [u8; 16]| bytes.map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(hex(hmac(b"Jefe", b"what do ya want for nothing?")), "750c783e6ab0b503eaa86e310a5db738");
        let long = hmac(&[0xaa; 80], b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(hex(long), "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
    }
}
