//! The clients of the matrix, a row each.

use super::programs::{LFTP, OPENSSH, PSFTP, Program, RCLONE, SSHFS};
use crate::script;
use anyhow::Result;
use std::{env, path::PathBuf, process::Command};
use testkit::clients::{Driver, Sessions, interpreter};

/// A client, and what it cannot do.
pub struct Peer {
    pub name: &'static str,
    pub start: fn() -> Result<Box<dyn Sessions>>,
    /// Kinds of keys that it signs with, as `KeyPair::generate` names them.
    pub keys: &'static [&'static str],
    /// Kinds of keys whose certificates it presents.
    pub certified: &'static [&'static str],
    /// Algorithms of the server that at least one release of it in use does not have.
    pub lacks: Lacks,
    /// What it offers and then fails with by itself.
    pub broken: &'static [&'static str],
    pub rekeys: Rekeys,
}

/// What a client may lack of the server's algorithms. All others are tried.
#[derive(Debug, Clone, Copy)]
pub enum Lacks {
    These(&'static [&'static str]),
    /// Its SSH is that of another row, where they are tried.
    SeeOther,
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

const KEYS: &[&str] = &["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa"];

pub const GOLANG: Peer = Peer {
    name: "golang.org/x/crypto and pkg/sftp",
    start: || built("golang"),
    keys: KEYS,
    certified: KEYS,
    lacks: Lacks::These(&[
        "sntrup761x25519-sha512",
        "sntrup761x25519-sha512@openssh.com",
        "diffie-hellman-group18-sha512",
        "aes192-cbc",
        "aes256-cbc",
        "umac-64@openssh.com",
        "umac-128@openssh.com",
        "umac-64-etm@openssh.com",
        "umac-128-etm@openssh.com",
    ]),
    broken: &[],
    rekeys: Rekeys::AfterBytes,
};

pub const SSH2: Peer = Peer {
    name: "ssh2 for Node",
    start: || driver(Command::new("node").arg(script("ssh2/client.js"))),
    keys: KEYS,
    certified: &[],
    lacks: Lacks::These(&[
        "mlkem768x25519-sha256",
        "sntrup761x25519-sha512",
        "sntrup761x25519-sha512@openssh.com",
        // Its ciphers are OpenSSL's, which lost them.
        "arcfour256",
        "arcfour128",
        "arcfour",
        "umac-64@openssh.com",
        "umac-128@openssh.com",
        "umac-64-etm@openssh.com",
        "umac-128-etm@openssh.com",
    ]),
    broken: &[],
    rekeys: Rekeys::PerStep,
};

pub const LIBSSH2: Peer = Peer {
    name: "libssh2",
    start: || built("libssh2"),
    // With RSA keys it signs by SHA-1 alone until 1.11, which this server is told to take.
    keys: KEYS,
    // It knows some kinds since 1.11.
    certified: &[],
    lacks: Lacks::These(&[
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
        "umac-64@openssh.com",
        "umac-128@openssh.com",
        "umac-64-etm@openssh.com",
        "umac-128-etm@openssh.com",
    ]),
    // It crashes where OpenSSL has no RC4 any more.
    broken: &["arcfour128", "arcfour"],
    rekeys: Rekeys::Never,
};

pub const LIBSSH: Peer = Peer {
    name: "libssh",
    start: || built("libssh"),
    keys: KEYS,
    certified: KEYS,
    lacks: Lacks::These(&[
        "mlkem768x25519-sha256",
        "sntrup761x25519-sha512",
        "sntrup761x25519-sha512@openssh.com",
        "aes192-cbc",
        "arcfour256",
        "arcfour128",
        "arcfour",
        "hmac-sha1-96",
        "umac-64@openssh.com",
        "umac-128@openssh.com",
        "umac-64-etm@openssh.com",
        "umac-128-etm@openssh.com",
    ]),
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
    keys: KEYS,
    certified: KEYS,
    lacks: Lacks::These(&[
        "arcfour",
        "umac-64@openssh.com",
        "umac-128@openssh.com",
        "umac-64-etm@openssh.com",
        "umac-128-etm@openssh.com",
    ]),
    broken: &[],
    rekeys: Rekeys::AfterBytes,
};

