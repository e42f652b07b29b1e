//! What each permission allows, and where.

use crate::support::{World, at, get, names, put, word};
use longshore_session::{Change, Open, Session, Start, Time};
use std::collections::BTreeSet;

/// Each operation on a fresh tree: those that worked. A refused one says so and nothing else.
async fn allowed(permissions: &[&str]) -> BTreeSet<&'static str> {
    let mut worked = BTreeSet::new();
    for operation in OPERATIONS {
        let world = World::new().tree();
        let session = world.user(&[("/", permissions)]);
        match attempt(&session, operation).await {
            "ok" => {
                worked.insert(*operation);
            }
            other => assert_eq!(other, "denied", "{operation} with {permissions:?}"),
        }
    }
    worked
}

const OPERATIONS: &[&str] = &[
    "list",
    "stat",
    "lstat",
    "readlink",
    "realpath",
    "space",
    "read",
    "create",
    "create-excl",
    "overwrite",
    "append",
    "read-write",
    "truncate",
    "remove",
    "rmdir",
    "rename-file",
    "rename-link",
    "rename-dir",
    "rename-onto",
    "mkdir",
    "symlink",
    "hard-link",
    "chmod",
    "chown",
    "chtimes",
];

async fn attempt(session: &Session, operation: &str) -> &'static str {
    let time = Time { secs: 1000, nanos: 0 };
    let keep = Change::default();
    let change = |change: Change| async move { word(session.change(&at("/f"), &change).await) };
    match operation {
        "list" => word(names(session, "/").await),
        "stat" => word(session.stat(&at("/f")).await),
        "lstat" => word(session.stat_link(&at("/l0")).await),
        "readlink" => word(session.read_link(&at("/l0")).await),
        "realpath" => word(session.real_path(&at("/nope/x")).await),
        "space" => word(session.space(&at("/f")).await),
        "read" => word(get(session, "/f").await),
        "create" => word(put(session, "/new", Start::Truncate, "x").await),
        "create-excl" => word(put(session, "/new", Start::CreateNew, "x").await),
        "overwrite" => word(put(session, "/f", Start::Truncate, "y").await),
        "append" => {
            let open = Open { append: true, ..Open::new(Start::Keep) };
            word(session.upload(&at("/f"), open).await)
        }
        "read-write" => {
            let open = Open { read: true, ..Open::new(Start::Keep) };
            word(session.upload(&at("/f"), open).await)
        }
        "truncate" => change(Change { size: Some(3), ..keep }).await,
        "remove" => word(session.remove_file(&at("/f")).await),
        "rmdir" => word(session.remove_dir(&at("/d")).await),
        "rename-file" => word(session.rename(&at("/f"), &at("/f2")).await),
        "rename-link" => word(session.rename(&at("/l0"), &at("/l2")).await),
        "rename-dir" => word(session.rename(&at("/d"), &at("/d2")).await),
        "rename-onto" => word(session.rename(&at("/f"), &at("/g")).await),
        "mkdir" => word(session.make_dir(&at("/nd")).await),
        "symlink" => word(session.make_link(b"f", &at("/ln")).await),
        "hard-link" => word(session.hard_link(&at("/f"), &at("/ln")).await),
        "chmod" => change(Change { mode: Some(0o600), ..keep }).await,
        "chown" => change(Change { owner: Some((u32::MAX, u32::MAX)), ..keep }).await,
        "chtimes" => change(Change { times: Some((time, time)), ..keep }).await,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn each_permission_allows_its_own_operations() {
    let all = OPERATIONS.iter().copied().collect();
    let table: &[(&[&str], &[&str])] = &[
        (&["list"], &["list", "stat", "lstat", "readlink", "realpath", "space"]),
        (&["download"], &["read"]),
        (&["upload"], &["create", "create-excl"]),
        (&["overwrite"], &["overwrite", "append", "read-write", "truncate"]),
        (&["delete"], &["remove", "rmdir"]),
        (&["delete_files"], &["remove"]),
        (&["delete_dirs"], &["rmdir"]),
        (&["rename"], &["rename-file", "rename-link", "rename-dir"]),
        (&["rename_files"], &["rename-file", "rename-link"]),
        (&["rename_dirs"], &["rename-dir"]),
        (
            &["rename", "overwrite"],
            &[
                "rename-file",
                "rename-link",
                "rename-dir",
                "rename-onto",
                "overwrite",
                "append",
                "read-write",
                "truncate",
            ],
        ),
        (&["create_dirs"], &["mkdir"]),
        (&["create_symlinks"], &["symlink", "hard-link"]),
        (&["chmod"], &["chmod"]),
        (&["chown"], &["chown"]),
        (&["chtimes"], &["chtimes"]),
        (&["copy"], &[]),
        (&[], &[]),
    ];
    for (permissions, wanted) in table {
        assert_eq!(allowed(permissions).await, wanted.iter().copied().collect(), "{permissions:?}");
    }
    assert_eq!(allowed(&["*"]).await, all);
}

/// The nearest configured directory decides; nothing is merged; `/a/bb` is not below `/a/b`.
#[tokio::test]
async fn directories_inherit_and_override() {
    let world = World::new();
    for dir in ["a/b/c/d", "ab", "z", "a/bb"] {
        std::fs::create_dir_all(world.home().join(dir)).unwrap();
        std::fs::write(world.home().join(dir).join("f"), "1").unwrap();
    }
    std::fs::write(world.home().join("a/b/f"), "1").unwrap();
    let session = world.user(&[
        ("/", &["list", "download"]),
        ("/a", &["*"]),
        ("/a/b", &["list"]),
        ("/a/b/c", &["list", "upload"]),
        ("/ab", &[]),
    ]);
    for (name, wanted) in [
        ("/x", "denied"),
        ("/z/x", "denied"),
        ("/a/x", "ok"),
        ("/a/bb/x", "ok"),
        ("/a/b/x", "denied"),
        ("/a/b/c/x", "ok"),
        ("/a/b/c/d/x", "ok"),
        ("/ab/x", "denied"),
    ] {
        assert_eq!(word(put(&session, name, Start::Truncate, "x").await), wanted, "{name}");
    }
    for (name, wanted) in
        [("/z/f", "ok"), ("/a/b/f", "denied"), ("/a/b/c/d/f", "denied"), ("/ab/f", "denied")]
    {
        assert_eq!(word(get(&session, name).await), wanted, "{name}");
    }
    assert_eq!(word(names(&session, "/ab").await), "denied");
    assert!(names(&session, "/").await.unwrap().contains(&"ab".to_owned()), "seen in its parent");
    assert_eq!(word(session.stat(&at("/ab")).await), "ok", "an entry belongs to its parent");
}

#[tokio::test]
async fn renames_are_judged_on_both_sides() {
    let world = World::new();
    for dir in ["ro", "mv", "up", "free"] {
        std::fs::create_dir(world.home().join(dir)).unwrap();
        std::fs::write(world.home().join(dir).join("f"), dir).unwrap();
    }
    let session = world.user(&[
        ("/", &["*"]),
        ("/ro", &["list", "download"]),
        ("/mv", &["list", "rename"]),
        ("/up", &["list", "upload", "create_dirs"]),
    ]);
    for (from, to, wanted) in [
        ("/ro/f", "/free/r", "denied"),
        ("/free/f", "/ro/r", "denied"),
        ("/free/f", "/mv/f", "denied"), // there already, and no overwrite
        ("/free/f", "/up/g", "denied"),
        ("/free/f", "/mv/f2", "ok"),
        ("/mv/f", "/free/back", "ok"),
    ] {
        assert_eq!(word(session.rename(&at(from), &at(to)).await), wanted, "{from} {to}");
    }
    assert_eq!(world.read("free/back"), b"mv");
}

#[tokio::test]
async fn narrower_directories_are_not_renamed_around() {
    let world = World::new();
    for dir in ["a/secret", "b", "wide/open"] {
        std::fs::create_dir_all(world.home().join(dir)).unwrap();
    }
    let session =
        world.user(&[("/", &["*"]), ("/a/secret", &["list"]), ("/wide/open", &["*"]), ("/t/x", &["list"])]);
    for (from, to, wanted) in
        [("/a", "/moved", "denied"), ("/b", "/t", "denied"), ("/b", "/c", "ok"), ("/wide", "/wider", "ok")]
    {
        assert_eq!(word(session.rename(&at(from), &at(to)).await), wanted, "{from} {to}");
    }
}

#[tokio::test]
async fn directories_alone_move_only_without_files() {
    let world = World::new().tree();
    std::fs::create_dir_all(world.home().join("only/a/b")).unwrap();
    std::fs::create_dir_all(world.home().join("both")).unwrap();
    let session = world.user(&[("/", &["rename_dirs"]), ("/both", &["rename"])]);
    assert_eq!(word(session.rename(&at("/only"), &at("/only2")).await), "ok");
    assert_eq!(word(session.rename(&at("/sub"), &at("/sub2")).await), "denied");
    assert_eq!(word(session.rename(&at("/sub"), &at("/both/sub")).await), "denied", "each side counts");
    assert!(world.home().join("only2/a/b").is_dir() && world.home().join("sub/x").exists());
}

/// What is in a directory is judged by the rule of that directory, also where it goes along.
#[tokio::test]
async fn a_directory_takes_along_only_what_its_own_rule_lets_go() {
    let world = World::new().tree();
    for dir in ["empty", "full/sub", "open/sub"] {
        std::fs::create_dir_all(world.home().join(dir)).unwrap();
    }
    let kept: &[&str] = &["list", "download"];
    let session = world.user(&[
        ("/", &["*"]),
        ("/sub", kept),
        ("/empty", kept),
        ("/full", kept),
        ("/to", kept),
        ("/open", &["rename"]),
    ]);
    for (from, to, wanted) in [
        ("/sub", "/sub2", "denied"),
        ("/full", "/full2", "denied"),
        ("/open", "/to", "denied"),
        ("/empty", "/empty2", "ok"),
        ("/open", "/open2", "ok"),
    ] {
        assert_eq!(word(session.rename(&at(from), &at(to)).await), wanted, "{from} {to}");
    }
    assert!(world.home().join("sub/x").exists() && world.home().join("open2/sub").is_dir());
}

/// All attributes or none.
#[tokio::test]
async fn a_change_that_is_half_allowed_changes_nothing() {
    let world = World::new().tree();
    let session = world.user(&[("/", &["chmod", "list"])]);
    let before = session.stat(&at("/f")).await.unwrap();
    let time = Time { secs: 1, nanos: 0 };
    let change = Change { mode: Some(0o600), times: Some((time, time)), ..Change::default() };
    assert_eq!(word(session.change(&at("/f"), &change).await), "denied");
    assert_eq!(session.stat(&at("/f")).await.unwrap(), before);
}

/// Uploading is no way to replace: of two creates at once, the loser would need `overwrite`.
#[tokio::test(flavor = "multi_thread")]
async fn creating_at_once_does_not_overwrite() {
    let world = World::new();
    let session = world.user(&[("/", &["upload"])]);
    for round in 0..200 {
        let name = format!("/f{round}");
        let (a, b) = (session.clone(), session.clone());
        let (path_a, path_b) = (name.clone(), name.clone());
        let a = tokio::spawn(async move { put(&a, &path_a, Start::Truncate, "a").await });
        let b = tokio::spawn(async move { put(&b, &path_b, Start::Truncate, "b").await });
        let (a, b) = (word(a.await.unwrap()), word(b.await.unwrap()));
        assert!(matches!((a, b), ("ok", "denied") | ("denied", "ok")), "{a} {b}");
        let winner = if a == "ok" { b"a" } else { b"b" };
        assert_eq!(world.read(&name[1..]), winner);
    }
}

/// `overwrite` opens for reading and writing, but does not read what `download` keeps.
#[tokio::test]
async fn overwriting_is_no_way_to_read() {
    let world = World::new().tree();
    for (permissions, wanted) in [(&["overwrite"][..], "denied"), (&["overwrite", "download"], "ok")] {
        let session = world.user(&[("/", permissions)]);
        let open = Open { read: true, ..Open::new(Start::Keep) };
        let mut upload = session.upload(&at("/f"), open).await.unwrap();
        let mut buffer = [0; 4];
        let read = upload.read_at(0, &mut [std::io::IoSliceMut::new(&mut buffer)]);
        assert_eq!(word(read), wanted, "{permissions:?}");
        upload.finish().await.unwrap();
    }
}
