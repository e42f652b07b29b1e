//! Logging in against a real store.

mod certificates;
mod equal_work;
mod outside;
mod second_factor;

use crate::{Attempt, Authenticator, Backends, Key, Policy, Proof, Refused, Step};
use control::{Change, Connected, Control, Expected, Hashing, NamingRules, Passwords, Settings};
use session::{Account, Backend, Registry};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use storage::Memory;
use store::{Driver, Folder, FolderMapping, Options, Store, User};
use tokio::runtime::Handle;
use types::{LoginMethod, Permissions, Protocol, Secret, VirtualPath};

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKr5IT3AHSh1gQT4/LrfdEBmdmI0CC40kP5kPTlRi6Mf a@b";

struct World {
    store: Store,
    control: Control,
    passwords: Passwords,
    authenticator: Authenticator,
}

async fn world(cost: u32) -> World {
    configured(cost, &config::DataProvider::default()).await
}

async fn configured(cost: u32, section: &config::DataProvider) -> World {
    let main = Handle::current();
    let store = Store::open(&Options::new(Driver::Memory), main.clone()).await.unwrap();
    let passwords = Passwords::new(Hashing::Bcrypt { cost }, main);
    let settings = Settings {
        naming_rules: NamingRules::from_bits(7),
        totp: config::Mfa::default().totp,
        ..Settings::default()
    };
    let control = Control::new(store.clone(), passwords.clone(), Registry::default(), settings);
    let backends = Backends::new(|filesystem, _, _| match filesystem.provider {
        0 => Ok(Arc::new(Memory::with_page(10)) as Arc<dyn Backend>),
        _ => Err("not here".into()),
    });
    let authenticator =
        Authenticator::new(section, store.clone(), control.clone(), passwords.clone(), backends);
    World { store, control, passwords, authenticator }
}

fn alice() -> User {
    User {
        username: "alice".into(),
        password: Secret::new("right".into()),
        status: 1,
        home_dir: "/srv/alice".into(),
        public_keys: vec![KEY.into()],
        permissions: [("/".into(), vec!["list".into()]), ("/up".into(), vec!["*".into()])].into(),
        ..User::default()
    }
}

fn attempt(username: &str) -> Attempt {
    Attempt { username: username.into(), ip: [127, 0, 0, 1].into(), protocol: Protocol::Ssh }
}

fn key() -> Key {
    Key::Plain(control::PublicKey::parse_line(KEY).unwrap().blob, Proof::Held)
}

impl World {
    async fn password(&self, username: &str, password: &str) -> Result<Arc<Account>, Refused> {
        self.authenticator.password(&attempt(username), &Secret::new(password.into())).await
    }

