//! What has to hold on every database.

mod crossing;
pub mod waiting;

use longshore_store::{
    Admin, ApiKey, Error, EventAction, EventRule, Everything, Existing, Folder, FolderMapping, Group,
    GroupMapping, IpListEntry, IpListPage, Order, Page, Put, QuotaMark, Role, Share, Stage, Staged, Store,
    UsageOf, User, model::RuleAction,
};
use std::{future::Future, pin::Pin};

type Case = fn(Store) -> Pin<Box<dyn Future<Output = ()>>>;

pub const CASES: [(&str, Case); 13] = [
    ("a whole user comes back", |store| Box::pin(whole_user(store))),
    ("names are told apart and sorted by their bytes", |store| Box::pin(names(store))),
    ("texts may be long", |store| Box::pin(long_texts(store))),
    ("ties hold and give way", |store| Box::pin(ties(store))),
    ("what goes takes along what belongs to it", |store| Box::pin(cascades(store))),
    ("no update is lost", |store| Box::pin(updates(store))),
    ("changes that cross are made or refused", |store| Box::pin(crossing::crossing(store))),
    ("a load is all or nothing", |store| Box::pin(loads(store))),
    ("a moment is read to its end", |store| Box::pin(moments(store))),
    ("IP lists page by value", |store| Box::pin(ip_lists(store))),
    ("uses of a share are counted one by one", |store| Box::pin(share_uses(store))),
    ("marks are set and cleared", |store| Box::pin(quota_marks(store))),
    ("servers say that they live", |store| Box::pin(nodes(store))),
];

pub fn user(name: &str) -> User {
    User { username: name.into(), status: 1, ..User::default() }
}

fn page(limit: u64) -> Page {
    Page { limit, ..Page::default() }
}

async fn whole_user(store: Store) {
    let mut sent: User = serde_json::from_str(include_str!("../../src/tests/user.json")).unwrap();
    (sent.id, sent.groups, sent.virtual_folders, sent.role) = (0, Vec::new(), Vec::new(), String::new());
    let stored = store.insert(sent.clone()).await.unwrap();
    let expected = User { id: stored.id, has_password: true, ..sent };
    assert_eq!(stored, expected);
    let again = store.update("full", |user: User| Ok::<_, Error>(User { description: "ü".into(), ..user }));
    assert_eq!(again.await.unwrap().unwrap(), User { description: "ü".into(), ..expected });
}

async fn names(store: Store) {
    for name in ["b", "B", "a", "ä", "z", "_", "a_1", "ab1"] {
        store.insert(Role { name: name.into(), ..Role::default() }).await.unwrap();
    }
    assert!(matches!(
        store.insert(Role { name: "b".into(), ..Role::default() }).await,
        Err(Error::Duplicate)
    ));
    let names = async |page: Page| -> Vec<String> {
        store.page::<Role>(page).await.unwrap().into_iter().map(|role| role.name).collect()
    };
    assert_eq!(names(page(100)).await, ["B", "_", "a", "a_1", "ab1", "b", "z", "ä"]);
    let down = Page { order: Order::Descending, offset: 1, ..page(2) };
    assert_eq!(names(down).await, ["z", "b"]);
    assert_eq!(names(Page { after: Some("b".into()), ..page(9) }).await, ["z", "ä"]);
    assert_eq!(names(Page { search: Some("a_".into()), ..page(9) }).await, ["a_1"]);
    assert!(store.find::<Role>("A").await.unwrap().is_none());
}

async fn long_texts(store: Store) {
    let text = "é".repeat(300_000);
    store.insert(User { additional_info: text.clone(), ..user("long") }).await.unwrap();
    assert_eq!(store.find::<User>("long").await.unwrap().unwrap().additional_info, text);
}

