//! The lines that other programs parse: Fail2ban and whoever counts transfers.

use crate::SHORT;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::{fs, net::TcpStream};
use testkit::{KeyPair, TestServer, User, clients::OpenSsh, until_ok};

#[test]
fn a_login_says_who_from_where_and_how() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    OpenSsh::new(server.login(&user)).option("Ciphers=aes256-ctr").batch("pwd\n")?;
    let line = line(&server, "login", |line| line["username"] == "ada")?;
    let keys = [
        "level",
        "time",
        "sender",
        "ip",
        "username",
        "method",
        "protocol",
        "connection_id",
        "client",
        "encrypted",
        "info",
    ];
    ensure!(has_keys(&line, &keys), "{line}");
    ensure!(line["level"] == "info" && line["ip"] == "127.0.0.1" && line["encrypted"] == true, "{line}");
    ensure!(line["method"] == "publickey" && line["protocol"] == "SSH", "{line}");
    ensure!(line["client"].as_str().is_some_and(|client| client.starts_with("SSH-2.0-OpenSSH")), "{line}");
    ensure!(line["info"].as_str().is_some_and(|info| info.contains("aes256-ctr")), "{line}");
    Ok(())
}

#[test]
fn failures_name_the_address_for_tools_that_ban_it() -> Result<()> {
    let server = TestServer::start()?;
    let stranger = server.user("eve")?;
    let wrong = User { key: KeyPair::generate(server.dir(), "wrong", "ed25519")?, ..stranger };
    ensure!(!OpenSsh::new(server.login(&wrong)).try_batch("pwd\n")?.status.success());
    let refused = line(&server, "connection_failed", |line| line["username"] == "eve")?;
    let keys = ["level", "time", "sender", "client_ip", "username", "login_type", "protocol", "error"];
    ensure!(has_keys(&refused, &keys), "{refused}");
    ensure!(refused["level"] == "debug" && refused["client_ip"] == "127.0.0.1", "{refused}");
    ensure!(refused["login_type"] == "publickey" && refused["protocol"] == "SSH", "{refused}");

    drop(TcpStream::connect(server.sftp_address())?);
    let silent = line(&server, "connection_failed", |line| line["login_type"] == "no_auth_tried")?;
    ensure!(silent["username"] == "" && has_keys(&silent, &keys), "{silent}");
    Ok(())
}

#[test]
fn commands_and_transfers_have_their_fields() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    fs::write(user.home.join("here"), b"some bytes")?;
    let client = OpenSsh::new(server.login(&user));
    client.batch(&format!("get here {}\nrename here there\n", server.dir().join("back").display()))?;
    testkit::succeed(&mut client.remote("md5sum there"), "", SHORT)?;

    let moved = line(&server, "Download", |_| true)?;
    let keys = [
        "level",
        "time",
        "sender",
        "local_addr",
        "remote_addr",
        "elapsed_ms",
        "size_bytes",
        "username",
        "file_path",
        "virtual_path",
        "connection_id",
        "protocol",
    ];
    ensure!(
        has_keys(&moved, &keys) && moved["size_bytes"] == 10 && moved["virtual_path"] == "/here",
        "{moved}"
    );

    let keys = [
        "level",
        "time",
        "sender",
        "local_addr",
        "remote_addr",
        "username",
        "file_path",
        "target_path",
        "virtual_path",
        "virtual_target_path",
        "filemode",
        "uid",
        "gid",
        "access_time",
        "modification_time",
        "size",
        "elapsed",
        "ssh_command",
        "connection_id",
        "protocol",
    ];
    let renamed = line(&server, "Rename", |_| true)?;
    ensure!(has_keys(&renamed, &keys) && renamed["uid"] == -1 && renamed["filemode"] == "", "{renamed}");
    ensure!(renamed["target_path"].as_str() == user.home.join("there").to_str(), "{renamed}");
    ensure!(renamed["virtual_path"] == "/here" && renamed["virtual_target_path"] == "/there", "{renamed}");
    let typed = line(&server, "SSHCommand", |_| true)?;
    ensure!(has_keys(&typed, &keys) && typed["protocol"] == "SSH", "{typed}");
    ensure!(typed["ssh_command"] == "md5sum there" && typed["level"] == "info", "{typed}");
    Ok(())
}

/// The first line of `sender` that `fits`.
fn line(server: &TestServer, sender: &str, fits: impl Fn(&Value) -> bool) -> Result<Value> {
    until_ok(&format!("a line of {sender}"), SHORT, || {
        let log = server.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line["sender"] == sender).find(|line| fits(line)).with_context(|| log.clone())
    })
}

/// Exactly these; what reads the lines by position is nobody's concern.
fn has_keys(line: &Value, keys: &[&str]) -> bool {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    line.as_object().is_some_and(|line| {
        let mut found: Vec<_> = line.keys().map(String::as_str).collect();
        found.sort_unstable();
        found == keys
    })
}
