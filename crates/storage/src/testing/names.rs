//! Names and renames.

use super::support::{entries, get, key, names, put, refused};
use crate::{Backend, Error, Key, Rename};

pub async fn bytes_are_kept(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    let odd: [&[u8]; 7] =
        [b" lead", b"trail ", b"dots..", b"new\nline", b"\xff\xfe", b"...", "e\u{301}".as_bytes()];
    for name in odd {
        backend.make_dir(&Key::new(name).expect("a key"), 0o755).await.expect("make_dir");
    }
    let mut wanted: Vec<_> = odd.iter().map(|name| name.to_vec()).collect();
    wanted.sort();
    let listed: Vec<_> = entries(backend, &Key::root()).await.into_iter().map(|e| e.name.to_vec()).collect();
    assert_eq!(listed, wanted);
}

pub async fn rename_moves_and_replaces(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    backend.make_dir(&key("d"), 0o755).await.expect("make_dir");
    put(backend, "a", b"a").await;
    put(backend, "b", b"b").await;
    backend.rename(&key("a"), &key("d/a"), Rename::Replace).await.expect("move");
    backend.rename(&key("d/a"), &key("b"), Rename::Replace).await.expect("replace");
    assert_eq!(get(backend, "b").await, b"a");
    assert_eq!(names(backend, "").await, ["b", "d"]);
    let missing = backend.rename(&key("a"), &key("c"), Rename::Replace).await;
    refused(missing, |error| matches!(error, Error::NotFound), "rename what is missing");
    if !backend.capabilities().implied_directories {
        let orphan = backend.rename(&key("b"), &key("nope/b"), Rename::Replace).await;
        refused(orphan, |error| matches!(error, Error::NotFound), "rename without parent");
    }
    let onto = backend.rename(&key("b"), &key("d"), Rename::Replace).await;
    refused(onto, |error| matches!(error, Error::IsADirectory), "rename onto a directory");
    assert_eq!(names(backend, "").await, ["b", "d"]);
}

pub async fn rename_without_replacing(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    put(backend, "a", b"a").await;
    put(backend, "b", b"b").await;
    let there = backend.rename(&key("a"), &key("b"), Rename::NoReplace).await;
    refused(there, |error| matches!(error, Error::AlreadyExists), "rename onto what is there");
    assert_eq!(get(backend, "b").await, b"b");
    backend.rename(&key("a"), &key("c"), Rename::NoReplace).await.expect("rename");
    assert_eq!(names(backend, "").await, ["b", "c"]);
}

pub async fn rename_of_directories(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    for dir in ["d", "d/e", "x"] {
        backend.make_dir(&key(dir), 0o755).await.expect("make_dir");
    }
    put(backend, "d/e/f", b"deep").await;
    backend.rename(&key("d"), &key("x/d"), Rename::NoReplace).await.expect("rename");
    assert_eq!(get(backend, "x/d/e/f").await, b"deep");
    assert_eq!(names(backend, "").await, ["x"]);
    let into_itself = backend.rename(&key("x"), &key("x/d/x"), Rename::NoReplace).await;
    refused(into_itself, |error| matches!(error, Error::Invalid), "rename into itself");
}
