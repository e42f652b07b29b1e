//! lftp, which runs `ssh` and speaks its own SFTP over it.

use super::{Client, Login, Place, base_name, limit};
use crate::{Finished, succeed};
use anyhow::Result;
use std::{path::Path, process::Command};

#[derive(Debug, Clone)]
pub struct Lftp {
    login: Login,
}

impl Lftp {
    pub fn new(login: Login) -> Self {
        Self { login }
    }

    /// Connects and runs commands of lftp, separated by `;`; the first that fails ends it.
    pub fn run(&self, commands: &str) -> Result<Finished> {
        let Login { port, user, password, proof, .. } = &self.login;
        // Without a password it would ask for one, needed or not.
        let password = if proof.asks() { password } else { "unused" };
        let ssh = self.login.ssh_options().join(" ");
        let script = format!(
            "set cmd:fail-exit true; set net:max-retries 1; set net:timeout 30; set xfer:clobber true; \
             set sftp:connect-program \"ssh -a -x {ssh}\"; \
             open -p {port} -u {user},{password} sftp://127.0.0.1; {commands}; bye"
        );
        succeed(Command::new("lftp").args(["--norc", "-c", &script]), "", limit())
    }
}

impl Client for Lftp {
    fn upload(&self, local: &Path, remote: &str) -> Result<()> {
        self.run(&format!("put \"{}\" -o \"{remote}\"", local.display())).map(drop)
    }

    fn download(&self, remote: &str, local: &Path) -> Result<()> {
        self.run(&format!("get \"{remote}\" -o \"{}\"", local.display())).map(drop)
    }
}

impl Place for Lftp {
    fn list(&self, dir: &str) -> Result<Vec<String>> {
        Ok(self.run(&format!("cls -1 \"{dir}\""))?.stdout.lines().filter_map(base_name).collect())
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.run(&format!("mv \"{from}\" \"{to}\"")).map(drop)
    }

    fn remove(&self, path: &str) -> Result<()> {
        self.run(&format!("rm \"{path}\"")).map(drop)
    }
}
