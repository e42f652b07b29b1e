//! Changes that cross: many at once, of the same few objects, which name each other.

use super::user;
use longshore_store::{Error, Folder, FolderMapping, Group, GroupMapping, Page, Result, Store, User};

/// Tasks at once, and what each does one after the other.
const TASKS: u64 = 8;
const STEPS: u64 = 24;

/// Whatever meets whatever, each change is made or refused for what the objects are: none fails because of another
/// one, and none is lost.
pub async fn crossing(store: Store) {
    store.insert(user("counted")).await.unwrap();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut counted = 0;
                for step in 0..STEPS {
                    counted += one(&store, task * STEPS + step).await;
                }
                counted
            })
        })
        .collect();
    let mut counted = 0;
    for task in tasks {
        counted += task.await.unwrap();
    }
    assert_eq!(store.find::<User>("counted").await.unwrap().unwrap().uid, counted);
    // Every user can be read.
    store.page::<User>(Page { limit: 500, ..Page::default() }).await.unwrap();
}

/// One change, chosen by `n`. Answers how often it counted.
async fn one(store: &Store, n: u64) -> i32 {
    // Neighbours do different things to the same objects.
    let chance = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let at = |kind: &str, by: u64| format!("{kind}{}", (chance / by) % 3);
    let (folder, group, name) = (at("folder", 7), at("group", 11), at("user", 13));
    let mounts = || vec![mount(&at("folder", 17), "/one"), mount(&at("folder", 19), "/other")];
    let groups = || vec![GroupMapping { name: at("group", 23), kind: 1 }];
    match chance % 9 {
        0 => allowed(
            store.insert(Folder { name: folder, mapped_path: "/f".into(), ..Folder::default() }).await,
        ),
        1 => {
            allowed(store.insert(Group { name: group, virtual_folders: mounts(), ..Group::default() }).await)
        }
        2 => allowed(store.insert(User { groups: groups(), virtual_folders: mounts(), ..user(&name) }).await),
        3 => {
            let (groups, mounts) = (groups(), mounts());
            let changed = move |user| {
                Ok::<_, Error>(User { groups: groups.clone(), virtual_folders: mounts.clone(), ..user })
            };
            allowed(store.update(&name, changed).await);
        }
        4 => {
            let mounts = mounts();
            let changed = move |group| Ok::<_, Error>(Group { virtual_folders: mounts.clone(), ..group });
            allowed(store.update(&group, changed).await);
        }
        5 => allowed(store.delete::<Folder>(&folder).await),
        6 => allowed(store.delete::<Group>(&group).await),
        7 => allowed(store.delete::<User>(&name).await),
        _ => {
            let counted =
                store.update("counted", |user: User| Ok::<_, Error>(User { uid: user.uid + 1, ..user }));
            counted.await.unwrap().unwrap();
            return 1;
        }
    }
    0
}

fn mount(folder: &str, at: &str) -> FolderMapping {
    let folder = Folder { name: folder.into(), ..Folder::default() };
    FolderMapping { folder, virtual_path: at.into(), ..FolderMapping::default() }
}

fn allowed<T>(done: Result<T>) {
    if let Err(error) = done {
        let about_objects = matches!(error, Error::Duplicate | Error::MissingReference { .. } | Error::InUse);
        assert!(about_objects, "{error:?}");
    }
}
