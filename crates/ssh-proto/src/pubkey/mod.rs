//! Public keys of clients: reading them from text and from the wire.

pub(crate) mod certificate;
mod dsa;
mod verify;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};

pub use certificate::{Certificate, CertificateKind, CertificateOption};
use dsa::Dsa;
pub(crate) use verify::{presence, verify};

use crate::{
    algorithms::{Named, PublicKeyAlgorithm},
    curve::Curve,
    error::KeyError,
    event::Presence,
    wire::Reader,
};

/// A public key of a type that is served here, as the blob that travels (RFC 4253 section 6.6). Two keys are the
/// same if their blobs are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    blob: Vec<u8>,
}

impl PublicKey {
    pub fn from_blob(blob: &[u8]) -> Result<Self, KeyError> {
        Fields::parse(blob)?.check()?;
        Ok(Self { blob: blob.to_vec() })
    }

    /// Reads a line of an `authorized_keys` or `.pub` file: options, comment and blanks around are skipped.
    pub fn parse_authorized(line: &str) -> Result<Self, KeyError> {
        let line = line.trim();
        // As OpenSSH does it: what does not read as a key must be options and then a key.
        Self::parse_key(line).or_else(|error| match after_options(line) {
            Some(rest) => Self::parse_key(rest),
            None => Err(error),
        })
    }

    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// The key type, such as `ssh-ed25519`.
    pub fn kind(&self) -> &str {
        Reader::new(&self.blob, "key").utf8().unwrap_or_default()
    }

    pub fn fingerprint(&self) -> String {
        fingerprint(&self.blob)
    }

    fn parse_key(text: &str) -> Result<Self, KeyError> {
        let mut words = text.split_ascii_whitespace();
        let (kind, encoded) = words.next().zip(words.next()).ok_or(KeyError::Malformed)?;
        let blob = STANDARD.decode(encoded).map_err(|_| KeyError::Malformed)?;
        let key = Self::from_blob(&blob)?;
        if key.kind() == kind { Ok(key) } else { Err(KeyError::Malformed) }
    }
}

/// `SHA256:…` of a key blob, as `ssh-keygen -l` prints it.
pub fn fingerprint(blob: &[u8]) -> String {
    format!("SHA256:{}", STANDARD_NO_PAD.encode(digest(&SHA256, blob)))
}

/// The fields of a key blob.
#[derive(Debug, Clone, Copy)]
enum Fields<'a> {
    Ed25519 { point: &'a [u8] },
    Ecdsa { curve: Curve, point: &'a [u8] },
    Rsa { e: &'a [u8], n: &'a [u8] },
    Dsa(Dsa<'a>),
    SkEd25519 { point: &'a [u8], application: &'a [u8] },
    SkEcdsa { point: &'a [u8], application: &'a [u8] },
}

impl<'a> Fields<'a> {
    fn parse(blob: &'a [u8]) -> Result<Self, KeyError> {
        let mut fields = Reader::new(blob, "public key");
        let key = match fields.utf8()? {
            "ssh-ed25519" => Self::Ed25519 { point: fields.string()? },
            "ssh-rsa" => Self::Rsa { e: fields.mpint()?, n: fields.mpint()? },
            "ssh-dss" => Self::Dsa(Dsa {
                p: fields.mpint()?,
                q: fields.mpint()?,
                g: fields.mpint()?,
                y: fields.mpint()?,
            }),
            "sk-ssh-ed25519@openssh.com" => {
                Self::SkEd25519 { point: fields.string()?, application: fields.string()? }
            }
            "sk-ecdsa-sha2-nistp256@openssh.com" => match fields.string()? {
                b"nistp256" => Self::SkEcdsa { point: fields.string()?, application: fields.string()? },
                _ => return Err(KeyError::Malformed),
            },
            other => match Curve::of_key_type(other) {
                Some(curve) => Self::ecdsa(curve, &mut fields)?,
                None => return Err(KeyError::Unsupported(other.to_owned())),
            },
        };
        if fields.is_empty() { Ok(key) } else { Err(KeyError::Malformed) }
    }

    fn ecdsa(curve: Curve, fields: &mut Reader<'a>) -> Result<Self, KeyError> {
        if fields.string()? == curve.name().as_bytes() {
            Ok(Self::Ecdsa { curve, point: fields.string()? })
        } else {
            Err(KeyError::Malformed)
        }
    }

    /// Sizes only; whether a point is on its curve shows when a signature is verified.
    fn check(self) -> Result<(), KeyError> {
        let fits = match self {
            Self::Ed25519 { point } | Self::SkEd25519 { point, .. } => point.len() == 32,
            Self::Ecdsa { curve, point } => point.len() == curve.point_len(),
            Self::SkEcdsa { point, .. } => point.len() == Curve::P256.point_len(),
            Self::Dsa(key) => key.fits(),
            Self::Rsa { n, .. } => {
                let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
                return if (2048..=8192).contains(&bits) { Ok(()) } else { Err(KeyError::RsaSize(bits)) };
            }
        };
        if fits { Ok(()) } else { Err(KeyError::Malformed) }
    }

    /// Whether keys of this type sign with that algorithm.
    fn signs_with(self, algorithm: PublicKeyAlgorithm) -> bool {
        match self {
            Self::Ed25519 { .. } => algorithm == PublicKeyAlgorithm::Ed25519,
            Self::Ecdsa { curve: Curve::P256, .. } => algorithm == PublicKeyAlgorithm::EcdsaNistp256,
            Self::Ecdsa { curve: Curve::P384, .. } => algorithm == PublicKeyAlgorithm::EcdsaNistp384,
            Self::Ecdsa { curve: Curve::P521, .. } => algorithm == PublicKeyAlgorithm::EcdsaNistp521,
            Self::Rsa { .. } => {
                matches!(
                    algorithm,
                    PublicKeyAlgorithm::RsaSha256
                        | PublicKeyAlgorithm::RsaSha512
                        | PublicKeyAlgorithm::RsaSha1
                )
            }
            Self::Dsa(_) => algorithm == PublicKeyAlgorithm::Dss,
            Self::SkEd25519 { .. } => algorithm == PublicKeyAlgorithm::SkEd25519,
            Self::SkEcdsa { .. } => algorithm == PublicKeyAlgorithm::SkEcdsaNistp256,
        }
    }
}

/// A key that came with the name of an algorithm it signs with.
pub(crate) struct Accepted<'a> {
    algorithm: PublicKeyAlgorithm,
    blob: &'a [u8],
    pub(crate) certificate: Option<Box<Certificate>>,
}

/// The key, if the algorithm is enabled and a well-formed key or certificate of its type comes with it.
pub(crate) fn accept<'a>(enabled: &[PublicKeyAlgorithm], name: &str, blob: &'a [u8]) -> Option<Accepted<'a>> {
    let plain = certificate::plain_name(name);
    let algorithm = PublicKeyAlgorithm::from_name(plain.as_deref().unwrap_or(name))
        .filter(|wanted| enabled.contains(wanted))?;
    let certificate = match plain {
        Some(_) => Some(Box::new(Certificate::from_blob(blob).ok()?)),
        None => None,
    };
    let accepted = Accepted { algorithm, blob, certificate };
    let key = Fields::parse(accepted.key()).ok()?;
    key.check().ok()?;
    key.signs_with(algorithm).then_some(accepted)
}

