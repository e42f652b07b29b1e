//! Files that are seen only when they are complete.

use super::support::{finish, get, key, names, open, put, refused, write};
use crate::{Backend, Error, OnAbort, OpenWrite, Publish, Start, Writer};

fn staged(start: Start, on_abort: OnAbort) -> OpenWrite {
    OpenWrite { publish: Publish::WhenFinished, on_abort, ..open(start) }
}

async fn abort(writer: Writer, on_abort: OnAbort) -> Option<u64> {
    match writer {
        Writer::Random(file) => file.abort(on_abort).await,
        Writer::Stream(sink) => sink.abort(on_abort).await,
    }
}

pub async fn nothing_is_seen_before_the_end(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    put(backend, "old", b"old version").await;
    for durable in [false, true] {
        for (name, start) in
            [("old", Start::TruncateExisting), ("old", Start::Truncate), ("new", Start::CreateNew)]
        {
            let open = OpenWrite { durable, ..staged(start, OnAbort::Discard) };
            let before = names(backend, "").await;
            let mut writer = backend.write(&key(name), &open).await.expect("open");
            write(&mut writer, 0, b"version ").await.expect("write");
            assert_eq!(names(backend, "").await, before, "nothing else is seen either");
            assert_eq!(get(backend, "old").await, b"old version");
            write(&mut writer, 8, b"two").await.expect("write");
            match writer {
                Writer::Random(file) => file.finish().await.map(drop),
                Writer::Stream(sink) => sink.finish().await.map(drop),
            }
            .expect("finish");
            assert_eq!(get(backend, name).await, b"version two");
            put(backend, "old", b"old version").await;
        }
        backend.remove_file(&key("new")).await.expect("remove");
    }
    assert_eq!(names(backend, "").await, ["old"]);
}

pub async fn an_abort_leaves_the_old_file(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    put(backend, "old", b"old version").await;
    for name in ["old", "new"] {
        let start = if name == "old" { Start::Truncate } else { Start::CreateNew };
        let mut writer = backend.write(&key(name), &staged(start, OnAbort::Discard)).await.expect("open");
        write(&mut writer, 0, b"part").await.expect("write");
        assert_eq!(abort(writer, OnAbort::Discard).await, None);
    }
    assert_eq!(names(backend, "").await, ["old"]);
    assert_eq!(get(backend, "old").await, b"old version");
}

/// A file that appeared meanwhile is not replaced by one that was to be new.
pub async fn exclusive_until_the_end(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    let exclusive = staged(Start::CreateNew, OnAbort::Discard);
    let writer = backend.write(&key("f"), &exclusive).await.expect("open");
    put(backend, "f", b"first").await;
    let second = finish(writer, b"second").await;
    refused(second, |error| matches!(error, Error::AlreadyExists), "finish where a file appeared");
    assert_eq!(get(backend, "f").await, b"first");
    let again = backend.write(&key("f"), &exclusive).await;
    refused(again.map(drop), |error| matches!(error, Error::AlreadyExists), "create what is there");
    assert_eq!(names(backend, "").await, ["f"]);
}

pub async fn an_abort_may_publish_what_came(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    let mut writer = backend.write(&key("f"), &staged(Start::CreateNew, OnAbort::Keep)).await.expect("open");
    write(&mut writer, 0, b"part").await.expect("write");
    assert!(names(backend, "").await.is_empty());
    assert_eq!(abort(writer, OnAbort::Keep).await, Some(4));
    assert_eq!(get(backend, "f").await, b"part");
}

/// Going on from an existing file goes on from a copy, which looks like it.
pub async fn in_place_writes_work_on_a_copy(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    let large: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    put(backend, "f", &large).await;
    let mode = crate::Change { mode: Some(0o640), ..crate::Change::default() };
    backend.change(&key("f"), &mode).await.expect("change");
    for start in [Start::Keep, Start::Existing] {
        let mut writer = backend.write(&key("f"), &staged(start, OnAbort::Discard)).await.expect("open");
        write(&mut writer, 1, b"ZZ").await.expect("write");
        assert_eq!(get(backend, "f").await, large);
        drop(writer);
    }
    let mut writer =
        backend.write(&key("f"), &staged(Start::Existing, OnAbort::Discard)).await.expect("open");
    write(&mut writer, large.len() as u64, b"tail").await.expect("write");
    let Writer::Random(file) = writer else { panic!("a writer that can write anywhere") };
    file.finish().await.expect("finish");
    assert_eq!(get(backend, "f").await, [&large[..], b"tail"].concat());
    assert_eq!(backend.stat(&key("f")).await.expect("stat").mode, 0o640);
    assert_eq!(names(backend, "").await, ["f"]);
}
