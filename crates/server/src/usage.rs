//! Keeps what the ledger counts in the data provider.
//!
//! Every second, all that changed in one transaction: a transaction per file would cost more than storing a
//! small file does.

use config::Config;
use control::{BEAT, Store, Watch, milliseconds, usage_of};
use session::{Direction, Firsts, KeepMark, Ledger, Marked, Owner};
use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, SystemTime},
};
use store::{QuotaMark, Traffic, Usage};
use tokio_util::sync::CancellationToken;

/// The shortest time between two writes; `data_provider.delayed_quota_update` asks for a longer one.
const EVERY: Duration = Duration::from_secs(1);

/// The longest name of a server.
const NODE_NAME: usize = 255;

/// Runs until `stop`. What changes after that is for [`close`] to write, when nobody counts any more.
pub async fn keep_writing(ledger: Ledger, store: Store, delay: Duration, stop: CancellationToken) {
    let every = delay.max(EVERY);
    while stop.run_until_cancelled(tokio::time::sleep(every)).await.is_some() {
        let changed = keep(&ledger, &store).await;
        ledger.rest(&changed).await;
    }
}

/// Where the ledger's books leave their marks, under the name of this server.
pub fn marks(store: &Store, node: &str) -> Arc<KeepMark> {
    let (store, node) = (store.clone(), node.to_owned());
    Arc::new(move |owner, marked| {
        let store = store.clone();
        let mark = QuotaMark { of: usage_of(&owner), node: node.clone() };
        Box::pin(async move {
            if let Err(error) = store.set_quota_mark(mark, marked == Marked::Yes).await {
                tracing::error!(target: "usage", ?owner, %error, "cannot mark that a quota is being counted");
            }
        })
    })
}

/// What this server is called beside others that use the same database: the same when it starts again, and
/// another one for each of them. Empty where it has the database for itself.
pub fn node_name(config: &Config) -> String {
    if config.data_provider.is_shared != 1 {
        return String::new();
    }
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let dir = std::path::absolute(&config.config_dir).unwrap_or_else(|_| config.config_dir.clone());
    let name = format!("{host}:{}", dir.display());
    // As long as the column; what tells two apart is more likely at the end.
    name.chars().skip(name.chars().count().saturating_sub(NODE_NAME)).collect()
}

/// Runs until `stop`: looks after what other servers leave that end without a word.
pub async fn watch(mut watch: Watch, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(BEAT)).await.is_some() {
        if let Err(error) = watch.tick().await {
            tracing::error!(target: "usage", %error, "cannot look after other servers");
        }
    }
}

/// Where first transfers are noted.
pub fn firsts(store: &Store) -> Firsts {
    let store = store.clone();
    Firsts::new(Arc::new(move |user, direction| {
        let store = store.clone();
        Box::pin(async move {
            let noted = store
                .first_transfer(
                    user.to_string(),
                    direction == Direction::Upload,
                    milliseconds(SystemTime::now()),
                )
                .await;
            noted.unwrap_or_else(|error| {
                tracing::error!(target: "usage", username = &*user, %error, "cannot note a first transfer");
                false
            })
        })
    }))
}

/// Writes what changed, for the last time.
pub async fn close(ledger: &Ledger, store: &Store) {
    keep(ledger, store).await;
    ledger.clear_marks().await;
}

/// Writes what changed; whose it was, whether it could be written or not.
async fn keep(ledger: &Ledger, store: &Store) -> HashSet<Owner> {
    keep_traffic(ledger, store).await;
    keep_usage(ledger, store).await
}

async fn keep_usage(ledger: &Ledger, store: &Store) -> HashSet<Owner> {
    let changes = ledger.take_changes();
    if changes.is_empty() {
        return HashSet::new();
    }
    let rows = changes.iter().map(|(owner, usage, at)| row(owner, *usage, *at)).collect();
    if let Err(error) = store.write_usage(rows).await {
        tracing::error!(target: "usage", %error, "cannot write the used quota; will be tried again");
        for (owner, ..) in &changes {
            ledger.mark_changed(owner);
        }
    }
    changes.into_iter().map(|(owner, ..)| owner).collect()
}

async fn keep_traffic(ledger: &Ledger, store: &Store) {
    let changes = ledger.take_traffic();
    if changes.is_empty() {
        return;
    }
    let row = |(user, traffic, at): &(Arc<str>, session::Traffic, SystemTime)| Traffic {
        username: user.to_string(),
        uploaded: number(traffic.uploaded),
        downloaded: number(traffic.downloaded),
        at: milliseconds(*at),
    };
    let rows = changes.iter().map(row).collect();
    if let Err(error) = store.write_traffic(rows).await {
        tracing::error!(target: "usage", %error, "cannot write the used data transfer; will be tried again");
        for (user, ..) in &changes {
            ledger.mark_traffic(user);
        }
    }
}

fn row(owner: &Owner, usage: session::Usage, at: SystemTime) -> Usage {
    let (files, size) = (number(usage.files), number(usage.bytes));
    Usage { of: usage_of(owner), files, size, at: milliseconds(at) }
}

fn number(counter: u64) -> i64 {
    i64::try_from(counter).unwrap_or(i64::MAX)
}
