//! [`Mark`]: a note, kept where a crash cannot reach it, that a book is being changed.
//!
//! Counters are written in groups, so those of the last moment before a crash are lost. Which ones those are
//! is what marks tell: only the marked owners' files have to be counted again. A mark is set before the first
//! change and taken away after a quiet time, so a busy owner costs one write and not one per file.

use super::Owner;
use futures_util::future::BoxFuture;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst},
    },
};
use tokio::sync::Mutex;

/// Keeps marks: sets or clears the one of an owner. Logs its own failures; counting goes on without.
pub type KeepMark = dyn Fn(Owner, Marked) -> BoxFuture<'static, ()> + Send + Sync;

/// Whether an owner is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    Yes,
    No,
}

/// How often a book is found unchanged before its mark goes.
const QUIET: u32 = 10;

/// One book's.
pub struct Mark {
    owner: Owner,
    keep: Arc<KeepMark>,
    is_set: AtomicBool,
    /// Held while it is being set or cleared.
    turning: Mutex<()>,
    /// Who may change the book at any moment.
    users: AtomicUsize,
    /// How often in a row the book was found unchanged.
    quiet: AtomicU32,
}

/// Somebody may change the book as long as this lives.
#[derive(Debug)]
pub struct InUse(Arc<Mark>);

impl Mark {
    pub fn new(owner: Owner, keep: Arc<KeepMark>, marked: Marked) -> Arc<Self> {
        Arc::new(Self {
            owner,
            keep,
            is_set: AtomicBool::new(marked == Marked::Yes),
            turning: Mutex::default(),
            users: AtomicUsize::new(0),
            quiet: AtomicU32::new(0),
        })
    }

    /// It was found set.
    pub fn found(&self) {
        self.is_set.store(true, SeqCst);
    }

    /// Once it is set; held for as long as the book may be changed.
    pub async fn enter(self: &Arc<Self>) -> InUse {
        let using = self.using();
        // Counted first and looked at second, the other way round than in `clear`: one of the two sees it.
        if !self.is_set.load(SeqCst) {
            let _turning = self.turning.lock().await;
            if !self.is_set.load(SeqCst) {
                (self.keep)(self.owner.clone(), Marked::Yes).await;
                self.is_set.store(true, SeqCst);
            }
        }
        using
    }

    /// For one who holds another, so that it is set.
    pub fn using(self: &Arc<Self>) -> InUse {
        self.users.fetch_add(1, SeqCst);
        InUse(self.clone())
    }

    /// Told now and then whether the book changed since the last time; clears the mark when it did not for
    /// long.
    pub async fn rest(&self, changed: bool) {
        if changed || self.users.load(SeqCst) > 0 {
            self.quiet.store(0, SeqCst);
        } else if self.is_set.load(SeqCst) && self.quiet.fetch_add(1, SeqCst) + 1 >= QUIET {
            self.clear().await;
        }
    }

    /// Takes the mark away, unless somebody uses the book. What was changed has to be kept before.
    pub async fn clear(&self) {
        let _turning = self.turning.lock().await;
        if !self.is_set.swap(false, SeqCst) {
            return;
        }
        if self.users.load(SeqCst) > 0 {
            self.is_set.store(true, SeqCst);
            return;
        }
        (self.keep)(self.owner.clone(), Marked::No).await;
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        self.0.users.fetch_sub(1, SeqCst);
    }
}

impl fmt::Debug for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mark")
            .field("owner", &self.owner)
            .field("is_set", &self.is_set)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex as Kept;

    fn mark() -> (Arc<Mark>, Arc<Kept<Vec<Marked>>>) {
        let kept = Arc::new(Kept::new(Vec::new()));
        let turned = kept.clone();
        let keep: Arc<KeepMark> = Arc::new(move |_, marked| {
            turned.lock().unwrap().push(marked);
            Box::pin(std::future::ready(()))
        });
        (Mark::new(Owner::User("ann".into()), keep, Marked::No), kept)
    }

    #[tokio::test]
    async fn it_is_set_once_and_goes_after_a_quiet_time() {
        let (mark, kept) = mark();
        let (one, other) = (mark.enter().await, mark.enter().await);
        assert_eq!(*kept.lock().unwrap(), [Marked::Yes]);
        drop(one);
        for _ in 0..3 * QUIET {
            mark.rest(false).await;
        }
        assert_eq!(kept.lock().unwrap().len(), 1, "it is in use");
        drop(other);
        for _ in 0..QUIET - 1 {
            mark.rest(false).await;
        }
        mark.rest(true).await;
        for _ in 0..QUIET - 1 {
            mark.rest(false).await;
        }
        assert_eq!(kept.lock().unwrap().len(), 1, "a change begins the quiet time anew");
        mark.rest(false).await;
        mark.rest(false).await;
        assert_eq!(*kept.lock().unwrap(), [Marked::Yes, Marked::No]);
        let _again = mark.enter().await;
        assert_eq!(*kept.lock().unwrap(), [Marked::Yes, Marked::No, Marked::Yes]);
    }

    #[tokio::test]
    async fn it_stays_while_somebody_uses_the_book() {
        let (mark, kept) = mark();
        let using = mark.enter().await;
        mark.clear().await;
        assert_eq!(*kept.lock().unwrap(), [Marked::Yes]);
        drop(using);
        mark.clear().await;
        assert_eq!(*kept.lock().unwrap(), [Marked::Yes, Marked::No]);
    }
}
