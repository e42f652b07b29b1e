//! Keeps what the ledger counts in the data provider.
//!
//! Every second, all that changed in one transaction: a transaction per file would cost more than storing a
//! small file does.

use control::Store;
use session::{Ledger, Owner};
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use store::{Traffic, Usage, UsageOf};
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
    let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
    keep_usage(ledger, store, at).await;
    keep_traffic(ledger, store, at).await;
}

async fn keep_usage(ledger: &Ledger, store: &Store, at: i64) {
    let changes = ledger.take_changes();
    if changes.is_empty() {
        return;
    }
    let rows = changes.iter().map(|(owner, usage)| row(owner, *usage)).collect();
    if let Err(error) = store.write_usage(rows, at).await {
        tracing::error!(target: "usage", %error, "cannot write the used quota; will be tried again");
        for (owner, _) in &changes {
            ledger.mark_changed(owner);
        }
    }
}

async fn keep_traffic(ledger: &Ledger, store: &Store, at: i64) {
    let changes = ledger.take_traffic();
    if changes.is_empty() {
        return;
    }
    let row = |(user, traffic): &(Arc<str>, session::Traffic)| Traffic {
        username: user.to_string(),
        uploaded: number(traffic.uploaded),
        downloaded: number(traffic.downloaded),
    };
    let rows = changes.iter().map(row).collect();
    if let Err(error) = store.write_traffic(rows, at).await {
        tracing::error!(target: "usage", %error, "cannot write the used data transfer; will be tried again");
        for (user, _) in &changes {
            ledger.mark_traffic(user);
        }
    }
}

fn row(owner: &Owner, usage: session::Usage) -> Usage {
    let of = match owner {
        Owner::User(name) => UsageOf::User(name.to_string()),
        Owner::Folder(name) => UsageOf::Folder(name.to_string()),
    };
    Usage { of, files: number(usage.files), size: number(usage.bytes) }
}

fn number(counter: u64) -> i64 {
    i64::try_from(counter).unwrap_or(i64::MAX)
}
