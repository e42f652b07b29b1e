//! What auditors run against a server.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::{process::Command, time::Duration};
use testkit::{TestServer, clients::interpreter, run, succeed};

const POLICY: &str = "Hardened OpenSSH Server v10.4 (version 1)";
const LIMIT: Duration = Duration::from_secs(120);

/// The block of settings in the documentation, as it stands there, is what the policy asks for.
#[test]
fn the_hardened_settings_pass_the_policy() -> Result<()> {
    let keys = tempfile::tempdir()?;
    for (name, kind) in [("id_rsa", &["-t", "rsa", "-b", "4096"][..]), ("id_ed25519", &["-t", "ed25519"])] {
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-N", "", "-f"]).arg(keys.path().join(name)).args(kind);
        succeed(&mut command, "", LIMIT)?;
    }
    let text = include_str!("../../../docs/SSH-HARDENING.md");
    let (_, block) = text.split_once("```json").context("no settings in the documentation")?;
    let block: Value = serde_json::from_str(block.split_once("```").context("no end of the settings")?.0)?;
    let mut builder = TestServer::builder();
    for (key, value) in block["sftpd"].as_object().context("no settings of sftpd")? {
        let value = match key.as_str() {
            "host_keys" => json!(["id_rsa", "id_ed25519"].map(|name| keys.path().join(name))),
            _ => value.clone(),
        };
        builder = builder.set(&format!("sftpd.{key}"), value);
    }
    let server = builder.start()?;
    let said = audit(&server, &["-P", POLICY])?;
    ensure!(said.contains("Passed"), "{said}");
    ensure!(text.contains(POLICY), "the documentation names the policy");

    // The policy does tell one server from another.
    let usual = audit(&TestServer::start()?, &["-P", POLICY])?;
    ensure!(usual.contains("Failed"), "{usual}");
    Ok(())
}

/// By default there is what SFTPGo has by default, and nothing else that an auditor minds.
#[test]
fn nothing_more_than_the_known_warnings_by_default() -> Result<()> {
    let known = ["ecdh-sha2-nistp", "ecdsa-sha2-nistp256", "diffie-hellman-group14-sha256", "hmac-sha2-256"];
    let post_quantum = "does not provide protection against post-quantum attacks";
    let said = audit(&TestServer::start()?, &["--json"])?;
    let said: Value = serde_json::from_str(&said)?;
    let mut seen = 0;
    for family in ["kex", "key", "enc", "mac"] {
        for algorithm in said[family].as_array().context("no algorithms")? {
            let name = algorithm["algorithm"].as_str().context("no name")?;
            let notes = |level: &str| algorithm["notes"][level].as_array().cloned().unwrap_or_default();
            let minded: Vec<_> = [notes("fail"), notes("warn")]
                .concat()
                .into_iter()
                .filter(|note| note != post_quantum)
                .collect();
            let expected =
                known.iter().any(|known| name.starts_with(known)) || name.contains("exchange-sha256");
            ensure!(minded.is_empty() || expected, "{name}: {minded:?}");
            seen += 1;
        }
    }
    ensure!(seen > 15, "{seen} algorithms");
    // One is about peers without strict key exchange, whatever the server does; the other about connections.
    let notes = said["additional_notes"].as_array().context("no notes")?;
    let about_peers = |note: &Value| note.as_str().is_some_and(|note| note.contains("Terrapin"));
    ensure!(notes.iter().all(about_peers), "{notes:?}");
    Ok(())
}

fn audit(server: &TestServer, options: &[&str]) -> Result<String> {
    let mut command = Command::new(interpreter());
    command.args(["-m", "ssh_audit", "--no-colors", "--port"]);
    command.arg(server.sftp_port().to_string()).args(options).arg("127.0.0.1");
    let finished = run(&mut command, "", LIMIT)?;
    Ok(finished.stdout + &finished.stderr)
}
