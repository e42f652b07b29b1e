//! `filesystem` of users, groups and folders: what each kind of storage needs.

use super::text;
use crate::{Error, Result};
use std::{mem, net::Ipv6Addr};
use store::{
    Filesystem,
    model::{AzBlobConfig, GcsConfig, HttpConfig, S3Config, SftpConfig},
};

/// Largest part of an upload, in MiB, and most parts at a time.
const MAX_PART: i32 = 2000;
const MAX_CONCURRENCY: i32 = 64;
/// Smallest part that S3 takes, in MiB.
const MIN_S3_PART: i32 = 5;
/// Largest buffers, in MiB.
const MAX_BUFFER: i32 = 10;
const MAX_SFTP_BUFFER: i32 = 16;
const ACCESS_TIERS: [&str; 4] = ["", "Archive", "Hot", "Cool"];

/// Checks and cleans all but the secrets, and leaves out what belongs to other kinds of storage.
pub fn check(fs: &mut Filesystem) -> Result<()> {
    let mut only = Filesystem { provider: fs.provider, ..Filesystem::default() };
    match fs.provider {
        Filesystem::LOCAL => {
            only.osconfig = mem::take(&mut fs.osconfig);
            buffers("osconfig", only.osconfig.read_buffer_size, only.osconfig.write_buffer_size)?;
        }
        Filesystem::S3 => {
            only.s3config = mem::take(&mut fs.s3config);
            s3(&mut only.s3config)?;
        }
        Filesystem::GCS => {
            only.gcsconfig = mem::take(&mut fs.gcsconfig);
            gcs(&mut only.gcsconfig)?;
        }
        Filesystem::AZURE_BLOB => {
            only.azblobconfig = mem::take(&mut fs.azblobconfig);
            azure(&mut only.azblobconfig)?;
        }
        Filesystem::LOCAL_ENCRYPTED => {
            only.cryptconfig = mem::take(&mut fs.cryptconfig);
            buffers("cryptconfig", only.cryptconfig.read_buffer_size, only.cryptconfig.write_buffer_size)?;
        }
        Filesystem::SFTP => {
            only.sftpconfig = mem::take(&mut fs.sftpconfig);
            sftp(&mut only.sftpconfig)?;
        }
        Filesystem::HTTP => {
            only.httpconfig = mem::take(&mut fs.httpconfig);
            http(&mut only.httpconfig)?;
        }
        other => return Err(Error::Invalid(format!("filesystem.provider: invalid value {other}"))),
    }
    *fs = only;
    Ok(())
}

fn s3(config: &mut S3Config) -> Result<()> {
    given("s3config.bucket", &config.bucket)?;
    if config.endpoint.is_empty() {
        given("s3config.region", &config.region)?;
    }
    key_prefix("s3config.key_prefix", &mut config.key_prefix)?;
    for (field, size) in [
        ("s3config.upload_part_size", config.upload_part_size),
        ("s3config.download_part_size", config.download_part_size),
    ] {
        if size != 0 {
            within(field, size, MIN_S3_PART, MAX_PART)?;
        }
    }
    within("s3config.upload_concurrency", config.upload_concurrency, 0, MAX_CONCURRENCY)?;
    within("s3config.download_concurrency", config.download_concurrency, 0, MAX_CONCURRENCY)?;
    config.upload_part_max_time = config.upload_part_max_time.max(0);
    config.download_part_max_time = config.download_part_max_time.max(0);
    trim(&mut config.storage_class);
    trim(&mut config.acl);
    Ok(())
}

fn gcs(config: &mut GcsConfig) -> Result<()> {
    given("gcsconfig.bucket", &config.bucket)?;
    key_prefix("gcsconfig.key_prefix", &mut config.key_prefix)?;
    within("gcsconfig.automatic_credentials", config.automatic_credentials, 0, 1)?;
    if config.automatic_credentials == 1 {
        config.credentials = Default::default();
    }
    if !(0..=MAX_PART).contains(&config.upload_part_size) {
        config.upload_part_size = 0;
    }
    config.upload_part_max_time = config.upload_part_max_time.max(0);
    trim(&mut config.storage_class);
    trim(&mut config.acl);
    Ok(())
}

