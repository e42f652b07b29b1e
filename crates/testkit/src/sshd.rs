//! A local OpenSSH server, to be measured beside.

use crate::{KeyPair, Login, Proof, free_port, until_ok};
use anyhow::{Context, Result};
use std::{
    fs::{self, File},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// A running `sshd` with `internal-sftp`, in a directory of its own; ended when dropped.
///
/// Logs in as root, since it has to run as root to fork its sessions the usual way; nothing outside
/// 127.0.0.1 reaches it.
#[derive(Debug)]
pub struct Sshd {
    child: Child,
    port: u16,
    key: KeyPair,
    home: PathBuf,
    _dir: TempDir,
}

impl Sshd {
    /// Starts it with `home` as the directory that sessions begin in.
    pub fn start(home: &Path) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("sshd-").tempdir()?;
        let at = dir.path();
        let port = free_port()?;
        let host = KeyPair::generate(at, "host", "ed25519")?;
        let key = KeyPair::generate(at, "key", "ed25519")?;
        fs::write(at.join("authorized_keys"), format!("{}\n", key.public))?;
        fs::write(
            at.join("sshd_config"),
            format!(
                "Port {port}\n\
                 ListenAddress 127.0.0.1\n\
                 HostKey {host}\n\
                 AuthorizedKeysFile {at}/authorized_keys\n\
                 StrictModes no\n\
                 PermitRootLogin yes\n\
                 UsePAM no\n\
                 PidFile {at}/pid\n\
                 MaxStartups 1000\n\
                 MaxSessions 1000\n\
                 Subsystem sftp internal-sftp -d {home}\n\
                 Ciphers aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr\n",
                host = host.path.display(),
                at = at.display(),
                home = home.display(),
            ),
        )?;
        // Where Debian's sshd separates privileges; made by its service unit otherwise.
        fs::create_dir_all("/run/sshd")?;
        let child = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f"])
            .arg(at.join("sshd_config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(at.join("log"))?)
            .spawn()
            .context("starting sshd; `make deps` installs it")?;
        until_ok("sshd listens", Duration::from_secs(10), || Ok(TcpStream::connect(("127.0.0.1", port))?))?;
        Ok(Self { child, port, key, home: home.to_owned(), _dir: dir })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn home(&self) -> &Path {
        &self.home
    }

    pub fn login(&self) -> Login {
        Login {
            port: self.port,
            user: "root".to_owned(),
            password: String::new(),
            key: self.key.clone(),
            proof: Proof::Key,
        }
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
