//! Sessions as the administrator sees them.

use crate::support::{World, at, connection, put, word, write};
use longshore_session::{Account, AccountSpec, Direction, Open, Session, Start};
use std::{sync::Arc, time::Duration};

#[tokio::test]
async fn sessions_are_listed_while_they_last() {
    let world = World::new();
    let registry = &world.services.registry;
    let session = world.user(&[("/", &["*"])]);
    assert!(registry.list().is_empty(), "not before it begins");
    session.begin().await.unwrap();
    let mut upload = session.upload(&at("/f"), Open::new(Start::Truncate)).await.unwrap();
    write(&mut upload, 0, "12345").await.unwrap();

    let [info] = &registry.list()[..] else { panic!("one session") };
    assert_eq!((&*info.username, &*info.connection.id), ("ann", "SFTP_abc_1"));
    let [transfer] = &info.transfers[..] else { panic!("one transfer") };
    assert_eq!((transfer.direction, &transfer.path, transfer.size), (Direction::Upload, &at("/f"), 5));
    assert_eq!(session.last_activity(), info.last_activity);

    upload.finish().await.unwrap();
    assert!(registry.list()[0].transfers.is_empty());
    drop(session);
    assert!(registry.list().is_empty());
}

#[tokio::test]
async fn closing_a_session_ends_its_transfers() {
    let world = World::new();
    let registry = &world.services.registry;
    let session = world.user(&[("/", &["*"])]);
    session.begin().await.unwrap();
    let mut upload = session.upload(&at("/f"), Open::new(Start::Truncate)).await.unwrap();
    assert!(!registry.close("SFTP_abc_2"));
    let waiting = tokio::spawn({
        let session = session.clone();
        async move { session.closed().await }
    });
    assert!(registry.close("SFTP_abc_1"));
    tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap().unwrap();
    session.closed().await;
    assert_eq!(word(write(&mut upload, 0, "x").await), "aborted");
    assert_eq!(word(session.stat(&at("/f")).await), "aborted");
}

/// However many log in at once.
#[tokio::test(flavor = "multi_thread")]
async fn max_sessions_holds_under_a_burst() {
    let world = World::new();
    let account = Arc::new(Account::new(AccountSpec { max_sessions: 3, ..world.spec() }));
    let login = |n: usize| {
        let session = Session::new(account.clone(), connection(&n.to_string()), world.services.clone());
        tokio::spawn(async move {
            let word = word(session.begin().await);
            (word, session)
        })
    };
    let attempts: Vec<_> = (0..30).map(login).collect();
    let mut sessions = Vec::new();
    for attempt in attempts {
        match attempt.await.unwrap() {
            ("ok", session) => sessions.push(session),
            (other, _) => assert_eq!(other, "too-many"),
        }
    }
    assert_eq!(sessions.len(), 3);
    assert_eq!(world.services.registry.count("ann"), 3);
    sessions.pop();
    assert_eq!(login(31).await.unwrap().0, "ok", "a freed one can be taken");
}

#[tokio::test]
async fn login_makes_home_and_start_directory() {
    let world = World::new();
    std::fs::remove_dir(world.home()).unwrap();
    let session = world.session(AccountSpec { start_directory: at("/a/b"), ..world.spec() });
    session.begin().await.unwrap();
    assert!(world.home().join("a/b").is_dir());
    assert_eq!(session.resolve(b".").unwrap(), at("/a/b"));
    assert_eq!(session.resolve(b"").unwrap(), at("/a/b"));
    assert_eq!(session.resolve(b"../x").unwrap(), at("/a/x"));
    assert_eq!(session.resolve(b"/x").unwrap(), at("/x"));
    put(&session, "/top", Start::Truncate, "x").await.unwrap();
}
