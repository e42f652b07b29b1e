//! Nothing leads out of the root: not a link in any position, not one put there while we look.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test, which is what it is for")]

use bytes::Bytes;
use longshore_storage::{
    Backend, Change, Error, Key, Kind, Local, OnAbort, OpenWrite, Pending, Publish, Rename, Result, Start,
    Writer,
};
use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::PathBuf,
};
use tempfile::TempDir;

/// A home `in` with some files, and beside it `out`, which nobody may reach.
struct World {
    dir: TempDir,
}

impl World {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        for path in ["in/a/b", "in/c", "out/d"] {
            fs::create_dir_all(dir.path().join(path)).unwrap();
        }
        for (path, content) in
            [("in/f", "inside"), ("in/c/g", "deep"), ("out/s", "secret"), ("out/d/s", "secret")]
        {
            fs::write(dir.path().join(path), content).unwrap();
        }
        Self { dir }
    }

    fn inside(&self) -> PathBuf {
        self.dir.path().join("in")
    }

    fn outside(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    fn both(&self) -> [Local; 2] {
        let local = Local::new(self.inside(), None);
        [local.clone(), local.without_openat2()]
    }

    /// Everything outside, to see that it was not touched.
    fn outside_state(&self) -> Vec<(PathBuf, Vec<u8>, u32, i64)> {
        let mut all = Vec::new();
        for dir in [self.outside(), self.outside().join("d")] {
            for entry in fs::read_dir(dir).unwrap() {
                let (path, metadata) = entry.map(|e| (e.path(), e.metadata().unwrap())).unwrap();
                let content = if metadata.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
                all.push((path, content, metadata.mode(), metadata.mtime_nsec()));
            }
        }
        all.sort();
        all
    }
}

fn key(raw: &str) -> Key {
    Key::new(raw.as_bytes()).unwrap()
}

