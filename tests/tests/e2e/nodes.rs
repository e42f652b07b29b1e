//! Several servers on one database and one disk.

use crate::SHORT;
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::{
    fs,
    process::{Child, Stdio},
    time::Duration,
};
use testkit::{DatabaseServer, TestServer, User, clients::RestFiles, data, until};

/// A server that is one of several.
pub fn node(database: &DatabaseServer) -> Result<TestServer> {
    let mut server = TestServer::builder();
    for (name, value) in [
        ("DRIVER", "postgresql"),
        ("NAME", "longshore"),
        ("HOST", "127.0.0.1"),
        ("PORT", &database.port.to_string()),
        ("USERNAME", "longshore"),
        ("PASSWORD", database.password),
        ("IS_SHARED", "1"),
    ] {
        server = server.env(format!("LONGSHORE_DATA_PROVIDER__{name}"), value);
    }
    server.start()
}

/// A server that ends without a word has what it was counting counted again: by itself when it starts, by
/// another when it does not. What a living one is counting is left to it.
#[test]
fn marks_are_those_of_one_server() -> Result<()> {
    let database = DatabaseServer::postgres()?;
    let (mut one, mut other) = (node(&database)?, node(&database)?);
    let limits = json!({ "quota_files": 100, "quota_size": 1_u64 << 40 });
    let (ada, ben) = (one.user_with("ada", limits.clone())?, one.user_with("ben", limits)?);
    let mut uploads = vec![hold_an_upload(&one, &ada)?, hold_an_upload(&other, &ben)?];
    // Nobody was there to see them: only counting again can tell.
    fs::write(ada.home.join("unseen"), "12345")?;
    fs::write(ben.home.join("unseen"), "1234567")?;

    other.crash()?;
    other.restart()?;
    until("its own mark is seen to", SHORT, || used(&other, &ben).is_ok_and(|used| used == (1, 7)))?;
    ensure!(!recounted(&other, "ada"), "{}", other.log());

    one.crash()?;
    // It does not come back.
    until("the other takes over", Duration::from_secs(90), || {
        used(&other, &ada).is_ok_and(|used| used == (1, 5))
    })?;
    ensure!(recounted(&other, "ada"), "counted by somebody else");
    for upload in &mut uploads {
        upload.kill()?;
        upload.wait()?;
    }
    Ok(())
}

/// Begins an upload that stays on its way; the server has counted a part of it.
fn hold_an_upload(server: &TestServer, user: &User) -> Result<Child> {
    let large = server.dir().join("large");
    data::write(&large, 64 << 20, 1)?;
    let files = RestFiles::login(&server.url(), &user.name, &user.password)?;
    let mut command = files.command("POST", "files/upload", &[("path", "/never")]);
    command.args(["--limit-rate", "1M", "--upload-file", &large.display().to_string()]);
    let upload = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    until("the upload is counted", SHORT, || used(server, user).is_ok_and(|used| used.1 > 500_000))?;
    Ok(upload)
}

/// Files and bytes, as this server tells them.
fn used(server: &TestServer, user: &User) -> Result<(u64, u64)> {
    let told = server.admin()?.get(&format!("/api/v2/users/{}", user.name))?.ok()?.json;
    let number = |field: &str| told[field].as_u64().with_context(|| format!("no {field}"));
    Ok((number("used_quota_files")?, number("used_quota_size")?))
}

fn recounted(server: &TestServer, user: &str) -> bool {
    server.log().lines().any(|line| line.contains("counting again") && line.contains(user))
}