fn azure(config: &mut AzBlobConfig) -> Result<()> {
    if config.sas_url.is_empty() {
        given("azblobconfig.container", &config.container)?;
        given("azblobconfig.account_name", &config.account_name)?;
    }
    key_prefix("azblobconfig.key_prefix", &mut config.key_prefix)?;
    within("azblobconfig.upload_part_size", config.upload_part_size, 0, MAX_PART)?;
    within("azblobconfig.download_part_size", config.download_part_size, 0, MAX_PART)?;
    within("azblobconfig.upload_concurrency", config.upload_concurrency, 0, MAX_CONCURRENCY)?;
    within("azblobconfig.download_concurrency", config.download_concurrency, 0, MAX_CONCURRENCY)?;
    if !ACCESS_TIERS.contains(&config.access_tier.as_str()) {
        return Err(Error::Invalid(format!(
            "azblobconfig.access_tier: invalid value {:?}",
            config.access_tier
        )));
    }
    Ok(())
}

fn sftp(config: &mut SftpConfig) -> Result<()> {
    given("sftpconfig.endpoint", &config.endpoint)?;
    given("sftpconfig.username", &config.username)?;
    if !config.endpoint.contains(':') {
        config.endpoint.push_str(":22");
    }
    if !is_host_and_port(&config.endpoint) {
        return Err(Error::Invalid(format!("sftpconfig.endpoint: {:?} is not HOST:PORT", config.endpoint)));
    }
    config.prefix = text::disk_path("sftpconfig.prefix", &format!("/{}", config.prefix))?;
    within("sftpconfig.buffer_size", config.buffer_size, 0, MAX_SFTP_BUFFER)?;
    within("sftpconfig.equality_check_mode", config.equality_check_mode, 0, 1)
}

fn http(config: &mut HttpConfig) -> Result<()> {
    given("httpconfig.endpoint", &config.endpoint)?;
    within("httpconfig.equality_check_mode", config.equality_check_mode, 0, 1)?;
    let url = config.endpoint.strip_prefix("http://").or_else(|| config.endpoint.strip_prefix("https://"));
    let socket = url.and_then(|url| url.strip_prefix("unix?"));
    let fits = match (url, socket) {
        (_, Some(query)) => query.split('&').any(|pair| {
            // Slashes may be percent-encoded.
            pair.strip_prefix("socket_path=").is_some_and(|path| path.starts_with(['/', '%']))
        }),
        (Some(url), None) => !url.is_empty() && !url.starts_with(['/', '?', '#']),
        (None, None) => false,
    };
    if fits {
        return Ok(());
    }
    Err(Error::invalid(
        "httpconfig.endpoint: expected http://HOST, https://HOST or http://unix?socket_path=/PATH",
    ))
}

/// `[IPv6]:PORT`, or a name or IPv4 address and a port. The port may be a name of `services(5)`.
fn is_host_and_port(endpoint: &str) -> bool {
    let Some((host, port)) = endpoint.rsplit_once(':') else { return false };
    let host = match host.strip_prefix('[').map(|inner| inner.strip_suffix(']')) {
        Some(inner) => inner.is_some_and(|inner| inner.parse::<Ipv6Addr>().is_ok()),
        None => !host.contains(':'),
    };
    host && !port.is_empty()
}

/// The clean form of a prefix of keys: no slash before it, one behind it.
fn key_prefix(field: &str, prefix: &mut String) -> Result<()> {
    if prefix.is_empty() {
        return Ok(());
    }
    let clean = text::disk_path(field, &format!("/{prefix}"))?;
    if clean == "/" {
        return Err(Error::Invalid(format!("{field}: it names everything; leave it empty for that")));
    }
    *prefix = format!("{}/", &clean[1..]);
    Ok(())
}

fn given(field: &str, value: &str) -> Result<()> {
    if value.is_empty() { Err(Error::Invalid(format!("{field}: it is mandatory"))) } else { Ok(()) }
}

fn within(field: &str, value: i32, least: i32, most: i32) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(Error::Invalid(format!("{field}: {value} is not within {least} and {most}")))
}

fn buffers(field: &str, read: i32, write: i32) -> Result<()> {
    within(&format!("{field}.read_buffer_size"), read, 0, MAX_BUFFER)?;
    within(&format!("{field}.write_buffer_size"), write, 0, MAX_BUFFER)
}

