//! The same session over a backend with the manners of an object store, with no word about it in the session.

use crate::support::{World, at, get, names, put, word, write};
use longshore_session::{AccountSpec, Change, Open, Session, Start};
use std::sync::Arc;
use storage::Memory;

fn session(world: &World) -> Session {
    world.session(AccountSpec { home: Arc::new(Memory::with_page(3)), ..world.spec() })
}

#[tokio::test]
async fn whole_files_work_and_the_rest_says_so() {
    let world = World::new();
    let session = session(&world);
    session.begin().await.unwrap();
    for i in 0..10 {
        put(&session, &format!("/d/f{i}"), Start::Truncate, "data").await.unwrap();
    }
    assert_eq!(get(&session, "/d/f7").await.unwrap(), b"data");
    assert_eq!(names(&session, "/d").await.unwrap().len(), 10);
    assert_eq!(word(session.rename(&at("/d/f1"), &at("/d/f2")).await), "ok");
    assert_eq!(word(session.rename(&at("/d"), &at("/e")).await), "unsupported");
    assert_eq!(word(session.make_link(b"f2", &at("/d/l")).await), "unsupported");
    assert_eq!(word(session.remove_dir(&at("/d")).await), "not-empty");
    let keep = session.upload(&at("/d/f3"), Open::new(Start::Keep)).await;
    assert_eq!(word(keep), "unsupported", "objects are not appended to");
    let mode = Change { mode: Some(0o600), ..Change::default() };
    assert_eq!(word(session.change(&at("/d/f3"), &mode).await), "unsupported");
}

#[tokio::test]
async fn nothing_of_an_unfinished_upload_is_seen() {
    let world = World::new();
    let session = session(&world);
    put(&session, "/f", Start::Truncate, "old").await.unwrap();
    let mut upload = session.upload(&at("/f"), Open::new(Start::Truncate)).await.unwrap();
    write(&mut upload, 0, "ne").await.unwrap();
    write(&mut upload, 2, "w").await.unwrap();
    assert_eq!(get(&session, "/f").await.unwrap(), b"old");
    drop(upload);
    world.services.background.idle().await;
    assert_eq!(get(&session, "/f").await.unwrap(), b"old");
}
