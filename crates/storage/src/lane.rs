//! Which thread may block.
//!
//! A disk can hang for seconds. A worker of the shared runtime must never wait for one, since every other
//! session waits with it; a thread that serves a single connection may, since only that connection is
//! delayed, and then a `pwrite` costs no hop to another thread. A front end that moves bulk data runs its
//! connection on a thread of its own and marks it with [`private`]; storage asks [`is_private`] and works in
//! place or borrows a thread from the blocking pool.
//!
//! Not chosen: `block_in_place` (it hands the worker's queue to another thread on every call, 0.2–0.3
//! CPU-seconds per GiB) and a queue per file (a hop per chunk doubles the cost of a write). The figures are
//! in `docs/decisions/`.

use crate::{Error, Result};
use std::cell::Cell;

thread_local! {
    static PRIVATE: Cell<bool> = const { Cell::new(false) };
}

/// Marks the current thread as serving one connection until the guard is dropped.
#[must_use]
pub fn private() -> Private {
    Private { before: PRIVATE.replace(true) }
}

pub fn is_private() -> bool {
    PRIVATE.get()
}

/// See [`private`].
#[derive(Debug)]
pub struct Private {
    before: bool,
}

impl Drop for Private {
    fn drop(&mut self) {
        PRIVATE.set(self.before);
    }
}

/// Runs `work`, which may block: here, if this thread is private, else on the blocking pool.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    if is_private() {
        return work();
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(failed) => Err(Error::Other(failed.into())),
    }
}
