//! The program, run for real: a script in its place.

use super::*;
use crate::CertificateKind;
use std::{os::unix::fs::PermissionsExt, path::Path};
use tempfile::TempDir;

const AUTHORITY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKr5IT3AHSh1gQT4/LrfdEBmdmI0CC40kP5kPTlRi6Mf";

fn certificate() -> Certificate {
    Certificate {
        kind: CertificateKind::User,
        key_type: "ssh-ed25519-cert-v01@openssh.com".into(),
        blob: b"blob".to_vec(),
        authority: PublicKey::parse_line(AUTHORITY).unwrap().blob,
        fingerprint: String::new(),
        key_id: "alice@idp".into(),
        principals: vec!["alice".into()],
        valid: 0..u64::MAX,
        critical_options: Vec::new(),
    }
}

fn configured(path: &Path, checksum: &str) -> Config {
    let mut config = Config::default();
    config.sftpd.opkssh_path = path.to_owned();
    config.sftpd.opkssh_checksum = checksum.to_owned();
    config.command.timeout = 1;
    config
}

fn script(dir: &TempDir, text: &str) -> Opkssh {
    let path = dir.path().join("opkssh");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    Opkssh::new(&configured(&path, "")).unwrap().unwrap()
}

async fn verdict(text: &str, certificate: &Certificate) -> Result<(), CertificateFault> {
    let dir = TempDir::new().unwrap();
    script(&dir, text).judge(certificate, "alice", |name| name == "alice").await
}

#[tokio::test]
async fn it_is_told_what_sshd_tells_it() {
    let told = format!(
        r#"test "$*" = "verify alice YmxvYg== ssh-ed25519-cert-v01@openssh.com" && echo 'cert-authority {AUTHORITY}'"#
    );
    assert_eq!(verdict(&told, &certificate()).await, Ok(()));
    let dir = TempDir::new().unwrap();
    let named = script(&dir, &format!("echo 'cert-authority {AUTHORITY}'"));
    let option = named.judge(&certificate(), "--help", |_| true).await;
    assert!(matches!(option, Err(CertificateFault::Opkssh(_))), "{option:?}");
}

#[tokio::test]
async fn its_answer_names_the_authority_and_the_principals() {
    let ok = format!("echo 'cert-authority,principals=\"dev,alice\" {AUTHORITY}'");
    assert_eq!(verdict(&ok, &certificate()).await, Ok(()));
    let nameless = Certificate { principals: Vec::new(), ..certificate() };
    assert!(verdict(&ok, &nameless).await.is_err());
    assert_eq!(verdict(&format!("echo 'cert-authority {AUTHORITY}'"), &nameless).await, Ok(()));
    let foreign = Certificate { principals: vec!["bob".into()], ..certificate() };
    assert!(matches!(verdict(&ok, &foreign).await, Err(CertificateFault::Principal(_))));
    let forged = Certificate { authority: b"another".to_vec(), ..certificate() };
    assert_eq!(verdict(&ok, &forged).await, Err(CertificateFault::Untrusted));
}

#[tokio::test]
async fn anything_else_refuses() {
    for text in [
        "exit 1".to_owned(),
        String::new(),
        "echo yes".to_owned(),
        format!("echo '{AUTHORITY}'"),
        format!("echo 'cert-authority,command=\"x\" {AUTHORITY}'"),
        format!("echo 'cert-authority {AUTHORITY}'; exit 1"),
        "sleep 60".to_owned(),
        "yes".to_owned(),
    ] {
        let refused = verdict(&text, &certificate()).await;
        assert!(matches!(refused, Err(CertificateFault::Opkssh(_))), "{text}: {refused:?}");
    }
}

#[test]
fn it_is_the_program_that_was_meant() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("opkssh");
    fs::write(&path, "abc").unwrap();
    let sum = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
    assert!(Opkssh::new(&configured(&path, sum)).is_ok());
    let other = Opkssh::new(&configured(&path, &sum.replace('B', "C")));
    assert!(matches!(other, Err(InvalidOpkssh::Checksum { .. })));
    for bad in [Path::new("opkssh"), &dir.path().join("missing")] {
        assert!(matches!(Opkssh::new(&configured(bad, "")), Err(InvalidOpkssh::Program(_))));
    }
}
