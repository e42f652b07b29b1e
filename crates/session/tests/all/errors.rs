//! Which error answers which mistake.

use crate::support::{World, at, get, put, word, write};
use longshore_session::{Change, Open, Start};

#[tokio::test]
async fn names_and_directories() {
    let world = World::new().tree();
    let session = world.user(&[("/", &["*"])]);
    for (path, wanted) in [("/nope", "missing"), ("/sub", "is-dir"), ("/", "is-dir"), ("/l0", "ok")] {
        assert_eq!(word(session.remove_file(&at(path)).await), wanted, "remove {path}");
    }
    for (path, wanted) in
        [("/nope", "missing"), ("/sub", "not-empty"), ("/f", "not-dir"), ("/", "denied"), ("/d", "ok")]
    {
        assert_eq!(word(session.remove_dir(&at(path)).await), wanted, "rmdir {path}");
    }
    for (path, wanted) in
        [("/f", "exists"), ("/sub", "exists"), ("/", "exists"), ("/no/x", "missing"), ("/m", "ok")]
    {
        assert_eq!(word(session.make_dir(&at(path)).await), wanted, "mkdir {path}");
    }
    assert_eq!(word(session.stat(&at(&"x".repeat(255))).await), "missing");
    assert_eq!(word(session.resolve(&[b'x'; 256])), "invalid");
    assert_eq!(word(session.resolve(b"a\0b")), "invalid");
}

#[tokio::test]
async fn renames() {
    let world = World::new().tree();
    let session = world.user(&[("/", &["*"])]);
    for (from, to, wanted) in [
        ("/nope", "/q", "missing"),
        ("/f", "/nope/q", "missing"),
        ("/f", "/d", "unsupported"),
        ("/sub", "/d", "unsupported"),
        ("/sub", "/f", "not-dir"),
        ("/sub", "/sub/in", "unsupported"),
        ("/sub", "/sub/x/y", "unsupported"),
        ("/f", "/f", "unsupported"),
        ("/", "/x", "denied"),
        ("/d", "/", "denied"),
    ] {
        assert_eq!(word(session.rename(&at(from), &at(to)).await), wanted, "{from} {to}");
    }
    assert_eq!(world.read("f"), b"0123456789");
    assert_eq!(word(session.rename(&at("/f"), &at("/g")).await), "ok");
    assert_eq!(world.read("g"), b"0123456789");
    assert_eq!(word(session.rename(&at("/sub"), &at("/d/moved")).await), "ok");
    assert_eq!(world.read("d/moved/x"), b"sub");
}

#[tokio::test]
async fn opens() {
    let world = World::new().tree();
    let session = world.user(&[("/", &["*"])]);
    for (path, start, wanted) in [
        ("/f", Start::CreateNew, "exists"),
        ("/zz", Start::Existing, "missing"),
        ("/zz", Start::TruncateExisting, "missing"),
        ("/no/x", Start::Truncate, "missing"),
        ("/f/x", Start::Truncate, "not-dir"),
        ("/d", Start::Truncate, "unsupported"),
        ("/d", Start::Existing, "unsupported"),
        ("/", Start::Truncate, "unsupported"),
    ] {
        assert_eq!(word(put(&session, path, start, "q").await), wanted, "{path} {start:?}");
    }
    assert_eq!(word(get(&session, "/zz").await), "missing");
    assert_eq!(word(session.download(&at("/d")).await.map(drop)), "ok", "a directory opens …");
    assert_eq!(word(get(&session, "/d").await), "is-dir", "… and says so when it is read");
    let shrink = Change { size: Some(1), ..Change::default() };
    assert_eq!(word(session.change(&at("/d"), &shrink).await), "is-dir");
    assert_eq!(word(session.change(&at("/nope"), &shrink).await), "missing");
    assert_eq!(word(session.change(&at("/nope"), &Change::default()).await), "missing");
    assert_eq!(word(session.change(&at("/f"), &Change::default()).await), "ok");
}

#[tokio::test]
async fn appending() {
    let world = World::new().tree();
    let session = world.user(&[("/", &["*"])]);
    let open = Open { append: true, ..Open::new(Start::Keep) };
    let mut upload = session.upload(&at("/f"), open).await.unwrap();
    write(&mut upload, 10, "AB").await.unwrap();
    upload.finish().await.unwrap();
    assert_eq!(world.read("f"), b"0123456789AB");

    // The offsets a client sends do not matter, nor does who else appends.
    let mut upload = session.upload(&at("/f"), open).await.unwrap();
    let mut other = session.upload(&at("/f"), open).await.unwrap();
    write(&mut upload, 0, "C").await.unwrap();
    write(&mut other, 3, "D").await.unwrap();
    write(&mut upload, 0, "E").await.unwrap();
    upload.finish().await.unwrap();
    other.finish().await.unwrap();
    assert_eq!(world.read("f"), b"0123456789ABCDE");
}

/// What was acknowledged stays, and the disk's refusal is the client's.
#[tokio::test]
async fn a_home_that_vanished() {
    let world = World::new().tree();
    let session = world.user(&[("/", &["*"])]);
    std::fs::remove_dir_all(world.home()).unwrap();
    assert_eq!(word(session.stat(&at("/f")).await), "missing");
    assert_eq!(word(put(&session, "/f", Start::Truncate, "x").await), "missing");
    assert_eq!(word(session.list(&at("/")).await), "missing");
    session.begin().await.unwrap();
    assert_eq!(word(put(&session, "/f", Start::Truncate, "x").await), "ok", "made again by the next login");
}