impl Accepted<'_> {
    /// Whether `signature` is one of `message` by the key, and what it says about who was there.
    pub(crate) fn presence(&self, message: &[u8], signature: &[u8]) -> Option<Presence> {
        presence(self.algorithm, self.key(), message, signature)
    }

    /// The bare key.
    fn key(&self) -> &[u8] {
        self.certificate.as_ref().map_or(self.blob, |certificate| certificate.key.blob())
    }
}

/// What follows the first word, which may hold blanks in double quotes.
fn after_options(line: &str) -> Option<&str> {
    let (mut quoted, mut escaped) = (false, false);
    for (i, byte) in line.bytes().enumerate() {
        match byte {
            b'"' if !escaped => quoted = !quoted,
            b' ' | b'\t' if !quoted => return line.get(i..).map(str::trim_start),
            _ => {}
        }
        escaped = byte == b'\\' && !escaped;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJiXjZkzGvHyYjXqXmCPmSNDzHIWbBYNWpqTgxK3Bl2F";

    #[test]
    fn options_comments_and_blanks_do_not_matter() {
        let key = PublicKey::parse_authorized(KEY).unwrap();
        assert_eq!(key.kind(), "ssh-ed25519");
        for line in [
            format!("  {KEY} a comment with blanks \n"),
            format!("no-pty,command=\"echo \\\"hi there\\\" ssh-rsa\" {KEY} c"),
            format!("restrict\t{KEY}"),
        ] {
            assert_eq!(PublicKey::parse_authorized(&line).as_ref(), Ok(&key), "{line}");
        }
    }

    #[test]
    fn junk_is_no_key() {
        let blob = KEY.split_once(' ').unwrap().1;
        for line in
            ["", "#", "ssh-ed25519", "ssh-ed25519 !!!", "ssh-ed25519 AAAA", &format!("ssh-rsa {blob}"), blob]
        {
            assert!(PublicKey::parse_authorized(line).is_err(), "{line}");
        }
    }

    #[test]
    fn short_rsa_keys_are_refused_with_their_size() {
        let blob =
            crate::wire::Message::fields().string("ssh-rsa").mpint(&[3]).mpint(&[0xff; 128]).into_bytes();
        assert_eq!(PublicKey::from_blob(&blob), Err(KeyError::RsaSize(1024)));
    }
}
