//! Counters that survive.

use crate::SHORT;
use anyhow::{Result, ensure};
use serde_json::json;
use std::{fs, process::Stdio};
use testkit::{
    Client, Scale, TestServer, User,
    clients::{OpenSsh, RestFiles},
    data, until,
};

/// Files and bytes, as the server tells them.
fn counted(server: &TestServer, user: &User) -> Result<(u64, u64)> {
    let told = server.admin()?.get(&format!("/api/v2/users/{}", user.name))?.ok()?.json;
    let number = |field: &str| told[field].as_u64().unwrap_or(0);
    Ok((number("used_quota_files"), number("used_quota_size")))
}

/// Files and bytes, as they are on disk.
fn stored(user: &User) -> Result<(u64, u64)> {
    let mut sum = (0, 0);
    for entry in fs::read_dir(&user.home)? {
        sum = (sum.0 + 1, sum.1 + entry?.metadata()?.len());
    }
    Ok(sum)
}

/// What was counted in the last moment is lost with the process; only who was busy then is counted again.
#[test]
fn counters_are_right_after_a_crash() -> Result<()> {
    for mode in 0..3 {
        let mut server = TestServer::builder().set("common.upload_mode", mode).start()?;
        let user = server.user_with("ada", json!({ "quota_files": 1000, "quota_size": 1_u64 << 40 }))?;
        let idle = server.user_with("ben", json!({ "quota_files": 1000 }))?;
        let (small, large) = (server.dir().join("small"), server.dir().join("large"));
        data::write(&small, 1000, 1)?;
        data::write(&large, 64 << 20, 2)?;
        for round in 0..Scale::from_env().pick(3, 100) {
            let client = OpenSsh::new(server.login(&user));
            client.upload(&small, &format!("/kept-{round}"))?;
            let files = RestFiles::login(&server.url(), &user.name, &user.password)?;
            let mut command = files.command("POST", "files/upload", &[("path", "/never")]);
            command.args(["--limit-rate", "2M", "--upload-file", &large.display().to_string()]);
            let mut upload = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
            until("the upload is counted", SHORT, || {
                counted(&server, &user).is_ok_and(|now| now.1 > 1_000_000)
            })?;
            server.crash()?;
            upload.wait()?;
            // Nobody was there to see it: only counting again can tell.
            fs::write(idle.home.join(format!("unseen-{round}")), "x")?;
            server.restart()?;
            let right =
                || matches!((counted(&server, &user), stored(&user)), (Ok(told), Ok(is)) if told == is);
            until("the counters are right", SHORT, right)?;
            ensure!(stored(&user)? == (round + 1, 1000 * (round + 1)), "mode {mode}: {:?}", stored(&user)?);
            ensure!(counted(&server, &idle)? == (0, 0), "who was idle was not counted again");
        }
    }
    Ok(())
}
