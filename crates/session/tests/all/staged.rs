//! The upload modes, as users see them.

use crate::support::{World, at, get, put, word, write};
use events::Bus;
use longshore_session::{Durability, Open, Session, Settings, Start, UploadMode};

fn world(upload: UploadMode) -> (World, Session) {
    let settings = Settings { upload, umask: 0o022, durability: Durability::Always, ..Settings::default() };
    let world = World::with(settings, Bus::default()).tree();
    let session = world.user(&[("/", &["*"])]);
    (world, session)
}

/// What is at the name while it is written, after the client is lost, and after a second try.
#[tokio::test]
async fn each_mode_keeps_its_promise() {
    let old: Option<&[u8]> = Some(b"0123456789");
    let part: Option<&[u8]> = Some(b"part");
    for (mode, name, during, lost) in [
        (UploadMode::InPlace, "f", part, part),
        (UploadMode::InPlace, "new", part, part),
        (UploadMode::Atomic, "f", old, old),
        (UploadMode::Atomic, "new", None, None),
        (UploadMode::AtomicResumable, "f", old, part),
        (UploadMode::AtomicResumable, "new", None, part),
    ] {
        let (world, session) = world(mode);
        let content = || std::fs::read(world.home().join(name)).ok();
        let mut upload = session.upload(&at(name), Open::new(Start::Truncate)).await.unwrap();
        write(&mut upload, 0, "part").await.unwrap();
        assert_eq!(content().as_deref(), during, "{mode:?} {name}");
        drop(upload);
        world.services.background.idle().await;
        assert_eq!(content().as_deref(), lost, "{mode:?} {name}");
        put(&session, name, Start::Truncate, "whole").await.unwrap();
        assert_eq!(get(&session, name).await.unwrap(), b"whole");
    }
}

/// What no client can go on with is never published in part.
#[tokio::test]
async fn what_cannot_be_resumed_is_staged_in_every_mode() {
    for mode in [UploadMode::InPlace, UploadMode::Atomic, UploadMode::AtomicResumable] {
        let (world, session) = world(mode);
        let open = Open { resumable: false, ..Open::new(Start::Truncate) };
        let mut upload = session.upload(&at("/f"), open).await.unwrap();
        write(&mut upload, 0, "part").await.unwrap();
        drop(upload);
        world.services.background.idle().await;
        assert_eq!(world.read("f"), b"0123456789", "{mode:?}");
    }
}

#[tokio::test]
async fn appending_goes_on_from_a_copy() {
    let (world, session) = world(UploadMode::Atomic);
    let open = Open { append: true, ..Open::new(Start::Keep) };
    let mut upload = session.upload(&at("/f"), open).await.unwrap();
    write(&mut upload, 10, "AB").await.unwrap();
    assert_eq!(world.read("f"), b"0123456789");
    upload.finish().await.unwrap();
    assert_eq!(world.read("f"), b"0123456789AB");
}

/// A failed write publishes nothing, whatever the client does next.
#[tokio::test]
async fn a_failed_upload_leaves_the_old_version() {
    let (world, session) = world(UploadMode::Atomic);
    let mut upload = session.upload(&at("/f"), Open::new(Start::Keep)).await.unwrap();
    assert_eq!(word(write(&mut upload, u64::MAX, "X").await), "invalid");
    let _ = write(&mut upload, 10, "more").await;
    assert_eq!(word(upload.finish().await), "aborted");
    assert_eq!(world.read("f"), b"0123456789");
}

/// Two at once: who may overwrite has the last word, who may only create does not replace.
#[tokio::test]
async fn two_at_once() {
    let (world, session) = world(UploadMode::Atomic);
    for (permissions, second, content) in
        [(&["upload"][..], "exists", &b"one"[..]), (&["upload", "overwrite"], "ok", b"two")]
    {
        let user = world.user(&[("/", permissions)]);
        let mut one = user.upload(&at("/n"), Open::new(Start::Truncate)).await.unwrap();
        let mut two = user.upload(&at("/n"), Open::new(Start::Truncate)).await.unwrap();
        write(&mut one, 0, "one").await.unwrap();
        write(&mut two, 0, "two").await.unwrap();
        one.finish().await.unwrap();
        assert_eq!(word(two.finish().await), second, "{permissions:?}");
        assert_eq!(world.read("n"), content);
        session.remove_file(&at("/n")).await.unwrap();
    }
}
