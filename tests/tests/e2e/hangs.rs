//! A disk that hangs delays the session that uses it, and no other.

use crate::SHORT;
use anyhow::{Result, ensure};
use serde_json::json;
use std::{
    fs,
    time::{Duration, Instant},
};
use testkit::{
    Call, Client, FaultFs, TestServer,
    clients::OpenSsh,
    data::{self, MIB},
    until,
};

/// What another session may take for a login, an upload and a download of 1 MiB meanwhile. A login takes a
/// fraction of a second; a worker that waits for the disk makes it wait until the disk is healed, which
/// happens after.
const UNHARMED: Duration = Duration::from_secs(10);

#[test]
fn in_stat() -> Result<()> {
    others_go_on_while(Call::Stat, |file| format!("ls -l {file}\n"))
}

#[test]
fn in_open() -> Result<()> {
    others_go_on_while(Call::Open, |file| format!("get {file} /dev/null\n"))
}

#[test]
fn in_create() -> Result<()> {
    others_go_on_while(Call::Create, |file| format!("put /etc/passwd {file}-new\n"))
}

#[test]
fn in_read() -> Result<()> {
    others_go_on_while(Call::Read, |file| format!("get {file} /dev/null\n"))
}

#[test]
fn in_write() -> Result<()> {
    others_go_on_while(Call::Write, |file| format!("put /etc/passwd {file}-new\n"))
}

#[test]
fn in_close() -> Result<()> {
    others_go_on_while(Call::Close, |file| format!("put /etc/passwd {file}-new\n"))
}

#[test]
fn in_fsync() -> Result<()> {
    others_go_on_while(Call::Sync, |file| format!("put -f /etc/passwd {file}-new\n"))
}

#[test]
fn in_readdir() -> Result<()> {
    others_go_on_while(Call::List, |_| "ls -1 /\n".to_owned())
}

#[test]
fn in_rename() -> Result<()> {
    others_go_on_while(Call::Rename, |file| format!("rename {file} {file}-new\n"))
}

/// Several clients hang in `call`, more than the machine has cores; another user logs in and moves a file.
fn others_go_on_while(call: Call, batch: impl Fn(&str) -> String) -> Result<()> {
    let disk = FaultFs::mount()?;
    let server = TestServer::builder().set("common.max_per_host_connections", 0).start()?;
    let stuck = server.user_with("stuck", json!({ "home_dir": disk.join("home") }))?;
    let free = server.user("free")?;
    let sessions = 4;
    for number in 0..sessions {
        fs::write(stuck.home.join(format!("file-{number}")), b"content")?;
    }

    disk.hang(call);
    let mut clients = Vec::new();
    for number in 0..sessions {
        let client = OpenSsh::new(server.login(&stuck));
        clients.push(client.start(&batch(&format!("/file-{number}")))?);
    }
    // The kernel lets one change of a directory through at a time; the others hang before they come here.
    let hanging = if matches!(call, Call::Create | Call::Rename) { 1 } else { sessions };
    until("all of them hang", SHORT, || disk.hanging() >= hanging)?;

    let began = Instant::now();
    let (sent, back) = (server.dir().join("sent"), server.dir().join("back"));
    data::write(&sent, MIB, 1)?;
    let client = OpenSsh::new(server.login(&free));
    client.upload(&sent, "/file")?;
    client.download("/file", &back)?;
    data::assert_same(&sent, &back)?;
    ensure!(began.elapsed() < UNHARMED, "took {:?} beside a hung disk", began.elapsed());
    ensure!(disk.hanging() >= hanging, "the disk did not hang throughout");

    disk.heal();
    for client in clients {
        let said = client.wait(SHORT)?;
        ensure!(said.status.success(), "{}{}", said.stdout, said.stderr);
    }
    Ok(())
}
