//! Links, as users see them.

use crate::support::{World, at, get, put, word};
use events::Bus;
use longshore_session::{Kind, Settings, Start, SymlinkMode};
use std::{fs, os::unix::fs::symlink};

#[tokio::test]
async fn links_are_stored_relative_and_read_absolute() {
    let world = World::new().tree();
    fs::create_dir_all(world.home().join("a/b")).unwrap();
    fs::create_dir(world.home().join("no")).unwrap();
    let session = world.user(&[("/", &["*"]), ("/no", &["list", "download", "upload", "overwrite"])]);
    for (target, link, text, leads_to) in [
        ("/f", "/a/b/l1", "../../f", "/f"),
        ("../../f", "/a/b/l2", "../../f", "/f"),
        ("l1", "/a/b/l3", "l1", "/a/b/l1"),
        ("/a/b", "/l4", "a/b", "/a/b"),
        ("/not-there", "/l5", "not-there", "/not-there"),
    ] {
        session.make_link(target.as_bytes(), &at(link)).await.unwrap();
        assert_eq!(fs::read_link(world.home().join(&link[1..])).unwrap().to_str(), Some(text), "{link}");
        assert_eq!(session.read_link(&at(link)).await.unwrap(), at(leads_to), "{link}");
    }
    assert_eq!(get(&session, "/l4/l3").await.unwrap(), b"0123456789");
    for (target, link, wanted) in [
        ("/f", "/no/l", "denied"),
        ("/no/s", "/l6", "denied"),
        ("/", "/l7", "denied"),
        ("/f", "/g", "exists"),
        ("/f", "/nope/l", "missing"),
    ] {
        assert_eq!(word(session.make_link(target.as_bytes(), &at(link)).await), wanted, "{target} {link}");
    }
    assert_eq!(session.stat_link(&at("/l4")).await.unwrap().kind, Kind::Symlink);
    assert_eq!(session.stat(&at("/l4")).await.unwrap().kind, Kind::Directory);
    assert_eq!(word(session.read_link(&at("/f")).await), "invalid");
    assert_eq!(word(session.read_link(&at("/nope")).await), "missing");
}

/// The configuration's word comes before any permission.
#[tokio::test]
async fn creation_follows_the_configuration() {
    for (symlinks, wanted) in [
        (SymlinkMode { local: false, remote: true }, "unsupported"),
        (SymlinkMode { local: true, remote: false }, "denied"),
    ] {
        let world = World::with(Settings { symlinks, ..Settings::default() }, Bus::default()).tree();
        let session = world.user(&[("/", &["list"])]);
        assert_eq!(word(session.make_link(b"f", &at("/l")).await), wanted);
        assert_eq!(session.read_link(&at("/l0")).await.unwrap(), at("/f"), "existing ones are followed");
    }
}

/// A second name opens nothing that was closed under the first.
#[tokio::test]
async fn hard_links_give_no_new_rights() {
    let world = World::new().tree();
    for dir in ["read", "full", "none"] {
        fs::create_dir(world.home().join(dir)).unwrap();
        fs::write(world.home().join(dir).join("x"), "x").unwrap();
    }
    let session = world.user(&[
        ("/", &["*"]),
        ("/read", &["list", "download", "upload", "create_symlinks"]),
        ("/none", &["list", "download"]),
    ]);
    for (from, to, wanted) in [
        ("/f", "/full/hard", "ok"),
        ("/f", "/full/hard", "exists"),
        ("/full/x", "/read/hard", "ok"),
        ("/read/x", "/full/escalated", "denied"), // where it could be overwritten
        ("/none/x", "/full/y", "denied"),
        ("/f", "/none/y", "denied"),
        ("/missing", "/y", "missing"),
        ("/full", "/y", "is-dir"),
        ("/l0", "/y", "invalid"),
        ("/", "/y", "denied"),
    ] {
        assert_eq!(word(session.hard_link(&at(from), &at(to)).await), wanted, "{from} {to}");
    }
    fs::write(world.home().join("full/hard"), "both").unwrap();
    assert_eq!(world.read("f"), b"both");
}

#[tokio::test]
async fn writing_goes_through_links() {
    let world = World::new().tree();
    let session = world.user(&[("/", &["*"])]);
    symlink("sub/new", world.home().join("dangling")).unwrap();
    symlink("dangling", world.home().join("twice")).unwrap();
    symlink("../outside", world.home().join("out")).unwrap();
    symlink("loop", world.home().join("loop")).unwrap();
    put(&session, "/l0", Start::Truncate, "new").await.unwrap();
    assert_eq!(world.read("f"), b"new");
    put(&session, "/twice", Start::Truncate, "made").await.unwrap();
    assert_eq!(world.read("sub/new"), b"made");
    assert!(world.home().join("twice").is_symlink() && world.home().join("dangling").is_symlink());
    assert_eq!(word(put(&session, "/out", Start::Truncate, "x").await), "denied");
    assert_eq!(word(put(&session, "/loop", Start::Truncate, "x").await), "loop");
    assert_eq!(word(session.remove_dir(&at("/l0")).await), "not-dir");
    session.remove_file(&at("/l0")).await.unwrap();
    assert_eq!(world.read("f"), b"new");
}