async fn ties(store: Store) {
    let folder = Folder { name: "f".into(), mapped_path: "/f".into(), ..Folder::default() };
    let folder = store.insert(folder).await.unwrap();
    store.insert(Role { name: "r".into(), ..Role::default() }).await.unwrap();
    let mount = FolderMapping { folder, virtual_path: "/v".into(), ..FolderMapping::default() };
    let group = Group { name: "g".into(), virtual_folders: vec![mount.clone()], ..Group::default() };
    store.insert(group).await.unwrap();
    let groups = vec![GroupMapping { name: "g".into(), kind: 1 }];
    let bob = User { groups, virtual_folders: vec![mount], role: "r".into(), ..user("bob") };
    store.insert(bob.clone()).await.unwrap();
    let folder = store.find::<Folder>("f").await.unwrap().unwrap();
    assert_eq!((folder.users, folder.groups), (vec!["bob".to_owned()], vec!["g".to_owned()]));
    let group = store.find::<Group>("g").await.unwrap().unwrap();
    assert_eq!((group.users, group.virtual_folders.len()), (vec!["bob".to_owned()], 1));
    assert_eq!(store.find::<Role>("r").await.unwrap().unwrap().users, ["bob"]);
    let of_role = Page { scope: Some("r".into()), ..page(9) };
    assert_eq!(store.page::<User>(of_role).await.unwrap().len(), 1);

    assert!(matches!(store.delete::<Group>("g").await, Err(Error::InUse)));
    for ghost in [User { role: "ghost".into(), ..user("x") }, {
        let groups = vec![GroupMapping { name: "ghost".into(), kind: 1 }];
        User { groups, ..user("x") }
    }] {
        assert!(matches!(store.insert(ghost).await, Err(Error::MissingReference { .. })));
    }
    assert_eq!(store.count::<User>().await.unwrap(), 1);
    store.delete::<Folder>("f").await.unwrap().unwrap();
    store.delete::<Role>("r").await.unwrap().unwrap();
    let bob = store.find::<User>("bob").await.unwrap().unwrap();
    assert_eq!((bob.virtual_folders.len(), bob.role.as_str()), (0, ""));
}

async fn cascades(store: Store) {
    store.insert(user("bob")).await.unwrap();
    store.insert(Admin { username: "root".into(), ..Admin::default() }).await.unwrap();
    let share = Share { id: "s".into(), username: "bob".into(), scope: 1, ..Share::default() };
    store.insert(share).await.unwrap();
    let key = |id: &str, user: &str, admin: &str| ApiKey {
        id: id.into(),
        name: id.into(),
        user: user.into(),
        admin: admin.into(),
        ..ApiKey::default()
    };
    for key in [key("k1", "bob", ""), key("k2", "", "root"), key("k3", "", "")] {
        store.insert(key).await.unwrap();
    }
    assert!(matches!(store.insert(key("k4", "ghost", "")).await, Err(Error::MissingReference { .. })));
    store.delete::<User>("bob").await.unwrap().unwrap();
    store.delete::<Admin>("root").await.unwrap().unwrap();
    assert!(store.find::<Share>("s").await.unwrap().is_none());
    let left: Vec<_> = store.page::<ApiKey>(page(9)).await.unwrap().into_iter().map(|key| key.id).collect();
    assert_eq!(left, ["k3"]);

    let action =
        store.insert(EventAction { name: "a".into(), kind: 4, ..EventAction::default() }).await.unwrap();
    let actions = vec![RuleAction { action, order: 1, ..RuleAction::default() }];
    store.insert(EventRule { name: "r".into(), actions, ..EventRule::default() }).await.unwrap();
    assert_eq!(store.find::<EventAction>("a").await.unwrap().unwrap().rules, ["r"]);
    assert!(matches!(store.delete::<EventAction>("a").await, Err(Error::InUse)));
    let rule = store.delete::<EventRule>("r").await.unwrap().unwrap();
    assert_eq!((rule.actions[0].action.kind, rule.actions[0].order), (4, 1));
    store.delete::<EventAction>("a").await.unwrap().unwrap();
}

