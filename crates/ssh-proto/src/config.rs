//! What a listener's connections have in common.

use crate::{
    algorithms::{Algorithms, HostKeyOffer},
    hostkey::HostKey,
};

/// What all connections of a listener share.
#[derive(Debug)]
pub struct ServerConfig {
    /// Our identification line without CR LF, `SSH-2.0-…` (RFC 4253 section 4.2).
    pub identification: String,
    /// One key per type is used: the first that can sign the negotiated algorithm.
    pub host_keys: Vec<HostKey>,
    pub algorithms: Algorithms,
    /// Sent verbatim before the first authentication result.
    pub banner: Option<String>,
    /// Receive window of a channel in bytes: what a peer may have in flight and not yet consumed by us.
    pub window: u32,
    /// What the receive windows of all channels of a connection come to, in bytes: of what is left a new channel gets
    /// half at most, and [`MIN_WINDOW`](Self::MIN_WINDOW) even when nothing is.
    pub windows: u32,
    /// Largest data in one channel packet that we accept, in bytes.
    pub max_packet: u32,
    /// Channels open at once on one connection.
    pub max_channels: usize,
    /// New keys are negotiated after so many bytes in either direction. RFC 4344 section 3.2 allows 64 GiB for
    /// ciphers with blocks of 16 bytes; the RFC 4253 advice of 1 GiB costs nothing measurable.
    pub rekey_bytes: u64,
}

impl ServerConfig {
    /// The smallest receive window, in bytes, unless `window` itself is smaller: no packet needs more.
    pub const MIN_WINDOW: u32 = 64 << 10;

    /// The defaults with these host keys: 2 MiB windows, 32 KiB packets, 256 channels, rekeying every 1 GiB.
    pub fn new(identification: impl Into<String>, host_keys: Vec<HostKey>) -> Self {
        Self {
            identification: identification.into(),
            host_keys,
            algorithms: Algorithms::default(),
            banner: None,
            window: 2 << 20,
            windows: 8 << 20,
            max_packet: 32 << 10,
            max_channels: 256,
            rekey_bytes: 1 << 30,
        }
    }

    /// The first key that serves this offer.
    pub(crate) fn host_key(&self, offer: HostKeyOffer) -> Option<&HostKey> {
        self.host_keys.iter().find(|key| {
            key.algorithms().contains(&offer.algorithm) && (!offer.certified || key.certificate().is_some())
        })
    }

    /// What is configured and a loaded key can sign, in the configured order, certificates first.
    pub(crate) fn host_key_offers(&self) -> Vec<HostKeyOffer> {
        let offers = [true, false].into_iter().flat_map(|certified| {
            let configured = self.algorithms.host_keys.iter();
            configured.map(move |algorithm| HostKeyOffer { algorithm: *algorithm, certified })
        });
        offers.filter(|offer| self.host_key(*offer).is_some()).collect()
    }
}
