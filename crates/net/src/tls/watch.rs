//! Files that are replaced while the server runs: renewed certificates, new revocation lists.

use super::{Tls, stamps};
use std::{
    error::Error,
    sync::{Arc, PoisonError},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// How often the files are looked at. Looking, and not being told by the kernel: that does not work on network
/// file systems, nor with the links to links that mounted secrets are.
const EVERY: Duration = Duration::from_secs(3);

impl Tls {
    /// Reads the files again whenever one of them changes, until `stop`. `name` is the listener's in the log.
    pub async fn watch(self: Arc<Self>, name: String, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
            let (tls, name) = (self.clone(), name.clone());
            // A file may be on a disk that hangs.
            let looked = tokio::task::spawn_blocking(move || tls.look(&name));
            if looked.await.is_err() {
                return; // the runtime is going down
            }
        }
    }

    pub(super) fn look(&self, name: &str) {
        let now = stamps(&self.settings);
        if *self.seen.lock().unwrap_or_else(PoisonError::into_inner) == now {
            return;
        }
        match self.reload() {
            Ok(()) => tracing::info!(target: "net", "{name}: certificates changed and were read again"),
            // A certificate whose key is about to follow, as a rule: the next change is looked at again.
            Err(error) => {
                let why = error.source().map(ToString::to_string).unwrap_or_default();
                tracing::warn!(target: "net", why, "{name}: certificates changed, those in use stay: {error}");
            }
        }
    }
}