fn open(start: Start) -> OpenWrite {
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

async fn put(local: &Local, name: &str, start: Start) -> Result<()> {
    let Writer::Random(mut file) = local.write(&key(name), &open(start)).await? else { unreachable!() };
    match file.write_at(0, &mut vec![Bytes::from_static(b"ours")]) {
        Pending::Ready(result) => result?,
        Pending::Later(result) => result.await?,
    }
    file.finish().await.map(drop)
}

/// Every operation on `name`, none of which may work.
async fn nothing_works(local: &Local, name: &str) {
    let at = key(name);
    let mode = Change { mode: Some(0o777), ..Change::default() };
    let size = Change { size: Some(0), ..Change::default() };
    let mut results = vec![
        ("stat", local.stat(&at).await.map(drop)),
        ("list", local.list(&at).await.map(drop)),
        ("read", local.read(&at).await.map(drop)),
        ("space", local.space(&at).await.map(drop)),
        ("chmod", local.change(&at, &mode).await),
        ("truncate", local.change(&at, &size).await),
    ];
    for start in [Start::Truncate, Start::Keep, Start::Existing, Start::TruncateExisting] {
        results.push(("write", put(local, name, start).await));
    }
    for (what, result) in results {
        assert!(matches!(result, Err(Error::Denied)), "{what} {name}: {result:?}");
    }
}

/// Every operation on an entry below `name`, none of which may work.
async fn nothing_works_below(local: &Local, name: &str) {
    let below = format!("{name}/s");
    nothing_works(local, &below).await;
    let (at, new) = (key(&below), key(&format!("{name}/new")));
    let links = local.links().unwrap();
    for (what, result) in [
        ("remove", local.remove_file(&at).await),
        ("rmdir", local.remove_dir(&key(&format!("{name}/d"))).await),
        ("mkdir", local.make_dir(&new, 0o755).await),
        ("create", put(local, &format!("{name}/new"), Start::CreateNew).await),
        ("rename out", local.rename(&key("f"), &new, Rename::NoReplace).await),
        ("rename in", local.rename(&at, &key("stolen"), Rename::NoReplace).await),
        ("lstat", links.stat_link(&at).await.map(drop)),
        ("readlink", links.read_link(&at).await.map(drop)),
        ("symlink", links.make_link(&key("f"), &new).await),
        ("hard link out", links.hard_link(&key("f"), &new).await),
        ("hard link in", links.hard_link(&at, &key("stolen")).await),
    ] {
        assert!(matches!(result, Err(Error::Denied)), "{what} {name}: {result:?}");
    }
}

#[tokio::test]
async fn links_to_the_outside_lead_nowhere() {
    let world = World::new();
    let before = world.outside_state();
    let (inside, outside) = (world.inside(), world.outside());
    symlink(outside.join("s"), inside.join("abs")).unwrap();
    symlink("../out/s", inside.join("rel")).unwrap();
    symlink(&outside, inside.join("abs-dir")).unwrap();
    symlink("../../../out", inside.join("a/b/rel-dir")).unwrap();
    symlink("rel", inside.join("chain")).unwrap();
    symlink("../in/f", inside.join("out-and-back")).unwrap();
    // A name that only begins like the root.
    fs::create_dir(world.dir.path().join("in-truth")).unwrap();
    fs::write(world.dir.path().join("in-truth/s"), "secret").unwrap();
    symlink(world.dir.path().join("in-truth"), inside.join("alike")).unwrap();
    symlink(inside.join("../out/s"), inside.join("dotted")).unwrap();
    for local in world.both() {
        for name in ["abs", "rel", "chain", "out-and-back", "dotted"] {
            nothing_works(&local, name).await;
        }
        for name in ["abs-dir", "a/b/rel-dir", "alike"] {
            nothing_works_below(&local, name).await;
        }
        let links = local.links().unwrap();
        for name in ["abs", "rel", "dotted", "abs-dir", "a/b/rel-dir"] {
            let target = links.read_link(&key(name)).await;
            assert!(matches!(target, Err(Error::Denied)), "{name}: {target:?}");
            assert_eq!(links.stat_link(&key(name)).await.unwrap().kind, Kind::Symlink, "the node is ours");
        }
    }
    assert_eq!(world.outside_state(), before);
    let local = Local::new(&inside, None);
    local.rename(&key("abs"), &key("c/moved"), Rename::NoReplace).await.unwrap();
    local.remove_file(&key("c/moved")).await.unwrap();
    assert_eq!(world.outside_state(), before, "removing a link removes the link");
}

#[tokio::test]
async fn absolute_links_below_the_root_are_followed() {
    let world = World::new();
    let inside = world.inside();
    symlink(inside.join("f"), inside.join("last")).unwrap();
    symlink(inside.join("c"), inside.join("middle")).unwrap();
    symlink(inside.join("middle"), inside.join("a/b/twice")).unwrap();
    symlink(&inside, inside.join("a/root")).unwrap();
    symlink(inside.join("c/new"), inside.join("dangling")).unwrap();
    // The root is reached through a link itself: its configured and its real name both count.
    symlink(&inside, world.dir.path().join("alias")).unwrap();
    symlink(world.dir.path().join("alias/f"), inside.join("by-alias")).unwrap();
    let alias = Local::new(world.dir.path().join("alias"), None);
    for local in world.both().into_iter().chain([alias.clone(), alias.clone().without_openat2()]) {
        for (name, size) in [("last", 6), ("middle/g", 4), ("a/b/twice/g", 4), ("a/root/f", 6)] {
            assert_eq!(local.stat(&key(name)).await.unwrap().size, size, "{name}");
            assert!(local.read(&key(name)).await.is_ok(), "{name}");
        }
        let target = local.links().unwrap().read_link(&key("a/b/twice")).await.unwrap();
        assert_eq!(target, key("middle"));
        put(&local, "a/b/twice/made", Start::CreateNew).await.unwrap();
        assert_eq!(fs::read(inside.join("c/made")).unwrap(), b"ours");
        local.rename(&key("middle/made"), &key("a/root/moved"), Rename::NoReplace).await.unwrap();
        local.remove_file(&key("a/root/moved")).await.unwrap();
        assert!(matches!(local.stat(&key("dangling")).await, Err(Error::NotFound)));
        let exclusive = put(&local, "dangling", Start::CreateNew).await;
        assert!(matches!(exclusive, Err(Error::AlreadyExists)), "{exclusive:?}");
    }
    for local in [alias.clone(), alias.without_openat2()] {
        assert_eq!(local.stat(&key("by-alias")).await.unwrap().size, 6);
    }
}

#[tokio::test]
async fn loops_end() {
    let world = World::new();
    let inside = world.inside();
    symlink("loop", inside.join("loop")).unwrap();
    symlink(inside.join("y"), inside.join("x")).unwrap();
    symlink(inside.join("x"), inside.join("y")).unwrap();
    // Each walk through `grow` doubles what is left to walk.
    symlink("grow/grow", inside.join("grow")).unwrap();
    symlink(format!("{}grow", "a/../".repeat(800)), inside.join("a/long")).unwrap();
    for local in world.both() {
        for name in ["loop", "loop/x", "x", "x/z", "grow", "grow/z"] {
            let result = local.stat(&key(name)).await;
            assert!(matches!(result, Err(Error::Loop)), "{name}: {result:?}");
        }
        assert!(local.stat(&key("a/long")).await.is_err());
    }
}

/// Forty links are followed, as Linux does; forty-one are not.
#[tokio::test]
async fn hops_are_bounded() {
    let world = World::new();
    let inside = world.inside();
    symlink(inside.join("f"), inside.join("l1")).unwrap();
    for i in 2..=41 {
        symlink(inside.join(format!("l{}", i - 1)), inside.join(format!("l{i}"))).unwrap();
    }
    for local in world.both() {
        assert_eq!(local.stat(&key("l40")).await.unwrap().size, 6);
        assert!(matches!(local.stat(&key("l41")).await, Err(Error::Loop)));
    }
}

#[tokio::test]
async fn pipes_and_devices_are_shown_but_not_opened() {
    let world = World::new();
    let fifo = world.inside().join("pipe");
    let status = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(status.success());
    for local in world.both() {
        assert_eq!(local.stat(&key("pipe")).await.unwrap().kind, Kind::Other);
        assert!(local.read(&key("pipe")).await.is_err());
        assert!(put(&local, "pipe", Start::Existing).await.is_err());
        // Also with someone at the other end, where opening would work.
        let reader = fs::OpenOptions::new().read(true).write(true).open(&fifo).unwrap();
        let result = put(&local, "pipe", Start::Existing).await;
        assert!(matches!(result, Err(Error::Denied)), "{result:?}");
        drop(reader);
    }
}

#[tokio::test]
async fn a_root_that_vanishes_and_returns() {
    let world = World::new();
    for local in world.both() {
        assert!(local.stat(&key("f")).await.is_ok());
        fs::rename(world.inside(), world.dir.path().join("gone")).unwrap();
        assert!(matches!(local.stat(&key("")).await, Err(Error::NotFound)));
        assert!(matches!(local.stat(&key("f")).await, Err(Error::NotFound)));
        assert!(matches!(put(&local, "new", Start::CreateNew).await, Err(Error::NotFound)));
        local.prepare(0o700).await.unwrap();
        assert_eq!(fs::metadata(world.inside()).unwrap().permissions().mode() & 0o777, 0o700);
        put(&local, "new", Start::CreateNew).await.unwrap();
        assert!(world.inside().join("new").exists());
        fs::remove_dir_all(world.inside()).unwrap();
        fs::rename(world.dir.path().join("gone"), world.inside()).unwrap();
        assert!(local.stat(&key("f")).await.is_ok());
    }
}

#[tokio::test]
async fn names_no_disk_takes_are_refused() {
    let world = World::new();
    for local in world.both() {
        let long = "n".repeat(256);
        assert!(matches!(local.stat(&key(&long)).await, Err(Error::NameTooLong)));
        assert!(matches!(put(&local, &long, Start::CreateNew).await, Err(Error::NameTooLong)));
        let deep = "d/".repeat(10_000) + "f";
        assert!(matches!(local.stat(&key(&deep)).await, Err(Error::NameTooLong)));
        assert!(matches!(local.make_dir(&key(&deep), 0o755).await, Err(Error::NameTooLong)));
        assert!(matches!(local.stat(&key("f/x")).await, Err(Error::NotADirectory)));
    }
}