fn trim(text: &mut String) {
    *text = text.trim().to_owned();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `change` makes of a valid configuration of `provider`.
    fn checked(provider: i32, change: impl FnOnce(&mut Filesystem)) -> Result<Filesystem> {
        let mut fs = Filesystem { provider, ..Filesystem::default() };
        fs.s3config.bucket = "b".into();
        fs.s3config.region = "r".into();
        fs.gcsconfig.bucket = "b".into();
        fs.azblobconfig.container = "c".into();
        fs.azblobconfig.account_name = "a".into();
        fs.sftpconfig.endpoint = "host".into();
        fs.sftpconfig.username = "u".into();
        fs.httpconfig.endpoint = "https://host/v1".into();
        change(&mut fs);
        check(&mut fs)?;
        Ok(fs)
    }

    #[test]
    fn what_belongs_to_other_storage_goes() {
        let fs = checked(Filesystem::GCS, |fs| fs.osconfig.read_buffer_size = 3).unwrap();
        let mut expected = Filesystem { provider: Filesystem::GCS, ..Filesystem::default() };
        expected.gcsconfig.bucket = "b".into();
        assert_eq!(fs, expected);
    }

    #[test]
    fn prefixes_and_endpoints_are_made_canonical() {
        for (sent, clean) in [("", ""), ("a", "a/"), ("/a//b/../c", "a/c/"), ("../a/", "a/")] {
            let fs = checked(Filesystem::S3, |fs| fs.s3config.key_prefix = sent.into()).unwrap();
            assert_eq!(fs.s3config.key_prefix, clean);
        }
        let fs = checked(Filesystem::SFTP, |fs| fs.sftpconfig.prefix = "a/../b".into()).unwrap();
        assert_eq!((fs.sftpconfig.endpoint.as_str(), fs.sftpconfig.prefix.as_str()), ("host:22", "/b"));
        assert_eq!(checked(Filesystem::SFTP, |_| ()).unwrap().sftpconfig.prefix, "/");
        for endpoint in ["h:2022", "127.0.0.1:22", "[::1]:22"] {
            assert!(checked(Filesystem::SFTP, |fs| fs.sftpconfig.endpoint = endpoint.into()).is_ok());
        }
    }

    #[test]
    fn numbers_have_their_range() {
        for size in [0, MIN_S3_PART, MAX_PART] {
            assert!(checked(Filesystem::S3, |fs| fs.s3config.upload_part_size = size).is_ok());
        }
        let fs = checked(Filesystem::GCS, |fs| fs.gcsconfig.upload_part_size = -1).unwrap();
        assert_eq!(fs.gcsconfig.upload_part_size, 0);
        type Change = fn(&mut Filesystem);
        let out: [(i32, Change); 9] = [
            (Filesystem::S3, |fs| fs.s3config.upload_part_size = MIN_S3_PART - 1),
            (Filesystem::S3, |fs| fs.s3config.download_part_size = MAX_PART + 1),
            (Filesystem::S3, |fs| fs.s3config.upload_concurrency = -1),
            (Filesystem::GCS, |fs| fs.gcsconfig.automatic_credentials = 2),
            (Filesystem::AZURE_BLOB, |fs| fs.azblobconfig.download_part_size = -1),
            (Filesystem::AZURE_BLOB, |fs| fs.azblobconfig.upload_concurrency = MAX_CONCURRENCY + 1),
            (Filesystem::SFTP, |fs| fs.sftpconfig.buffer_size = MAX_SFTP_BUFFER + 1),
            (Filesystem::LOCAL_ENCRYPTED, |fs| fs.cryptconfig.read_buffer_size = MAX_BUFFER + 1),
            (Filesystem::LOCAL, |fs| fs.osconfig.write_buffer_size = -1),
        ];
        for (index, (provider, change)) in out.into_iter().enumerate() {
            assert!(checked(provider, change).is_err(), "{index}");
        }
        assert!(checked(9, |_| ()).is_err());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        type Change = fn(&mut Filesystem);
        let odd: [(i32, Change); 9] = [
            (Filesystem::S3, |fs| fs.s3config.region.clear()),
            (Filesystem::S3, |fs| fs.s3config.key_prefix = "/a/..".into()),
            (Filesystem::AZURE_BLOB, |fs| fs.azblobconfig.account_name.clear()),
            (Filesystem::AZURE_BLOB, |fs| fs.azblobconfig.access_tier = "Cold".into()),
            (Filesystem::SFTP, |fs| fs.sftpconfig.endpoint = "::1".into()),
            (Filesystem::SFTP, |fs| fs.sftpconfig.username.clear()),
            (Filesystem::HTTP, |fs| fs.httpconfig.endpoint = "ftp://host".into()),
            (Filesystem::HTTP, |fs| fs.httpconfig.endpoint = "http://".into()),
            (Filesystem::HTTP, |fs| fs.httpconfig.endpoint = "http://unix?socket_path=relative".into()),
        ];
        for (index, (provider, change)) in odd.into_iter().enumerate() {
            assert!(checked(provider, change).is_err(), "{index}");
        }
        let socket = "http://unix?socket_path=%2Frun%2Fs&api_prefix=/v1";
        assert!(checked(Filesystem::HTTP, |fs| fs.httpconfig.endpoint = socket.into()).is_ok());
    }
}
