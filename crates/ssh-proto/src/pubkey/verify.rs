//! Signatures of users' keys.

use aws_lc_rs::{
    digest::{Context, SHA256, digest},
    signature::{
        ED25519, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256,
        RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents, UnparsedPublicKey,
    },
};

use super::Fields;
use crate::{
    algorithms::{Named, PublicKeyAlgorithm},
    curve::Curve,
    event::Presence,
    wire::Reader,
};

/// The authenticator saw somebody touch it (FIDO CTAP, OpenSSH PROTOCOL.u2f).
const USER_PRESENT: u8 = 1;
/// The authenticator saw that it was its owner.
const USER_VERIFIED: u8 = 4;

/// Whether `signature`, a whole signature blob, is one of `message` by the key. Anything malformed is a no.
pub(crate) fn verify(algorithm: PublicKeyAlgorithm, blob: &[u8], message: &[u8], signature: &[u8]) -> bool {
    presence(algorithm, blob, message, signature).is_some()
}

/// Like [`verify`]; and what the signature says about who was there.
pub(crate) fn presence(
    algorithm: PublicKeyAlgorithm,
    blob: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Option<Presence> {
    let key = Fields::parse(blob).ok().filter(|key| key.signs_with(algorithm))?;
    let mut fields = Reader::new(signature, "signature");
    // The name inside must be that of the request: a signature is never valid under another algorithm.
    if fields.string().ok()? != algorithm.name().as_bytes() {
        return None;
    }
    let proof = fields.string().ok()?;
    match key {
        Fields::Ed25519 { point } => ed25519(point, message, proof)?,
        Fields::Ecdsa { curve, point } => ecdsa(curve, point, message, proof)?,
        Fields::Rsa { e, n } => rsa(algorithm, e, n, message, proof)?,
        Fields::Dsa(key) => key.verify(message, proof)?,
        Fields::SkEd25519 { point, application } => {
            let (message, presence) = attested(application, message, &mut fields)?;
            return ed25519(point, &message, proof).map(|()| presence);
        }
        Fields::SkEcdsa { point, application } => {
            let (message, presence) = attested(application, message, &mut fields)?;
            return ecdsa(Curve::P256, point, &message, proof).map(|()| presence);
        }
    }
    Some(Presence::Unknown)
}

fn ed25519(point: &[u8], message: &[u8], proof: &[u8]) -> Option<()> {
    UnparsedPublicKey::new(&ED25519, point).verify(message, proof).ok()
}

/// RFC 5656 section 3.1.2: the signature is two mpints.
fn ecdsa(curve: Curve, point: &[u8], message: &[u8], proof: &[u8]) -> Option<()> {
    let mut numbers = Reader::new(proof, "signature");
    let mut fixed = left_padded(numbers.mpint().ok()?, curve.scalar_len())?;
    fixed.extend(left_padded(numbers.mpint().ok()?, curve.scalar_len())?);
    UnparsedPublicKey::new(curve.verification(), point).verify(message, &fixed).ok()
}

/// RFC 8332. Some clients cut leading zeros off the signature, hence the padding.
fn rsa(algorithm: PublicKeyAlgorithm, e: &[u8], n: &[u8], message: &[u8], proof: &[u8]) -> Option<()> {
    let parameters = match algorithm {
        PublicKeyAlgorithm::RsaSha512 => &RSA_PKCS1_2048_8192_SHA512,
        PublicKeyAlgorithm::RsaSha1 => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        _ => &RSA_PKCS1_2048_8192_SHA256,
    };
    let proof = left_padded(proof, n.len())?;
    RsaPublicKeyComponents { n, e }.verify(parameters, message, &proof).ok()
}

/// What an authenticator signs in place of the message (OpenSSH PROTOCOL.u2f), and whom it saw; `fields` holds flags and
/// counter.
fn attested(application: &[u8], message: &[u8], fields: &mut Reader<'_>) -> Option<(Vec<u8>, Presence)> {
    let (flags, counter) = (fields.u8().ok()?, fields.u32().ok()?);
    if flags & USER_PRESENT == 0 {
        return None;
    }
    let mut hash = Context::new(&SHA256);
    hash.update(application);
    let mut text = hash.finish().as_ref().to_vec();
    text.push(flags);
    text.extend_from_slice(&counter.to_be_bytes());
    text.extend_from_slice(digest(&SHA256, message).as_ref());
    let verified = flags & USER_VERIFIED != 0;
    Some((text, if verified { Presence::Verified } else { Presence::Touched }))
}

fn left_padded(number: &[u8], len: usize) -> Option<Vec<u8>> {
    let mut padded = vec![0; len.checked_sub(number.len())?];
    padded.extend_from_slice(number);
    Some(padded)
}
