//! Whose certificates users may log in with.

use crate::{Certificate, Opkssh, certificate::CertificateFault};
use std::net::IpAddr;
use std::{
    collections::HashSet,
    sync::{PoisonError, RwLock},
    time::{SystemTime, UNIX_EPOCH},
};

/// Who may vouch for users, and which keys are void all the same.
#[derive(Debug, Default)]
pub struct Trust {
    authority: Authority,
    /// Fingerprints of certified keys, `SHA256:…`; replaced while the server runs.
    revoked: RwLock<HashSet<String>>,
}

/// Who vouches for what a certificate says.
#[derive(Debug)]
pub enum Authority {
    /// The holders of these keys, each as it travels.
    Keys(HashSet<Vec<u8>>),
    /// A program that judges each certificate, and names the key that has to have signed it.
    Opkssh(Opkssh),
}

impl Trust {
    pub fn new(authority: Authority, revoked: HashSet<String>) -> Self {
        Self { authority, revoked: RwLock::new(revoked) }
    }

    /// Puts another list in place of the one of revoked keys.
    pub fn revoke(&self, fingerprints: HashSet<String>) {
        *self.revoked.write().unwrap_or_else(PoisonError::into_inner) = fingerprints;
    }

    /// Whether the certificate opens the account called `username` to a client at `ip`. `fits` says whether
    /// another name means the same account.
    pub(crate) async fn judge(
        &self,
        certificate: &Certificate,
        username: &str,
        ip: IpAddr,
        fits: impl Fn(&str) -> bool,
    ) -> Result<(), CertificateFault> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        certificate.check(ip, now)?;
        if self.is_revoked(&certificate.fingerprint) {
            return Err(CertificateFault::Revoked(certificate.fingerprint.clone()));
        }
        match &self.authority {
            Authority::Keys(keys) if keys.contains(&certificate.authority) => certificate.is_for(fits),
            Authority::Keys(_) => Err(CertificateFault::Untrusted),
            Authority::Opkssh(opkssh) => opkssh.judge(certificate, username, fits).await,
        }
    }

    fn is_revoked(&self, fingerprint: &str) -> bool {
        self.revoked.read().unwrap_or_else(PoisonError::into_inner).contains(fingerprint)
    }
}

/// Trusts nobody.
impl Default for Authority {
    fn default() -> Self {
        Self::Keys(HashSet::new())
    }
}
