//! Virtual folders laid over the home.

use crate::support::{World, at, get, names, put, word};
use longshore_session::{AccountSpec, Change, FolderSpec, Kind, Open, Session, Start};
use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::PathBuf,
    sync::Arc,
};
use storage::{Backend, Local, Memory};
use types::VirtualPath;

fn disk(world: &World, name: &str, path: &str) -> FolderSpec {
    let storage = Arc::new(Local::new(folder(world, name), None));
    FolderSpec { name: name.into(), at: at(path), storage, charge: None }
}

fn folder(world: &World, name: &str) -> PathBuf {
    world.home().with_file_name(name)
}

async fn login(world: &World, folders: Vec<FolderSpec>) -> Session {
    let session = world.session(AccountSpec { folders, ..world.spec() });
    session.begin().await.unwrap();
    session
}

#[tokio::test]
async fn folders_show_in_their_parents() {
    let world = World::new().tree();
    // Shadowed by the folder at the same path.
    fs::create_dir(world.home().join("v")).unwrap();
    fs::write(world.home().join("v/hidden"), "").unwrap();
    let folders = vec![disk(&world, "v1", "/v"), disk(&world, "v2", "/v/n"), disk(&world, "v3", "/x/y/deep")];
    let session = login(&world, folders).await;
    assert_eq!(names(&session, "/").await.unwrap(), ["d", "f", "g", "l0", "sub", "v", "x"]);
    assert_eq!(names(&session, "/v").await.unwrap(), ["n"]);
    assert_eq!(names(&session, "/x/y").await.unwrap(), ["deep"]);
    assert!(world.home().join("x/y").is_dir() && !world.home().join("x/y/deep").exists());
    assert!(!folder(&world, "v1").join("n").exists(), "the inner one makes nothing in the outer one");
    put(&session, "/v/n/file", Start::Truncate, "inner").await.unwrap();
    assert_eq!(fs::read(folder(&world, "v2").join("file")).unwrap(), b"inner");
    fs::remove_dir_all(world.home().join("x")).unwrap();
    assert_eq!(names(&session, "/x").await.unwrap(), ["y"], "there for the folder's sake");
    assert_eq!(session.stat(&at("/x")).await.unwrap().kind, Kind::Directory);
    let root = session.stat(&at("/v")).await.unwrap();
    assert_eq!((root.kind, root.mode), (Kind::Directory, 0o755));
}

#[tokio::test]
async fn folders_and_what_leads_to_them_stay() {
    let world = World::new().tree();
    let session = login(&world, vec![disk(&world, "v1", "/v"), disk(&world, "v2", "/x/y/deep")]).await;
    put(&session, "/v/keep", Start::Truncate, "1").await.unwrap();
    for (what, result, wanted) in [
        ("rmdir", word(session.remove_dir(&at("/v")).await), "denied"),
        ("rename", word(session.rename(&at("/v"), &at("/v9")).await), "denied"),
        ("rename onto", word(session.rename(&at("/sub"), &at("/v")).await), "denied"),
        ("mkdir", word(session.make_dir(&at("/v")).await), "denied"),
        ("remove", word(session.remove_file(&at("/v")).await), "is-dir"),
        ("write", word(session.upload(&at("/v"), Open::new(Start::Truncate)).await), "unsupported"),
        ("rmdir above", word(session.remove_dir(&at("/x")).await), "unsupported"),
        ("rename above", word(session.rename(&at("/x/y"), &at("/yy")).await), "unsupported"),
        ("rename onto above", word(session.rename(&at("/d"), &at("/x")).await), "unsupported"),
        ("link over", word(session.make_link(b"f", &at("/v")).await), "denied"),
    ] {
        assert_eq!(result, wanted, "{what}");
    }
    let mode = Change { mode: Some(0o700), ..Change::default() };
    assert_eq!(word(session.change(&at("/v"), &mode).await), "ok");
    assert_eq!(get(&session, "/v/keep").await.unwrap(), b"1");
}

