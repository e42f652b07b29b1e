//! What every method answers where there is nothing to do, or nothing there.

use super::support::{entries, get, key, open, put, refused, write};
use crate::{Backend, Change, Error, OnAbort, OpenWrite, Rename, Start, Writer};
use std::time::{Duration, Instant};

fn missing(error: &Error) -> bool {
    matches!(error, Error::NotFound)
}

/// What is asked of things that are not there.
pub async fn nothing_there(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    let nope = key("nope");
    let mode = Change { mode: Some(0o600), ..Change::default() };
    refused(backend.change(&nope, &mode).await, missing, "change what is missing");
    refused(backend.remove_dir(&nope).await, missing, "remove a missing directory");
    refused(backend.list(&nope).await.map(drop), missing, "list what is missing");
    let away = backend.rename_into(&nope, backend, &key("there"), Rename::Replace).await;
    refused(away, |error| missing(error) || matches!(error, Error::CrossesDevices), "move what is missing");
    if let Err(error) = backend.sync(&nope).await {
        assert!(missing(&error), "sync what is missing: {error:?}");
    }
    if let Some(links) = backend.links() {
        refused(links.stat_link(&nope).await, missing, "stat what is missing");
        refused(links.read_link(&nope).await, missing, "read a missing link");
        refused(links.change_link(&nope, &mode).await, missing, "change a missing link");
        refused(links.hard_link(&nope, &key("l")).await, missing, "link to what is missing");
    }
    assert!(entries(backend, &key("")).await.is_empty(), "nothing came of it");
}

/// What every backend has an answer to, be it that it cannot.
pub async fn answers_for_all(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    backend.make_dir(&key("d"), 0o755).await.expect("make_dir");
    put(backend, "d/f", b"content").await;
    for at in ["", "d", "d/f"] {
        backend.sync(&key(at)).await.expect("sync");
        match backend.space(&key(at)).await {
            Ok(space) => assert!(space.blocks_available <= space.blocks && space.fragment_size > 0),
            Err(error) => assert!(matches!(error, Error::Unsupported), "{error:?}"),
        }
        backend.change(&key(at), &Change::default()).await.expect("a change of nothing");
    }
    let (root, file) = (backend.name_of(&key("")), backend.name_of(&key("d/f")));
    assert!(file.ends_with("d/f") && file.starts_with(&root), "{root} {file}");
    assert_eq!(backend.describe(), backend.describe());
    let mode = Change { mode: Some(0o600), ..Change::default() };
    let changed = backend.change(&key("d/f"), &mode).await;
    match backend.capabilities().attributes {
        true => changed.expect("a backend that keeps attributes"),
        false => refused(changed, |error| matches!(error, Error::Unsupported), "keep no attributes"),
    }
    assert_eq!(get(backend, "d/f").await, b"content");
}

/// A move to a place in a backend of its kind is done whole or not at all.
pub async fn moves_into_another(backend: &dyn Backend, other: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    other.prepare(0o755).await.expect("prepare");
    put(backend, "f", b"moved").await;
    put(other, "there", b"old").await;
    match backend.rename_into(&key("f"), other, &key("new"), Rename::NoReplace).await {
        Ok(()) => {
            assert_eq!(get(other, "new").await, b"moved");
            refused(backend.stat(&key("f")).await, missing, "it has moved");
            put(backend, "f", b"again").await;
            let onto = backend.rename_into(&key("f"), other, &key("there"), Rename::NoReplace).await;
            refused(onto, |error| matches!(error, Error::AlreadyExists), "move onto what is there");
            backend.rename_into(&key("f"), other, &key("there"), Rename::Replace).await.expect("replace");
            assert_eq!(get(other, "there").await, b"again");
        }
        Err(error) => {
            assert!(matches!(error, Error::CrossesDevices), "{error:?}");
            assert_eq!(get(backend, "f").await, b"moved", "nothing was done");
            refused(other.stat(&key("new")).await, missing, "nothing was done");
        }
    }
}

/// A writer that is dropped does what it was told to do when aborted, sooner or later.
pub async fn a_dropped_writer_is_aborted(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    let discard = OpenWrite { on_abort: OnAbort::Discard, ..open(Start::CreateNew) };
    let mut writer = backend.write(&key("f"), &discard).await.expect("open");
    write(&mut writer, 0, b"part").await.expect("write");
    drop(writer);
    let end = Instant::now() + Duration::from_secs(10);
    while backend.stat(&key("f")).await.is_ok() {
        assert!(Instant::now() < end, "it is still there");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Reading through a handle that was opened for writing alone, and what is seen of a file through its handle.
pub async fn handles_say_what_they_are(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    let mut writer = backend.write(&key("f"), &open(Start::CreateNew)).await.expect("open");
    write(&mut writer, 0, b"12345").await.expect("write");
    match &mut writer {
        Writer::Random(file) => {
            assert_eq!(file.stat().await.expect("stat").size, 5);
            file.sync().await.expect("sync");
            let mut buffer = [0; 4];
            let read = file.read_at(0, &mut [std::io::IoSliceMut::new(&mut buffer)]);
            assert!(matches!(read, Err(Error::Unsupported)), "not opened for reading");
            if let Some(descriptor) = file.descriptor() {
                assert!(descriptor.is_same_file(&descriptor).await.expect("compare"));
            }
        }
        Writer::Stream(_) => {}
    }
    let metadata = match writer {
        Writer::Random(file) => file.finish().await,
        Writer::Stream(sink) => sink.finish().await,
    };
    assert_eq!(metadata.expect("finish").size, 5);
    let file = backend.read(&key("f")).await.expect("open");
    assert_eq!(file.stat().await.expect("stat").size, 5);
    file.change(&Change::default()).await.expect("a change of nothing");
}
