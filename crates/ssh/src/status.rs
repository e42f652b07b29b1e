//! What the SSH service tells about itself (`ssh` of `/api/v2/status`).

use ssh_proto::{Algorithms, HostKey, names};
use std::path::PathBuf;

/// The service as it is configured, by the names of the protocol.
#[derive(Clone, Debug, Default)]
pub struct Status {
    pub host_keys: Vec<HostKeyStatus>,
    pub commands: Vec<&'static str>,
    pub authentications: Vec<&'static str>,
    pub kex_algorithms: Vec<&'static str>,
    pub ciphers: Vec<&'static str>,
    pub macs: Vec<&'static str>,
    pub public_key_algorithms: Vec<&'static str>,
}

/// A host key that is served.
#[derive(Clone, Debug)]
pub struct HostKeyStatus {
    pub path: PathBuf,
    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// What it signs with.
    pub algorithms: Vec<&'static str>,
}

impl Status {
    pub(crate) fn new(
        host_keys: &[(PathBuf, HostKey)],
        algorithms: &Algorithms,
        commands: &[&'static str],
        authentications: Vec<&'static str>,
    ) -> Self {
        let host_key = |(path, key): &(PathBuf, HostKey)| HostKeyStatus {
            path: path.clone(),
            fingerprint: key.fingerprint(),
            algorithms: names(key.algorithms())
                .into_iter()
                .filter(|name| names(&algorithms.host_keys).contains(name))
                .collect(),
        };
        Self {
            host_keys: host_keys.iter().map(host_key).collect(),
            commands: commands.to_vec(),
            authentications,
            kex_algorithms: names(&algorithms.kex),
            ciphers: names(&algorithms.ciphers),
            macs: names(&algorithms.macs),
            public_key_algorithms: names(&algorithms.public_keys),
        }
    }
}
