//! Real clients, one type each, behind one small trait: what every one of them can do.
//!
//! What only one of them can do (a cipher to pin, a script to run) is a method of its own type.

mod curl;
mod lftp;
mod openssh;
mod putty;
mod python;
mod rclone;
mod sshfs;

pub use self::{
    curl::Curl,
    lftp::Lftp,
    openssh::{OpenSsh, Scp},
    putty::Psftp,
    python::Python,
    rclone::Rclone,
    sshfs::Sshfs,
};

use crate::{KeyPair, Scale};
use anyhow::Result;
use std::{path::Path, time::Duration};

/// How to reach the server as one user. The host is always 127.0.0.1.
#[derive(Debug, Clone)]
pub struct Login {
    pub port: u16,
    pub user: String,
    pub password: String,
    pub key: KeyPair,
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
    /// What every program of OpenSSH is told: this key alone, no files of the machine's user, no questions.
    pub fn ssh_options(&self) -> Vec<String> {
        let mut options = vec!["-F".to_owned(), "none".to_owned(), "-i".to_owned()];
        options.push(self.key.path.display().to_string());
        for option in [
            "BatchMode=yes",
            "IdentitiesOnly=yes",
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "LogLevel=INFO",
        ] {
            options.extend(["-o".to_owned(), option.to_owned()]);
        }
        options
    }

    /// `user@127.0.0.1`
    pub fn at(&self) -> String {
        format!("{}@127.0.0.1", self.user)
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
