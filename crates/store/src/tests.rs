//! The store on real files.

use crate::{
    Admin, Driver, Error, Folder, FolderMapping, Group, GroupMapping, OpenError, Options, Order, Page,
    Server, Store, User, open::connect,
};
use sea_orm::ConnectionTrait;
use sqlx::sqlite::SqliteConnectOptions;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;
use tokio::runtime::Handle;
use types::Secret;

async fn open(driver: Driver) -> Result<Store, OpenError> {
    Store::open(&Options::new(driver), Handle::current()).await
}

async fn file() -> (TempDir, Store) {
    let dir = TempDir::new().unwrap();
    let store = open(Driver::Sqlite(dir.path().join("l.db"))).await.unwrap();
    (dir, store)
}

/// Every field of a user, as SFTPGo's API names them, but what names other objects.
fn full() -> User {
    let user = serde_json::from_str(include_str!("tests/user.json")).unwrap();
    User { id: 0, groups: Vec::new(), virtual_folders: Vec::new(), role: String::new(), ..user }
}

fn named(name: &str) -> User {
    User { username: name.into(), status: 1, ..User::default() }
}

/// A page of `limit` from `offset`.
fn page(offset: u64, limit: u64, order: Order) -> Page {
    Page { offset, limit, order, ..Page::default() }
}

#[tokio::test]
async fn a_whole_user_comes_back() {
    let (dir, store) = file().await;
    let stored = store.insert(full()).await.unwrap();
    assert!(stored.id > 0);
    let expected = User { id: stored.id, has_password: true, ..full() };
    assert_eq!(stored, expected);
    drop(store);
    let again = open(Driver::Sqlite(dir.path().join("l.db"))).await.unwrap();
    assert_eq!(again.find::<User>(&expected.username).await.unwrap(), Some(expected));
}

#[test]
fn json_goes_through_unchanged() {
    let text = include_str!("tests/user.json");
    let before: serde_json::Value = serde_json::from_str(text).unwrap();
    let user: User = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_value(&user).unwrap(), before);
}

#[tokio::test]
async fn secrets_do_not_show() {
    let user = User { password: Secret::new("hunter2".into()), ..full() };
    assert!(!format!("{user:?}").contains("hunter2"));
    assert!(!serde_json::to_string(&user.redacted()).unwrap().contains("hunter2"));
}

/// What the server or the network says, and not that time ran out.
#[tokio::test]
async fn who_opens_learns_why_a_server_cannot_be_reached() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = Server { host: "127.0.0.1".into(), port: closed.port(), ..Server::default() };
    let opened = tokio::join!(open(Driver::Postgres(server.clone())), open(Driver::MySql(server)));
    for refused in [opened.0.unwrap_err(), opened.1.unwrap_err()] {
        let said = told(&refused);
        assert!(said.contains("refused"), "{said}");
    }
}

fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[tokio::test]
async fn names_are_unique() {
    let (_dir, store) = file().await;
    for store in [store, open(Driver::Memory).await.unwrap()] {
        store.insert(named("a")).await.unwrap();
        assert!(matches!(store.insert(named("a")).await, Err(Error::Duplicate)));
        assert_eq!(store.count::<User>().await.unwrap(), 1);
    }
}

#[tokio::test]
async fn lists_are_pages_in_order() {
    let store = open(Driver::Memory).await.unwrap();
    for name in ["c", "a", "b"] {
        store.insert(named(name)).await.unwrap();
    }
    let names = async |page| -> Vec<String> {
        store.page::<User>(page).await.unwrap().into_iter().map(|user| user.username).collect()
    };
    assert_eq!(names(page(0, 500, Order::Ascending)).await, ["a", "b", "c"]);
    assert_eq!(names(page(0, 500, Order::Descending)).await, ["c", "b", "a"]);
    assert_eq!(names(page(1, 1, Order::Ascending)).await, ["b"]);
    assert_eq!(names(page(0, 0, Order::Ascending)).await, [""; 0]);
}

#[tokio::test]
async fn an_update_keeps_what_sessions_count() {
    let (_dir, store) = file().await;
    let before = store.insert(full()).await.unwrap();
    let update = store.update("full", |before: User| {
        Ok::<_, Error>(User {
            username: "other".into(),
            id: 77,
            used_quota_size: 0,
            created_at: 0,
            last_login: 0,
            description: String::new(),
            ..before
        })
    });
    let after = update.await.unwrap().unwrap();
    assert_eq!(after, User { description: String::new(), ..before });
    let unknown = store.update("nobody", Ok::<User, Error>);
    assert!(unknown.await.unwrap().is_none());
}

