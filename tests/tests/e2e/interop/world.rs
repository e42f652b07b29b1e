//! The server of the matrix: every algorithm, every kind of key, and a user for each way to log in.

use crate::SHORT;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::{collections::HashMap, path::Path};
use tempfile::TempDir;
use testkit::{
    KeyPair, Login, Proof, TestServer, User,
    clients::{Family, Session, Sessions},
    until_ok,
};

pub struct World {
    pub server: TestServer,
    /// All that the server knows, by family.
    pub algorithms: HashMap<Family, Vec<String>>,
    authority: KeyPair,
    keys: TempDir,
}

/// What the server wrote to its log about the sessions of one call.
pub struct Seen {
    /// How often keys were exchanged after the first time.
    pub renewed: usize,
    /// What the sessions listed.
    pub listed: Vec<String>,
}

impl World {
    pub fn new() -> Result<Self> {
        let keys = tempfile::Builder::new().prefix("keys-").tempdir()?;
        let make = |name: &str, kind: &str| KeyPair::generate(keys.path(), name, kind);
        let mut host_keys = Vec::new();
        for kind in ["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa"] {
            host_keys.push(make(&format!("host-{kind}"), kind)?.path);
        }
        let authority = make("authority", "ed25519")?;
        let mut builder = TestServer::builder()
            .arg("--log-level")
            .arg("debug")
            .set("sftpd.host_keys", json!(host_keys))
            .set("sftpd.trusted_user_ca_keys", json!([authority.public_path()]));
        let mut algorithms = HashMap::new();
        for family in Family::ALL {
            let names = known(setting(family))?;
            builder = builder.set(setting(family), json!(names));
            algorithms.insert(family, names);
        }
        builder = builder.set("sftpd.public_key_algorithms", json!(known("sftpd.public_key_algorithms")?));
        Ok(Self { server: builder.start()?, algorithms, authority, keys })
    }

    pub fn dir(&self) -> &Path {
        self.server.dir()
    }

    /// A user who can log in by `proof` and not otherwise, with a key of `kind` where it takes one.
    pub fn user(&self, name: &str, proof: Proof, kind: &str) -> Result<(User, Login)> {
        let key = KeyPair::generate(self.keys.path(), name, kind)?;
        let trusted = match proof {
            Proof::Certificate => {
                key.certify(&self.authority, name)?;
                Vec::new()
            }
            _ => vec![key.public.clone()],
        };
        let method = proof.methods().join("+");
        let others = [
            "password",
            "publickey",
            "keyboard-interactive",
            "publickey+password",
            "publickey+keyboard-interactive",
        ];
        let denied: Vec<_> = others.into_iter().filter(|other| *other != method).collect();
        let filters = json!({ "denied_login_methods": denied });
        let user = self.server.user_with(name, json!({ "public_keys": trusted, "filters": filters }))?;
        let login = Login { key, proof, ..self.server.login(&user) };
        Ok((user, login))
    }

    /// Has `client` do a session, and makes sure by the log that it was done as it was to be.
    pub fn run(&self, client: &mut dyn Sessions, session: &Session) -> Result<Seen> {
        let before = self.server.log().len();
        let listed = client.session(session)?;
        until_ok("the log tells of the session", SHORT, || {
            let log = self.server.log();
            let lines: Vec<Value> =
                log[before..].lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
            let login = lines.iter().find(|line| line["sender"] == "login").context("no login")?;
            ensure!(login["method"] == session.login.proof.methods().join("+"), "another method: {login}");
            // Some look at the host keys first, over connections that are none of the session's.
            let logged_in = |id: &Value| {
                lines.iter().any(|line| line["sender"] == "login" && line["connection_id"] == *id)
            };
            let exchanges: Vec<_> = lines
                .iter()
                .filter(|line| line["kex"].is_string() && logged_in(&line["connection_id"]))
                .collect();
            ensure!(!exchanges.is_empty(), "no keys exchanged");
            for (pin, line) in
                session.pins.iter().flat_map(|pin| exchanges.iter().map(move |line| (pin, line)))
            {
                ensure!(
                    fields(pin.family).iter().all(|field| line[field] == pin.name.as_str()),
                    "not {}: {line}",
                    pin.name
                );
            }
            let renewed = exchanges.iter().filter(|line| line["message"] == "keys renewed").count();
            Ok(Seen { renewed, listed: listed.clone() })
        })
    }
}

/// The key of the configuration that holds the list of a family.
fn setting(family: Family) -> &'static str {
    match family {
        Family::Kex => "sftpd.kex_algorithms",
        Family::Cipher => "sftpd.ciphers",
        Family::Mac => "sftpd.macs",
        Family::HostKey => "sftpd.host_key_algorithms",
    }
}

/// The fields of the log that say what was agreed on, in each direction.
fn fields(family: Family) -> &'static [&'static str] {
    match family {
        Family::Kex => &["kex"],
        Family::Cipher => &["cipher_in", "cipher_out"],
        Family::Mac => &["mac_in", "mac_out"],
        Family::HostKey => &["host_key"],
    }
}

/// All names that may stand in a list of the configuration: the server says them when one is wrong.
fn known(setting: &str) -> Result<Vec<String>> {
    let refused = TestServer::builder().set(setting, json!(["none-of-them"])).start();
    let said = format!("{:#}", refused.err().context("a name that does not exist was taken")?);
    // Said in the log too; for people it comes last.
    let (_, valid) = said.rsplit_once("valid are: ").with_context(|| said.clone())?;
    Ok(valid.split(", ").map(|name| name.trim().to_owned()).collect())
}
