//! Clients written in Python: a script that takes the login and one operation on its command line.

use super::{Client, Login, Place, base_name, limit};
use crate::{Finished, Running, succeed};
use anyhow::Result;
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// One script. Called as `script PORT USER PASSWORD KEY OPERATION ARGUMENTS...`.
#[derive(Debug, Clone)]
pub struct Python {
    login: Login,
    script: PathBuf,
}

impl Python {
    pub fn new(login: Login, script: impl Into<PathBuf>) -> Self {
        Self { login, script: script.into() }
    }

    /// Runs one operation of the script.
    pub fn call(&self, operation: &str, args: &[&str]) -> Result<Finished> {
        succeed(&mut self.command(operation, args), "", limit())
    }

    /// Starts one operation of the script, without waiting.
    pub fn start(&self, operation: &str, args: &[&str]) -> Result<Running> {
        Running::start(&mut self.command(operation, args))
    }

    fn command(&self, operation: &str, args: &[&str]) -> Command {
        let Login { port, user, password, key, .. } = &self.login;
        let mut command = Command::new(interpreter());
        command.arg(&self.script).args([&port.to_string(), user, password]).arg(&key.path);
        command.arg(operation).args(args);
        command
    }
}

impl Client for Python {
    fn upload(&self, local: &Path, remote: &str) -> Result<()> {
        self.call("upload", &[&local.display().to_string(), remote]).map(drop)
    }

    fn download(&self, remote: &str, local: &Path) -> Result<()> {
        self.call("download", &[remote, &local.display().to_string()]).map(drop)
    }
}

impl Place for Python {
    fn list(&self, dir: &str) -> Result<Vec<String>> {
        Ok(self.call("list", &[dir])?.stdout.lines().filter_map(base_name).collect())
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        self.call("rename", &[from, to]).map(drop)
    }

    fn remove(&self, path: &str) -> Result<()> {
        self.call("remove", &[path]).map(drop)
    }
}

/// The interpreter that has the tests' packages: `LONGSHORE_PYTHON`, else the environment that `make deps` lays in the root of the repository.
pub fn interpreter() -> PathBuf {
    match env::var_os("LONGSHORE_PYTHON") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python"),
    }
}
