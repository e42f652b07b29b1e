//! A directory is swapped for a link to the outside, over and over, while every operation goes through it.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test, which is what it is for")]

use bytes::Bytes;
use longshore_storage::{
    Backend, Change, Error, Key, Local, OnAbort, OpenWrite, Pending, Publish, Read, Rename, Result, Start,
    Writer, lane, tree,
};
use std::{
    fs,
    io::IoSliceMut,
    os::unix::fs::{MetadataExt, symlink},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};
use tempfile::TempDir;

const SECRET: &[u8] = b"secret";
const ROUNDS: usize = 300;

/// A home `in` and beside it `out`, which nobody may reach; `in/door` is now a directory, now a link to `out`.
struct World(TempDir);

impl World {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        for path in ["in/real/d", "in/c", "out/d"] {
            fs::create_dir_all(dir.path().join(path)).unwrap();
        }
        fs::write(dir.path().join("in/real/s"), "own").unwrap();
        fs::write(dir.path().join("in/f"), "inside").unwrap();
        for path in ["out/s", "out/only-outside", "out/d/s"] {
            fs::write(dir.path().join(path), SECRET).unwrap();
        }
        symlink("s", dir.path().join("out/link")).unwrap();
        symlink(dir.path().join("out"), dir.path().join("in/door")).unwrap();
        Self(dir)
    }

    fn inside(&self) -> PathBuf {
        self.0.path().join("in")
    }

    /// Everything outside, to see that it was not touched.
    fn outside(&self) -> Vec<(PathBuf, Vec<u8>, u32, i64)> {
        let mut all = Vec::new();
        for dir in ["out", "out/d"] {
            for entry in fs::read_dir(self.0.path().join(dir)).unwrap() {
                let path = entry.unwrap().path();
                let metadata = fs::symlink_metadata(&path).unwrap();
                let content = if metadata.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
                all.push((path, content, metadata.mode(), metadata.mtime_nsec()));
            }
        }
        all.sort();
        all
    }

    /// Exchanges the directory and the link until told to stop.
    fn swap(&self, stop: &AtomicBool) {
        let (door, real) = (self.inside().join("door"), self.inside().join("real"));
        let (here, exchange) = (rustix::fs::CWD, rustix::fs::RenameFlags::EXCHANGE);
        while !stop.load(Ordering::Relaxed) {
            rustix::fs::renameat_with(here, &door, here, &real, exchange).unwrap();
        }
    }
}

/// Also when the test fails, or it would wait for the swapping thread forever.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How often what was looked for was there, and was not.
#[derive(Default)]
struct Met {
    door: usize,
    link: usize,
}

impl Met {
    fn note<T>(&mut self, result: &Result<T>) {
        match result {
            Ok(_) => self.door += 1,
            Err(Error::Denied) => self.link += 1,
            Err(_) => {}
        }
    }
}

fn key(raw: &str) -> Key {
    Key::new(raw.as_bytes()).unwrap()
}

async fn put(local: &Local, name: &str, start: Start, publish: Publish) -> Result<()> {
    let on_abort = OnAbort::Discard;
    let open =
        OpenWrite { start, read: false, append: false, mode: 0o644, publish, on_abort, durable: false };
    let Writer::Random(mut file) = local.write(&key(name), &open).await? else { unreachable!() };
    match file.write_at(0, &mut vec![Bytes::from_static(b"ours")]) {
        Pending::Ready(result) => result?,
        Pending::Later(result) => result.await?,
    }
    file.finish().await.map(drop)
}

async fn read(local: &Local, name: &str) -> Result<Vec<u8>> {
    let mut file = local.read(&key(name)).await?;
    let mut buffer = [0; 16];
    match file.read_at(0, &mut [IoSliceMut::new(&mut buffer)])? {
        Read::Now(read) => Ok(buffer[..read].to_vec()),
        Read::Later(read) => Ok(read.await?.to_vec()),
    }
}

