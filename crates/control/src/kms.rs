//! Secrets at rest, in the forms SFTPGo's own key management gives them, so that a database can move between
//! the two servers.
//!
//! New secrets are sealed as `Secretbox`. Without a master key that keeps them out of casual sight only: what
//! opens them is stored beside them. With one (`kms.secrets.master_key`) a copy of the database is not enough.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest, hkdf, rand,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto_secretbox::{KeyInit, XSalsa20Poly1305, aead::Aead};
use std::sync::Arc;
use store::KmsSecret;
use types::Secret;

/// Seals and opens secrets. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Kms(Option<Arc<Secret<String>>>);

/// A stored secret that does not open: another master key, damage, or a key service that is not available.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stored secret cannot be decrypted")]
pub struct Unreadable;

const SECRETBOX: &str = "Secretbox";
const BUILTIN: &str = "AES-256-GCM";
/// Bytes of a secretbox nonce, and of an AES-GCM one.
const NONCE: usize = 24;
const GCM_NONCE: usize = 12;

impl Kms {
    /// An empty master key is none.
    pub fn new(master: Secret<String>) -> Self {
        Self((!master.expose().is_empty()).then(|| Arc::new(master)))
    }

    /// Encrypts. `context` names what the secret belongs to (a username); it is stored, and the secret opens
    /// with no other. Fails when the system has no randomness.
    pub fn seal(&self, plain: &Secret<String>, context: &str) -> Result<KmsSecret, Unreadable> {
        let (mut random, mut nonce) = ([0; 32], [0; NONCE]);
        rand::fill(&mut random).map_err(|_| Unreadable)?;
        rand::fill(&mut nonce).map_err(|_| Unreadable)?;
        self.seal_with(plain, context, random, nonce)
    }

    pub fn open(&self, secret: &KmsSecret) -> Result<Secret<String>, Unreadable> {
        let plain = match &*secret.status {
            "Plain" => return Ok(secret.payload.clone()),
            SECRETBOX => self.open_box(secret)?,
            BUILTIN => open_builtin(secret)?,
            _ => return Err(Unreadable),
        };
        String::from_utf8(plain).map(Secret::new).map_err(|_| Unreadable)
    }

    fn seal_with(
        &self,
        plain: &Secret<String>,
        context: &str,
        random: [u8; 32],
        nonce: [u8; NONCE],
    ) -> Result<KmsSecret, Unreadable> {
        let key = box_key(self.0.as_deref(), &random, context)?;
        let cipher = XSalsa20Poly1305::new(&key.into());
        let sealed = cipher.encrypt(&nonce.into(), plain.expose().as_bytes()).map_err(|_| Unreadable)?;
        Ok(KmsSecret {
            status: SECRETBOX.to_owned(),
            payload: Secret::new(STANDARD.encode([&nonce[..], &sealed].concat())),
            key: Secret::new(to_hex(&random)),
            additional_data: context.to_owned(),
            mode: self.0.is_some().into(),
        })
    }

    fn open_box(&self, secret: &KmsSecret) -> Result<Vec<u8>, Unreadable> {
        let random = from_hex(secret.key.expose()).ok_or(Unreadable)?;
        let payload = STANDARD.decode(secret.payload.expose()).map_err(|_| Unreadable)?;
        let (nonce, sealed) = payload.split_first_chunk::<NONCE>().ok_or(Unreadable)?;
        // Mode 0 was sealed without the master key, even if there is one now.
        let master = self.0.as_deref().filter(|_| secret.mode != 0);
        let key = box_key(master, &random, &secret.additional_data)?;
        XSalsa20Poly1305::new(&key.into()).decrypt(&(*nonce).into(), sealed).map_err(|_| Unreadable)
    }
}

fn box_key(master: Option<&Secret<String>>, random: &[u8], context: &str) -> Result<[u8; 32], Unreadable> {
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, random);
    let extracted = match master {
        Some(master) => salt.extract(master.expose().as_bytes()),
        None => salt.extract(&around(random, context)),
    };
    let mut key = [0; 32];
    let info = [context.as_bytes()];
    let expanded = extracted.expand(&info, hkdf::HKDF_SHA256).map_err(|_| Unreadable)?;
    expanded.fill(&mut key).map_err(|_| Unreadable)?;
    Ok(key)
}