/// On one disk a rename is a rename: the very same node, with its mode and its links.
#[tokio::test]
async fn renames_across_folders_of_one_disk_keep_everything() {
    let world = World::new();
    fs::create_dir(world.home().join("t")).unwrap();
    fs::write(world.home().join("t/x"), "1").unwrap();
    fs::set_permissions(world.home().join("t/x"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("x", world.home().join("t/l")).unwrap();
    let inode = fs::metadata(world.home().join("t/x")).unwrap().ino();
    let session = login(&world, vec![disk(&world, "v1", "/a"), disk(&world, "v2", "/b")]).await;
    session.rename(&at("/t"), &at("/a/t")).await.unwrap();
    session.rename(&at("/a/t"), &at("/b/t")).await.unwrap();
    let moved = folder(&world, "v2").join("t");
    assert!(moved.join("l").is_symlink() && !world.home().join("t").exists());
    assert_eq!(fs::metadata(moved.join("x")).unwrap().ino(), inode);
    put(&session, "/f", Start::Truncate, "new").await.unwrap();
    put(&session, "/a/f", Start::Truncate, "old").await.unwrap();
    session.rename(&at("/f"), &at("/a/f")).await.unwrap();
    assert_eq!(get(&session, "/a/f").await.unwrap(), b"new");
    session.make_dir(&at("/a/dir")).await.unwrap();
    assert_eq!(word(session.rename(&at("/b/t"), &at("/a/dir")).await), "unsupported");
}

#[tokio::test]
async fn renames_across_makes_copy_and_remove() {
    let world = World::new().tree();
    let memory =
        FolderSpec { name: "m".into(), at: at("/m"), storage: Arc::new(Memory::default()), charge: None };
    let session = login(&world, vec![memory]).await;
    session.rename(&at("/sub"), &at("/m/sub")).await.unwrap();
    assert_eq!(get(&session, "/m/sub/x").await.unwrap(), b"sub");
    assert!(!world.home().join("sub").exists());
    session.rename(&at("/m/sub/x"), &at("/g")).await.unwrap();
    assert_eq!(world.read("g"), b"sub");
    assert_eq!(word(session.rename(&at("/l0"), &at("/m/l")).await), "unsupported", "no links there");
    assert!(world.home().join("l0").is_symlink());
    assert_eq!(word(session.make_link(b"/m/sub", &at("/l")).await), "unsupported", "nor across");
}

#[tokio::test]
async fn a_folder_at_the_root_takes_the_place_of_the_home() {
    let world = World::new().tree();
    let session = login(&world, vec![disk(&world, "v1", "/")]).await;
    assert!(names(&session, "/").await.unwrap().is_empty());
    put(&session, "/f", Start::Truncate, "1").await.unwrap();
    assert_eq!(fs::read(folder(&world, "v1").join("f")).unwrap(), b"1");
    assert_eq!(world.read("f"), b"0123456789");
}

/// A folder that is gone fails alone.
#[tokio::test]
async fn a_folder_that_vanished() {
    let world = World::new().tree();
    fs::write(world.home().with_file_name("file"), "").unwrap();
    let broken: Arc<dyn Backend> = Arc::new(Local::new(world.home().with_file_name("file").join("x"), None));
    let broken = FolderSpec { name: "broken".into(), at: at("/broken"), storage: broken, charge: None };
    let session = login(&world, vec![broken, disk(&world, "v1", "/v")]).await;
    fs::remove_dir(folder(&world, "v1")).unwrap();
    for dir in ["/broken", "/v"] {
        assert_ne!(word(names(&session, dir).await), "ok", "{dir}");
        assert_ne!(word(put(&session, &format!("{dir}/f"), Start::Truncate, "x").await), "ok", "{dir}");
    }
    assert_eq!(get(&session, "/f").await.unwrap(), b"0123456789");
    assert!(names(&session, "/").await.unwrap().contains(&"broken".to_owned()));
}

/// Permissions go by virtual path, whatever is mounted there.
#[tokio::test]
async fn permissions_reach_into_folders() {
    let world = World::new();
    let permissions = crate::support::parse(&[("/", &["*"]), ("/v", &["list"]), ("/v/in", &["*"])]);
    let spec = AccountSpec { folders: vec![disk(&world, "v1", "/v")], permissions, ..world.spec() };
    let session = world.session(spec);
    session.begin().await.unwrap();
    fs::create_dir(folder(&world, "v1").join("in")).unwrap();
    let denied: VirtualPath = at("/v/f");
    assert_eq!(word(session.upload(&denied, Open::new(Start::Truncate)).await), "denied");
    assert_eq!(word(put(&session, "/v/in/f", Start::Truncate, "x").await), "ok");
}
