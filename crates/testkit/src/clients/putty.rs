//! psftp and pscp of PuTTY.

use super::{Client, Login, Place, Proof, base_name, limit};
use crate::{Finished, run, succeed};
use anyhow::{Result, bail};
use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tempfile::TempDir;

#[derive(Debug)]
pub struct Psftp {
    putty: Putty,
}

/// pscp, told to speak the legacy protocol.
#[derive(Debug)]
pub struct Pscp {
    putty: Putty,
}

/// What PuTTY's programs share: a saved session, which says what their command lines cannot.
#[derive(Debug)]
struct Putty {
    login: Login,
    fingerprints: Vec<String>,
    settings: Vec<(String, String)>,
    dir: TempDir,
}

/// The name of the saved session.
const SESSION: &str = "of-the-tests";

impl Psftp {
    pub fn new(login: Login) -> Result<Self> {
        Ok(Self { putty: Putty::new(login)? })
    }

    /// Sets a key of PuTTY's saved sessions: `Cipher` to `aes,WARN`, say.
    pub fn setting(mut self, key: &str, value: impl Into<String>) -> Self {
        self.putty.settings.push((key.to_owned(), value.into()));
        self
    }

    /// Runs commands of psftp, one per line, up to the first that fails.
    pub fn batch(&self, script: &str) -> Result<Finished> {
        let batch = self.putty.dir.path().join("batch");
        fs::write(&batch, script)?;
        let said = run(self.putty.command("psftp")?.arg("-b").arg(batch), "", limit())?;
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

impl Pscp {
    pub fn new(login: Login) -> Result<Self> {
        Ok(Self { putty: Putty::new(login)? })
    }

    /// Copies with the options given, `-r` say; several sources may stand among them.
    pub fn copy(&self, options: &[&str], from: &str, to: &str) -> Result<Finished> {
        let mut command = self.putty.command("pscp")?;
        succeed(command.arg("-scp").args(options).args([from, to]), "", limit())
    }

    /// The name of a remote path on pscp's command line.
    pub fn remote(&self, path: &str) -> String {
        format!("{}:{path}", self.putty.login.at())
    }
}

impl Putty {
    /// Learns the server's host keys first: no unknown one is taken without asking. PuTTY's format of private keys
    /// is its own, so the user's is converted.
    fn new(login: Login) -> Result<Self> {
        let (limit, port) = (Duration::from_secs(30), login.port.to_string());
        let mut scan = Command::new("ssh-keyscan");
        let keys =
            succeed(scan.args(["-t", "ed25519,ecdsa,rsa", "-p", &port, "127.0.0.1"]), "", limit)?.stdout;
        let lines = succeed(Command::new("ssh-keygen").args(["-l", "-f", "-"]), &keys, limit)?.stdout;
        let fingerprints = lines.lines().filter_map(|line| line.split_whitespace().nth(1));
        let fingerprints = fingerprints.map(str::to_owned).collect();
        let dir = tempfile::Builder::new().prefix("putty-").tempdir()?;
        fs::create_dir(dir.path().join("sessions"))?;
        let putty = Self { login, fingerprints, settings: Vec::new(), dir };
        if putty.login.proof.signs() {
            let mut convert = Command::new("puttygen");
            convert.arg(&putty.login.key.path).args(["-O", "private", "-o"]).arg(putty.key());
            succeed(&mut convert, "", limit)?;
        }
        Ok(putty)
    }

    fn command(&self, program: &str) -> Result<Command> {
        fs::write(self.dir.path().join("sessions").join(SESSION), self.session())?;
        let mut command = Command::new(program);
        command.env("PUTTYDIR", self.dir.path()).args(["-batch", "-load", SESSION]);
        if self.login.proof.asks() {
            command.args(["-pw", &self.login.password]);
        }
        for fingerprint in &self.fingerprints {
            command.args(["-hostkey", fingerprint]);
        }
        Ok(command)
    }

    fn session(&self) -> String {
        let Login { port, user, key, proof, .. } = &self.login;
        let interactive = u8::from(*proof == Proof::KeyboardInteractive);
        let mut text = format!(
            "Protocol=ssh\nHostName=127.0.0.1\nPortNumber={port}\nUserName={user}\nAuthKI={interactive}\n\
             TryAgent=0\n"
        );
        if proof.signs() {
            let _ = writeln!(text, "PublicKeyFile={}", self.key().display());
        }
        if *proof == Proof::Certificate {
            let _ = writeln!(text, "DetachedCertificate={}", key.certificate_path().display());
        }
        for (key, value) in &self.settings {
            let _ = writeln!(text, "{key}={value}");
        }
        text
    }

    fn key(&self) -> PathBuf {
        self.dir.path().join("key.ppk")
    }
}
