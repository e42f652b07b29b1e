//! The storage behind a user or a folder, by the `provider` number of its settings. The only place that
//! names a concrete backend.

use auth::{Backends, Owner, Tracking};
use config::Config;
use control::{CountFailed, Stored};
use futures_util::future::BoxFuture;
use session::{Backend, Ledger, Usage};
use std::{path::Path, sync::Arc};
use storage::{Journal, Local};

/// What is opened for each provider, whose storage is counted (`data_provider.track_quota`), and whether a
/// user's sessions share its bandwidth.
pub fn open(ledger: Ledger, journal: Option<Journal>, config: &Config) -> Backends {
    let tracking = match config.data_provider.track_quota {
        0 => Tracking::Nobody,
        1 => Tracking::Everybody,
        _ => Tracking::Limited,
    };
    let lasting = config.common.durability > 0;
    let local =
        move |path: &Path, owner| Local::new(path, ids(owner)).journalled(journal.clone()).lasting(lasting);
    let backends = Backends::new(move |filesystem, path: &Path, owner: Owner| match filesystem.provider {
        0 => Ok(Arc::new(local(path, owner)) as Arc<dyn Backend>),
        other => Err(format!("filesystem provider {other} is not available").into()),
    });
    let backends = backends.counting(ledger, tracking);
    if config.common.shared_bandwidth { backends.sharing_bandwidth() } else { backends }
}

/// Opens the journal of temporary files beside the configuration, and begins to remove those that it says are
/// left from before. Without one the server works; what a crash leaves is then removed by age.
pub fn journal(config: &Config) -> Option<Journal> {
    let (journal, left) = match Journal::open(&config.config_dir) {
        Ok(opened) => opened,
        Err(error) => {
            let dir = config.config_dir.display();
            tracing::warn!(target: "storage", %error, "cannot keep a journal of temporary files in {dir}");
            return None;
        }
    };
    if !left.is_empty() {
        // It may wait for disks, for which no start waits.
        drop(tokio::task::spawn_blocking(move || {
            let swept = left.sweep();
            tracing::info!(target: "storage", swept, "removed temporary files that were left over");
        }));
    }
    Some(journal)
}

/// Counts files for scans.
pub fn counting(backends: Backends) -> impl Fn(Stored) -> BoxFuture<'static, Result<Usage, CountFailed>> {
    move |stored| {
        let backends = backends.clone();
        Box::pin(async move {
            match stored {
                Stored::ByUser(user) => backends.stored_by(&user).await,
                Stored::InFolder(folder) => backends.stored_in(&folder).await,
            }
        })
    }
}

/// Both ids, where one is given: the other is the process's own, which new files would have anyway.
fn ids(owner: Owner) -> Option<(u32, u32)> {
    let own = || (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    match (owner.uid, owner.gid) {
        (None, None) => None,
        (uid, gid) => Some((uid.unwrap_or(own().0), gid.unwrap_or(own().1))),
    }
}
