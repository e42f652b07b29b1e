//! Whether a connection on which requests run side by side is of any use.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The requests of one connection.
#[derive(Debug, Default)]
pub struct Activity {
    begun: AtomicU64,
    ended: AtomicU64,
}

/// A request, until its answer has been sent or given up.
#[derive(Debug)]
pub struct Running(Arc<Activity>);

impl Activity {
    /// Resolves when no request has run for at least so long, and at most twice as long.
    pub async fn pauses_for(&self, pause: Duration) {
        loop {
            let before = self.begun.load(Ordering::Acquire);
            tokio::time::sleep(pause).await;
            let ended = self.ended.load(Ordering::Acquire);
            if before == ended && before == self.begun.load(Ordering::Acquire) {
                return;
            }
        }
    }
}

impl Running {
    pub fn new(activity: Arc<Activity>) -> Self {
        activity.begun.fetch_add(1, Ordering::AcqRel);
        Self(activity)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    #[tokio::test]
    async fn a_running_request_is_no_pause() {
        const PAUSE: Duration = Duration::from_millis(20);
        let activity = Arc::new(Activity::default());
        let running = Running::new(activity.clone());
        assert!(timeout(PAUSE * 5, activity.pauses_for(PAUSE)).await.is_err());
        drop(running);
        activity.pauses_for(PAUSE).await;
    }
}