/// What is looked at must not be what is outside.
async fn look(local: &Local, met: &mut Met) {
    let stat = local.stat(&key("door/s")).await;
    met.note(&stat);
    assert!(stat.map_or(0, |metadata| metadata.size) != SECRET.len() as u64, "the secret's size was seen");
    assert_ne!(read(local, "door/s").await.unwrap_or_default(), SECRET, "the secret was read");
    assert!(local.stat(&key("door/only-outside")).await.is_err(), "a name outside was found");
    if let Ok(mut listing) = local.list(&key("door")).await {
        while let Ok(page) = listing.next().await {
            assert!(page.iter().all(|entry| &*entry.name != b"only-outside"), "the outside was listed");
            if page.is_empty() {
                break;
            }
        }
    }
    let links = local.links().unwrap();
    assert!(links.read_link(&key("door/link")).await.is_err(), "a link outside was read");
    assert!(links.stat_link(&key("door/only-outside")).await.is_err(), "a name outside was found");
    if let Ok(usage) = tree::usage(tree::At { backend: local, key: &key("door/d") }).await {
        assert_eq!(usage.files, 0, "files outside were counted");
    }
}

/// What is changed must not be what is outside; whether it works is another matter.
async fn change(local: &Local, round: usize) {
    let change = |change| async move { local.change(&key("door/s"), &change).await };
    let _ = change(Change { mode: Some(0o600), ..Change::default() }).await;
    let _ = change(Change { size: Some(3), ..Change::default() }).await;
    for publish in [Publish::AsWritten, Publish::WhenFinished] {
        for start in [Start::Truncate, Start::Existing] {
            let _ = put(local, "door/s", start, publish).await;
        }
        let name = format!("door/new{round}");
        let _ = put(local, &name, Start::CreateNew, publish).await;
        let _ = local.rename(&key(&name), &key("door/moved"), Rename::Replace).await;
        let _ = local.rename(&key("door/moved"), &key("c/moved"), Rename::Replace).await;
        let _ = local.rename(&key("c/moved"), &key("door/back"), Rename::NoReplace).await;
        for name in ["door/moved", "door/back", "c/moved"] {
            let _ = local.remove_file(&key(name)).await;
        }
    }
    let _ = local.make_dir(&key("door/dir"), 0o777).await;
    let _ = local.remove_dir(&key("door/dir")).await;
    let _ = local.sync(&key("door")).await;
    let links = local.links().unwrap();
    let _ = links.hard_link(&key("door/s"), &key("stolen")).await;
    let _ = links.hard_link(&key("f"), &key("door/given")).await;
    let _ = links.make_link(&key("f"), &key("door/made")).await;
    for name in ["stolen", "door/given", "door/made", "door/only-outside"] {
        let _ = local.remove_file(&key(name)).await;
    }
    let _ = local.rename(&key("door/only-outside"), &key("stolen"), Rename::Replace).await;
    assert!(local.stat(&key("stolen")).await.is_err(), "what was outside is inside");
}

#[test]
fn a_swapped_directory_never_leads_out() {
    let world = World::new();
    let before = world.outside();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| world.swap(&stop));
        let _stopped = StopOnDrop(&stop);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let _private = lane::private();
        let local = Local::new(world.inside(), None);
        let ways = [local.clone(), local.clone().without_nameless_files(), local.clone().without_openat2()];
        runtime.block_on(async {
            for local in ways {
                let mut met = Met::default();
                for round in 0..ROUNDS {
                    look(&local, &mut met).await;
                    change(&local, round).await;
                }
                assert!(met.door > 0 && met.link > 0, "the race never ran: {} {}", met.door, met.link);
            }
        });
    });
    assert_eq!(world.outside(), before);
    assert_eq!(fs::read_dir(Path::new(&world.inside())).unwrap().count(), 4, "door, real, c and f");
}
