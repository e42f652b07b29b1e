//! The secrets of `filesystem`, and that of an action: as they are stored, whatever form they came in.

use super::private_key;
use crate::{Error, Result, managed::Rules, passwords::entropy};
use store::{Filesystem, KmsSecret};

/// What a stored secret's `status` can be.
const STORED: [&str; 6] = ["AES-256-GCM", "Secretbox", "GCP", "AWS", "VaultTransit", "AzureKeyVault"];
/// Those of them that open with what is stored beside them, and the digits of that.
const LOCAL: [&str; 2] = ["AES-256-GCM", "Secretbox"];
const KEY_DIGITS: usize = 64;
/// What files are encrypted with: it must not be guessed.
const GUARDED: [&str; 2] = ["cryptconfig.passphrase", "s3config.sse_customer_key"];

/// Secrets as they are stored: one that came back redacted, or as it was shown, is what `before` has; one in the
/// clear is sealed. `context` names what they belong to.
///
/// Redacted where `before` has none is none, since that is all that it can be an echo of; where nothing was before
/// (`None`) it is an error.
pub fn settle_all(
    fs: &mut Filesystem,
    before: Option<&Filesystem>,
    context: &str,
    rules: &Rules,
) -> Result<()> {
    private_key::check(&fs.sftpconfig)?;
    let mut before = before.cloned();
    let stored = before.as_mut().map(Filesystem::secrets_mut);
    let mut stored = stored.into_iter().flatten().map(|(_, secret)| std::mem::take(secret));
    for (field, new) in fs.secrets_mut() {
        settle(field, new, stored.next(), context, rules)?;
    }
    complete(fs)
}

/// As [`settle_all`], of one secret in `field`.
pub fn settle(
    field: &str,
    new: &mut KmsSecret,
    before: Option<KmsSecret>,
    context: &str,
    rules: &Rules,
) -> Result<()> {
    check_secret(field, new)?;
    match before {
        None if new.is_redacted() => {
            return Err(Error::Invalid(format!("{field}: cannot save a redacted secret")));
        }
        Some(old) if new.is_redacted() || is_echo(new, &old) => *new = old,
        _ if new.is_plain() && new.payload.expose().is_empty() => *new = KmsSecret::default(),
        _ if new.is_plain() => {
            let weak = || entropy(new.payload.expose()) < rules.settings.secret_min_entropy;
            if GUARDED.contains(&field) && weak() {
                return Err(Error::Invalid(format!(
                    "{field}: it is too easy to guess, make it longer or more varied"
                )));
            }
            *new = rules.kms.seal(&new.payload, context)?;
        }
        _ if LOCAL.contains(&new.status.as_str()) && new.key.expose().len() != KEY_DIGITS => {
            return Err(Error::Invalid(format!("{field}: what it opens with is missing")));
        }
        _ => {}
    }
    Ok(())
}

fn is_echo(new: &KmsSecret, old: &KmsSecret) -> bool {
    !new.is_empty() && new.status == old.status && new.payload == old.payload
}

fn check_secret(field: &str, secret: &KmsSecret) -> Result<()> {
    if secret.is_empty() || secret.is_redacted() || secret.is_plain() {
        return Ok(());
    }
    if !STORED.contains(&secret.status.as_str()) {
        return Err(Error::Invalid(format!("{field}: invalid status {:?}", secret.status)));
    }
    if secret.payload.expose().is_empty() {
        return Err(Error::Invalid(format!("{field}: the payload is empty")));
    }
    Ok(())
}

/// What each kind of storage cannot be reached without.
fn complete(fs: &Filesystem) -> Result<()> {
    let s3 = &fs.s3config;
    match fs.provider {
        Filesystem::S3 if s3.access_key.is_empty() != s3.access_secret.is_empty() => Err(Error::invalid(
            "s3config.access_key and s3config.access_secret: there is none without the other",
        )),
        Filesystem::GCS if fs.gcsconfig.automatic_credentials == 0 => {
            mandatory("gcsconfig.credentials", &fs.gcsconfig.credentials)
        }
        Filesystem::LOCAL_ENCRYPTED => mandatory("cryptconfig.passphrase", &fs.cryptconfig.passphrase),
        Filesystem::SFTP if fs.sftpconfig.private_key.is_empty() => {
            mandatory("sftpconfig.password or sftpconfig.private_key", &fs.sftpconfig.password)
        }
        _ => Ok(()),
    }
}

