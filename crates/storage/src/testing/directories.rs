//! Directories and listings.

use super::support::{entries, key, names, put, refused};
use crate::{Backend, Error, Kind};
use std::collections::BTreeSet;

pub async fn making_and_removing(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    backend.make_dir(&key("d"), 0o755).await.expect("make_dir");
    backend.make_dir(&key("d/e"), 0o755).await.expect("make_dir below");
    put(backend, "f", b"").await;
    assert_eq!(backend.stat(&key("d/e")).await.expect("stat").kind, Kind::Directory);

    let exists: fn(&Error) -> bool = |error| matches!(error, Error::AlreadyExists);
    for there in ["d", "f", ""] {
        refused(backend.make_dir(&key(there), 0o755).await, exists, "make what is there");
    }
    let missing: fn(&Error) -> bool = |error| matches!(error, Error::NotFound);
    if !backend.capabilities().implied_directories {
        refused(backend.make_dir(&key("x/y"), 0o755).await, missing, "make without parent");
    }
    refused(backend.remove_dir(&key("nope")).await, missing, "remove what is missing");
    let full = backend.remove_dir(&key("d")).await;
    refused(full, |error| matches!(error, Error::NotEmpty), "remove a full directory");
    let file = backend.remove_dir(&key("f")).await;
    refused(file, |error| matches!(error, Error::NotADirectory), "remove a file as a directory");
    refused(backend.remove_dir(&key("")).await, |error| matches!(error, Error::Denied), "remove the root");

    backend.remove_dir(&key("d/e")).await.expect("remove_dir");
    backend.remove_dir(&key("d")).await.expect("remove_dir");
    assert_eq!(names(backend, "").await, ["f"]);
}

/// More names than any page holds, some of which sort around what is below others.
pub async fn listing_gives_each_name_once(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    backend.make_dir(&key("dir"), 0o755).await.expect("make_dir");
    let mut wanted = BTreeSet::new();
    for i in 0..1500 {
        let name = format!("{i:04}-a-name-long-enough-to-fill-pages");
        put(backend, &format!("dir/{name}"), b"").await;
        wanted.insert(name);
    }
    for name in ["a", "a-b", "a0"] {
        backend.make_dir(&key(&format!("dir/{name}")), 0o755).await.expect("make_dir");
        put(backend, &format!("dir/{name}/x"), b"").await;
        wanted.insert(name.to_owned());
    }
    let listed = names(backend, "dir").await;
    assert_eq!(listed, wanted.into_iter().collect::<Vec<_>>());
    let kinds = entries(backend, &key("dir/a")).await;
    assert_eq!(kinds.iter().map(|entry| entry.metadata.kind).collect::<Vec<_>>(), [Kind::File]);
}

pub async fn listing_what_is_none(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    put(backend, "f", b"").await;
    let missing = backend.list(&key("nope")).await;
    refused(missing.map(drop), |error| matches!(error, Error::NotFound), "list what is missing");
    let file = backend.list(&key("f")).await;
    refused(file.map(drop), |error| matches!(error, Error::NotADirectory), "list a file");
    assert!(entries(backend, &key("")).await.len() == 1);
}
