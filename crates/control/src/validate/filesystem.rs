//! `filesystem` of users and folders: what each kind of storage needs, and its secrets.

use super::text;
use crate::{Error, Result};
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
    for (field, secret) in fs.secrets_mut() {
        check_secret(field, secret)?;
    }
    Ok(())
}

/// In a new object there is nothing that `Redacted` could keep.
pub fn refuse_redacted(fs: &mut Filesystem) -> Result<()> {
    for (field, secret) in fs.secrets_mut() {
        if secret.is_redacted() {
            return Err(Error::Invalid(format!("{field}: cannot save a redacted secret")));
        }
    }
    Ok(())
}

/// A secret that came back redacted, or as it was shown, means the stored one.
pub fn keep_secrets(after: &mut Filesystem, mut before: Filesystem) -> Result<()> {
    for ((field, new), (_, old)) in after.secrets_mut().into_iter().zip(before.secrets_mut()) {
        let echoed = !new.is_empty() && new.status == old.status && new.payload == old.payload;
        if echoed || (new.is_redacted() && !old.is_empty()) {
            *new = std::mem::take(old);
        } else if new.is_redacted() {
            return Err(Error::Invalid(format!("{field}: cannot save a redacted secret")));
        }
    }
    Ok(())
}

fn check_secret(field: &str, secret: &KmsSecret) -> Result<()> {
    if secret.is_empty() || secret.is_redacted() {
        return Ok(());
    }
    if secret.is_plain() {
        // Never stored in the clear, so not at all before there is a key to encrypt it with.
        return Err(Error::Invalid(format!(
            "{field}: this server cannot encrypt secrets of storage backends yet"
        )));
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

    #[test]
    fn an_echoed_or_redacted_secret_keeps_the_stored_one() {
        let mut shown = stored("abc");
        shown.redact();
        let redacted = KmsSecret { status: "Redacted".into(), ..KmsSecret::default() };
        for sent in [shown, redacted.clone()] {
            let mut after = s3(sent);
            keep_secrets(&mut after, s3(stored("abc"))).unwrap();
            assert_eq!(after.s3config.access_secret, stored("abc"));
        }
        assert!(keep_secrets(&mut s3(redacted.clone()), s3(KmsSecret::default())).is_err());
        assert!(refuse_redacted(&mut s3(redacted)).is_err());
        let mut changed = s3(stored("new"));
        keep_secrets(&mut changed, s3(stored("abc"))).unwrap();
        assert_eq!(changed.s3config.access_secret, stored("new"));
    }

    #[test]
    fn nothing_is_stored_in_the_clear() {
        let plain =
            KmsSecret { status: "Plain".into(), payload: Secret::new("x".into()), ..KmsSecret::default() };
        assert!(check(&mut s3(plain)).is_err());
        assert!(check(&mut s3(stored("x"))).is_ok());
        assert!(check(&mut Filesystem { provider: 9, ..Filesystem::default() }).is_err());
    }
}