/// The form of `builtin://`: AES-256-GCM under a key made of what is stored beside it.
fn open_builtin(secret: &KmsSecret) -> Result<Vec<u8>, Unreadable> {
    let random = from_hex(secret.key.expose()).ok_or(Unreadable)?;
    let payload = from_hex(secret.payload.expose()).ok_or(Unreadable)?;
    let (nonce, sealed) = payload.split_first_chunk::<GCM_NONCE>().ok_or(Unreadable)?;
    let key = around(&random, &secret.additional_data);
    let key = UnboundKey::new(&AES_256_GCM, &key).map_err(|_| Unreadable)?;
    let mut buffer = sealed.to_vec();
    let aad = Aad::from(secret.additional_data.as_bytes());
    let opened = LessSafeKey::new(key)
        .open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut buffer)
        .map_err(|_| Unreadable)?;
    Ok(opened.to_vec())
}

/// SHA-256 of the context between two copies of the random bytes.
fn around(random: &[u8], context: &str) -> [u8; 32] {
    let mut key = [0; 32];
    let digest = digest::digest(&digest::SHA256, &[random, context.as_bytes(), random].concat());
    key.copy_from_slice(digest.as_ref());
    key
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kms(master: &str) -> Kms {
        Kms::new(Secret::new(master.to_owned()))
    }

    /// Known answers: random 00..1f, nonce 64..7b, the payload after the nonce.
    #[test]
    fn seals_as_sftpgo_does() {
        let random = std::array::from_fn(|i| i as u8);
        let nonce = std::array::from_fn(|i| 100 + i as u8);
        for (master, context, expected) in [
            ("", "", "71d12df2b508033ca81d912d20e5bf18786c23ed3e19"),
            ("", "user1", "74543188f53150348654ff3033e36292aff191319471"),
            ("master-key-string", "user1", "0b332e33b5b6729538968ddc67dbed58aba99c4c1ac6"),
            ("master-key-string", "folder_f1", "46748a64ffd1bcfb4e701311d4d3985c4f34232fab4c"),
        ] {
            let plain = Secret::new("s3cr3t".to_owned());
            let sealed = kms(master).seal_with(&plain, context, random, nonce).unwrap();
            let payload = STANDARD.decode(sealed.payload.expose()).unwrap();
            assert_eq!(payload[..NONCE], nonce);
            assert_eq!(to_hex(&payload[NONCE..]), expected);
            assert_eq!(kms(master).open(&sealed).unwrap(), plain);
        }
    }

    #[test]
    fn opens_only_what_it_sealed() {
        let plain = Secret::new("s3cr3t".to_owned());
        let sealed = kms("a").seal(&plain, "alice").unwrap();
        assert!(!format!("{sealed:?}").contains("s3cr3t") && sealed.mode == 1);
        assert_eq!(kms("b").open(&sealed), Err(Unreadable));
        assert_eq!(kms("").open(&sealed), Err(Unreadable));
        let moved = KmsSecret { additional_data: "bob".into(), ..sealed.clone() };
        assert_eq!(kms("a").open(&moved), Err(Unreadable));
        for payload in ["", "AAAA", "!"] {
            let damaged = KmsSecret { payload: Secret::new(payload.into()), ..sealed.clone() };
            assert_eq!(kms("a").open(&damaged), Err(Unreadable));
        }
        for (status, key) in [("AWS", "00"), ("AES-256-GCM", "zz"), ("Secretbox", "0"), ("", "é")] {
            let foreign = KmsSecret { status: status.into(), key: Secret::new(key.into()), ..sealed.clone() };
            assert_eq!(kms("a").open(&foreign), Err(Unreadable));
        }
        // A master key that came later does not lock out what was sealed before.
        let older = kms("").seal(&plain, "alice").unwrap();
        assert_eq!(kms("a").open(&older).unwrap(), plain);
    }

    #[test]
    fn opens_the_builtin_form() {
        let random = [7; 32];
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &around(&random, "alice")).unwrap());
        let mut sealed = b"s3cr3t".to_vec();
        let nonce = Nonce::assume_unique_for_key([1; GCM_NONCE]);
        key.seal_in_place_append_tag(nonce, Aad::from(b"alice"), &mut sealed).unwrap();
        let secret = KmsSecret {
            status: BUILTIN.into(),
            payload: Secret::new(to_hex(&[&[1; GCM_NONCE][..], &sealed].concat())),
            key: Secret::new(to_hex(&random)),
            additional_data: "alice".into(),
            mode: 0,
        };
        assert_eq!(kms("x").open(&secret).unwrap().expose(), "s3cr3t");
    }
}
