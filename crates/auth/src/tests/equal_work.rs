//! Every refusal costs the same, so that none tells whether there is an account, or what is stored for it. What is
//! counted is time on the processor: a busy machine does not decide.

use super::*;
use crate::{Before, Turn};
use control::{Actor, Admin};
use store::{ApiKey, GroupMapping};

/// So many times each: one costs tens of milliseconds.
const TIMES: u32 = 2;
/// Neighbours on the machine spoil a round; a refusal that stands out does so in all of them.
const ROUNDS: u32 = 5;

impl World {
    /// What `refused` costs.
    async fn cost(&self, refused: &impl AsyncFn()) -> Duration {
        let before = self.passwords.worked();
        for _ in 0..TIMES {
            refused().await;
        }
        self.passwords.worked() - before
    }

    /// `refused` costs what `usual` does, which is measured right beside it.
    async fn assert_same(&self, what: &str, usual: &impl AsyncFn(), refused: &impl AsyncFn()) {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let expected = self.cost(usual).await;
            let cost = self.cost(refused).await;
            if (expected.mul_f64(0.6)..=expected.mul_f64(1.6)).contains(&cost) {
                return;
            }
            rounds.push((cost, expected));
        }
        panic!("{what}: costs beside the expected ones: {rounds:?}");
    }

    async fn add(&self, username: &str, change: impl FnOnce(&mut User)) {
        let mut user = User { username: username.into(), ..alice() };
        change(&mut user);
        self.control.add_user(user).await.unwrap();
    }
}

#[tokio::test]
async fn no_refused_login_tells_what_is_stored() {
    let world = world(9).await;
    world.control.add(store::Group { name: "g".into(), ..store::Group::default() }).await.unwrap();
    world.add("alice", |_| {}).await;
    world.add("off", |user| user.status = 0).await;
    world.add("keys", |user| user.password = Secret::default()).await;
    world
        .add("grouped", |user| {
            user.groups = vec![GroupMapping { name: "g".into(), kind: GroupMapping::PRIMARY }]
        })
        .await;
    world.add("md5", |user| user.password = Secret::new("$1$saltsalt$4NhDZnhWbvAVRXrHSIvlN1".into())).await;
    let admin = Admin {
        username: "root".into(),
        password: Secret::new("right".into()),
        permissions: vec!["*".into()],
        status: 1,
        ..Admin::default()
    };
    world.control.add_admin(admin.clone(), &Actor::Server).await.unwrap();
    world
        .control
        .add_admin(Admin { username: "retired".into(), status: 0, ..admin }, &Actor::Server)
        .await
        .unwrap();
    let key = ApiKey { name: "k".into(), scope: ApiKey::USER, ..ApiKey::default() };
    let (_, key) = world.control.add_api_key(key).await.unwrap();
    let (id, _) = key.expose().split_once('.').unwrap();

    let authenticator = &world.authenticator;
    // From as many addresses, so that nobody has to wait.
    let host = std::sync::atomic::AtomicU32::new(0x7f00_0001);
    let attempt = |username: &str| {
        let ip = std::net::Ipv4Addr::from_bits(host.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        Attempt { ip: ip.into(), ..attempt(username) }
    };
    let (right, wrong) = (Secret::new("right".to_owned()), Secret::new("wrong".to_owned()));
    let usual = async || assert!(authenticator.password(&attempt("alice"), &wrong).await.is_err());
    for name in ["alice", "nobody", "off", "keys", "grouped", "md5"] {
        let ssh = async || assert!(authenticator.password(&attempt(name), &wrong).await.is_err());
        world.assert_same(&format!("{name} over SSH"), &usual, &ssh).await;
        let rest = async || {
            assert!(authenticator.user_password(&attempt(name), &wrong, None).await.is_err());
        };
        world.assert_same(&format!("{name} over REST"), &usual, &rest).await;
        let asked = async || {
            let Turn::Ask(conversation, _) =
                authenticator.interactive(attempt(name), Before::Nothing, None).await.unwrap()
            else {
                panic!("{name} is not asked")
            };
            assert!(conversation.answer(vec![wrong.clone()]).await.is_err());
        };
        world.assert_same(&format!("{name}, asked"), &usual, &asked).await;
    }
    for name in ["root", "nobody", "retired"] {
        let admin = async || {
            assert!(authenticator.admin_password(&attempt(name), &wrong, None).await.is_err());
        };
        world.assert_same(&format!("admin {name}"), &usual, &admin).await;
    }
    // The right password, which is remembered after the first time.
    let off = async || assert!(authenticator.user_password(&attempt("off"), &right, None).await.is_err());
    world.assert_same("off, by its password", &usual, &off).await;
    let retired = async || {
        assert!(authenticator.admin_password(&attempt("retired"), &right, None).await.is_err());
    };
    world.assert_same("admin retired, by its password", &usual, &retired).await;
    for key in [format!("{id}.wrong"), "nobody.wrong".to_owned()] {
        let tried = async || assert!(world.control.user_by_key(&key).await.is_err());
        world.assert_same(&format!("the key {key}"), &usual, &tried).await;
    }
}
