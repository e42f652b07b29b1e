//! Public keys in the form of `authorized_keys` (sshd(8)): `[options] <algorithm> <base64> [comment]`.

use crate::{Error, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::collections::HashSet;

/// The algorithms a stored key can have. A certificate is no key: what it proves is its authority's business.
const ALGORITHMS: [&str; 8] = [
    "ssh-ed25519",
    "ssh-rsa",
    // Logs in only where `public_key_algorithms` names it.
    "ssh-dss",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];
/// The one option that is heeded; what others are about is not done here.
const VERIFY_REQUIRED: &str = "verify-required";
/// Bytes of an RSA modulus of 2048 bits; shorter keys can be factored.
const MIN_RSA: usize = 256;

/// A stored public key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey {
    /// As on the wire (RFC 4253, section 6.6).
    pub blob: Vec<u8>,
    /// The option `verify-required`: an authenticator has to have verified its owner, too.
    pub verify_required: bool,
}

impl PublicKey {
    /// Reads one line; `None` if it holds no key.
    pub fn parse_line(line: &str) -> Option<Self> {
        let mut verify_required = false;
        let mut words = line.split_whitespace().skip_while(|word| {
            verify_required |= word.split(',').any(|option| option.eq_ignore_ascii_case(VERIFY_REQUIRED));
            !ALGORITHMS.contains(word)
        });
        let algorithm = words.next()?;
        let blob = STANDARD.decode(words.next()?).ok()?;
        is_key_of(algorithm, &blob).then_some(Self { blob, verify_required })
    }
}

/// Checks the lines and leaves each key once, without the empty ones.
pub fn check(lines: &mut Vec<String>) -> Result<()> {
    let mut seen = HashSet::new();
    let mut kept = Vec::with_capacity(lines.len());
    for line in lines.drain(..) {
        let line = line.trim().to_owned();
        if line.is_empty() {
            continue;
        }
        let valid = PublicKey::parse_line(&line).filter(|_| !line.contains(['\n', '\r', '\0']));
        let Some(key) = valid else {
            return Err(Error::Invalid(format!("public_keys: could not parse key nr. {}", kept.len() + 1)));
        };
        if seen.insert(key) {
            kept.push(line);
        }
    }
    *lines = kept;
    Ok(())
}

/// The blob is what its algorithm says, to the last byte.
fn is_key_of(algorithm: &str, blob: &[u8]) -> bool {
    let mut rest = blob;
    let name = string(&mut rest);
    if name != Some(algorithm.as_bytes()) {
        return false;
    }
    let fields: Vec<&[u8]> = std::iter::from_fn(|| string(&mut rest)).collect();
    let sound = match (algorithm, &fields[..]) {
        ("ssh-ed25519", [key]) | ("sk-ssh-ed25519@openssh.com", [key, _]) => key.len() == 32,
        ("ssh-rsa", [exponent, modulus]) => !exponent.is_empty() && modulus.len() >= MIN_RSA,
        ("ssh-dss", [p, q, g, y]) => [p, q, g, y].iter().all(|number| !number.is_empty()),
        ("ecdsa-sha2-nistp256", [b"nistp256", point]) => point.len() == 65,
        ("ecdsa-sha2-nistp384", [b"nistp384", point]) => point.len() == 97,
        ("ecdsa-sha2-nistp521", [b"nistp521", point]) => point.len() == 133,
        ("sk-ecdsa-sha2-nistp256@openssh.com", [b"nistp256", point, _]) => point.len() == 65,
        _ => false,
    };
    sound && rest.is_empty()
}

/// The next `string` (RFC 4251, section 5) of `rest`.
fn string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (len, after) = rest.split_first_chunk::<4>()?;
    let len = usize::try_from(u32::from_be_bytes(*len)).ok()?;
    let (string, after) = after.split_at_checked(len)?;
    *rest = after;
    Some(string)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKr5IT3AHSh1gQT4/LrfdEBmdmI0CC40kP5kPTlRi6Mf a@b";
    const DSA: &str = include_str!("../../../ssh-proto/testdata/dss.pub");
    const ECDSA: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGVfB888IlxQsK2OJcE4X+HiIlXN+g3dNlVpFd/N5ayb4VcQYcUfWNkgBeRTHwyxF8OhKFpZZxTi/Fqw6NYG5Vc= a comment";

    #[test]
    fn reads_keys_with_options_and_comments() {
        assert!(PublicKey::parse_line(DSA).is_some());
        for line in [ED25519.to_owned(), ECDSA.to_owned(), format!("no-pty,from=\"10.0.0.0/8\" {ED25519}")] {
            assert!(PublicKey::parse_line(&line).is_some(), "{line}");
        }
    }

    #[test]
    fn an_option_asks_for_the_owner() {
        let required = |line: &str| PublicKey::parse_line(line).unwrap().verify_required;
        assert!(required(&format!("verify-required {ED25519}")));
        assert!(required(&format!("no-pty,Verify-Required,from=\"a b\" {ED25519}")));
        assert!(!required(&format!("no-pty {ED25519} verify-required")));
    }

    #[test]
    fn refuses_what_is_no_key() {
        let short = ED25519.replace("i6Mf", "");
        let other = ED25519.replace("ssh-ed25519 ", "ssh-rsa ");
        for line in ["garbage", "ssh-ed25519", "ssh-ed25519 !!!!", short.as_str(), other.as_str()] {
            assert!(PublicKey::parse_line(line).is_none(), "{line}");
        }
    }

    #[test]
    fn keeps_each_key_once() {
        let mut lines =
            vec![String::new(), format!(" {ED25519} "), ED25519.replace("a@b", "again"), ECDSA.into()];
        check(&mut lines).unwrap();
        assert_eq!(lines, [ED25519, ECDSA]);
        assert!(check(&mut vec![format!("{ED25519}\n{ECDSA}")]).is_err());
    }
}
