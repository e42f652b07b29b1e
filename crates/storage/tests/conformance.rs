//! Every backend against the one suite, on threads that may block and on threads that may not.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test, which is what it is for")]

use longshore_storage::{Backend, Local, Memory, lane, testing};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tempfile::TempDir;

/// Makes backends in directories of their own below one that goes away at the end.
struct Homes(TempDir, AtomicUsize);

impl Homes {
    fn new() -> Self {
        Self(TempDir::new().unwrap(), AtomicUsize::new(0))
    }

    fn fresh(&self) -> Local {
        let next = self.1.fetch_add(1, Ordering::Relaxed);
        Local::new(self.0.path().join(next.to_string()), None)
    }
}

#[tokio::test]
async fn local_on_a_shared_thread() {
    let homes = Homes::new();
    testing::all(&|| Arc::new(homes.fresh()) as Arc<dyn Backend>).await;
}

#[tokio::test]
async fn local_on_a_private_thread() {
    let homes = Homes::new();
    let _private = lane::private();
    testing::all(&|| Arc::new(homes.fresh()) as Arc<dyn Backend>).await;
}

#[tokio::test]
async fn local_without_openat2() {
    let homes = Homes::new();
    let _private = lane::private();
    testing::all(&|| Arc::new(homes.fresh().without_openat2()) as Arc<dyn Backend>).await;
}

#[tokio::test]
async fn local_without_nameless_files() {
    let homes = Homes::new();
    testing::all(&|| Arc::new(homes.fresh().without_nameless_files()) as Arc<dyn Backend>).await;
}

#[tokio::test]
async fn memory() {
    testing::all(&|| Arc::new(Memory::default()) as Arc<dyn Backend>).await;
}

#[tokio::test]
async fn memory_in_small_pages() {
    testing::all(&|| Arc::new(Memory::with_page(3)) as Arc<dyn Backend>).await;
}
