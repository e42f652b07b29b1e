//! OpenPubkey SSH: certificates that carry a token of an identity provider, judged by the program `opkssh`.
//!
//! It is run as sshd runs it for `AuthorizedKeysCommand` (`opkssh verify %u %k %t`) and answers with a line of
//! `authorized_keys` that names the authority to trust for this one login, and with which principals.

use crate::{Certificate, certificate::CertificateFault};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use config::Config;
use control::PublicKey;
use hooks::{InvalidHook, Program};
use std::{fmt, fs, io, path::PathBuf};
use tokio::{io::AsyncReadExt, sync::Semaphore, time::timeout};

/// The name of this hook in `command.commands`.
const HOOK: &str = "opkssh";
/// Runs at once: whoever can connect can have it run, before anything is proved.
const MAX_RUNS: usize = 8;
/// The longest answer: a line with a key and some names.
const MAX_ANSWER: u64 = 16 * 1024;

/// The program, found and checked.
pub struct Opkssh {
    program: Program,
    runs: Semaphore,
}

/// Why the configured program cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidOpkssh {
    #[error("opkssh_path: {0}")]
    Program(#[from] InvalidHook),
    #[error("opkssh_path: {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("opkssh_checksum: the SHA-256 of {} is {found}", path.display())]
    Checksum { path: PathBuf, found: String },
}

impl Opkssh {
    /// The program of `sftpd.opkssh_path`, if one is set; it has to be the one `opkssh_checksum` says.
    pub fn new(config: &Config) -> Result<Option<Self>, InvalidOpkssh> {
        let path = &config.sftpd.opkssh_path;
        if path.as_os_str().is_empty() {
            return Ok(None);
        }
        let program = Program::new(&path.to_string_lossy(), HOOK, &config.command)?;
        let wanted = &config.sftpd.opkssh_checksum;
        if !wanted.is_empty() {
            let content =
                fs::read(path).map_err(|source| InvalidOpkssh::Read { path: path.clone(), source })?;
            let found = hex(digest(&SHA256, &content).as_ref());
            if !found.eq_ignore_ascii_case(wanted) {
                return Err(InvalidOpkssh::Checksum { path: path.clone(), found });
            }
        }
        Ok(Some(Self { program, runs: Semaphore::new(MAX_RUNS) }))
    }

    pub(crate) async fn judge(
        &self,
        certificate: &Certificate,
        username: &str,
        fits: impl Fn(&str) -> bool,
    ) -> Result<(), CertificateFault> {
        // The name is an argument: it must not be taken for an option.
        if username.starts_with('-') || username.contains('\0') {
            return Err(CertificateFault::Opkssh("the user name cannot be passed on".to_owned()));
        }
        let answer = timeout(self.program.timeout, self.run(certificate, username)).await;
        let answer = answer.map_err(|_| io::Error::from(io::ErrorKind::TimedOut)).flatten();
        let answer = answer.map_err(|error| CertificateFault::Opkssh(error.to_string()))?;
        let allowed = Allowed::parse(&answer)
            .ok_or_else(|| CertificateFault::Opkssh("no authority in its answer".to_owned()))?;
        if allowed.authority != certificate.authority {
            return Err(CertificateFault::Untrusted);
        }
        match allowed.principals {
            Some(names) => certificate.is_for(|principal| names.iter().any(|name| name == principal)),
            // The program was told who wants to be who, so one that names nobody is for who it was asked about.
            None if certificate.principals.is_empty() => Ok(()),
            None => certificate.is_for(fits),
        }
    }

    async fn run(&self, certificate: &Certificate, username: &str) -> io::Result<String> {
        let _run = self.runs.acquire().await.map_err(io::Error::other)?;
        let blob = STANDARD.encode(&certificate.blob);
        let mut child = self.program.command(["verify", username, &blob, &certificate.key_type]).spawn()?;
        drop(child.stdin.take());
        let mut answer = String::new();
        if let Some(output) = child.stdout.take() {
            output.take(MAX_ANSWER).read_to_string(&mut answer).await?;
        }
        let status = child.wait().await?;
        if status.success() { Ok(answer) } else { Err(io::Error::other(format!("refused ({status})"))) }
    }
}

impl fmt::Debug for Opkssh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Opkssh").field(&self.program.path()).finish()
    }
}

/// `cert-authority[,principals="a,b"] <type> <base64>`.
#[derive(Debug, PartialEq, Eq)]
struct Allowed {
    authority: Vec<u8>,
    principals: Option<Vec<String>>,
}

impl Allowed {
    /// Of the first line; an option that is not known might be one that restricts.
    fn parse(answer: &str) -> Option<Self> {
        let (options, key) = answer.lines().next()?.split_once(' ')?;
        let principals = match options.strip_prefix("cert-authority")? {
            "" => None,
            more => {
                let names = more.strip_prefix(",principals=\"")?.strip_suffix('"')?;
                Some(names.split(',').map(str::to_owned).collect())
            }
        };
        Some(Self { authority: PublicKey::parse_line(key)?.blob, principals })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
