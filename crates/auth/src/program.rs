//! Programs that take part in logins, run as the section `command` has them run.

use crate::InvalidHook;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::process::Command;
use types::Secret;

/// A program and how to run it.
pub struct Program {
    path: PathBuf,
    args: Vec<String>,
    /// `KEY=value`; nothing is inherited.
    env: Vec<Secret<String>>,
    /// What it may take in all, where it is not a conversation.
    pub timeout: Duration,
}

impl Program {
    /// `hook` is what `command.commands` calls this use of the program.
    pub fn new(path: &str, hook: &str, settings: &config::Command) -> Result<Self, InvalidHook> {
        let own: Vec<_> = settings
            .commands
            .iter()
            .filter(|own| own.path == path && (own.hook.is_empty() || own.hook == hook))
            .collect();
        let path = PathBuf::from(path);
        if !path.is_absolute() {
            return Err(InvalidHook::Relative(path));
        }
        if let Err(source) = fs::metadata(&path) {
            return Err(InvalidHook::Missing { path, source });
        }
        let args = own.iter().flat_map(|own| own.args.clone()).collect();
        let env = settings.env.iter().chain(own.iter().flat_map(|own| &own.env)).cloned().collect();
        let seconds = own.iter().find_map(|own| own.timeout).unwrap_or(settings.timeout);
        Ok(Self { path, args, env, timeout: Duration::from_secs(seconds.into()) })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The program with `args` and then its configured ones, to be fed and heard. It ends when it is dropped.
    pub fn command<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(args)
            .args(&self.args)
            .env_clear()
            .envs(self.env.iter().filter_map(|pair| pair.expose().split_once('=')))
            .current_dir(self.path.parent().unwrap_or(Path::new("/")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        command
    }
}