async fn updates(store: Store) {
    for name in ["a", "b"] {
        store.insert(user(name)).await.unwrap();
    }
    let add = |store: Store, name: &'static str| async move {
        let update = store.update(name, |user: User| Ok::<_, Error>(User { uid: user.uid + 1, ..user }));
        update.await.unwrap().unwrap();
    };
    let tasks: Vec<_> =
        (0..40).map(|n| tokio::spawn(add(store.clone(), if n % 2 == 0 { "a" } else { "b" }))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    for name in ["a", "b"] {
        assert_eq!(store.find::<User>(name).await.unwrap().unwrap().uid, 20);
    }
}

async fn loads(store: Store) {
    store.insert(User { description: "old".into(), ..user("a") }).await.unwrap();
    let new = |description: &str| User { description: description.into(), ..user("a") };
    let role = Role { name: "r".into(), ..Role::default() };
    let bad = Everything {
        roles: staged(vec![role.clone()]),
        users: staged(vec![new("new"), User { role: "ghost".into(), ..user("b") }]),
        ..Everything::default()
    };
    assert!(store.load(bad, Existing::Replace, 1).await.is_err());
    assert_eq!(store.count::<Role>().await.unwrap(), 0);
    let good = |existing: &str| Everything {
        roles: staged(vec![role.clone()]),
        users: staged(vec![new(existing), User { role: "r".into(), ..user("b") }]),
        ip_lists: staged(vec![entry("10.0.0.0/8")]),
        configs: Some([("smtp".to_owned(), serde_json::json!({"host": "h"}))].into_iter().collect()),
        ..Everything::default()
    };
    let replaced = store.load(good("new"), Existing::Replace, 1).await.unwrap().users;
    assert_eq!(replaced, [("a".to_owned(), Put::Replaced), ("b".to_owned(), Put::Added)]);
    let kept = store.load(good("newer"), Existing::Keep, 1).await.unwrap().users;
    assert_eq!(kept, [("a".to_owned(), Put::Kept), ("b".to_owned(), Put::Kept)]);
    assert_eq!(store.find::<User>("a").await.unwrap().unwrap().description, "new");
    assert_eq!(store.count::<User>().await.unwrap(), 2);
    assert_eq!(store.ip_list(2, IpListPage { limit: 9, ..Default::default() }).await.unwrap().len(), 1);
    assert_eq!(store.configs().await.unwrap().len(), 1);
}

fn staged<T: serde::Serialize>(objects: Vec<T>) -> Staged<T> {
    let mut stage = Stage::default();
    objects.iter().for_each(|object| stage.push(object, &std::env::temp_dir()).unwrap());
    stage.finish().unwrap()
}

/// What happens while somebody reads everything is not seen by it, and does not wait for it.
async fn moments(store: Store) {
    let names: Vec<String> = (0..600).map(|n| format!("u{n:03}")).collect();
    let role = Role { name: "r".into(), ..Role::default() };
    let users: Vec<User> = names.iter().map(|name| User { role: "r".into(), ..user(name) }).collect();
    let all = Everything { roles: staged(vec![role]), users: staged(users), ..Everything::default() };
    store.load(all, Existing::Replace, 1).await.unwrap();
    let snapshot = store.snapshot().await.unwrap();
    let mut page = snapshot.next::<User>(None).await.unwrap();
    // The database in memory has one connection: there everybody waits.
    if store.driver() != "memory" {
        store.insert(user("u999")).await.unwrap();
        store.delete::<User>("u500").await.unwrap().unwrap();
    }
    let mut seen = Vec::new();
    while let Some(last) = page.last().cloned() {
        seen.extend(page.into_iter().map(|user| user.username));
        page = snapshot.next(Some(&last)).await.unwrap();
    }
    assert_eq!(seen, names);
    // Who refers to an object is no part of it.
    assert!(snapshot.next::<Role>(None).await.unwrap()[0].users.is_empty());
    drop(snapshot);
    store.insert(user("v")).await.unwrap();
    assert_eq!(
        store.find::<Role>("r").await.unwrap().unwrap().users.len(),
        600 - usize::from(store.driver() != "memory")
    );
}

fn entry(ipornet: &str) -> IpListEntry {
    IpListEntry { ipornet: ipornet.into(), kind: 2, mode: 1, ..IpListEntry::default() }
}

