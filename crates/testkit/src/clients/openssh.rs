//! `sftp` and `scp` of OpenSSH.

use super::{Client, Login, Place, base_name, limit};
use crate::{Finished, Running, run, succeed};
use anyhow::Result;
use std::{path::Path, process::Command};

/// OpenSSH's `sftp` with a batch per call.
#[derive(Debug, Clone)]
pub struct OpenSsh {
    login: Login,
    options: Vec<String>,
}

/// OpenSSH's `scp`, which speaks SFTP since 9.0.
#[derive(Debug, Clone)]
pub struct Scp {
    login: Login,
}

impl OpenSsh {
    pub fn new(login: Login) -> Self {
        Self { login, options: Vec::new() }
    }

    /// Adds an option as in ssh_config(5): `Ciphers=aes128-ctr`. The first of a name wins, also over those that
    /// every client is given.
    pub fn option(mut self, option: &str) -> Self {
        self.options.extend(["-o".to_owned(), option.to_owned()]);
        self
    }

    /// Runs commands of `sftp`, one per line, up to the first that fails; that is a failure of the call.
    pub fn batch(&self, script: &str) -> Result<Finished> {
        succeed(&mut self.command(), script, limit())
    }

    /// Runs commands of `sftp` and returns what came of it, failure too.
    pub fn try_batch(&self, script: &str) -> Result<Finished> {
        run(&mut self.command(), script, limit())
    }

    /// Starts `sftp` and gives it `script`, without waiting.
    pub fn start(&self, script: &str) -> Result<Running> {
        let mut running = Running::start(&mut self.command())?;
        if let Some(mut stdin) = running.stdin() {
            std::io::Write::write_all(&mut stdin, script.as_bytes())?;
        }
        Ok(running)
    }

    /// Opens the SFTP subsystem with `ssh` and nothing else: what is read and written is SFTP itself.
    pub fn subsystem(&self) -> Command {
        let mut command = Command::new("ssh");
        command.args(&self.options).args(self.login.ssh_options());
        command.args(["-p", &self.login.port.to_string(), "-s", &self.login.at(), "sftp"]);
        command
    }

    /// Has `ssh` run a command on the server.
    pub fn remote(&self, line: &str) -> Command {
        let mut command = Command::new("ssh");
        command.args(&self.options).args(self.login.ssh_options());
        command.args(["-p", &self.login.port.to_string(), &self.login.at(), line]);
        command
    }

    fn command(&self) -> Command {
        let mut command = Command::new("sftp");
        self.login.answer_ssh(&mut command);
        command.args(&self.options).args(self.login.ssh_options());
        // -b after -o: the batch mode it implies would otherwise hide errors of the options.
        command.args(["-P", &self.login.port.to_string(), "-b", "-", &self.login.at()]);
        command
    }
}

impl Client for OpenSsh {
    fn upload(&self, local: &Path, remote: &str) -> Result<()> {
        self.batch(&format!("put \"{}\" \"{remote}\"\n", local.display())).map(drop)
    }

    fn download(&self, remote: &str, local: &Path) -> Result<()> {
        self.batch(&format!("get \"{remote}\" \"{}\"\n", local.display())).map(drop)
    }
}

impl Place for OpenSsh {
    fn list(&self, dir: &str) -> Result<Vec<String>> {
        let said = self.batch(&format!("ls -1a \"{dir}\"\n"))?.stdout;
        // The batch's own lines come back with the prompt before them.
        Ok(said.lines().filter(|line| !line.starts_with("sftp>")).filter_map(base_name).collect())
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.batch(&format!("rename \"{from}\" \"{to}\"\n")).map(drop)
    }

    fn remove(&self, path: &str) -> Result<()> {
        self.batch(&format!("rm \"{path}\"\n")).map(drop)
    }
}

impl Scp {
    pub fn new(login: Login) -> Self {
        Self { login }
    }

    /// Copies with the options given, `-r` say.
    pub fn copy(&self, options: &[&str], from: &str, to: &str) -> Result<Finished> {
        let mut command = Command::new("scp");
        self.login.answer_ssh(&mut command);
        command.args(self.login.ssh_options()).args(["-P", &self.login.port.to_string()]);
        command.args(options).args([from, to]);
        succeed(&mut command, "", limit())
    }

    /// The name of a remote path on scp's command line.
    pub fn remote(&self, path: &str) -> String {
        format!("{}:{path}", self.login.at())
    }
}

impl Client for Scp {
    fn upload(&self, local: &Path, remote: &str) -> Result<()> {
        self.copy(&["-p"], &local.display().to_string(), &self.remote(remote)).map(drop)
    }

    fn download(&self, remote: &str, local: &Path) -> Result<()> {
        self.copy(&["-p"], &self.remote(remote), &local.display().to_string()).map(drop)
    }
}
