//! Logging in by an OpenSSH certificate, made by `ssh-keygen` and presented by `ssh`.

use crate::SHORT;
use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use rustix::process::Signal;
use serde_json::json;
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, process::Command};
use tempfile::TempDir;
use testkit::{Builder, KeyPair, Login, Proof, TestServer, clients::OpenSsh, succeed, until};

/// An authority, and the keys it certifies.
struct Authority {
    dir: TempDir,
    key: KeyPair,
}

impl Authority {
    fn new() -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("authority-").tempdir()?;
        let key = KeyPair::generate(dir.path(), "ca", "ed25519")?;
        Ok(Self { dir, key })
    }

    fn trusted_by(&self, server: Builder) -> Builder {
        server.set("sftpd.trusted_user_ca_keys", json!([self.key.public_path()]))
    }

    /// A fresh key with a certificate, `-n ada` say.
    fn certify(&self, name: &str, kind: &str, options: &[&str]) -> Result<KeyPair> {
        let key = KeyPair::generate(self.dir.path(), name, kind)?;
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-I", name, "-s"]).arg(&self.key.path).args(options).arg(key.public_path());
        succeed(&mut command, "", SHORT)?;
        Ok(key)
    }
}

/// Whether `key` with its certificate, and nothing else, logs in as `user`.
fn opens(server: &TestServer, user: &str, key: &KeyPair) -> Result<bool> {
    ensure!(key.certificate_path().is_file(), "no {}", key.certificate_path().display());
    let (port, user, password) = (server.sftp_port(), user.to_owned(), String::new());
    let login = Login { port, user, password, key: key.clone(), proof: Proof::Certificate };
    Ok(OpenSsh::new(login).try_batch("pwd\n")?.status.success())
}

/// A server that trusts `authority`, with the user `ada`, who has no key of its own there.
fn server(authority: &Authority) -> Result<TestServer> {
    let server = authority.trusted_by(TestServer::builder()).start()?;
    server.user_with("ada", json!({ "public_keys": [] }))?;
    Ok(server)
}

#[test]
fn every_kind_of_key_can_be_certified() -> Result<()> {
    let authority = Authority::new()?;
    let server = server(&authority)?;
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let key = authority.certify(kind, kind, &["-n", "ada"])?;
        ensure!(opens(&server, "ada", &key)?, "{kind}: {}", server.log());
    }
    Ok(())
}

#[test]
fn a_certificate_is_good_for_what_it_says() -> Result<()> {
    let authority = Authority::new()?;
    let server = server(&authority)?;
    server.user_with("bob", json!({ "public_keys": [] }))?;
    for (name, options, good) in [
        ("named", &["-n", "other,ada"][..], true),
        ("of-bob", &["-n", "bob"], false),
        ("nameless", &[], false),
        ("expired", &["-n", "ada", "-V", "-2d:-1d"], false),
        ("early", &["-n", "ada", "-V", "+1d:+2d"], false),
        ("host", &["-h", "-n", "ada"], false),
        ("forced", &["-n", "ada", "-O", "force-command=ls"], false),
        ("unknown", &["-n", "ada", "-O", "critical:more@example.com=1"], false),
        ("extended", &["-n", "ada", "-O", "extension:more@example.com=1"], true),
        ("from-here", &["-n", "ada", "-O", "source-address=10.0.0.0/8,127.0.0.1"], true),
        ("from-elsewhere", &["-n", "ada", "-O", "source-address=10.0.0.0/8"], false),
    ] {
        let key = authority.certify(name, "ed25519", options)?;
        ensure!(opens(&server, "ada", &key)? == good, "{name}: {}", server.log());
    }
    // The reason is in the log, and nowhere else.
    let log = server.log();
    for reason in ["has expired", "not valid yet", "\\\"force-command\\\"", "is not for this user"] {
        ensure!(log.contains(reason), "no {reason:?} in {log}");
    }
    Ok(())
}

#[test]
fn an_authority_has_to_be_trusted() -> Result<()> {
    let (authority, stranger) = (Authority::new()?, Authority::new()?);
    let server = server(&authority)?;
    let good = authority.certify("good", "ed25519", &["-n", "ada"])?;
    let foreign = stranger.certify("foreign", "ed25519", &["-n", "ada"])?;
    ensure!(opens(&server, "ada", &good)?);
    ensure!(!opens(&server, "ada", &foreign)?);
    // A certificate opens nothing that is not there, and nothing that is closed.
    let nobody = authority.certify("nobody", "ed25519", &["-n", "nobody"])?;
    ensure!(!opens(&server, "nobody", &nobody)?);
    server.user_with("closed", json!({ "public_keys": [], "status": 0 }))?;
    let closed = authority.certify("closed", "ed25519", &["-n", "closed"])?;
    ensure!(!opens(&server, "closed", &closed)?);
    Ok(())
}