#[tokio::test]
async fn usage_is_written_for_those_that_are_there() {
    let (_dir, store) = file().await;
    store.insert(named("a")).await.unwrap();
    store.insert(Folder { name: "f".into(), mapped_path: "/f".into(), ..Folder::default() }).await.unwrap();
    let usage = |of, files, size| crate::Usage { of, files, size, at: 77 };
    let all = vec![
        usage(crate::UsageOf::User("a".into()), 3, 30),
        usage(crate::UsageOf::User("gone".into()), 1, 1),
        usage(crate::UsageOf::Folder("f".into()), 4, 40),
    ];
    store.write_usage(all).await.unwrap();
    let user = store.find::<User>("a").await.unwrap().unwrap();
    assert_eq!((user.used_quota_files, user.used_quota_size, user.last_quota_update), (3, 30, 77));
    let folder = store.find::<Folder>("f").await.unwrap().unwrap();
    assert_eq!((folder.used_quota_files, folder.used_quota_size, folder.last_quota_update), (4, 40, 77));
    let earlier = crate::Traffic { username: "a".into(), uploaded: 5, downloaded: 6, at: 50 };
    store.write_traffic(vec![earlier]).await.unwrap();
    let user = store.find::<User>("a").await.unwrap().unwrap();
    assert_eq!((user.used_upload_data_transfer, user.last_quota_update), (5, 77), "time does not go back");
}