async fn ip_lists(store: Store) {
    for network in ["9.0.0.0/8", "10.0.0.0/8", "100.0.0.0/8"] {
        store.insert_ip_list_entry(entry(network)).await.unwrap();
    }
    assert!(matches!(store.insert_ip_list_entry(entry("9.0.0.0/8")).await, Err(Error::Duplicate)));
    let networks = async |page: IpListPage| -> Vec<String> {
        store.ip_list(2, page).await.unwrap().into_iter().map(|entry| entry.ipornet).collect()
    };
    let all = || IpListPage { limit: 9, ..IpListPage::default() };
    assert_eq!(networks(all()).await, ["10.0.0.0/8", "100.0.0.0/8", "9.0.0.0/8"]);
    assert_eq!(
        networks(IpListPage { after: Some("10.0.0.0/8".into()), limit: 1, ..all() }).await,
        ["100.0.0.0/8"]
    );
    assert_eq!(networks(IpListPage { prefix: Some("10.".into()), ..all() }).await, ["10.0.0.0/8"]);
    let denied = |before| Ok::<_, Error>(IpListEntry { mode: 2, ..before });
    assert_eq!(store.update_ip_list_entry(2, "9.0.0.0/8", denied).await.unwrap().unwrap().mode, 2);
    assert!(store.update_ip_list_entry(2, "8.0.0.0/8", denied).await.unwrap().is_none());
    assert_eq!(store.ip_list_entry(2, "9.0.0.0/8").await.unwrap().unwrap().mode, 2);
    let refuse = |_: &IpListEntry| Err(Error::InUse);
    assert!(store.delete_ip_list_entry(2, "9.0.0.0/8", refuse).await.is_err());
    let any = |_: &IpListEntry| Ok::<_, Error>(());
    assert!(store.delete_ip_list_entry(2, "9.0.0.0/8", any).await.unwrap());
    assert!(!store.delete_ip_list_entry(2, "9.0.0.0/8", any).await.unwrap());
}

async fn share_uses(store: Store) {
    store.insert(user("bob")).await.unwrap();
    let share = Share { id: "s".into(), username: "bob".into(), max_tokens: 3, ..Share::default() };
    store.insert(share).await.unwrap();
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.use_share("s", 1, 7).await.unwrap() })
        })
        .collect();
    let mut used = 0;
    for task in tasks {
        used += i32::from(task.await.unwrap());
    }
    assert_eq!(used, 3);
    store.give_back_share("s", 1).await.unwrap();
    assert!(!store.use_share("s", 2, 8).await.unwrap());
    assert!(store.use_share("s", 1, 8).await.unwrap());
    assert_eq!(store.find::<Share>("s").await.unwrap().unwrap().last_use_at, 8);
}

async fn quota_marks(store: Store) {
    let mark = |of: &UsageOf, node: &str| QuotaMark { of: of.clone(), node: node.to_owned() };
    let (user, folder) = (UsageOf::User("a".into()), UsageOf::Folder("a".into()));
    for of in [&folder, &user, &user] {
        store.set_quota_mark(mark(of, "one"), true).await.unwrap();
    }
    store.set_quota_mark(mark(&user, "two"), true).await.unwrap();
    let all = [mark(&user, "one"), mark(&user, "two"), mark(&folder, "one")];
    assert_eq!(store.quota_marks().await.unwrap(), all);
    for of in [&user, &user] {
        store.set_quota_mark(mark(of, "one"), false).await.unwrap();
    }
    assert_eq!(store.quota_marks().await.unwrap(), all[1..]);
}

async fn nodes(store: Store) {
    store.beat("one").await.unwrap();
    store.beat("two").await.unwrap();
    store.beat("two").await.unwrap();
    assert_eq!(store.beats().await.unwrap(), [("one".to_owned(), 0), ("two".to_owned(), 1)]);
    store.forget_node("one").await.unwrap();
    assert_eq!(store.beats().await.unwrap().len(), 1);
}