/// Some other certificate's signature under one's own words, and one's own signature in the authority's name.
#[test]
fn a_forged_certificate_opens_nothing() -> Result<()> {
    let authority = Authority::new()?;
    let server = server(&authority)?;
    let key = authority.certify("forged", "ed25519", &["-n", "eve"])?;
    let path = PathBuf::from(format!("{}-cert.pub", key.path.display()));
    let line = fs::read_to_string(&path)?;
    let mut words = line.split(' ');
    let (kind, encoded) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut blob = STANDARD.decode(encoded)?;
    let at = blob.windows(7).position(|bytes| bytes == b"\0\0\0\x03eve");
    let at = at.context("the principal is in the certificate")? + 4;
    blob[at..at + 3].copy_from_slice(b"ada");
    fs::write(&path, format!("{kind} {} forged\n", STANDARD.encode(&blob)))?;
    ensure!(!opens(&server, "ada", &key)?);
    Ok(())
}

#[test]
fn revoked_keys_are_refused_and_the_list_is_reloaded() -> Result<()> {
    let authority = Authority::new()?;
    let (lost, kept) = (
        authority.certify("lost", "ed25519", &["-n", "ada"])?,
        authority.certify("kept", "ed25519", &["-n", "ada"])?,
    );
    let list = authority.dir.path().join("revoked.json");
    fs::write(&list, "[]")?;
    let server = authority
        .trusted_by(TestServer::builder())
        .set("sftpd.revoked_user_certs_file", list.display().to_string())
        .start()?;
    server.user_with("ada", json!({ "public_keys": [] }))?;
    ensure!(opens(&server, "ada", &lost)? && opens(&server, "ada", &kept)?);

    let reload = |content: &str, said: &str| -> Result<()> {
        let before = server.log().matches(said).count();
        fs::write(&list, content)?;
        server.signal(Signal::HUP)?;
        until("the reload is in the log", SHORT, || server.log().matches(said).count() > before)
    };
    let printed = succeed(Command::new("ssh-keygen").arg("-lf").arg(lost.public_path()), "", SHORT)?.stdout;
    let fingerprint = printed.split(' ').nth(1).unwrap_or_default();
    reload(&json!([fingerprint]).to_string(), "\"reloaded\"")?;
    ensure!(!opens(&server, "ada", &lost)? && opens(&server, "ada", &kept)?);
    // A list that cannot be read leaves the old one in force.
    reload("{", "revoked_user_certs_file")?;
    ensure!(!opens(&server, "ada", &lost)? && opens(&server, "ada", &kept)?);
    reload("[]", "\"reloaded\"")?;
    ensure!(opens(&server, "ada", &lost)?);
    Ok(())
}

/// A program judges each certificate, told what sshd would tell it; here one that trusts a single authority and
/// a single user.
#[test]
fn opkssh_judges_every_certificate() -> Result<()> {
    let (authority, stranger) = (Authority::new()?, Authority::new()?);
    let program = authority.dir.path().join("opkssh");
    let text = "#!/bin/sh\n\
        test \"$1 $2 $4\" = 'verify ada ssh-ed25519-cert-v01@openssh.com' || exit 1\n\
        echo 'cert-authority CA'\n";
    fs::write(&program, text.replace("CA", &authority.key.public))?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    let server = TestServer::builder().set("sftpd.opkssh_path", program.display().to_string()).start()?;
    for name in ["ada", "bob"] {
        server.user_with(name, json!({ "public_keys": [] }))?;
    }
    for (user, signer, options, good) in [
        ("ada", &authority, &["-n", "ada"][..], true),
        // It was asked about this user, and a certificate without names is what it issues.
        ("ada", &authority, &[], true),
        ("ada", &authority, &["-n", "bob"], false),
        ("ada", &authority, &["-n", "ada", "-V", "-2d:-1d"], false),
        ("ada", &stranger, &["-n", "ada"], false),
        ("bob", &authority, &["-n", "bob"], false),
    ] {
        let name = format!("{user}-{}", options.join(""));
        let key = signer.certify(&name, "ed25519", options)?;
        ensure!(opens(&server, user, &key)? == good, "{user} {options:?}: {}", server.log());
    }
    Ok(())
}

#[test]
fn files_that_cannot_be_used_stop_the_start() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let junk = dir.path().join("junk");
    fs::write(&junk, "{")?;
    for (key, value) in [
        ("sftpd.trusted_user_ca_keys", json!(["missing"])),
        ("sftpd.trusted_user_ca_keys", json!([junk])),
        ("sftpd.revoked_user_certs_file", json!("missing")),
        ("sftpd.revoked_user_certs_file", json!(junk)),
        ("sftpd.opkssh_path", json!("/missing/opkssh")),
    ] {
        let said = format!("{:#}", TestServer::builder().set(key, value).start().unwrap_err());
        ensure!(said.contains(key), "{key}: {said}");
    }
    Ok(())
}
