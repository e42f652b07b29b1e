//! Every algorithm moves files whole, also while keys change under way.

use anyhow::{Result, ensure};
use std::path::PathBuf;
use testkit::{
    Client, Scale, TestServer, User,
    clients::OpenSsh,
    data::{self, MIB},
};

const REKEYED: [&str; 3] = ["aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr"];

#[test]
fn aes128_gcm() -> Result<()> {
    large_file(&["Ciphers=aes128-gcm@openssh.com"])
}

#[test]
fn aes256_gcm() -> Result<()> {
    large_file(&["Ciphers=aes256-gcm@openssh.com"])
}

#[test]
fn chacha20_poly1305() -> Result<()> {
    large_file(&["Ciphers=chacha20-poly1305@openssh.com"])
}

#[test]
fn aes128_ctr_encrypt_then_mac() -> Result<()> {
    large_file(&["Ciphers=aes128-ctr", "MACs=hmac-sha2-256-etm@openssh.com"])
}

#[test]
fn aes192_ctr_encrypt_and_mac() -> Result<()> {
    large_file(&["Ciphers=aes192-ctr", "MACs=hmac-sha2-256"])
}

#[test]
fn aes256_ctr_with_sha512() -> Result<()> {
    server_with_sha512().and_then(|(server, user)| {
        let options = ["Ciphers=aes256-ctr", "MACs=hmac-sha2-512-etm@openssh.com"];
        there_and_back(&server, &user, &options, large())
    })
}

/// Keys changed every MiB, by the client's wish, in both directions of a transfer.
#[test]
fn rekey_every_mebibyte() -> Result<()> {
    let (server, user) = server()?;
    let size = Scale::from_env().pick(20 * MIB, 200 * MIB);
    for cipher in REKEYED {
        there_and_back(&server, &user, &[&format!("Ciphers={cipher}"), "RekeyLimit=1M"], size)?;
    }
    Ok(())
}

#[test]
fn key_exchanges() -> Result<()> {
    let (server, user) = server()?;
    for kex in
        ["curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384"]
    {
        there_and_back(&server, &user, &[&format!("KexAlgorithms={kex}")], MIB)?;
    }
    Ok(())
}

#[test]
fn host_keys() -> Result<()> {
    let (server, user) = server()?;
    for algorithm in ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-256", "rsa-sha2-512"] {
        there_and_back(&server, &user, &[&format!("HostKeyAlgorithms={algorithm}")], MIB)?;
    }
    Ok(())
}

/// Both sides name what they can do; where nothing is in common the client is told, and others go on.
#[test]
fn no_common_cipher_is_an_orderly_end() -> Result<()> {
    let (server, user) = server()?;
    let refused = OpenSsh::new(server.login(&user)).option("Ciphers=aes256-cbc").try_batch("pwd\n")?;
    ensure!(refused.stderr.contains("no matching cipher found"), "{}", refused.stderr);
    there_and_back(&server, &user, &[], MIB)
}

/// The size that is compared once per cipher.
fn large() -> u64 {
    Scale::from_env().pick(205 * MIB, 2048 * MIB)
}

fn large_file(options: &[&str]) -> Result<()> {
    let (server, user) = server()?;
    there_and_back(&server, &user, options, large())
}

fn server() -> Result<(TestServer, User)> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    Ok((server, user))
}

fn server_with_sha512() -> Result<(TestServer, User)> {
    // Known, but not among the defaults.
    let macs = ["hmac-sha2-512-etm@openssh.com", "hmac-sha2-512"];
    let server = TestServer::builder().set("sftpd.macs", serde_json::json!(macs)).start()?;
    let user = server.user("ada")?;
    Ok((server, user))
}

fn there_and_back(server: &TestServer, user: &User, options: &[&str], size: u64) -> Result<()> {
    let client =
        options.iter().fold(OpenSsh::new(server.login(user)), |client, option| client.option(option));
    let (sent, back): (PathBuf, PathBuf) = (server.dir().join("sent"), server.dir().join("back"));
    data::write(&sent, size, 11)?;
    client.upload(&sent, "/file")?;
    data::assert_same(&sent, &user.home.join("file"))?;
    client.download("/file", &back)?;
    data::assert_same(&sent, &back)
}
