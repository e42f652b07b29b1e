//! Writing: offsets, order, attributes, visibility.

use super::support::{get, key, open, put, read, refused, settle, write};
use crate::{
    Backend, Change, Error, Metadata, OpenWrite, Pending, Read, ReadAt, Result, Start, Time, WriteAt, Writer,
};
use async_trait::async_trait;
use bytes::Bytes;
use std::io::IoSliceMut;

async fn random(backend: &dyn Backend, name: &str, open: &OpenWrite) -> Box<dyn WriteAt> {
    match backend.write(&key(name), open).await.expect("open") {
        Writer::Random(file) => file,
        Writer::Stream(_) => panic!("a backend that can write anywhere gives writers that can"),
    }
}

pub async fn any_offset_any_order(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    let mut file = random(backend, "f", &open(Start::CreateNew)).await;
    let mut pending = Vec::new();
    for (offset, data) in [(6, "789"), (0, "123"), (12, "x")] {
        pending.push(file.write_at(offset, &mut vec![Bytes::from(data)]));
    }
    for one in pending.into_iter().rev() {
        settle(one).await.expect("write");
    }
    let metadata = file.finish().await.expect("finish");
    assert_eq!(metadata.size, 13);
    assert_eq!(get(backend, "f").await, b"123\x00\x00\x00789\x00\x00\x00x");
}

pub async fn later_write_wins(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    let mut file = random(backend, "f", &open(Start::CreateNew)).await;
    let mut pending: Vec<Pending> = Vec::new();
    for round in 0..200_u8 {
        pending.push(file.write_at(0, &mut vec![Bytes::from(vec![round; 1000])]));
    }
    for one in pending {
        settle(one).await.expect("write");
    }
    file.finish().await.expect("finish");
    assert_eq!(get(backend, "f").await, [199; 1000]);
}

/// Who appends needs not know where the end is, which another writer moves meanwhile.
pub async fn appending_goes_to_the_end(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    put(backend, "f", b"0123").await;
    let appending = OpenWrite { append: true, ..open(Start::Keep) };
    let mut files = [random(backend, "f", &appending).await, random(backend, "f", &appending).await];
    for (file, offset, data) in [(0, 0, "a"), (1, 2, "bc"), (0, 100, "d")] {
        settle(files[file].write_at(offset, &mut vec![Bytes::from(data)])).await.expect("write");
    }
    for file in files {
        file.finish().await.expect("finish");
    }
    assert_eq!(get(backend, "f").await, b"0123abcd");
}

pub async fn existing_content_is_kept(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    put(backend, "f", b"0123456789").await;
    for start in [Start::Keep, Start::Existing] {
        let mut writer = backend.write(&key("f"), &open(start)).await.expect("open");
        write(&mut writer, 2, b"ZZ").await.expect("write");
        let Writer::Random(file) = writer else { panic!("a writer that can write anywhere") };
        assert_eq!(file.stat().await.expect("stat").size, 10);
        file.sync().await.expect("sync");
        file.finish().await.expect("finish");
        assert_eq!(get(backend, "f").await, b"01ZZ456789");
    }
    let new = backend.write(&key("new"), &open(Start::Keep)).await.expect("created when missing");
    super::support::finish(new, b"n").await.expect("finish");
    assert_eq!(get(backend, "new").await, b"n");
}

pub async fn read_back(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    let mut file = random(backend, "f", &OpenWrite { read: true, ..open(Start::CreateNew) }).await;
    let _unawaited = file.write_at(0, &mut vec![Bytes::from_static(b"hello")]);
    assert_eq!(read(&mut Back(&mut *file), 1, &[3, 10]).await.expect("read"), b"ello");
    file.finish().await.expect("finish");

    let mut blind = random(backend, "f", &open(Start::Existing)).await;
    let result = read(&mut Back(&mut *blind), 0, &[1]).await;
    refused(result, |error| matches!(error, Error::Unsupported), "read what is open for writing only");
}

pub async fn many_pieces_are_one_write(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    let mut file = random(backend, "f", &open(Start::CreateNew)).await;
    let mut pieces: Vec<_> = (0..1000_u32).map(|i| Bytes::from(vec![i as u8; i as usize % 7])).collect();
    let whole = pieces.concat();
    settle(file.write_at(5, &mut pieces)).await.expect("write");
    file.finish().await.expect("finish");
    assert_eq!(get(backend, "f").await[5..], whole);
}

pub async fn sizes_are_set(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    put(backend, "f", b"0123456789").await;
    let size = |size| Change { size: Some(size), ..Change::default() };
    backend.change(&key("f"), &size(3)).await.expect("shrink");
    assert_eq!(get(backend, "f").await, b"012");
    let mut writer = random(backend, "f", &open(Start::Existing)).await;
    let _unawaited = writer.write_at(0, &mut vec![Bytes::from_static(b"abcdef")]);
    writer.change(&size(5)).await.expect("shrink an open file after what was written");
    assert_eq!(writer.finish().await.expect("finish").size, 5);
    assert_eq!(get(backend, "f").await, b"abcde");
    backend.make_dir(&key("d"), 0o755).await.expect("make_dir");
    let directory = backend.change(&key("d"), &size(0)).await;
    refused(directory, |error| matches!(error, Error::IsADirectory), "cut a directory");
    let missing = backend.change(&key("nope"), &size(0)).await;
    refused(missing, |error| matches!(error, Error::NotFound), "cut what is missing");
}

pub async fn attributes_are_set(backend: &dyn Backend) {
    backend.prepare(0o755).await.expect("prepare");
    put(backend, "f", b"x").await;
    backend.make_dir(&key("d"), 0o755).await.expect("make_dir");
    let (accessed, modified) = (Time { secs: -5, nanos: 0 }, Time { secs: 1_000_000_000, nanos: 500 });
    for name in ["f", "d"] {
        let change = Change { mode: Some(0o4750), times: Some((accessed, modified)), ..Change::default() };
        backend.change(&key(name), &change).await.expect("change");
        let metadata = backend.stat(&key(name)).await.expect("stat");
        assert_eq!((metadata.mode, metadata.accessed, metadata.modified), (0o4750, accessed, modified));
    }
    // Times and size set at once: the times asked for stay.
    let change = Change { size: Some(0), times: Some((accessed, modified)), ..Change::default() };
    backend.change(&key("f"), &change).await.expect("change");
    let metadata = backend.stat(&key("f")).await.expect("stat");
    assert_eq!((metadata.size, metadata.modified), (0, modified));
    let owner = Change { owner: Some((metadata.uid, metadata.gid)), ..Change::default() };
    backend.change(&key("f"), &owner).await.expect("own what is owned");
}

/// Lets a writer be read like a file.
struct Back<'a>(&'a mut dyn WriteAt);

#[async_trait]
impl ReadAt for Back<'_> {
    fn read_at(&mut self, offset: u64, buffers: &mut [IoSliceMut<'_>]) -> Result<Read> {
        self.0.read_at(offset, buffers)
    }
    async fn stat(&self) -> Result<Metadata> {
        self.0.stat().await
    }
    async fn change(&self, change: &Change) -> Result<()> {
        self.0.change(change).await
    }
}
