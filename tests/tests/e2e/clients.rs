//! Every client uploads, lists, downloads, renames and removes.

use crate::{SHORT, script};
use anyhow::{Result, ensure};
use std::{fs, path::Path};
use testkit::{
    Client, Login, Place, Pty, TestServer, User,
    clients::{Curl, Lftp, OpenSsh, Psftp, Python, Rclone, RestFiles, Scp, Sshfs},
    data::{self, MIB},
    until,
};

/// Not a multiple of any packet or block, and more than a window's worth of packets in flight.
const SIZE: u64 = 5 * MIB + 4321;

#[test]
fn openssh_sftp() -> Result<()> {
    whole_round(|login| Ok(Box::new(OpenSsh::new(login))))
}

#[test]
fn lftp() -> Result<()> {
    whole_round(|login| Ok(Box::new(Lftp::new(login))))
}

#[test]
fn rclone() -> Result<()> {
    whole_round(|login| Ok(Box::new(Rclone::new(login))))
}

#[test]
fn paramiko() -> Result<()> {
    whole_round(|login| Ok(Box::new(Python::new(login, script("paramiko_client.py")))))
}

#[test]
fn asyncssh() -> Result<()> {
    whole_round(|login| Ok(Box::new(Python::new(login, script("asyncssh_client.py")))))
}

#[test]
fn curl() -> Result<()> {
    if !Curl::speaks_sftp()? {
        eprintln!("this curl is built without SFTP");
        return Ok(());
    }
    whole_round(|login| Ok(Box::new(Curl::new(login))))
}

#[test]
fn psftp() -> Result<()> {
    whole_round(|login| Ok(Box::new(Psftp::new(login)?)))
}

#[test]
fn sshfs() -> Result<()> {
    whole_round(|login| Ok(Box::new(Sshfs::mount(&login)?)))
}

/// scp moves files and trees; it has no other verbs.
#[test]
fn scp() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let scp = Scp::new(server.login(&user));
    moves_a_file(&scp, &user, server.dir())?;

    let tree = server.dir().join("tree");
    fs::create_dir_all(tree.join("deep/er"))?;
    data::write(&tree.join("deep/er/leaf"), 70_000, 3)?;
    fs::write(tree.join("empty"), b"")?;
    let back = server.dir().join("back");
    scp.copy(&["-r"], &tree.display().to_string(), &scp.remote("/copied"))?;
    scp.copy(&["-r"], &scp.remote("/copied"), &back.display().to_string())?;
    data::assert_same(&tree.join("deep/er/leaf"), &back.join("deep/er/leaf"))?;
    ensure!(back.join("empty").metadata()?.len() == 0);
    Ok(())
}

/// What a person does: a password asked for on the terminal, then commands at the prompt.
#[test]
fn openssh_sftp_on_a_terminal() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    fs::write(user.home.join("here.txt"), b"as it was")?;
    let port = server.sftp_port().to_string();
    let mut args = vec!["-F", "none", "-P", &port];
    for option in ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "PubkeyAuthentication=no"] {
        args.extend(["-o", option]);
    }
    args.push("ada@127.0.0.1");
    let mut sftp = Pty::start("sftp", &args)?;
    // Keyboard-interactive asks first: "(ada@127.0.0.1) Password: ".
    sftp.expect("assword: ", SHORT)?;
    sftp.line(&user.password)?;
    sftp.expect("sftp> ", SHORT)?;

    let mut prompt = |command: &str| {
        sftp.line(command)?;
        sftp.expect("sftp> ", SHORT)
    };
    ensure!(prompt("pwd")?.contains("Remote working directory: /"));
    prompt("mkdir inbox")?;
    prompt("rename here.txt inbox/there.txt")?;
    let rows = prompt("ls -l inbox")?;
    ensure!(rows.contains("-rw") && rows.contains("there.txt"), "no long listing: {rows}");
    ensure!(prompt("df -h")?.contains("Capacity"));
    sftp.line("bye")?;
    ensure!(sftp.wait(SHORT)?.success());
    ensure!(fs::read(user.home.join("inbox/there.txt"))? == b"as it was");
    Ok(())
}

#[test]
fn rest() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let client = RestFiles::login(&server.url(), &user.name, &user.password)?;
    moves_a_file(&client, &user, server.dir())?;
    manages_files(&client, &user, server.dir())?;
    until("nothing of the home stays open", SHORT, || !server.holds_open(&user.home))
}

fn whole_round(client: impl FnOnce(Login) -> Result<Box<dyn Place>>) -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let client = client(server.login(&user))?;
    moves_a_file(&*client, &user, server.dir())?;
    manages_files(&*client, &user, server.dir())?;
    // The session ends with its client.
    drop(client);
    until("nothing of the home stays open", SHORT, || !server.holds_open(&user.home))
}

fn moves_a_file(client: &(impl Client + ?Sized), user: &User, dir: &Path) -> Result<()> {
    let (sent, back) = (dir.join("sent.bin"), dir.join("back.bin"));
    data::write(&sent, SIZE, 1)?;
    client.upload(&sent, "/data.bin")?;
    data::assert_same(&sent, &user.home.join("data.bin"))?;
    client.download("/data.bin", &back)?;
    data::assert_same(&sent, &back)?;

    // A shorter file over a longer one, and one without content.
    data::write(&sent, 1000, 2)?;
    client.upload(&sent, "/data.bin")?;
    data::assert_same(&sent, &user.home.join("data.bin"))?;
    fs::write(&sent, b"")?;
    client.upload(&sent, "/empty")?;
    client.download("/empty", &back)?;
    ensure!(back.metadata()?.len() == 0 && user.home.join("empty").metadata()?.len() == 0);
    Ok(())
}

fn manages_files(client: &(impl Place + ?Sized), user: &User, dir: &Path) -> Result<()> {
    let sent = dir.join("sent.bin");
    data::write(&sent, 12_345, 4)?;
    fs::create_dir(user.home.join("box"))?;
    let odd = "/box/two words, größe & 100%.txt";
    client.upload(&sent, "/box/plain")?;
    client.upload(&sent, odd)?;
    let mut names = client.list("/box")?;
    names.sort();
    // psftp's listing cannot be taken apart where a name has blanks.
    ensure!(names.len() == 2 && names.contains(&"plain".to_owned()), "listed {names:?}");

    client.rename("/box/plain", "/renamed")?;
    ensure!(client.list("/box")?.len() == 1);
    data::assert_same(&sent, &user.home.join("renamed"))?;
    client.remove("/renamed")?;
    client.remove(odd)?;
    ensure!(client.list("/box")?.is_empty());
    ensure!(client.download("/renamed", &dir.join("gone")).is_err(), "a removed file was downloaded");
    Ok(())
}
