//! Copying and removing whole trees.

use crate::support::{World, at, names, put, word};
use longshore_session::{AccountSpec, Book, Charge, DenyPolicy, Limits, Patterns, Start, Usage};
use std::{fs, sync::Arc};

#[tokio::test]
async fn copies_need_their_permissions() {
    for (permissions, new, onto, dir) in [
        (&["copy"][..], "denied", "denied", "denied"),
        (&["copy", "download"], "denied", "denied", "denied"),
        (&["copy", "upload"], "denied", "denied", "denied"),
        (&["copy", "download", "overwrite"], "denied", "ok", "denied"),
        (&["copy", "download", "upload"], "ok", "denied", "denied"),
        (&["copy", "download", "upload", "list"], "ok", "denied", "denied"),
        (&["copy", "download", "upload", "create_dirs"], "ok", "denied", "denied"),
        (&["copy", "download", "upload", "list", "create_dirs"], "ok", "denied", "ok"),
        (&["download", "upload", "overwrite", "list", "create_dirs"], "denied", "denied", "denied"),
    ] {
        let world = World::new().tree();
        let session = world.user(&[("/", permissions)]);
        assert_eq!(word(session.copy(&at("/f"), &at("/n")).await), new, "{permissions:?}");
        assert_eq!(word(session.copy(&at("/f"), &at("/g")).await), onto, "{permissions:?}");
        assert_eq!(word(session.copy(&at("/sub"), &at("/sub2")).await), dir, "{permissions:?}");
        assert_eq!(world.read("g"), if onto == "ok" { &b"0123456789"[..] } else { b"g" });
        assert_eq!(world.home().join("sub2/x").exists(), dir == "ok");
    }
}

#[tokio::test]
async fn both_sides_and_every_entry_are_judged() {
    let world = World::new().tree();
    fs::create_dir_all(world.home().join("t/secret")).unwrap();
    fs::write(world.home().join("t/secret/s"), "s").unwrap();
    fs::create_dir(world.home().join("no")).unwrap();
    let session =
        world.user(&[("/", &["*"]), ("/no", &["list", "download", "upload"]), ("/t/secret", &["list"])]);
    assert_eq!(word(session.copy(&at("/f"), &at("/no/f")).await), "denied");
    assert_eq!(word(session.copy(&at("/t"), &at("/t2")).await), "denied");
    assert!(!world.home().join("t2/secret/s").exists(), "not around its directory's rules");
}

#[tokio::test]
async fn copies_go_where_they_are_meant_to() {
    let world = World::new().tree();
    let session = world.user(&[("/", &["*"])]);
    for (from, to, wanted) in [
        ("/nope", "/x", "missing"),
        ("/f", "/f", "invalid"),
        ("/sub", "/sub", "invalid"),
        ("/sub", "/sub/in", "invalid"),
        ("/sub", "/f", "invalid"),
        ("/l0", "/l1", "invalid"),
        ("/", "/x", "invalid"),
    ] {
        assert_eq!(word(session.copy(&at(from), &at(to)).await), wanted, "{from} {to}");
    }
    session.copy(&at("/f"), &at("/made/for/it")).await.unwrap();
    assert_eq!(world.read("made/for/it"), b"0123456789");
    session.copy(&at("/f"), &at("/d")).await.unwrap();
    assert_eq!(world.read("d/f"), b"0123456789", "into a directory");
    session.copy(&at("/sub"), &at("/d")).await.unwrap();
    assert_eq!(world.read("d/sub/x"), b"sub");
    session.copy(&at("/g"), &at("/f")).await.unwrap();
    assert_eq!(world.read("f"), b"g", "over a file");
    assert_eq!(world.lines("Copy").len(), 4);
    assert!(world.lines("Upload").is_empty());
}

#[tokio::test]
async fn copies_are_held_to_the_quota() {
    for (files, bytes) in [(1, 0), (0, 15)] {
        let world = World::new();
        let limits = Limits { files, bytes };
        let charge = Charge { book: Arc::new(Book::new(Usage::default())), limits };
        let session = world.session(AccountSpec { charge: Some(charge.clone()), ..world.spec() });
        put(&session, "/a", Start::Truncate, "0123456789").await.unwrap();
        assert_eq!(word(session.copy(&at("/a"), &at("/b")).await), "quota");
        assert_eq!(names(&session, "/").await.unwrap(), ["a"]);
        assert_eq!(charge.book.usage(), Usage { files: 1, bytes: 10 });
    }
}

#[tokio::test]
async fn trees_are_removed_entry_by_entry() {
    let world = World::new().tree();
    fs::create_dir_all(world.home().join("t/a/b")).unwrap();
    fs::write(world.home().join("t/a/b/f"), "x").unwrap();
    std::os::unix::fs::symlink("../sub", world.home().join("t/l")).unwrap();
    let session = world.user(&[("/", &["delete"])]);
    assert_eq!(word(session.remove_all(&at("/t")).await), "ok");
    assert!(!world.home().join("t").exists());
    assert_eq!(world.read("sub/x"), b"sub", "links are not followed");
    assert_eq!(word(session.remove_all(&at("/f")).await), "ok");
    assert_eq!(word(session.remove_all(&at("/nope")).await), "missing");
    assert_eq!(word(session.remove_all(&at("/")).await), "denied");
    let careful = world.user(&[("/", &["delete"]), ("/sub", &["list"])]);
    assert_eq!(word(careful.remove_all(&at("/sub")).await), "denied");
    let none: [&str; 0] = [];
    let patterns = vec![Patterns::new(at("/"), &none, &["x"], DenyPolicy::Deny).unwrap()];
    let filtered = world.session(AccountSpec { patterns, ..world.spec() });
    assert_eq!(word(filtered.remove_all(&at("/sub")).await), "denied");
    assert_eq!(world.read("sub/x"), b"sub");
}

/// More than is read at a time, files and directories mixed.
#[tokio::test]
async fn large_directories_go_whole() {
    let world = World::new();
    let session = world.user(&[("/", &["*"])]);
    let large = world.home().join("large");
    for number in 0..5000 {
        fs::create_dir_all(large.join(format!("d{}", number % 50))).unwrap();
        fs::write(large.join(format!("f{number}")), "").unwrap();
        fs::write(large.join(format!("d{}/f{number}", number % 50)), "").unwrap();
    }
    session.remove_all(&at("/large")).await.unwrap();
    assert!(!large.exists());
}
