//! Real clients, one type each, behind one small trait: what every one of them can do.
//!
//! What only one of them can do (a cipher to pin, a script to run) is a method of its own type.

mod curl;
mod driver;
mod flood;
mod lftp;
mod link;
mod openssh;
mod putty;
mod python;
mod rclone;
mod rest_files;
mod session;
mod sshfs;

pub use self::{
    curl::Curl,
    driver::Driver,
    flood::flood,
    lftp::Lftp,
    link::{Link, Told},
    openssh::{OpenSsh, Scp},
    putty::{Pscp, Psftp},
    python::{Python, interpreter},
    rclone::Rclone,
    rest_files::RestFiles,
    session::{Family, Pin, Session, Sessions, Step},
    sshfs::Sshfs,
};

use crate::{KeyPair, Scale};
use anyhow::Result;
use std::{path::Path, process::Command, time::Duration};

/// How to reach the server as one user. The host is always 127.0.0.1.
#[derive(Debug, Clone)]
pub struct Login {
    pub port: u16,
    pub user: String,
    pub password: String,
    pub key: KeyPair,
    pub proof: Proof,
}

/// What a client is to prove with that it is the user, and with nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    Password,
    Key,
    /// The key, by the certificate beside it.
    Certificate,
    /// The password, as the answer to every question.
    KeyboardInteractive,
    /// First the one, then the other.
    KeyThenPassword,
}

/// What a client of any kind can do. Remote paths are absolute; each call is a session of its own.
pub trait Client {
    fn upload(&self, local: &Path, remote: &str) -> Result<()>;
    fn download(&self, remote: &str, local: &Path) -> Result<()>;
}

/// A client that manages files besides moving them; scp and plain curl do not.
pub trait Place: Client {
    /// The names in a directory, in no order, without `.` and `..`.
    fn list(&self, dir: &str) -> Result<Vec<String>>;
    fn rename(&self, from: &str, to: &str) -> Result<()>;
    fn remove(&self, path: &str) -> Result<()>;
}

impl Login {
    /// What every program of OpenSSH is told: this proof alone, no files of the machine's user, and no questions
    /// but for the password.
    pub fn ssh_options(&self) -> Vec<String> {
        let mut options = vec!["-F".to_owned(), "none".to_owned(), "-i".to_owned()];
        options.push(self.key.path.display().to_string());
        if self.proof == Proof::Certificate {
            let file = self.key.certificate_path();
            options.extend(["-o".to_owned(), format!("CertificateFile={}", file.display())]);
        }
        let methods = format!("PreferredAuthentications={}", self.proof.methods().join(","));
        for option in [
            &*methods,
            if self.proof.asks() { "BatchMode=no" } else { "BatchMode=yes" },
            "NumberOfPasswordPrompts=1",
            "IdentitiesOnly=yes",
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "LogLevel=INFO",
        ] {
            options.extend(["-o".to_owned(), option.to_owned()]);
        }
        options
    }

    /// Has programs of OpenSSH that `command` starts ask a script for the password, not a terminal.
    pub fn answer_ssh(&self, command: &mut Command) {
        command.env("SSH_ASKPASS", concat!(env!("CARGO_MANIFEST_DIR"), "/askpass.sh"));
        command.env("SSH_ASKPASS_REQUIRE", "force").env("LONGSHORE_ASKPASS", &self.password);
    }

    /// `user@127.0.0.1`
    pub fn at(&self) -> String {
        format!("{}@127.0.0.1", self.user)
    }
}

impl Proof {
    /// The methods' names (RFC 4252, RFC 4256), in the order they are gone through.
    pub fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Password => &["password"],
            Self::Key | Self::Certificate => &["publickey"],
            Self::KeyboardInteractive => &["keyboard-interactive"],
            Self::KeyThenPassword => &["publickey", "password"],
        }
    }

    /// Whether the password comes into it.
    pub fn asks(self) -> bool {
        !matches!(self, Self::Key | Self::Certificate)
    }

    /// Whether the key comes into it.
    pub fn signs(self) -> bool {
        self.methods().contains(&"publickey")
    }
}

/// How long one call of a client may take, large files included.
pub(crate) fn limit() -> Duration {
    Scale::from_env().pick(Duration::from_secs(180), Duration::from_secs(1800))
}

/// The last component of what a listing printed, unless it is `.` or `..`.
pub(crate) fn base_name(line: &str) -> Option<String> {
    let name = line.trim_end().trim_end_matches('/').rsplit('/').next()?;
    (!name.is_empty() && name != "." && name != "..").then(|| name.to_owned())
}

#[cfg(test)]
mod tests;