    async fn change(&self, change: impl FnOnce(&mut User)) {
        let mut user = alice();
        change(&mut user);
        self.control
            .update_user("alice", Change::Replace(user), Expected::Any, None, Connected::Keep)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_password_opens_the_account() {
    let world = world(4).await;
    world.control.add_user(alice()).await.unwrap();
    // Twice, the second time from memory; and by a name that only the naming rules make the same.
    for name in ["alice", "alice", " ALICE "] {
        let account = world.password(name, "right").await.unwrap();
        let at = |path: &[u8]| account.permissions(&VirtualPath::parse(&VirtualPath::root(), path).unwrap());
        assert_eq!((at(b"/a"), at(b"/up/b")), (Permissions::LIST, Permissions::all()));
        assert_eq!(&**account.name(), "alice");
    }
    assert!(matches!(world.password("alice", "wrong").await, Err(Refused::WrongCredentials)));
    assert!(matches!(world.password("alice", "").await, Err(Refused::WrongCredentials)));
    assert!(matches!(world.password("bob", "right").await, Err(Refused::UnknownUser)));
}

#[tokio::test]
async fn a_changed_password_ends_the_remembered_one() {
    let world = world(4).await;
    world.control.add_user(alice()).await.unwrap();
    world.password("alice", "right").await.unwrap();
    world.change(|user| user.password = Secret::new("new".into())).await;
    assert!(matches!(world.password("alice", "right").await, Err(Refused::WrongCredentials)));
    world.password("alice", "new").await.unwrap();
}

#[tokio::test]
async fn a_user_without_a_password_has_none_to_guess() {
    let world = world(4).await;
    world.control.add_user(User { password: Secret::default(), ..alice() }).await.unwrap();
    for guess in ["", "right"] {
        assert!(matches!(world.password("alice", guess).await, Err(Refused::WrongCredentials)));
    }
}

#[tokio::test]
async fn a_key_opens_the_account() {
    let world = world(4).await;
    world.control.add_user(alice()).await.unwrap();
    let (authenticator, alice) = (&world.authenticator, attempt("alice"));
    assert!(authenticator.key_is_known(&alice, &key()).await.is_ok());
    assert!(matches!(authenticator.public_key(&alice, &key()).await, Ok(Step::Granted(_))));
    for (name, key) in [("alice", Key::Plain(b"other".to_vec(), Proof::Held)), ("bob", key())] {
        assert!(authenticator.key_is_known(&attempt(name), &key).await.is_err());
        assert!(authenticator.public_key(&attempt(name), &key).await.is_err());
    }
    world.change(|user| user.filters.base.denied_login_methods = vec!["publickey".into()]).await;
    assert!(authenticator.key_is_known(&alice, &key()).await.is_err());
    let refused = authenticator.public_key(&alice, &key()).await;
    assert!(matches!(refused, Err(Refused::Policy(Policy::Method(LoginMethod::PublicKey)))));
}

#[tokio::test]
async fn every_way_in_passes_the_gate() {
    let world = world(4).await;
    world.control.add_user(alice()).await.unwrap();
    world.change(|user| user.status = 0).await;
    assert!(matches!(world.password("alice", "right").await, Err(Refused::Disabled)));
    assert!(matches!(
        world.authenticator.public_key(&attempt("alice"), &key()).await,
        Err(Refused::Disabled)
    ));
    let password = Secret::new("right".into());
    let by_rest = world.authenticator.user_password(&attempt("alice"), &password, None).await;
    assert!(matches!(by_rest, Err(Refused::Disabled)));
    // The reason is for who knows the password alone.
    assert!(matches!(world.password("alice", "wrong").await, Err(Refused::WrongCredentials)));
}

#[tokio::test]
async fn folders_and_patterns_are_part_of_the_account() {
    let world = world(4).await;
    let folder = Folder { name: "f".into(), mapped_path: "/srv/f".into(), ..Folder::default() };
    world.store.insert(folder.clone()).await.unwrap();
    let mut user = alice();
    user.virtual_folders =
        vec![FolderMapping { folder, virtual_path: "/v".into(), ..FolderMapping::default() }];
    user.filters.base.file_patterns = vec![store::model::PatternsFilter {
        path: "/".into(),
        denied_patterns: vec!["*.exe".into()],
        ..Default::default()
    }];
    world.control.add_user(user).await.unwrap();
    world.password("alice", "right").await.unwrap();
}

#[tokio::test]
async fn storage_that_cannot_be_opened_refuses() {
    let world = world(4).await;
    let mut user = alice();
    user.filesystem.provider = 1;
    user.filesystem.s3config.bucket = "b".into();
    user.filesystem.s3config.region = "r".into();
    world.control.add_user(user).await.unwrap();
    assert!(matches!(world.password("alice", "right").await, Err(Refused::Storage(_))));
}

#[tokio::test]
async fn guessing_passwords_slows_down_every_way_in() {
    let world = world(4).await;
    world.control.add_user(alice()).await.unwrap();
    // More than are free, for a few are forgotten on a machine that is slow.
    for _ in 0..12 {
        assert!(world.password("nobody", "guess").await.is_err());
    }
    let start = Instant::now();
    let http = Attempt { protocol: Protocol::Http, ..attempt("alice") };
    world.authenticator.user_password(&http, &Secret::new("right".into()), None).await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(900), "{:?}", start.elapsed());
}

#[tokio::test]
async fn hashes_of_another_kind_are_replaced_at_login() {
    let world = world(4).await;
    // PBKDF2 of "password", the known answer of RFC 6070.
    let hash = "$pbkdf2-sha1$4096$salt$SwB5AbdlSJq+rUnZJvch0GWkKcE=";
    world.control.add_user(User { password: Secret::new(hash.into()), ..alice() }).await.unwrap();
    world.password("alice", "password").await.unwrap();
    let upgraded = async {
        while !world.control.user("alice").await.unwrap().password.expose().starts_with("$2a$") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), upgraded).await.unwrap();
    world.password("alice", "password").await.unwrap();
}

#[tokio::test]
async fn hashes_stay_where_nobody_asked_for_others() {
    let mut section = config::DataProvider::default();
    section.password_hashing.upgrade = false;
    let world = configured(4, &section).await;
    let hash = "$pbkdf2-sha1$4096$salt$SwB5AbdlSJq+rUnZJvch0GWkKcE=";
    world.control.add_user(User { password: Secret::new(hash.into()), ..alice() }).await.unwrap();
    world.password("alice", "password").await.unwrap();
    assert!(!world.authenticator.0.upgrades(&world.control.user("alice").await.unwrap()));
    assert_eq!(world.control.user("alice").await.unwrap().password.expose(), hash);
}
