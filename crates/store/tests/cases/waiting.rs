//! Changes that wait for SQLite's one writer.

use super::user;
use longshore_store::{Error, Store, User};
use std::{fs, path::Path};

/// Commits in a database's log (<https://sqlite.org/fileformat2.html#the_write_ahead_log>): a frame that ends one
/// says how large the database is then.
fn commits(log: &Path) -> usize {
    let log = fs::read(log).unwrap();
    let page = u32::from_be_bytes(log[8..12].try_into().unwrap()) as usize;
    log[32..].chunks_exact(24 + page).filter(|frame| frame[4..8] != [0; 4]).count()
}

/// They share commits, and each gets its own answer. `log` is the database's.
pub async fn share_a_commit(store: Store, log: &Path) {
    let before = commits(log);
    let make = |n: usize| {
        let store = store.clone();
        let user = match n % 4 {
            0 => user("taken"),
            1 => User { role: "missing".into(), ..user(&format!("u{n}")) },
            _ => user(&format!("u{n}")),
        };
        tokio::spawn(async move { store.insert(user).await })
    };
    let tasks: Vec<_> = (0..200).map(make).collect();
    let (mut made, mut taken, mut missing) = (0, 0, 0);
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => made += 1,
            Err(Error::Duplicate) => taken += 1,
            Err(Error::MissingReference { .. }) => missing += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((made, taken, missing), (101, 49, 50));
    assert_eq!(store.count::<User>().await.unwrap(), 101);
    let commits = commits(log) - before;
    assert!(commits < 60, "{commits} commits");
}

/// One that panics fails alone.
pub async fn outlive_a_panic(store: Store) {
    store.insert(user("a")).await.unwrap();
    let panics = store.update("a", |_: User| -> Result<User, Error> { panic!("on purpose") });
    assert!(matches!(panics.await, Err(Error::Stopped)));
    store.update("a", |user: User| Ok::<_, Error>(User { uid: 7, ..user })).await.unwrap().unwrap();
    assert_eq!(store.find::<User>("a").await.unwrap().unwrap().uid, 7);
}
