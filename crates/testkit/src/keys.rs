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
    /// Has `ssh-keygen` make a key of `kind` (`ed25519`, `rsa`, `ecdsa`) in `dir`.
    pub fn generate(dir: &Path, name: &str, kind: &str) -> Result<Self> {
        let path = dir.join(name);
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-N", "", "-C", name, "-t", kind, "-f"]).arg(&path);
        succeed(&mut command, "", Duration::from_secs(60))?;
        let public = fs::read_to_string(path.with_extension("pub"))?.trim().to_owned();
        Ok(Self { path, public })
    }

    /// The file of the public half.
    pub fn public_path(&self) -> PathBuf {
        self.path.with_extension("pub")
    }
}
