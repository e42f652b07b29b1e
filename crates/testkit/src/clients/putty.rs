//! psftp and pscp of PuTTY.

use super::{Client, Login, Place, base_name, limit};
use crate::{Finished, run, succeed};
use anyhow::{Context, Result, bail};
use std::{io::Write, path::Path, process::Command, time::Duration};

/// Logs in with the password; PuTTY's key format is its own.
#[derive(Debug, Clone)]
pub struct Psftp {
    login: Login,
    fingerprint: String,
}

/// pscp, told to speak the legacy protocol. Logs in with the password.
#[derive(Debug, Clone)]
pub struct Pscp {
    login: Login,
    fingerprint: String,
}

impl Pscp {
    pub fn new(login: Login) -> Result<Self> {
        let fingerprint = fingerprint(&login)?;
        Ok(Self { login, fingerprint })
    }

    /// Copies with the options given, `-r` say; several sources may stand among them.
    pub fn copy(&self, options: &[&str], from: &str, to: &str) -> Result<Finished> {
        let mut command = Command::new("pscp");
        command.args(["-scp", "-batch", "-P", &self.login.port.to_string(), "-pw", &self.login.password]);
        command.args(["-hostkey", &self.fingerprint]).args(options).args([from, to]);
        succeed(&mut command, "", limit())
    }

    /// The name of a remote path on pscp's command line.
    pub fn remote(&self, path: &str) -> String {
        format!("{}:{path}", self.login.at())
    }
}

impl Psftp {
    pub fn new(login: Login) -> Result<Self> {
        let fingerprint = fingerprint(&login)?;
        Ok(Self { login, fingerprint })
    }

    /// Runs commands of psftp, one per line, up to the first that fails.
    pub fn batch(&self, script: &str) -> Result<Finished> {
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(script.as_bytes())?;
        let mut command = Command::new("psftp");
        command.args(["-batch", "-P", &self.login.port.to_string(), "-pw", &self.login.password]);
        command.args(["-hostkey", &self.fingerprint, "-b"]).arg(file.path()).arg(self.login.at());
        let said = run(&mut command, "", limit())?;
        if !said.status.success() {
            bail!("psftp ended with {}\n{}{}", said.status, said.stdout, said.stderr);
        }
        Ok(said)
    }
}

impl Client for Psftp {
    fn upload(&self, local: &Path, remote: &str) -> Result<()> {
        self.batch(&format!("put \"{}\" \"{remote}\"\n", local.display())).map(drop)
    }

    fn download(&self, remote: &str, local: &Path) -> Result<()> {
        self.batch(&format!("get \"{remote}\" \"{}\"\n", local.display())).map(drop)
    }
}

impl Place for Psftp {
    fn list(&self, dir: &str) -> Result<Vec<String>> {
        let said = self.batch(&format!("ls \"{dir}\"\n"))?.stdout;
        // Long lines alone, which start with the mode; the name is the last word.
        let lines = said.lines().filter(|line| line.starts_with(['-', 'd', 'l']));
        Ok(lines.filter_map(|line| base_name(line.split_whitespace().last()?)).collect())
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.batch(&format!("mv \"{from}\" \"{to}\"\n")).map(drop)
    }

    fn remove(&self, path: &str) -> Result<()> {
        self.batch(&format!("rm \"{path}\"\n")).map(drop)
    }
}

/// Learns the server's host key: PuTTY's programs take no unknown one without asking.
fn fingerprint(login: &Login) -> Result<String> {
    let (limit, port) = (Duration::from_secs(30), login.port.to_string());
    let key =
        succeed(Command::new("ssh-keyscan").args(["-t", "ed25519", "-p", &port, "127.0.0.1"]), "", limit)?;
    let line = succeed(Command::new("ssh-keygen").args(["-l", "-f", "-"]), &key.stdout, limit)?;
    Ok(line.stdout.split_whitespace().nth(1).context("no fingerprint")?.to_owned())
}
