//! Keeps what the ledger counts in the data provider.
//!
//! Every second, all that changed in one transaction: a transaction per file would cost more than storing a
//! small file does.

use control::Store;
use session::{Ledger, Owner};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use store::{Usage, UsageOf};
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(1);

/// Runs until `stop`. What changes after that is for [`keep`] to write, when nobody counts any more.
pub async fn keep_writing(ledger: Ledger, store: Store, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        keep(&ledger, &store).await;
    }
}

/// Writes what changed.
pub async fn keep(ledger: &Ledger, store: &Store) {
    let changes = ledger.take_changes();
    if changes.is_empty() {
        return;
    }
    let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
    let rows = changes.iter().map(|(owner, usage)| row(owner, *usage)).collect();
    if let Err(error) = store.write_usage(rows, at).await {
        tracing::error!(target: "usage", %error, "cannot write the used quota; will be tried again");
        for (owner, _) in &changes {
            ledger.mark_changed(owner);
        }
    }
}

fn row(owner: &Owner, usage: session::Usage) -> Usage {
    let of = match owner {
        Owner::User(name) => UsageOf::User(name.to_string()),
        Owner::Folder(name) => UsageOf::Folder(name.to_string()),
    };
    let number = |counter: u64| i64::try_from(counter).unwrap_or(i64::MAX);
    Usage { of, files: number(usage.files), size: number(usage.bytes) }
}
