//! The clients against OpenSSH's own server: what fails there is their fault and not the server's under test.

use super::*;
use crate::{Sshd, data};
use std::fs;

#[test]
fn sftp_moves_and_manages() {
    round(|login| Box::new(OpenSsh::new(login)));
}

#[test]
fn lftp_moves_and_manages() {
    round(|login| Box::new(Lftp::new(login)));
}

#[test]
fn rclone_moves_and_manages() {
    round(|login| Box::new(Rclone::new(login)));
}

#[test]
fn sshfs_moves_and_manages() {
    round(|login| Box::new(Sshfs::mount(&login).unwrap()));
}

#[test]
fn scp_moves() {
    let home = tempfile::tempdir().unwrap();
    let server = Sshd::start(home.path()).unwrap();
    let (sent, back) = (home.path().join("sent"), home.path().join("back"));
    data::write(&sent, 100_000, 1).unwrap();
    let scp = Scp::new(server.login());
    scp.upload(&sent, &home.path().join("there").display().to_string()).unwrap();
    scp.download(&home.path().join("there").display().to_string(), &back).unwrap();
    data::assert_same(&sent, &back).unwrap();
}

#[test]
fn a_batch_that_fails_is_a_failure() {
    let home = tempfile::tempdir().unwrap();
    let server = Sshd::start(home.path()).unwrap();
    let client = OpenSsh::new(server.login());
    assert!(client.batch("get /no/such/file /dev/null\n").is_err());
    assert!(!client.try_batch("get /no/such/file /dev/null\n").unwrap().status.success());
    client.batch("pwd\n").unwrap();
}

fn round(client: impl FnOnce(Login) -> Box<dyn Place>) {
    let home = tempfile::tempdir().unwrap();
    let server = Sshd::start(home.path()).unwrap();
    let client = client(server.login());
    // OpenSSH shows the whole file system; the tests' own server shows the home as its root.
    let at = |name: &str| home.path().join(name).display().to_string();
    let (sent, back) = (home.path().join("sent"), home.path().join("back"));
    data::write(&sent, 300_000, 1).unwrap();
    fs::create_dir(home.path().join("box")).unwrap();

    client.upload(&sent, &at("box/two words")).unwrap();
    client.download(&at("box/two words"), &back).unwrap();
    data::assert_same(&sent, &back).unwrap();
    assert_eq!(client.list(&at("box")).unwrap(), ["two words"]);
    client.rename(&at("box/two words"), &at("box/one")).unwrap();
    assert_eq!(client.list(&at("box")).unwrap(), ["one"]);
    client.remove(&at("box/one")).unwrap();
    assert!(client.list(&at("box")).unwrap().is_empty());
}
