//! Host key rotation (OpenSSH PROTOCOL section 2.5): clients learn all our keys after a login that they trust, and so
//! know the next one before it is used.

use super::Connection;
use crate::{
    algorithms::{HostKeyAlgorithm, Named},
    error::Error,
    hostkey::HostKey,
    msg,
    wire::{Message, Reader},
};

const ANNOUNCE: &str = "hostkeys-00@openssh.com";
pub(super) const PROVE: &[u8] = b"hostkeys-prove-00@openssh.com";

/// A client whose older versions disconnect on the announcement; OpenSSH leaves it out for them, too.
const STUMBLES: &[u8] = b"SSH-2.0-TTSSH/";

impl Connection {
    /// `hostkeys-00@openssh.com` with every key that is served.
    pub(super) fn announce_host_keys(&mut self) {
        if self.client_version().starts_with(STUMBLES) {
            return;
        }
        let config = self.transport.config.clone();
        let keys = config.host_keys.iter().filter(|key| self.proving_algorithm(key).is_some());
        let head = Message::new(msg::GLOBAL_REQUEST).string(ANNOUNCE).bool(false);
        self.transport.send(keys.fold(head, |message, key| message.string(key.public_blob())));
    }

    /// `hostkeys-prove-00@openssh.com`: signatures by the keys asked for. `None` refuses: a key that is not ours, or
    /// more keys than there are, since each costs a signature.
    pub(super) fn prove_host_keys(&mut self, fields: &mut Reader<'_>) -> Result<Option<Message>, Error> {
        let config = self.transport.config.clone();
        let mut wanted = Vec::new();
        while !fields.is_empty() {
            let blob = fields.string()?;
            let Some(key) = config.host_keys.iter().find(|key| key.public_blob() == blob) else {
                return Ok(None);
            };
            wanted.push(key);
        }
        if wanted.is_empty() || wanted.len() > config.host_keys.len() {
            return Ok(None);
        }
        let mut answer = Message::new(msg::REQUEST_SUCCESS);
        for key in wanted {
            let Some(algorithm) = self.proving_algorithm(key) else { return Ok(None) };
            let proof = Message::fields()
                .string(PROVE)
                .string(self.session_id())
                .string(key.public_blob())
                .into_bytes();
            answer = answer.string(key.sign(algorithm, &proof)?);
        }
        Ok(Some(answer))
    }

    /// An RSA key proves itself by the algorithm of the key exchange if that was one of its own, as OpenSSH's client
    /// expects it, and by the first that is configured otherwise.
    fn proving_algorithm(&self, key: &HostKey) -> Option<HostKeyAlgorithm> {
        let configured = &self.transport.config.algorithms.host_keys;
        let usable = || key.algorithms().iter().copied().filter(|algorithm| configured.contains(algorithm));
        let negotiated = self.negotiated().map_or("", |negotiated| negotiated.host_key);
        usable().find(|algorithm| negotiated.starts_with(algorithm.name())).or_else(|| usable().next())
    }
}
