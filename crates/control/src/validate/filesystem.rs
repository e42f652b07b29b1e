//! `filesystem` of users and folders: what each kind of storage needs, and its secrets.

use super::text;
use crate::{Error, Result, managed::Rules, passwords::entropy};
use store::{Filesystem, KmsSecret};

/// What a stored secret's `status` can be.
const STORED: [&str; 6] = ["AES-256-GCM", "Secretbox", "GCP", "AWS", "VaultTransit", "AzureKeyVault"];

pub fn check(fs: &mut Filesystem) -> Result<()> {
    match fs.provider {
        Filesystem::LOCAL => {
            buffers("osconfig", fs.osconfig.read_buffer_size, fs.osconfig.write_buffer_size)?
        }
        Filesystem::S3 => given("s3config.bucket", &fs.s3config.bucket)?,
        Filesystem::GCS => given("gcsconfig.bucket", &fs.gcsconfig.bucket)?,
        Filesystem::AZURE_BLOB if fs.azblobconfig.sas_url.is_empty() => {
            given("azblobconfig.container", &fs.azblobconfig.container)?;
            given("azblobconfig.account_name", &fs.azblobconfig.account_name)?;
        }
        Filesystem::AZURE_BLOB => {}
        Filesystem::LOCAL_ENCRYPTED => {
            if fs.cryptconfig.passphrase.is_empty() {
                return Err(Error::invalid("cryptconfig.passphrase: it is mandatory"));
            }
            buffers("cryptconfig", fs.cryptconfig.read_buffer_size, fs.cryptconfig.write_buffer_size)?;
        }
        Filesystem::SFTP => {
            given("sftpconfig.endpoint", &fs.sftpconfig.endpoint)?;
            given("sftpconfig.username", &fs.sftpconfig.username)?;
        }
        Filesystem::HTTP => given("httpconfig.endpoint", &fs.httpconfig.endpoint)?,
        other => return Err(Error::Invalid(format!("filesystem.provider: invalid value {other}"))),
    }
    Ok(())
}

/// Secrets as they are stored: one that came back redacted, or as it was shown, is what `before` has; one in the
/// clear is sealed. `context` names what they belong to.
pub fn settle_secrets(
    fs: &mut Filesystem,
    before: Option<&Filesystem>,
    context: &str,
    rules: &Rules,
) -> Result<()> {
    let mut before = before.cloned().unwrap_or_default();
    for ((field, new), (_, old)) in fs.secrets_mut().into_iter().zip(before.secrets_mut()) {
        settle_secret(field, new, std::mem::take(old), context, rules)?;
    }
    Ok(())
}

/// As [`settle_secrets`], of one secret in `field`.
pub fn settle_secret(
    field: &str,
    new: &mut KmsSecret,
    old: KmsSecret,
    context: &str,
    rules: &Rules,
) -> Result<()> {
    check_secret(field, new)?;
    let echoed = !new.is_empty() && new.status == old.status && new.payload == old.payload;
    if echoed || (new.is_redacted() && !old.is_empty()) {
        *new = old;
    } else if new.is_redacted() {
        return Err(Error::Invalid(format!("{field}: cannot save a redacted secret")));
    } else if new.is_plain() && new.payload.expose().is_empty() {
        *new = KmsSecret::default();
    } else if new.is_plain() {
        let weak = field == "cryptconfig.passphrase"
            && entropy(new.payload.expose()) < rules.settings.secret_min_entropy;
        if weak {
            return Err(Error::Invalid(format!(
                "{field}: it is too easy to guess, make it longer or more varied"
            )));
        }
        *new = rules.kms.seal(&new.payload, context)?;
    }
    Ok(())
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

fn given(field: &str, value: &str) -> Result<()> {
    if value.is_empty() { Err(Error::Invalid(format!("{field}: it is mandatory"))) } else { Ok(()) }
}

fn buffers(field: &str, read: i32, write: i32) -> Result<()> {
    for (name, size) in [("read_buffer_size", read), ("write_buffer_size", write)] {
        text::not_negative(&format!("{field}.{name}"), size.into())?;
        if size > 10 {
            return Err(Error::Invalid(format!("{field}.{name}: at most 10 MiB")));
        }
    }
    Ok(())
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
            key: Secret::new("key".into()),
            additional_data: "u".into(),
            mode: 0,
        }
    }

    fn s3(secret: KmsSecret) -> Filesystem {
        let mut fs = Filesystem { provider: Filesystem::S3, ..Filesystem::default() };
        fs.s3config.bucket = "b".into();
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
            |fs: &mut Filesystem, before: Option<&Filesystem>| settle_secrets(fs, before, "u", &rules(0.0));
        let mut shown = stored("abc");
        shown.redact();
        let redacted = KmsSecret { status: "Redacted".into(), ..KmsSecret::default() };
        for sent in [shown, redacted.clone()] {
            let mut after = s3(sent);
            settle(&mut after, Some(&s3(stored("abc")))).unwrap();
            assert_eq!(after.s3config.access_secret, stored("abc"));
        }
        assert!(settle(&mut s3(redacted.clone()), Some(&s3(KmsSecret::default()))).is_err());
        assert!(settle(&mut s3(redacted), None).is_err());
        let mut changed = s3(stored("new"));
        settle(&mut changed, Some(&s3(stored("abc")))).unwrap();
        assert_eq!(changed.s3config.access_secret, stored("new"));
    }

    #[test]
    fn nothing_is_stored_in_the_clear() {
        let mut fs = s3(plain("s3cr3t"));
        settle_secrets(&mut fs, None, "u", &rules(80.0)).unwrap();
        let sealed = &fs.s3config.access_secret;
        assert_eq!((sealed.status.as_str(), sealed.additional_data.as_str()), ("Secretbox", "u"));
        assert_eq!(Kms::default().open(sealed).unwrap().expose(), "s3cr3t");
        let mut unknown = s3(KmsSecret { status: "Rot13".into(), ..stored("x") });
        assert!(settle_secrets(&mut unknown, None, "u", &rules(0.0)).is_err());
        assert!(check(&mut Filesystem { provider: 9, ..Filesystem::default() }).is_err());
    }

    #[test]
    fn a_passphrase_has_to_be_hard_to_guess() {
        let mut fs = Filesystem { provider: Filesystem::LOCAL_ENCRYPTED, ..Filesystem::default() };
        fs.cryptconfig.passphrase = plain("password");
        assert!(settle_secrets(&mut fs.clone(), None, "u", &rules(80.0)).is_err());
        assert!(settle_secrets(&mut fs, None, "u", &rules(0.0)).is_ok());
    }
}
