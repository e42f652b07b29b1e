//! What clients learn about the server's own keys.

use anyhow::{Result, ensure};
use std::{collections::BTreeSet, fs, path::Path};
use testkit::{KeyPair, Login, TestServer, clients::OpenSsh};

/// OpenSSH's `UpdateHostKeys`: a client that knows one key learns the others, each proved, and forgets those that
/// are gone. So a key can be replaced without a warning.
#[test]
fn clients_learn_keys_before_they_are_used() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let known = server.dir().join("known_hosts");
    let kinds = || -> Result<BTreeSet<String>> {
        let text = fs::read_to_string(&known)?;
        Ok(text.lines().filter_map(|line| line.split(' ').nth(1)).map(str::to_owned).collect())
    };
    let client = |checking| client(server.login(&user), &known, checking);
    let learning = |checking| client(checking).option("UpdateHostKeys=yes");
    learning("accept-new").option("HostKeyAlgorithms=ssh-ed25519").batch("pwd\n")?;
    ensure!(kinds()? == BTreeSet::from(["ssh-ed25519".to_owned()]), "{:?}", kinds()?);

    learning("yes").batch("pwd\n")?;
    let all = ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"].map(str::to_owned);
    ensure!(kinds()? == BTreeSet::from(all), "{:?}", kinds()?);
    // What was learned is what is served.
    for algorithm in ["rsa-sha2-512", "ecdsa-sha2-nistp256"] {
        // A client forgets the keys of kinds that it does not want.
        let only = client("yes").option("UpdateHostKeys=no");
        only.option(&format!("HostKeyAlgorithms={algorithm}")).batch("pwd\n")?;
    }
    Ok(())
}

/// Two keys of one kind: the first is used, the second announced.
#[test]
fn the_next_key_is_announced_beside_the_present_one() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let (now, next) =
        (KeyPair::generate(dir.path(), "now", "ed25519")?, KeyPair::generate(dir.path(), "next", "ed25519")?);
    let keys = serde_json::json!([now.path, next.path]);
    let server = TestServer::builder().set("sftpd.host_keys", keys).start()?;
    let user = server.user("ada")?;
    let known = server.dir().join("known_hosts");
    fs::write(&known, format!("[127.0.0.1]:{} {}\n", server.sftp_port(), now.public))?;
    client(server.login(&user), &known, "yes").option("UpdateHostKeys=yes").batch("pwd\n")?;
    let learned = fs::read_to_string(&known)?;
    for key in [now, next] {
        let blob = key.public.split(' ').nth(1).unwrap_or_default();
        ensure!(!blob.is_empty() && learned.contains(blob), "{learned}");
    }
    Ok(())
}

/// Checks host keys, unlike the client of the other tests.
fn client(login: Login, known: &Path, checking: &str) -> OpenSsh {
    OpenSsh::new(login)
        .option(&format!("UserKnownHostsFile={}", known.display()))
        .option(&format!("StrictHostKeyChecking={checking}"))
}
