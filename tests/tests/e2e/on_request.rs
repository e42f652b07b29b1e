//! Algorithms that a configuration has to ask for: they work with OpenSSH's client then, and are not there before.

use anyhow::{Result, ensure};
use serde_json::json;
use testkit::{Client, KeyPair, TestServer, User, clients::OpenSsh, data};

const CIPHERS: [&str; 4] = ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"];
const MACS: [&str; 8] = [
    "hmac-sha1",
    "hmac-sha1-96",
    "hmac-sha2-512",
    "hmac-sha2-512-etm@openssh.com",
    "umac-64@openssh.com",
    "umac-64-etm@openssh.com",
    "umac-128@openssh.com",
    "umac-128-etm@openssh.com",
];
const EXCHANGES: [&str; 5] = [
    "diffie-hellman-group1-sha1",
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group-exchange-sha1",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group18-sha512",
];
/// Beside what each test asks for, so that nothing but that is new to a client.
const USUAL_CIPHER: &str = "aes128-ctr";

#[test]
fn ciphers_and_macs() -> Result<()> {
    let ciphers: Vec<_> = CIPHERS.into_iter().chain([USUAL_CIPHER]).collect();
    let server = TestServer::builder()
        .set("sftpd.ciphers", json!(ciphers))
        .set("sftpd.macs", json!(MACS))
        .set("sftpd.kex_algorithms", json!(EXCHANGES))
        .start()?;
    let user = server.user("ada")?;
    for cipher in CIPHERS {
        there_and_back(&server, &user, &[&format!("Ciphers={cipher}"), &usual_exchange()])?;
    }
    for mac in MACS {
        let options = [format!("Ciphers={USUAL_CIPHER}"), format!("MACs={mac}"), usual_exchange()];
        there_and_back(&server, &user, &options.each_ref().map(String::as_str))?;
    }
    for exchange in EXCHANGES {
        there_and_back(&server, &user, &[&format!("KexAlgorithms={exchange}")])?;
    }
    Ok(())
}

/// RSA over SHA-1 as host key and as client key, which OpenSSH's client has to be asked for, too.
#[test]
fn ssh_rsa() -> Result<()> {
    let old = TestServer::builder()
        .set("sftpd.host_key_algorithms", json!(["ssh-rsa"]))
        .set("sftpd.public_key_algorithms", json!(["ssh-rsa"]))
        .start()?;
    let usual = TestServer::start()?;
    for (server, works) in [(&old, true), (&usual, false)] {
        let key = KeyPair::generate(server.dir(), "rsa", "rsa")?;
        let user = server.user_with("ada", json!({ "public_keys": [key.public] }))?;
        let mut login = server.login(&user);
        login.key = key;
        let client = OpenSsh::new(login).option("PubkeyAcceptedAlgorithms=ssh-rsa").option(if works {
            "HostKeyAlgorithms=ssh-rsa"
        } else {
            "HostKeyAlgorithms=rsa-sha2-256"
        });
        ensure!(client.try_batch("pwd\n")?.status.success() == works, "with ssh-rsa configured: {works}");
    }
    Ok(())
}

#[test]
fn none_of_them_by_default() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let ciphers = CIPHERS.map(|cipher| (cipher, "hmac-sha2-256"));
    let macs = MACS.map(|mac| (USUAL_CIPHER, mac));
    for (cipher, mac) in ciphers.into_iter().chain(macs) {
        let client = OpenSsh::new(server.login(&user));
        let client = client.option(&format!("Ciphers={cipher}")).option(&format!("MACs={mac}"));
        let refused = client.try_batch("pwd\n")?;
        ensure!(refused.stderr.contains("no matching"), "{cipher} {mac}: {}", refused.stderr);
    }
    Ok(())
}

fn usual_exchange() -> String {
    format!("KexAlgorithms={}", EXCHANGES[3])
}

fn there_and_back(server: &TestServer, user: &User, options: &[&str]) -> Result<()> {
    let client =
        options.iter().fold(OpenSsh::new(server.login(user)), |client, option| client.option(option));
    let (sent, back) = (server.dir().join("sent"), server.dir().join("back"));
    data::write(&sent, 4 * data::MIB, 11)?;
    client.upload(&sent, "/file")?;
    client.download("/file", &back)?;
    data::assert_same(&sent, &back)
}
