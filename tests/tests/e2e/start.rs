//! The process itself: it starts, says who it is, and stops when asked.

use crate::SHORT;
use anyhow::{Result, ensure};
use testkit::{TestServer, clients::OpenSsh, process, until};

#[test]
fn it_starts_on_defaults_and_stops_on_sigterm() -> Result<()> {
    let mut server = TestServer::start()?;
    ensure!(server.admin()?.get("/api/v2/version")?.ok()?.json["version"].is_string());
    for key in ["id_ed25519", "id_ecdsa", "id_rsa"] {
        ensure!(server.dir().join(key).is_file(), "no host key {key}");
    }
    ensure!(server.stop()?.success(), "{}", server.log());
    Ok(())
}

/// A wrong value names itself in one line; nothing listens.
#[test]
fn a_wrong_type_stops_the_start() {
    let failed = TestServer::builder().set("sftpd.max_auth_tries", "many").start().unwrap_err();
    let said = format!("{failed:#}");
    assert!(said.contains("sftpd.max_auth_tries"), "{said}");
    assert!(said.contains("longshore.json"), "{said}");
}

/// A key that decides access and has no effect yet must not be ignored.
#[test]
fn a_protection_that_is_not_there_stops_the_start() {
    let failed = TestServer::builder().set("common.defender.enabled", true).start().unwrap_err();
    let said = format!("{failed:#}");
    assert!(said.contains("common.defender.enabled"), "{said}");
}

#[test]
fn passwords_never_reach_the_log() -> Result<()> {
    let server = TestServer::builder().arg("--log-level").arg("debug").start()?;
    let user = server.user("ada")?;
    OpenSsh::new(server.login(&user)).batch("pwd\n")?;
    let wrong = server.admin()?.login(&user.name, "a-wrong-passw0rd");
    ensure!(wrong.is_err(), "a user is no administrator");
    let log = server.log();
    ensure!(!log.contains(&user.password) && !log.contains("a-wrong-passw0rd"), "{log}");
    Ok(())
}

/// Connections that come and go leave neither descriptors nor threads behind.
#[test]
fn sessions_leave_nothing_behind() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let sftp = OpenSsh::new(server.login(&user));
    sftp.batch("pwd\n")?;
    let before = process::open_files(server.pid())?.len();
    for _ in 0..10 {
        sftp.batch("ls\n")?;
    }
    until("all descriptors are closed", SHORT, || {
        // One more or less is the database's and the logs' affair.
        process::open_files(server.pid()).is_ok_and(|files| files.len() <= before + 1)
    })
}
