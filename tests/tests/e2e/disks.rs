//! Disks that fail: the client is told what happened, and what was acknowledged stays.

use crate::{SHORT, script};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::{
    fs,
    io::{BufRead, BufReader},
};
use testkit::{
    Call, Client, FaultFs, TestServer, User,
    clients::{OpenSsh, Python},
    data::{self, MIB},
    until,
};

#[test]
fn a_full_disk_fails_the_write_and_keeps_the_rest() -> Result<()> {
    let (disk, server, user) = on_a_faulty_disk()?;
    disk.limit_space(2 * MIB);
    let sent = server.dir().join("sent");
    data::write(&sent, 5 * MIB, 1)?;
    let said = writes_until_refused(&server, &user)?;
    let accepted = last_accepted(&said)?;
    ensure!(said.contains("refused"), "{said}");
    ensure!(accepted > MIB && accepted <= 2 * MIB, "{accepted} bytes were accepted");
    ensure!(
        fs::read(user.home.join("file"))?[..usize::try_from(accepted)?]
            == fs::read(&sent)?[..usize::try_from(accepted)?]
    );

    // The session's end was an error; the next one works, and with space again the file goes through.
    disk.limit_space(100 * MIB);
    OpenSsh::new(server.login(&user)).upload(&sent, "/file")?;
    data::assert_same(&sent, &user.home.join("file"))
}

/// close(2) may be the first to know, on a network file system say.
#[test]
fn an_error_of_close_reaches_the_client() -> Result<()> {
    let (disk, server, user) = on_a_faulty_disk()?;
    let sent = server.dir().join("sent");
    data::write(&sent, 100_000, 2)?;
    disk.fail(Call::Close, 0, libc::EIO);
    let said = OpenSsh::new(server.login(&user)).try_batch(&format!("put \"{}\" /file\n", sent.display()))?;
    ensure!(!said.status.success(), "an upload that close(2) refused was called good");
    Ok(())
}

#[test]
fn a_read_only_directory_is_permission_denied() -> Result<()> {
    let (disk, server, user) = on_a_faulty_disk()?;
    fs::write(user.home.join("there"), b"content")?;
    for call in [Call::Create, Call::MakeDir, Call::Remove, Call::Rename] {
        disk.fail(call, 0, libc::EACCES);
    }
    let sent = server.dir().join("sent");
    fs::write(&sent, b"x")?;
    let client = OpenSsh::new(server.login(&user));
    for command in [
        format!("put \"{}\" /new", sent.display()),
        "mkdir /new".to_owned(),
        "rm /there".to_owned(),
        "rename /there /elsewhere".to_owned(),
    ] {
        let said = client.try_batch(&format!("{command}\n"))?;
        ensure!(!said.status.success(), "{command} went through");
        let text = said.stderr.to_lowercase();
        ensure!(text.contains("permission denied"), "{command}: {}", said.stderr);
    }
    // Reading goes on as before.
    client.download("/there", &server.dir().join("back"))?;
    ensure!(fs::read(server.dir().join("back"))? == b"content");
    Ok(())
}

#[test]
fn a_home_that_vanished_is_no_such_file() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let client = OpenSsh::new(server.login(&user));
    fs::write(user.home.join("file"), b"content")?;
    let script = script("paramiko_client.py");
    let mut holder = Python::new(server.login(&user), script).start("held", &["/file", "read"])?;
    until("the file is open", SHORT, || server.holds_open(&user.home))?;

    fs::remove_dir_all(&user.home)?;
    let said = client.try_batch("get /file /dev/null\n")?;
    ensure!(!said.status.success());
    let text = said.stderr.to_lowercase();
    ensure!(text.contains("no such file") || text.contains("not found"), "{}", said.stderr);
    // An open file outlives its directory.
    if let Some(mut stdin) = holder.stdin() {
        std::io::Write::write_all(&mut stdin, b"go on\n")?;
    }
    let held = holder.wait(SHORT)?;
    ensure!(held.stdout.contains('7'), "{}{}", held.stdout, held.stderr);

    // Back again, and so is the user.
    fs::create_dir_all(&user.home)?;
    client.batch("mkdir /new\n")?;
    Ok(())
}

/// An error in the middle of one file is not the end of the session.
#[test]
fn an_unreadable_file_harms_no_other() -> Result<()> {
    let (disk, server, user) = on_a_faulty_disk()?;
    data::write(&user.home.join("bad"), MIB, 3)?;
    let back = server.dir().join("back");
    disk.fail(Call::Read, 3, libc::EIO);
    let client = OpenSsh::new(server.login(&user));
    let said = client.try_batch(&format!("-get /bad \"{}\"\nls -1\n", back.display()))?;
    ensure!(said.stdout.contains("bad") && !said.stderr.is_empty(), "{}{}", said.stdout, said.stderr);
    disk.heal();
    client.download("/bad", &back)?;
    data::assert_same(&user.home.join("bad"), &back)
}

/// What the server has acknowledged is there after the server was killed.
#[test]
fn acknowledged_writes_survive_a_crash() -> Result<()> {
    let mut server = TestServer::start()?;
    let user = server.user("ada")?;
    let sent = server.dir().join("sent");
    data::write(&sent, 64 * MIB, 4)?;
    let client = Python::new(server.login(&user), script("paramiko_client.py"));
    let upload = client.start("acknowledged", &[&sent.display().to_string(), "/file"])?;
    let there = user.home.join("file");
    until("some is written", SHORT, || there.metadata().is_ok_and(|file| file.len() > MIB))?;
    server.crash()?;
    let accepted = usize::try_from(last_accepted(&upload.wait(SHORT)?.stdout)?)?;
    let (kept, whole) = (fs::read(&there)?, fs::read(&sent)?);
    ensure!(accepted > 0 && kept.len() >= accepted, "{accepted} accepted, {} kept", kept.len());
    ensure!(kept[..accepted] == whole[..accepted]);
    Ok(())
}

/// `put -f` asks for fsync@openssh.com: the file is then on the disk and not only in its cache.
#[test]
fn a_synced_upload_survives_power_loss() -> Result<()> {
    let (disk, server, user) = on_a_faulty_disk()?;
    let sent = server.dir().join("sent");
    data::write(&sent, MIB, 5)?;
    // The home itself was never synced by anyone.
    fs::File::open(disk.path())?.sync_all()?;
    OpenSsh::new(server.login(&user)).batch(&format!("put -f \"{}\" /file\n", sent.display()))?;
    ensure!(disk.count(Call::Sync) > 1, "the server never called fsync");
    disk.lose_power();
    data::assert_same(&sent, &user.home.join("file"))
}

fn on_a_faulty_disk() -> Result<(FaultFs, TestServer, User)> {
    let disk = FaultFs::mount()?;
    let server = TestServer::start()?;
    let user = server.user_with("ada", json!({ "home_dir": disk.join("home") }))?;
    Ok((disk, server, user))
}

/// Uploads `sent` chunk by chunk, each waited for, and returns what was said about it.
fn writes_until_refused(server: &TestServer, user: &User) -> Result<String> {
    let client = Python::new(server.login(user), script("paramiko_client.py"));
    let sent = server.dir().join("sent").display().to_string();
    Ok(client.call("acknowledged", &[&sent, "/file"])?.stdout)
}

fn last_accepted(said: &str) -> Result<u64> {
    let lines = BufReader::new(said.as_bytes()).lines().map_while(Result::ok);
    let last = lines.filter_map(|line| line.strip_prefix("accepted ")?.parse().ok()).last();
    last.with_context(|| format!("nothing was accepted: {said}"))
}
