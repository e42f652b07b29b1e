//! sshfs: the server's files as a mounted directory.

use super::{Client, Login, Place};
use crate::{Running, succeed, until};
use anyhow::{Context, Result};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tempfile::TempDir;

/// A mounted home; unmounted when dropped.
#[derive(Debug)]
pub struct Sshfs {
    mount: TempDir,
    _sshfs: Running,
}

impl Sshfs {
    /// Mounts `/` of the user.
    pub fn mount(login: &Login) -> Result<Self> {
        let mount = tempfile::Builder::new().prefix("sshfs-").tempdir()?;
        let mut command = Command::new("sshfs");
        command.arg(format!("{}:/", login.at())).arg(mount.path());
        command.args(["-f", "-p", &login.port.to_string()]);
        // Of the options of ssh it knows some itself.
        command
            .arg("-o")
            .arg(format!("ssh_command=ssh {}", login.ssh_options().join(" ").replace(',', "\\,")));
        if login.proof.asks() {
            command.args(["-o", "password_stdin"]);
        }
        let mut sshfs = Running::start(&mut command)?;
        if let Some(mut stdin) = sshfs.stdin().filter(|_| login.proof.asks()) {
            writeln!(stdin, "{}", login.password)?;
        }
        let at = mount.path().display().to_string();
        let up = until("sshfs mounts", Duration::from_secs(30), || {
            !sshfs.is_running() || fs::read_to_string("/proc/mounts").is_ok_and(|table| table.contains(&at))
        });
        if up.is_err() || !sshfs.is_running() {
            let said = sshfs.wait(Duration::from_secs(1))?;
            anyhow::bail!("sshfs did not mount: {}{}", said.stdout, said.stderr);
        }
        Ok(Self { mount, _sshfs: sshfs })
    }

    pub fn path(&self, remote: &str) -> PathBuf {
        self.mount.path().join(remote.trim_start_matches('/'))
    }
}

impl Client for Sshfs {
    fn upload(&self, local: &Path, remote: &str) -> Result<()> {
        fs::copy(local, self.path(remote)).map(drop).context("copying into the mount")
    }

    fn download(&self, remote: &str, local: &Path) -> Result<()> {
        fs::copy(self.path(remote), local).map(drop).context("copying out of the mount")
    }
}

impl Place for Sshfs {
    fn list(&self, dir: &str) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.path(dir))? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        Ok(names)
    }

    fn rename(&self, from: &str, to: &str) -> Result<()> {
        Ok(fs::rename(self.path(from), self.path(to))?)
    }

    fn remove(&self, path: &str) -> Result<()> {
        Ok(fs::remove_file(self.path(path))?)
    }
}

impl Drop for Sshfs {
    fn drop(&mut self) {
        // Lazy, so that a server that is gone cannot keep the mount.
        let mut unmount = Command::new("fusermount3");
        let _ = succeed(unmount.args(["-u", "-z"]).arg(self.mount.path()), "", Duration::from_secs(10));
    }
}