fn mandatory(field: &str, secret: &KmsSecret) -> Result<()> {
    if secret.is_empty() { Err(Error::Invalid(format!("{field}: it is mandatory"))) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kms, Settings, managed::Origin};
    use std::sync::Arc;
    use types::Secret;

    fn stored(payload: &str) -> KmsSecret {
        KmsSecret {
            status: "Secretbox".into(),
            payload: Secret::new(payload.into()),
            key: Secret::new("0".repeat(KEY_DIGITS)),
            additional_data: "u".into(),
            mode: 0,
        }
    }

    fn s3(secret: KmsSecret) -> Filesystem {
        let mut fs = Filesystem { provider: Filesystem::S3, ..Filesystem::default() };
        fs.s3config.access_key = "k".into();
        fs.s3config.access_secret = secret;
        fs
    }

    fn rules(secret_min_entropy: f64) -> Rules {
        let settings = Settings { secret_min_entropy, ..Settings::default() };
        Rules { settings: Arc::new(settings), kms: Kms::default(), origin: Origin::Request }
    }

    fn plain(text: &str) -> KmsSecret {
        KmsSecret { status: "Plain".into(), payload: Secret::new(text.into()), ..KmsSecret::default() }
    }

    #[test]
    fn an_echoed_or_redacted_secret_keeps_the_stored_one() {
        let settle =
            |fs: &mut Filesystem, before: Option<&Filesystem>| settle_all(fs, before, "u", &rules(0.0));
        let mut shown = stored("abc");
        shown.redact();
        let redacted = KmsSecret { status: "Redacted".into(), ..KmsSecret::default() };
        for sent in [shown, redacted.clone()] {
            let mut after = s3(sent);
            settle(&mut after, Some(&s3(stored("abc")))).unwrap();
            assert_eq!(after.s3config.access_secret, stored("abc"));
        }
        // An echo of none is none, as far as the storage can do without.
        let mut sse = s3(stored("abc"));
        sse.s3config.sse_customer_key = redacted.clone();
        settle(&mut sse, Some(&s3(stored("abc")))).unwrap();
        assert!(sse.s3config.sse_customer_key.is_empty());
        assert!(settle(&mut s3(redacted.clone()), Some(&s3(KmsSecret::default()))).is_err());
        assert!(settle(&mut s3(redacted), None).is_err());
        let mut changed = s3(stored("new"));
        settle(&mut changed, Some(&s3(stored("abc")))).unwrap();
        assert_eq!(changed.s3config.access_secret, stored("new"));
    }

    #[test]
    fn nothing_is_stored_in_the_clear() {
        let mut fs = s3(plain("s3cr3t"));
        settle_all(&mut fs, None, "u", &rules(80.0)).unwrap();
        let sealed = &fs.s3config.access_secret;
        assert_eq!((sealed.status.as_str(), sealed.additional_data.as_str()), ("Secretbox", "u"));
        assert_eq!(Kms::default().open(sealed).unwrap().expose(), "s3cr3t");
        let unknown = KmsSecret { status: "Rot13".into(), ..stored("x") };
        let keyless = KmsSecret { key: Secret::new("0".into()), ..stored("x") };
        for unusable in [unknown, keyless] {
            assert!(settle_all(&mut s3(unusable), None, "u", &rules(0.0)).is_err());
        }
    }

    #[test]
    fn storage_is_not_without_what_opens_it() {
        let none = KmsSecret::default();
        assert!(settle_all(&mut s3(none.clone()), None, "u", &rules(0.0)).is_err());
        for provider in [Filesystem::GCS, Filesystem::LOCAL_ENCRYPTED, Filesystem::SFTP] {
            let mut fs = Filesystem { provider, ..Filesystem::default() };
            assert!(settle_all(&mut fs, None, "u", &rules(0.0)).is_err(), "{provider}");
        }
        let mut automatic = Filesystem { provider: Filesystem::GCS, ..Filesystem::default() };
        automatic.gcsconfig.automatic_credentials = 1;
        settle_all(&mut automatic, None, "u", &rules(0.0)).unwrap();
    }

    #[test]
    fn a_passphrase_has_to_be_hard_to_guess() {
        let mut fs = Filesystem { provider: Filesystem::LOCAL_ENCRYPTED, ..Filesystem::default() };
        fs.cryptconfig.passphrase = plain("password");
        assert!(settle_all(&mut fs.clone(), None, "u", &rules(80.0)).is_err());
        assert!(settle_all(&mut fs, None, "u", &rules(0.0)).is_ok());
    }
}
