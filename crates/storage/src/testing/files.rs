//! Whole files.

use super::support::{entries, finish, get, key, names, open, put, read, refused, write};
use crate::{Backend, Error, Kind, OnAbort, OpenWrite, Start, Writer};
use futures_util::future::join_all;
use std::sync::Arc;

pub async fn round_trip(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    backend.prepare(0o755).await.expect("prepare again");
    let large: Vec<u8> = (0..300_000_u32).map(|i| (i % 251) as u8).collect();
    for (name, data) in [("empty", &b""[..]), ("small", b"hello"), ("large", &large)] {
        put(backend, name, data).await;
        let metadata = backend.stat(&key(name)).await.expect("stat");
        assert_eq!((metadata.kind, metadata.size), (Kind::File, data.len() as u64), "{name}");
        assert_eq!(get(backend, name).await, data, "{name}");
    }
    assert_eq!(names(backend, "").await, ["empty", "large", "small"]);
    assert_eq!(backend.stat(&key("")).await.expect("the root").kind, Kind::Directory);
}

pub async fn reads_end_where_the_file_ends(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    put(backend, "f", b"0123456789").await;
    let mut file = backend.read(&key("f")).await.expect("open");
    assert_eq!(file.stat().await.expect("stat").size, 10);
    for (offset, sizes, data) in [
        (0, &[4, 4][..], "01234567"),
        (3, &[1, 0, 2], "345"),
        (8, &[1, 10], "89"),
        (10, &[5], ""),
        (1 << 40, &[5], ""),
        (0, &[], ""),
    ] {
        let got = read(&mut *file, offset, sizes).await.expect("read");
        assert_eq!(got, data.as_bytes(), "{offset} {sizes:?}");
    }
    for far in [1 << 40, i64::MAX as u64, u64::MAX - 1] {
        assert_eq!(read(&mut *file, far, &[10]).await.expect("read far beyond the end"), b"");
    }
}

pub async fn opens_say_what_is_wrong(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    put(backend, "f", b"x").await;
    backend.make_dir(&key("d"), 0o755).await.expect("make_dir");
    let missing = |error: &Error| matches!(error, Error::NotFound);
    refused(backend.read(&key("nope")).await.map(drop), missing, "read what is missing");
    refused(backend.stat(&key("nope")).await, missing, "stat what is missing");
    for start in [Start::Existing, Start::TruncateExisting] {
        refused(backend.write(&key("nope"), &open(start)).await.map(drop), missing, "write what is missing");
    }
    let exists = backend.write(&key("f"), &open(Start::CreateNew)).await;
    refused(exists.map(drop), |error| matches!(error, Error::AlreadyExists), "create what is there");
    let directory = backend.write(&key("d"), &open(Start::Truncate)).await;
    refused(directory.map(drop), |error| matches!(error, Error::IsADirectory), "write a directory");
    let mut directory = backend.read(&key("d")).await.expect("a directory opens");
    let content = read(&mut *directory, 0, &[1]).await;
    refused(content, |error| matches!(error, Error::IsADirectory), "read a directory");
    if !backend.capabilities().implied_directories {
        let orphan = backend.write(&key("nope/f"), &open(Start::CreateNew)).await;
        refused(orphan.map(drop), missing, "create without parent");
        let inside = backend.write(&key("f/x"), &open(Start::CreateNew)).await;
        refused(inside.map(drop), |error| matches!(error, Error::NotADirectory), "create below a file");
    }
    assert_eq!(get(backend, "f").await, b"x", "nothing was touched");
}

pub async fn overwrite_replaces_everything(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    for start in [Start::Truncate, Start::TruncateExisting] {
        put(backend, "f", b"a long first version").await;
        let writer = backend.write(&key("f"), &open(start)).await.expect("open");
        finish(writer, b"short").await.expect("finish");
        assert_eq!(get(backend, "f").await, b"short");
    }
}

/// However many create at once, one of them does.
pub async fn exclusive_create_has_one_winner(backend: &Arc<dyn Backend>) {
    backend.prepare(0o755).await.expect("prepare");
    let create = |byte: u8| {
        let backend = backend.clone();
        async move {
            let writer = backend.write(&key("f"), &open(Start::CreateNew)).await?;
            finish(writer, &[byte; 100]).await
        }
    };
    let results = join_all((0..16).map(create)).await;
    let winners: Vec<_> = (0..16).zip(&results).filter(|(_, result)| result.is_ok()).collect();
    assert_eq!(winners.len(), 1, "{results:?}");
    assert_eq!(get(&**backend, "f").await, [winners[0].0; 100]);
    for result in results.into_iter().filter(|result| result.is_err()) {
        refused(result, |error| matches!(error, Error::AlreadyExists), "a loser");
    }
}

pub async fn removal(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    put(backend, "f", b"x").await;
    backend.make_dir(&key("d"), 0o755).await.expect("make_dir");
    backend.remove_file(&key("f")).await.expect("remove");
    let again = backend.remove_file(&key("f")).await;
    refused(again, |error| matches!(error, Error::NotFound), "remove twice");
    for directory in ["d", ""] {
        let result = backend.remove_file(&key(directory)).await;
        refused(result, |error| matches!(error, Error::IsADirectory), "remove a directory as a file");
    }
    assert_eq!(names(backend, "").await, ["d"]);
}

pub async fn abort_of_a_new_file_leaves_none(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    let discard = OpenWrite { on_abort: OnAbort::Discard, ..open(Start::CreateNew) };
    let mut writer = backend.write(&key("f"), &discard).await.expect("open");
    write(&mut writer, 0, b"part").await.expect("write");
    let left = match writer {
        Writer::Random(file) => file.abort(OnAbort::Discard).await,
        Writer::Stream(sink) => sink.abort(OnAbort::Discard).await,
    };
    assert_eq!(left, None);
    assert!(entries(backend, &key("")).await.is_empty());
}
