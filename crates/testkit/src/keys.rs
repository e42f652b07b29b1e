//! Key files, made by OpenSSH itself.

use crate::succeed;
use anyhow::Result;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// A private key without a passphrase, and its public half.
#[derive(Debug, Clone)]
pub struct KeyPair {
    /// The private key's file; the public one is beside it, `.pub`.
    pub path: PathBuf,
    /// One line as in `authorized_keys`.
    pub public: String,
}

impl KeyPair {
    /// Has `ssh-keygen` make a key of `kind` in `dir`: `ed25519`, `rsa`, `ecdsa`, or with a size, `ecdsa-384`.
    pub fn generate(dir: &Path, name: &str, kind: &str) -> Result<Self> {
        let path = dir.join(name);
        let mut command = Command::new("ssh-keygen");
        let (kind, size) = kind.split_once('-').map_or((kind, None), |(kind, size)| (kind, Some(size)));
        command.args(["-q", "-N", "", "-C", name, "-t", kind, "-f"]).arg(&path);
        command.args(size.iter().flat_map(|size| ["-b", size]));
        succeed(&mut command, "", Duration::from_secs(60))?;
        let public = fs::read_to_string(path.with_extension("pub"))?.trim().to_owned();
        Ok(Self { path, public })
    }

    /// Has `authority` sign that this key is `principal`'s for the next hour.
    pub fn certify(&self, authority: &Self, principal: &str) -> Result<()> {
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-I", principal, "-n", principal, "-V", "-5m:+1h", "-s"]);
        command.arg(&authority.path).arg(self.public_path());
        succeed(&mut command, "", Duration::from_secs(60)).map(drop)
    }

    /// The file of the certificate that [`KeyPair::certify`] makes. Most clients that are given the private key
    /// find it there by themselves and present it.
    pub fn certificate_path(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push("-cert.pub");
        name.into()
    }

    /// The file of the public half.
    pub fn public_path(&self) -> PathBuf {
        self.path.with_extension("pub")
    }
}
