//! Whole trees, within a backend and between two of different make.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test, which is what it is for")]

use longshore_storage::{
    Backend, Error, Key, Kind, Local, Memory, Rename,
    tree::{self, At, Relocation, Usage},
};
use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::Path,
    time::{Duration, SystemTime},
};
use tempfile::TempDir;

const MOVE: Relocation = Relocation { rename: Rename::NoReplace, durable: true };

fn key(raw: &str) -> Key {
    Key::new(raw.as_bytes()).unwrap()
}

/// t/{x, big, sub/deep/z}, t/l → x, empty directory t/e.
fn plant(root: &Path) {
    fs::create_dir_all(root.join("t/sub/deep")).unwrap();
    fs::create_dir(root.join("t/e")).unwrap();
    fs::write(root.join("t/x"), "x").unwrap();
    fs::write(root.join("t/big"), vec![7; 1_000_000]).unwrap();
    fs::write(root.join("t/sub/deep/z"), "zz").unwrap();
    fs::set_permissions(root.join("t/x"), fs::Permissions::from_mode(0o640)).unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for name in ["t/x", "t/sub"] {
        fs::File::open(root.join(name)).unwrap().set_modified(long_ago).unwrap();
    }
}

#[tokio::test]
async fn usage_counts_files_alone() {
    let dir = TempDir::new().unwrap();
    plant(dir.path());
    symlink("big", dir.path().join("t/l")).unwrap();
    let local = Local::new(dir.path(), None);
    let usage = tree::usage(At { backend: &local, key: &Key::root() }).await.unwrap();
    assert_eq!(usage, Usage { files: 3, bytes: 1_000_003 });
    let one = tree::usage(At { backend: &local, key: &key("t/big") }).await.unwrap();
    assert_eq!(one, Usage { files: 1, bytes: 1_000_000 });
    let files = |kind| kind != Kind::Directory;
    assert!(tree::holds(At { backend: &local, key: &key("t/sub") }, files).await.unwrap());
    assert!(!tree::holds(At { backend: &local, key: &key("t/e") }, files).await.unwrap());
}

#[tokio::test]
async fn a_tree_moves_with_modes_times_and_links() {
    let (here, there) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    plant(here.path());
    symlink("../x", here.path().join("t/e/l")).unwrap();
    let (from, to) = (Local::new(here.path(), None), Local::new(there.path(), None));
    let (source, target) = (key("t"), key("new"));
    let (from, to) = (At { backend: &from, key: &source }, At { backend: &to, key: &target });
    tree::relocate(from, to, MOVE).await.unwrap();
    assert!(!here.path().join("t").exists());
    let moved = there.path().join("new");
    assert_eq!(fs::read(moved.join("e/l")).unwrap(), b"x");
    assert!(moved.join("e/l").is_symlink() && moved.join("sub/deep").is_dir());
    assert_eq!(fs::metadata(moved.join("x")).unwrap().mode() & 0o777, 0o640);
    for name in ["x", "sub"] {
        assert_eq!(fs::metadata(moved.join(name)).unwrap().mtime(), 1_000_000_000, "{name}");
    }
    assert_eq!(fs::metadata(moved.join("big")).unwrap().len(), 1_000_000);
}

#[tokio::test]
async fn a_move_that_fails_leaves_the_source() {
    let (here, there) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    plant(here.path());
    symlink("../elsewhere", here.path().join("t/out")).unwrap();
    let (from, to) = (Local::new(here.path(), None), Local::new(there.path(), None));
    let (source, target) = (key("t"), key("new"));
    let (from, to) = (At { backend: &from, key: &source }, At { backend: &to, key: &target });
    let result = tree::relocate(from, to, MOVE).await;
    assert!(matches!(result, Err(Error::Unsupported)), "{result:?}");
    assert!(here.path().join("t/big").exists());
    assert!(fs::read_dir(there.path()).unwrap().next().is_none(), "the copy is taken back");
    fs::create_dir(there.path().join("new")).unwrap();
    let result = tree::relocate(from, to, MOVE).await;
    assert!(matches!(result, Err(Error::AlreadyExists)), "{result:?}");
    assert!(there.path().join("new").exists(), "what was there before is not ours to take back");
}

#[tokio::test]
async fn files_and_trees_move_between_makes() {
    let here = TempDir::new().unwrap();
    plant(here.path());
    let (disk, store) = (Local::new(here.path(), None), Memory::default());
    let (source, target) = (key("t"), key("a/t"));
    tree::relocate(At { backend: &disk, key: &source }, At { backend: &store, key: &target }, MOVE)
        .await
        .unwrap();
    assert_eq!(store.stat(&key("a/t/big")).await.unwrap().size, 1_000_000);
    assert!(!here.path().join("t").exists());
    tree::relocate(At { backend: &store, key: &target }, At { backend: &disk, key: &source }, MOVE)
        .await
        .unwrap();
    assert_eq!(fs::read(here.path().join("t/sub/deep/z")).unwrap(), b"zz");
    assert!(matches!(store.stat(&target).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn two_roots_on_one_disk_rename_in_one_step() {
    let dir = TempDir::new().unwrap();
    plant(dir.path());
    fs::create_dir(dir.path().join("other")).unwrap();
    let (from, to) = (Local::new(dir.path(), None), Local::new(dir.path().join("other"), None));
    let inode = fs::metadata(dir.path().join("t")).unwrap().ino();
    from.rename_into(&key("t"), &to, &key("t"), Rename::NoReplace).await.unwrap();
    assert_eq!(fs::metadata(dir.path().join("other/t")).unwrap().ino(), inode);
    let memory = from.rename_into(&key("other"), &Memory::default(), &key("t"), Rename::NoReplace).await;
    assert!(matches!(memory, Err(Error::CrossesDevices)), "{memory:?}");
}

#[tokio::test]
async fn removal_does_not_follow_links() {
    let dir = TempDir::new().unwrap();
    plant(dir.path());
    fs::create_dir(dir.path().join("kept")).unwrap();
    fs::write(dir.path().join("kept/f"), "kept").unwrap();
    symlink("../kept", dir.path().join("t/l")).unwrap();
    let local = Local::new(dir.path(), None);
    tree::remove(At { backend: &local, key: &key("t") }).await.unwrap();
    assert!(!dir.path().join("t").exists());
    assert_eq!(fs::read(dir.path().join("kept/f")).unwrap(), b"kept");
}