#[tokio::test]
async fn a_refused_update_changes_nothing() {
    let (_dir, store) = file().await;
    let before = store.insert(full()).await.unwrap();
    let refused = store.update("full", |_: User| Err(Error::InUse));
    assert!(matches!(refused.await, Err(Error::InUse)));
    let missing = store.update("full", |before: User| {
        let groups = vec![GroupMapping { name: "nowhere".into(), kind: 1 }];
        Ok::<_, Error>(User { description: "x".into(), groups, ..before })
    });
    assert!(matches!(missing.await, Err(Error::MissingReference { kind: "group", .. })));
    assert_eq!(store.find::<User>("full").await.unwrap(), Some(before));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_update_is_lost() {
    let (_dir, store) = file().await;
    store.insert(named("a")).await.unwrap();
    let add = |store: Store| async move {
        let update = store.update("a", |user: User| Ok::<_, Error>(User { uid: user.uid + 1, ..user }));
        update.await.unwrap();
    };
    let tasks: Vec<_> = (0..20).map(|_| tokio::spawn(add(store.clone()))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(store.find::<User>("a").await.unwrap().unwrap().uid, 20);
}

#[tokio::test]
async fn groups_and_folders_are_tied_to_users() {
    let (_dir, store) = file().await;
    let folder = Folder { name: "f".into(), mapped_path: "/srv/f".into(), ..Folder::default() };
    let folder = store.insert(folder).await.unwrap();
    for name in ["second", "first"] {
        store.insert(Group { name: name.into(), ..Group::default() }).await.unwrap();
    }
    let groups: Vec<_> =
        [("first", 1), ("second", 2)].map(|(name, kind)| GroupMapping { name: name.into(), kind }).into();
    let mount = FolderMapping {
        folder,
        virtual_path: "/v".into(),
        quota_size: -1,
        quota_files: -1,
        subpath: "s".into(),
    };
    let user = User { groups: groups.clone(), virtual_folders: vec![mount.clone()], ..named("a") };
    let stored = store.insert(user).await.unwrap();
    assert_eq!((stored.groups, stored.virtual_folders), (groups, vec![mount]));
    assert_eq!(store.groups_named(vec!["first".into(), "x".into()]).await.unwrap().len(), 1);

    assert!(matches!(store.delete::<Group>("first").await, Err(Error::InUse)));
    assert!(store.delete::<Folder>("f").await.unwrap().is_some());
    assert!(store.find::<User>("a").await.unwrap().unwrap().virtual_folders.is_empty());
    store.delete::<User>("a").await.unwrap();
    assert!(store.delete::<Group>("first").await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_one_first_admin() {
    let (_dir, store) = file().await;
    let admin =
        |name: String| Admin { username: name, status: 1, permissions: vec!["*".into()], ..Admin::default() };
    let tasks: Vec<_> = (0..5)
        .map(|n| {
            let (store, admin) = (store.clone(), admin(format!("a{n}")));
            tokio::spawn(async move { store.insert_first_admin(admin).await.unwrap().is_some() })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        made += usize::from(task.await.unwrap());
    }
    assert_eq!((made, store.count::<Admin>().await.unwrap()), (1, 1));
}

#[tokio::test]
async fn logins_are_recorded_soon_and_not_again_within_minutes() {
    const MINUTE: i64 = 60_000;
    let (_dir, store) = file().await;
    let user = store.insert(named("a")).await.unwrap();
    let admin = store.insert(Admin { username: "a".into(), ..Admin::default() }).await.unwrap();
    let first = 20 * MINUTE;
    store.user_logged_in(user.id, first);
    store.admin_logged_in(admin.id, first);
    let both = async || {
        let (user, admin) = (
            store.find::<User>("a").await.unwrap().unwrap(),
            store.find::<Admin>("a").await.unwrap().unwrap(),
        );
        (user.last_login, admin.last_login)
    };
    let recorded = async |expected| {
        while both().await != expected {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let limit = Duration::from_secs(30);
    tokio::time::timeout(limit, recorded((first, first))).await.unwrap();
    // Written in one go, or one after the other: when the admin's is there, the user's would be.
    store.user_logged_in(user.id, first + 9 * MINUTE);
    store.admin_logged_in(admin.id, first + 10 * MINUTE);
    tokio::time::timeout(limit, recorded((first, first + 10 * MINUTE))).await.unwrap();
}

#[tokio::test]
async fn a_hash_is_replaced_only_while_it_is_the_one_verified() {
    let (_dir, store) = file().await;
    let user = store.insert(User { password: Secret::new("old".into()), ..named("a") }).await.unwrap();
    assert!(!store.replace_user_hash(user.id, "older".into(), "new".into()).await.unwrap());
    assert!(store.replace_user_hash(user.id, "old".into(), "new".into()).await.unwrap());
    assert_eq!(store.find::<User>("a").await.unwrap().unwrap().password.expose(), "new");
}

#[test]
fn works_from_a_thread_with_a_runtime_of_its_own() {
    let main = tokio::runtime::Runtime::new().unwrap();
    let store = main.block_on(open(Driver::Memory)).unwrap();
    let other = std::thread::spawn({
        let store = store.clone();
        move || {
            let own = tokio::runtime::Builder::new_current_thread().build().unwrap();
            own.block_on(store.insert(named("a"))).unwrap();
        }
    });
    other.join().unwrap();
    assert!(main.block_on(store.find::<User>("a")).unwrap().is_some());
}

/// Everything below `dir`, with contents.
fn contents(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = entries.map(|path| (path.clone(), fs::read(&path).unwrap())).collect();
    all.sort();
    all
}

/// Opening `path` fails, with `expected` in the one line it says, and touches nothing.
async fn refused(path: PathBuf, expected: &str) {
    let dir = path.parent().unwrap().to_owned();
    let before = contents(&dir);
    let text = open(Driver::Sqlite(path)).await.unwrap_err().to_string();
    assert!(text.contains(expected) && !text.contains('\n'), "{text}");
    assert!(contents(&dir) == before, "{expected}: something was written");
}

async fn sqlite_with(path: &Path, statements: &str) {
    let file = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let db = connect(&file, 1).await.unwrap();
    db.execute_unprepared(statements).await.unwrap();
    db.close().await.unwrap();
}

#[tokio::test]
async fn a_database_of_sftpgo_is_left_alone() {
    for prefix in ["", "sftpgo_"] {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("sftpgo.db");
        let statements = format!(
            "CREATE TABLE {prefix}schema_version (id integer PRIMARY KEY, version integer);
             INSERT INTO {prefix}schema_version VALUES (1, 35);
             CREATE TABLE {prefix}users (id integer PRIMARY KEY, username varchar(255));"
        );
        sqlite_with(&path, &statements).await;
        refused(path, "database of SFTPGo (schema 35)").await;
    }
}

#[tokio::test]
async fn other_files_are_left_alone() {
    let dir = TempDir::new().unwrap();
    let bolt = dir.path().join("sftpgo.db");
    let mut page = vec![0; 4096];
    page[16..20].copy_from_slice(&0xED0C_DAED_u32.to_le_bytes());
    fs::write(&bolt, page).unwrap();
    refused(bolt, "bolt database of SFTPGo").await;

    let text = dir.path().join("text.db");
    fs::write(&text, "not a database, but long enough to look at").unwrap();
    refused(text, "not a SQLite database").await;

    let other = dir.path().join("other.db");
    sqlite_with(&other, "CREATE TABLE recipes (id integer PRIMARY KEY)").await;
    refused(other, "another program (recipes").await;
}

#[tokio::test]
async fn an_empty_file_is_a_new_database() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("l.db");
    fs::write(&path, "").unwrap();
    open(Driver::Sqlite(path)).await.unwrap().insert(named("a")).await.unwrap();
}

#[tokio::test]
async fn our_own_database_opens_after_a_crash() {
    // A copy of the file and its log, taken while the database is open, is what a crash leaves.
    let (dir, store) = file().await;
    store.insert(named("a")).await.unwrap();
    let copy = TempDir::new().unwrap();
    for name in ["l.db", "l.db-wal"] {
        fs::copy(dir.path().join(name), copy.path().join(name)).unwrap();
    }
    let again = open(Driver::Sqlite(copy.path().join("l.db"))).await.unwrap();
    assert!(again.find::<User>("a").await.unwrap().is_some());
}
