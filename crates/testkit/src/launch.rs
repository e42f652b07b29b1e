//! How a server is started, again if need be.

use crate::server::{ADMIN, ADMIN_PASSWORD};
use anyhow::{Context, Result};
use std::{
    env,
    ffi::{OsStr, OsString},
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A command line without the directory it is for.
#[derive(Debug)]
pub(crate) struct Launch {
    pub binary: PathBuf,
    /// Of its variables.
    pub prefix: &'static str,
    pub env: Vec<(OsString, OsString)>,
    pub args: Vec<OsString>,
}

impl Launch {
    /// Another command of it, about the configuration in `dir`.
    pub fn command(&self, dir: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        for (name, _) in env::vars_os().filter(|(name, _)| is_ours(name)) {
            command.env_remove(name);
        }
        command.args(args).arg("--config-dir").arg(dir).current_dir(dir);
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts it in `dir`, where its configuration is; what it says is added to `server.out` there.
    pub fn start(&self, dir: &Path) -> Result<Child> {
        let said = File::options().create(true).append(true).open(dir.join("server.out"))?;
        let mut command = Command::new(&self.binary);
        for (name, _) in env::vars_os().filter(|(name, _)| is_ours(name)) {
            command.env_remove(name);
        }
        command
            .args(["serve", "--log-file-path", "", "--config-dir"])
            .arg(dir)
            .args(&self.args)
            .env(format!("{}_DEFAULT_ADMIN_USERNAME", self.prefix), ADMIN)
            .env(format!("{}_DEFAULT_ADMIN_PASSWORD", self.prefix), ADMIN_PASSWORD)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(dir)
            .stdin(Stdio::null())
            .stdout(said.try_clone()?)
            .stderr(said)
            .spawn()
            .with_context(|| format!("starting {}", self.binary.display()))
    }
}

/// Variables that would configure the server from outside.
fn is_ours(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("SFTPGO_") || name.starts_with("LONGSHORE_")
}
