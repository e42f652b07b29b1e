//! What the cases share.

use crate::{Backend, Entry, Key, OnAbort, OpenWrite, Pending, Publish, Read, ReadAt, Result, Start, Writer};
use bytes::Bytes;
use std::io::IoSliceMut;

pub fn key(raw: &str) -> Key {
    Key::new(raw.as_bytes()).expect("a test's key")
}

pub fn open(start: Start) -> OpenWrite {
    OpenWrite {
        start,
        read: false,
        append: false,
        mode: 0o644,
        publish: Publish::AsWritten,
        on_abort: OnAbort::Keep,
        durable: false,
    }
}

/// Writes a file whole, whatever shape of writer there is.
pub async fn put(backend: &dyn Backend, name: &str, data: &[u8]) {
    let writer = backend.write(&key(name), &open(Start::Truncate)).await.expect("open for writing");
    finish(writer, data).await.expect("finish");
}

pub async fn finish(mut writer: Writer, data: &[u8]) -> Result<()> {
    write(&mut writer, 0, data).await?;
    match writer {
        Writer::Random(file) => file.finish().await.map(drop),
        Writer::Stream(sink) => sink.finish().await.map(drop),
    }
}

pub async fn write(writer: &mut Writer, offset: u64, data: &[u8]) -> Result<()> {
    let mut pieces = vec![Bytes::copy_from_slice(data)];
    let pending = match writer {
        Writer::Random(file) => file.write_at(offset, &mut pieces),
        Writer::Stream(sink) => sink.push(&mut pieces),
    };
    assert!(pieces.is_empty(), "the vector is left empty for reuse");
    settle(pending).await
}

pub async fn settle(pending: Pending) -> Result<()> {
    match pending {
        Pending::Ready(result) => result,
        Pending::Later(result) => result.await,
    }
}

/// The whole of a file, read in odd pieces.
pub async fn get(backend: &dyn Backend, name: &str) -> Vec<u8> {
    let mut file = backend.read(&key(name)).await.expect("open for reading");
    let mut whole = Vec::new();
    loop {
        let piece = read(&mut *file, whole.len() as u64, &[7, 0, 100]).await.expect("read");
        if piece.is_empty() {
            return whole;
        }
        whole.extend(piece);
    }
}

/// Reads into buffers of the given sizes.
pub async fn read(file: &mut dyn ReadAt, offset: u64, sizes: &[usize]) -> Result<Vec<u8>> {
    let mut buffers: Vec<Vec<u8>> = sizes.iter().map(|size| vec![0; *size]).collect();
    let mut slices: Vec<_> = buffers.iter_mut().map(|buffer| IoSliceMut::new(buffer)).collect();
    match file.read_at(offset, &mut slices)? {
        Read::Now(bytes) => {
            let mut all = buffers.concat();
            all.truncate(bytes);
            Ok(all)
        }
        Read::Later(bytes) => Ok(bytes.await?.to_vec()),
    }
}

/// All entries of a directory, by name.
pub async fn entries(backend: &dyn Backend, dir: &Key) -> Vec<Entry> {
    let mut listing = backend.list(dir).await.expect("open a directory");
    let mut all = Vec::new();
    loop {
        let page = listing.next().await.expect("a page");
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    assert!(listing.next().await.expect("the end stays the end").is_empty());
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

pub async fn names(backend: &dyn Backend, dir: &str) -> Vec<String> {
    let all = entries(backend, &key(dir)).await;
    all.iter().map(|entry| String::from_utf8_lossy(&entry.name).into_owned()).collect()
}

/// Fails the case unless `result` is this error.
#[track_caller]
pub fn refused<T>(result: Result<T>, wanted: fn(&crate::Error) -> bool, what: &str) {
    match result {
        Ok(_) => panic!("{what}: worked"),
        Err(error) => assert!(wanted(&error), "{what}: {error:?}"),
    }
}
