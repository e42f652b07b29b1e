//! curl, where it is built with libssh2 or libssh.

use super::{Client, Login, Place, base_name, limit};
use crate::{Finished, succeed};
use anyhow::Result;
use std::{path::Path, process::Command, time::Duration};

/// Logs in with the password: the one client here that always does.
#[derive(Debug, Clone)]
pub struct Curl {
    login: Login,
}

impl Curl {
    pub fn new(login: Login) -> Self {
        Self { login }
    }

    /// Some builds of curl have no SFTP.
    pub fn speaks_sftp() -> Result<bool> {
        let said = succeed(Command::new("curl").arg("--version"), "", Duration::from_secs(10))?.stdout;
        Ok(said.split_whitespace().any(|word| word == "sftp"))
    }

    fn run(&self, path: &str, args: &[&str]) -> Result<Finished> {
        let Login { port, user, password, .. } = &self.login;
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--insecure", "--user", &format!("{user}:{password}")]);
        command.args(args).arg(format!("sftp://127.0.0.1:{port}{}", encoded(path)));
        succeed(&mut command, "", limit())
    }

    /// A command of the server, sent before an empty transfer: curl has no other way.
    fn quote(&self, command: &str) -> Result<()> {
        self.run("/", &["--list-only", "--quote", command]).map(drop)
    }
}

impl Client for Curl {
    fn upload(&self, local: &Path, remote: &str) -> Result<()> {
        self.run(remote, &["--upload-file", &local.display().to_string()]).map(drop)
    }

    fn download(&self, remote: &str, local: &Path) -> Result<()> {
        self.run(remote, &["--output", &local.display().to_string()]).map(drop)
    }
}

impl Place for Curl {
    fn list(&self, dir: &str) -> Result<Vec<String>> {
        let dir = format!("{}/", dir.trim_end_matches('/'));
        Ok(self.run(&dir, &["--list-only"])?.stdout.lines().filter_map(base_name).collect())
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.quote(&format!("rename \"{from}\" \"{to}\""))
    }

    fn remove(&self, path: &str) -> Result<()> {
        self.quote(&format!("rm \"{path}\""))
    }
}

/// A path as it stands in a URL.
fn encoded(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let one = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    path.bytes().map(one).collect()
}
