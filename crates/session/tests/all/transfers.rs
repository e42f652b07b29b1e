//! Uploads and downloads from open to end.

use crate::support::{World, at, get, put, settle, word, write};
use bytes::Bytes;
use events::Bus;
use longshore_session::{Change, Open, Pending, SetstatMode, Settings, Start, Time};
use std::{io::IoSliceMut, os::unix::fs::MetadataExt};

#[tokio::test]
async fn writes_at_any_offset_and_reads_back() {
    let world = World::new();
    let session = world.user(&[("/", &["*"])]);
    let open = Open { read: true, ..Open::new(Start::Truncate) };
    let mut upload = session.upload(&at("/f"), open).await.unwrap();
    write(&mut upload, 3, "def").await.unwrap();
    write(&mut upload, 0, "abc").await.unwrap();
    let mut buffer = [0; 10];
    let read = upload.read_at(1, &mut [IoSliceMut::new(&mut buffer)]).unwrap();
    assert_eq!(settle(read, &buffer).await.unwrap(), b"bcdef");
    assert_eq!(upload.stat().await.unwrap().size, 6);
    upload.sync().await.unwrap();
    assert_eq!(upload.finish().await.unwrap().metadata.size, 6);
    assert_eq!(get(&session, "/f").await.unwrap(), b"abcdef");
}

/// Without truncation the tail stays, and far offsets leave a hole.
#[tokio::test]
async fn writes_in_place() {
    let world = World::new().tree();
    let session = world.user(&[("/", &["*"])]);
    let mut upload = session.upload(&at("/f"), Open::new(Start::Keep)).await.unwrap();
    write(&mut upload, 2, "ZZ").await.unwrap();
    write(&mut upload, 12, "!").await.unwrap();
    upload.finish().await.unwrap();
    assert_eq!(world.read("f"), b"01ZZ456789\0\0!");
}

#[tokio::test]
async fn a_private_thread_writes_at_once() {
    let world = World::new();
    let session = world.user(&[("/", &["*"])]);
    let _private = storage::lane::private();
    let mut upload = session.upload(&at("/f"), Open::new(Start::Truncate)).await.unwrap();
    let pending = upload.write_at(0, &mut vec![Bytes::from_static(b"now")]).unwrap();
    assert!(matches!(pending, Pending::Ready(Ok(()))));
    assert_eq!(world.read("f"), b"now");
    upload.finish().await.unwrap();
}

/// In place, what a lost client sent stays. The drop may happen on a thread without a runtime.
#[tokio::test]
async fn a_dropped_upload_keeps_its_part_and_ends() {
    let world = World::new();
    let session = world.user(&[("/", &["*"])]);
    session.begin().await.unwrap();
    let mut upload = session.upload(&at("/f"), Open::new(Start::Truncate)).await.unwrap();
    write(&mut upload, 0, "part").await.unwrap();
    assert_eq!(world.services.registry.list()[0].transfers.len(), 1);
    std::thread::spawn(move || drop(upload)).join().unwrap();
    world.services.background.idle().await;
    assert_eq!(world.read("f"), b"part");
    assert_eq!(world.services.registry.list()[0].transfers.len(), 0);
}

/// Modes come from the umask, whatever the process's own is.
#[tokio::test]
async fn modes_come_from_the_umask() {
    for (umask, file, dir) in [(0o022, 0o644, 0o755), (0o000, 0o666, 0o777), (0o077, 0o600, 0o700)] {
        let world = World::with(Settings { umask, ..Settings::default() }, Bus::default());
        let session = world.user(&[("/", &["*"])]);
        put(&session, "/f", Start::Truncate, "x").await.unwrap();
        session.make_dir(&at("/d")).await.unwrap();
        let mode = |name: &str| std::fs::metadata(world.home().join(name)).unwrap().mode() & 0o7777;
        assert_eq!((mode("f"), mode("d")), (file, dir), "{umask:o}");
    }
}

#[tokio::test]
async fn setstat_mode_decides_what_attributes_are_set() {
    for (setstat, set) in
        [(SetstatMode::Execute, true), (SetstatMode::Ignore, false), (SetstatMode::IgnoreUnsupported, true)]
    {
        let world = World::with(Settings { setstat, ..Settings::default() }, Bus::default()).tree();
        let session = world.user(&[("/", &["*"])]);
        let time = Time { secs: 1000, nanos: 0 };
        let change = Change { mode: Some(0o600), times: Some((time, time)), ..Change::default() };
        session.change(&at("/f"), &change).await.unwrap();
        let mut upload = session.upload(&at("/g"), Open::new(Start::Keep)).await.unwrap();
        upload.change(&change).await.unwrap();
        upload.finish().await.unwrap();
        for name in ["/f", "/g"] {
            let metadata = session.stat(&at(name)).await.unwrap();
            assert_eq!((metadata.mode == 0o600, metadata.modified == time), (set, set), "{setstat:?} {name}");
        }
        let cut = Change { size: Some(3), mode: Some(0o600), ..Change::default() };
        session.change(&at("/f"), &cut).await.unwrap();
        assert_eq!(world.read("f"), b"012", "sizes are set in every mode");
    }
}

#[tokio::test]
async fn open_files_change_under_the_same_rules() {
    let world = World::new().tree();
    let session = world.user(&[("/", &["download", "overwrite"])]);
    let mode = Change { mode: Some(0o600), ..Change::default() };
    let download = session.download(&at("/f")).await.unwrap();
    assert_eq!(word(download.change(&mode).await), "denied");
    assert_eq!(download.stat().await.unwrap().size, 10);
    let mut upload = session.upload(&at("/f"), Open::new(Start::Keep)).await.unwrap();
    assert_eq!(word(upload.change(&mode).await), "denied");
    let cut = Change { size: Some(4), ..Change::default() };
    assert_eq!(word(upload.change(&cut).await), "ok");
    upload.finish().await.unwrap();
    assert_eq!(world.read("f"), b"0123");
}