pub const RUSSH: Peer = Peer {
    name: "russh and russh-sftp",
    start: || built("russh/debug/longshore-client-russh"),
    keys: KEYS,
    // Those of RSA keys it presents for SHA-1, which nobody takes.
    certified: &["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521"],
    lacks: Lacks::These(&[
        "sntrup761x25519-sha512",
        "sntrup761x25519-sha512@openssh.com",
        "arcfour256",
        "arcfour128",
        "arcfour",
        "hmac-sha1-96",
        "umac-64@openssh.com",
        "umac-128@openssh.com",
        "umac-64-etm@openssh.com",
        "umac-128-etm@openssh.com",
    ]),
    broken: &[],
    rekeys: Rekeys::AfterBytes,
};

pub const PARAMIKO: Peer = Peer {
    name: "paramiko",
    start: || driver(Command::new(interpreter()).arg(script("python/with_paramiko.py"))),
    keys: KEYS,
    certified: KEYS,
    lacks: Lacks::These(&[
        "sntrup761x25519-sha512",
        "sntrup761x25519-sha512@openssh.com",
        "curve25519-sha256",
        "diffie-hellman-group18-sha512",
        "diffie-hellman-group14-sha1",
        "diffie-hellman-group1-sha1",
        "diffie-hellman-group-exchange-sha1",
        "chacha20-poly1305@openssh.com",
        "arcfour256",
        "arcfour128",
        "arcfour",
        "umac-64@openssh.com",
        "umac-128@openssh.com",
        "umac-64-etm@openssh.com",
        "umac-128-etm@openssh.com",
        "ssh-rsa",
    ]),
    broken: &[],
    rekeys: Rekeys::AfterBytes,
};

pub const ASYNCSSH: Peer = Peer {
    name: "AsyncSSH",
    start: || driver(Command::new(interpreter()).arg(script("python/with_asyncssh.py"))),
    keys: KEYS,
    certified: KEYS,
    // With liboqs it would have it.
    lacks: Lacks::These(&["sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com"]),
    broken: &[],
    rekeys: Rekeys::AfterBytes,
};

pub const OPENSSH_SFTP: Peer = Peer {
    name: "sftp of OpenSSH",
    start: || program(OPENSSH),
    keys: KEYS,
    certified: KEYS,
    lacks: Lacks::These(&[
        // It has both since 9.9.
        "mlkem768x25519-sha256",
        "sntrup761x25519-sha512",
        "arcfour256",
        "arcfour128",
        "arcfour",
        "hmac-sha1-96",
    ]),
    broken: &[],
    rekeys: Rekeys::AfterBytes,
};

pub const PUTTY_PSFTP: Peer = Peer {
    name: "psftp of PuTTY",
    start: || program(PSFTP),
    keys: KEYS,
    certified: KEYS,
    lacks: Lacks::SeeOther,
    broken: &[],
    rekeys: Rekeys::AfterBytes,
};

pub const LFTP_SFTP: Peer = Peer {
    name: "lftp",
    start: || program(LFTP),
    keys: KEYS,
    certified: KEYS,
    lacks: Lacks::SeeOther,
    broken: &[],
    rekeys: Rekeys::Never,
};

pub const RCLONE_SFTP: Peer = Peer {
    name: "rclone",
    start: || program(RCLONE),
    keys: KEYS,
    certified: KEYS,
    lacks: Lacks::SeeOther,
    broken: &[],
    rekeys: Rekeys::Never,
};

pub const SSHFS_MOUNT: Peer = Peer {
    name: "sshfs",
    start: || program(SSHFS),
    keys: KEYS,
    certified: KEYS,
    lacks: Lacks::SeeOther,
    broken: &[],
    rekeys: Rekeys::Never,
};

fn program(program: Program) -> Result<Box<dyn Sessions>> {
    Ok(Box::new(program))
}

fn built(name: &str) -> Result<Box<dyn Sessions>> {
    driver(&mut client(name))
}

/// A program that `make clients` builds.
pub fn client(name: &str) -> Command {
    Command::new(clients().join(name))
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
