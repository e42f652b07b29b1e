//! The clients of the matrix, a row each.

use crate::script;
use anyhow::Result;
use std::{env, path::PathBuf, process::Command};
use testkit::{
    Proof::{self, Certificate, Key, KeyThenPassword, KeyboardInteractive, Password},
    clients::{Driver, Sessions},
};

/// A client, and what it cannot do.
pub struct Peer {
    pub name: &'static str,
    pub start: fn() -> Result<Box<dyn Sessions>>,
    pub proofs: &'static [Proof],
    /// Kinds of keys that it signs with, as `KeyPair::generate` names them.
    pub keys: &'static [&'static str],
    /// Kinds of keys whose certificates it presents.
    pub certified: &'static [&'static str],
    /// Algorithms of the server that at least one release of it in use does not have.
    pub lacks: &'static [&'static str],
    /// What it offers and then fails with by itself.
    pub broken: &'static [&'static str],
    pub rekeys: Rekeys,
}

/// How a client comes to new keys within a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rekeys {
    /// After the number of bytes it is told.
    AfterBytes,
    /// When it is asked to, once per step.
    PerStep,
    /// It never asks for them.
    Never,
}

const PROOFS: &[Proof] = &[Password, Key, Certificate, KeyboardInteractive, KeyThenPassword];
const KEYS: &[&str] = &["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa"];

pub const GOLANG: Peer = Peer {
    name: "golang.org/x/crypto and pkg/sftp",
    start: || built("golang"),
    proofs: PROOFS,
    keys: KEYS,
    certified: KEYS,
    lacks: &[
        "sntrup761x25519-sha512",
        "sntrup761x25519-sha512@openssh.com",
        "diffie-hellman-group18-sha512",
        "aes192-cbc",
        "aes256-cbc",
    ],
    broken: &[],
    rekeys: Rekeys::AfterBytes,
};

pub const SSH2: Peer = Peer {
    name: "ssh2 for Node",
    start: || driver(Command::new("node").arg(script("ssh2/client.js"))),
    proofs: PROOFS,
    keys: KEYS,
    certified: &[],
    lacks: &[
        "mlkem768x25519-sha256",
        "sntrup761x25519-sha512",
        "sntrup761x25519-sha512@openssh.com",
        // Its ciphers are OpenSSL's, which lost them.
        "arcfour256",
        "arcfour128",
        "arcfour",
    ],
    broken: &[],
    rekeys: Rekeys::PerStep,
};

pub const LIBSSH2: Peer = Peer {
    name: "libssh2",
    start: || built("libssh2"),
    proofs: PROOFS,
    // Until 1.11 it signs with RSA keys in SHA-1 only.
    keys: &["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521"],
    // It knows some kinds since 1.11.
    certified: &[],
    lacks: &[
        "mlkem768x25519-sha256",
        "sntrup761x25519-sha512",
        "sntrup761x25519-sha512@openssh.com",
        "aes128-gcm@openssh.com",
        "aes256-gcm@openssh.com",
        "chacha20-poly1305@openssh.com",
        "arcfour256",
        "hmac-sha2-256-etm@openssh.com",
        "hmac-sha2-512-etm@openssh.com",
        "rsa-sha2-256",
        "rsa-sha2-512",
    ],
    // It crashes where OpenSSL has no RC4 any more.
    broken: &["arcfour128", "arcfour"],
    rekeys: Rekeys::Never,
};

pub const LIBSSH: Peer = Peer {
    name: "libssh",
    start: || built("libssh"),
    proofs: PROOFS,
    keys: KEYS,
    certified: KEYS,
    lacks: &[
        "mlkem768x25519-sha256",
        "sntrup761x25519-sha512",
        "sntrup761x25519-sha512@openssh.com",
        "aes192-cbc",
        "arcfour256",
        "arcfour128",
        "arcfour",
        "hmac-sha1-96",
    ],
    broken: &[],
    rekeys: Rekeys::AfterBytes,
};

pub const MINA: Peer = Peer {
    name: "Apache MINA SSHD",
    start: || {
        let classes = clients().join("mina");
        let path = format!("{}:{}/*", classes.display(), classes.display());
        driver(Command::new("java").args([
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            &path,
            "MinaClient",
        ]))
    },
    proofs: PROOFS,
    keys: KEYS,
    certified: KEYS,
    lacks: &["arcfour"],
    broken: &[],
    rekeys: Rekeys::AfterBytes,
};

pub const RUSSH: Peer = Peer {
    name: "russh and russh-sftp",
    start: || built("russh/debug/longshore-client-russh"),
    proofs: PROOFS,
    keys: KEYS,
    // Those of RSA keys it presents for SHA-1, which nobody takes.
    certified: &["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521"],
    lacks: &[
        "sntrup761x25519-sha512",
        "sntrup761x25519-sha512@openssh.com",
        "arcfour256",
        "arcfour128",
        "arcfour",
        "hmac-sha1-96",
    ],
    broken: &[],
    rekeys: Rekeys::AfterBytes,
};

/// A program that `make clients` builds.
fn built(name: &str) -> Result<Box<dyn Sessions>> {
    driver(&mut Command::new(clients().join(name)))
}

/// `LONGSHORE_CLIENTS`, else where `make clients` puts them.
fn clients() -> PathBuf {
    match env::var_os("LONGSHORE_CLIENTS") {
        Some(dir) => PathBuf::from(dir),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/clients"),
    }
}

fn driver(command: &mut Command) -> Result<Box<dyn Sessions>> {
    Ok(Box::new(Driver::start(command)?))
}
