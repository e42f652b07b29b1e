//! rclone's SFTP backend (Go's x/crypto/ssh and pkg/sftp), configured by flags.

use super::{Client, Login, Place, Proof, base_name, limit};
use crate::{Finished, succeed};
use anyhow::Result;
use std::{path::Path, process::Command};

#[derive(Debug, Clone)]
pub struct Rclone {
    login: Login,
}

impl Rclone {
    pub fn new(login: Login) -> Self {
        Self { login }
    }

    /// Runs rclone with `args`, in which a remote path is written `:sftp:/path`.
    pub fn run(&self, args: &[&str]) -> Result<Finished> {
        let mut command = Command::new("rclone");
        command.args(args).args(["--config", "/dev/null", "--retries", "1", "--sftp-host", "127.0.0.1"]);
        command.args(["--sftp-port", &self.login.port.to_string(), "--sftp-user", &self.login.user]);
        let Login { password, key, proof, .. } = &self.login;
        if proof.signs() {
            command.arg("--sftp-key-file").arg(&key.path);
        }
        if *proof == Proof::Certificate {
            command.arg("--sftp-pubkey-file").arg(key.certificate_path());
        }
        if proof.asks() {
            // What it takes on the command line is "obscured", reversibly.
            let obscured = succeed(Command::new("rclone").args(["obscure", "-"]), password, limit())?.stdout;
            command.args(["--sftp-pass", obscured.trim()]);
        }
        succeed(&mut command, "", limit())
    }
}

impl Client for Rclone {
    fn upload(&self, local: &Path, remote: &str) -> Result<()> {
        self.run(&["copyto", &local.display().to_string(), &format!(":sftp:{remote}")]).map(drop)
    }

    fn download(&self, remote: &str, local: &Path) -> Result<()> {
        self.run(&["copyto", &format!(":sftp:{remote}"), &local.display().to_string()]).map(drop)
    }
}

impl Place for Rclone {
    fn list(&self, dir: &str) -> Result<Vec<String>> {
        Ok(self.run(&["lsf", &format!(":sftp:{dir}")])?.stdout.lines().filter_map(base_name).collect())
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.run(&["moveto", &format!(":sftp:{from}"), &format!(":sftp:{to}")]).map(drop)
    }

    fn remove(&self, path: &str) -> Result<()> {
        self.run(&["deletefile", &format!(":sftp:{path}")]).map(drop)
    }
}
