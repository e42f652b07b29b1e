//! Second factors, second steps and questions.

use super::*;
use crate::{Before, Conversation, Hook, Question, Turn};
use control::Holder;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    time::{SystemTime, UNIX_EPOCH},
};
use store::{KmsSecret, model::TotpConfig};
use tempfile::TempDir;

/// Sets up alice's second factor and answers its secret.
async fn enrol(world: &World, protocols: &[&str]) -> Secret<String> {
    let alice = Holder::User("alice");
    let secret = world.control.generate_totp(alice, "Default").unwrap().secret;
    let sealed = KmsSecret { status: "Plain".into(), payload: secret.clone(), ..KmsSecret::default() };
    let totp = TotpConfig {
        enabled: true,
        config_name: "Default".into(),
        secret: sealed,
        protocols: protocols.iter().map(|name| (*name).to_owned()).collect(),
    };
    world.control.save_totp(alice, totp).await.unwrap();
    secret
}

/// The code of a step relative to now.
fn code(secret: &Secret<String>, step: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let secret = totp_rs::Secret::try_from_base32(secret.expose()).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    totp.generate(now.checked_add_signed(step * 30).unwrap()).to_string()
}

async fn begin(world: &World, before: Before, hook: Option<&Hook>) -> Turn {
    world.authenticator.interactive(attempt("alice"), before, hook).await.unwrap()
}

/// The one question asked, and who waits for its answer.
fn asked(turn: Turn) -> (Box<Conversation>, String) {
    let Turn::Ask(conversation, questions) = turn else { panic!("{turn:?}") };
    let [Question { text, echo: false }] = &questions.prompts[..] else { panic!("{questions:?}") };
    (conversation, text.clone())
}

async fn answer(conversation: Box<Conversation>, text: &str) -> Result<Turn, Refused> {
    conversation.answer(vec![Secret::new(text.to_owned())]).await
}

async fn deny(world: &World, methods: &[&str]) {
    let mut user = world.control.user("alice").await.unwrap();
    user.password = Secret::default();
    user.filters.base.denied_login_methods = methods.iter().map(|name| (*name).to_owned()).collect();
    world
        .control
        .update_user("alice", Change::Replace(user), Expected::Any, None, Connected::Keep)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_server_asks_for_the_password() {
    let world = world(4).await;
    world.control.add_user(alice()).await.unwrap();
    let (conversation, text) = asked(begin(&world, Before::Nothing, None).await);
    assert_eq!(text, "Password: ");
    assert!(matches!(answer(conversation, "right").await, Ok(Turn::Granted(_))));
    let (conversation, _) = asked(begin(&world, Before::Nothing, None).await);
    assert!(matches!(answer(conversation, "wrong").await, Err(Refused::WrongCredentials)));
    let unknown = world.authenticator.interactive(attempt("bob"), Before::Nothing, None).await.unwrap();
    let (conversation, text) = asked(unknown);
    assert_eq!(text, "Password: ");
    assert!(matches!(answer(conversation, "right").await, Err(Refused::UnknownUser)));
    let (conversation, _) = asked(begin(&world, Before::Nothing, None).await);
    assert!(conversation.answer(Vec::new()).await.is_err());
}

#[tokio::test]
async fn where_a_second_factor_is_on_a_password_alone_is_not_enough() {
    let world = world(4).await;
    world.control.add_user(alice()).await.unwrap();
    let secret = enrol(&world, &["SSH"]).await;
    let needed = |refused| matches!(refused, Err(Refused::Policy(Policy::SecondFactorNeeded)));
    assert!(needed(world.password("alice", "right").await.map(drop)));
    let first = code(&secret, 0);
    let both = world.password("alice", &format!("right{first}")).await;
    assert!(matches!(both, Err(Refused::WrongCredentials)));
    let (conversation, _) = asked(begin(&world, Before::Nothing, None).await);
    let (conversation, text) = asked(answer(conversation, "right").await.unwrap());
    assert_eq!(text, "Authentication code: ");
    assert!(matches!(answer(conversation, &first).await, Ok(Turn::Granted(_))));
    for refused in [first.as_str(), "", "right"] {
        let (conversation, _) = asked(begin(&world, Before::Nothing, None).await);
        let (conversation, _) = asked(answer(conversation, "right").await.unwrap());
        assert!(matches!(answer(conversation, refused).await, Err(Refused::WrongCredentials)));
    }
    // Other protocols are not concerned.
    let http = Attempt { protocol: Protocol::Http, ..attempt("alice") };
    world.authenticator.user_password(&http, &Secret::new("right".into()), None).await.unwrap();
}

#[tokio::test]
async fn over_ftp_the_code_follows_the_password() {
    let world = world(4).await;
    world.control.add_user(alice()).await.unwrap();
    let secret = enrol(&world, &["FTP", "HTTP"]).await;
    let ftp = Attempt { protocol: Protocol::Ftp, ..attempt("alice") };
    let login = async |text: String| world.authenticator.password(&ftp, &Secret::new(text)).await.is_ok();
    let right = code(&secret, 0);
    assert!(!login("right".into()).await && !login(right.clone()).await);
    assert!(!login(format!("wrong{right}")).await);
    assert!(login(format!("right{right}")).await && !login(format!("right{right}")).await);
    let http = Attempt { protocol: Protocol::Http, ..attempt("alice") };
    let password = Secret::new("right".to_owned());
    let with = async |code: Option<String>| {
        world.authenticator.user_password(&http, &password, code.map(Secret::new).as_ref()).await.map(drop)
    };
    assert!(matches!(with(None).await, Err(Refused::Policy(Policy::SecondFactorNeeded))));
    assert!(matches!(with(Some(right)).await, Err(Refused::WrongCredentials)), "used over FTP");
    with(Some(code(&secret, 1))).await.unwrap();
}

#[tokio::test]
async fn a_key_is_the_first_of_two_steps() {
    let world = world(4).await;
    world.control.add_user(alice()).await.unwrap();
    deny(&world, &["publickey", "password", "keyboard-interactive", "publickey+keyboard-interactive"]).await;
    let (authenticator, alice) = (&world.authenticator, attempt("alice"));
    assert!(authenticator.key_is_known(&alice, &key()).await.is_ok());
    let step = authenticator.public_key(&alice, &key()).await.unwrap();
    let Step::Need(next) = step else { panic!("{step:?}") };
    assert_eq!(next, [LoginMethod::PublicKeyAndPassword]);
    let second =
        async |text: &str| authenticator.password_after(Before::Key, &alice, &Secret::new(text.into())).await;
    second("right").await.unwrap();
    assert!(matches!(second("wrong").await, Err(Refused::WrongCredentials)));
    // The same password without the key, and the way that is closed.
    let alone = world.password("alice", "right").await;
    assert!(matches!(alone, Err(Refused::Policy(Policy::Method(LoginMethod::Password)))));
    let (conversation, _) = asked(begin(&world, Before::Key, None).await);
    assert!(matches!(answer(conversation, "right").await, Err(Refused::Policy(Policy::Method(_)))));
    world
        .change(|user| {
            user.status = 0;
            user.filters.base.denied_login_methods =
                ["publickey", "password", "keyboard-interactive"].map(str::to_owned).to_vec();
        })
        .await;
    assert!(matches!(authenticator.public_key(&alice, &key()).await, Err(Refused::Disabled)));
}

#[tokio::test]
async fn after_a_key_only_the_code_is_asked() {
    let world = world(4).await;
    world.control.add_user(alice()).await.unwrap();
    let secret = enrol(&world, &["SSH"]).await;
    deny(&world, &["publickey", "password", "keyboard-interactive", "publickey+password"]).await;
    let (conversation, text) = asked(begin(&world, Before::Key, None).await);
    assert_eq!(text, "Authentication code: ");
    assert!(matches!(answer(conversation, &code(&secret, 0)).await, Ok(Turn::Granted(_))));
    // Without the key it is the password first, and then it is still closed.
    let (conversation, _) = asked(begin(&world, Before::Nothing, None).await);
    let (conversation, _) = asked(answer(conversation, "right").await.unwrap());
    assert!(matches!(answer(conversation, &code(&secret, 1)).await, Err(Refused::Policy(Policy::Method(_)))));
}

#[tokio::test]
async fn a_hook_may_have_the_server_check() {
    let world = world(4).await;
    world.control.add_user(alice()).await.unwrap();
    let dir = TempDir::new().unwrap();
    let hook = |checks: &[u8]| {
        let round = |check: &u8| {
            let ask = format!(r#"{{"questions":["?"],"echos":[false],"check_password":{check}}}"#);
            format!("echo '{ask}'; read A; test \"$A\" = OK || exit 1\n")
        };
        let rounds: String = checks.iter().map(round).collect();
        let path = dir.path().join(format!("hook-{}", checks.len()));
        fs::write(&path, format!("#!/bin/sh\n{rounds}echo '{{\"auth_result\":1}}'\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let mut config = config::Config::default();
        config.sftpd.keyboard_interactive_auth_hook = path.to_str().unwrap().to_owned();
        Hook::new(&config).unwrap().unwrap()
    };
    let only_password = hook(&[1]);
    let (conversation, _) = asked(begin(&world, Before::Nothing, Some(&only_password)).await);
    assert!(matches!(answer(conversation, "right").await, Ok(Turn::Granted(_))));
    let (conversation, _) = asked(begin(&world, Before::Nothing, Some(&only_password)).await);
    assert!(matches!(answer(conversation, "OK").await, Err(Refused::WrongCredentials)));
    let secret = enrol(&world, &["SSH"]).await;
    let (conversation, _) = asked(begin(&world, Before::Nothing, Some(&only_password)).await);
    let alone = answer(conversation, "right").await;
    assert!(matches!(alone, Err(Refused::Policy(Policy::SecondFactorNeeded))));
    let (conversation, _) = asked(begin(&world, Before::Nothing, Some(&hook(&[1, 2]))).await);
    let (conversation, _) = asked(answer(conversation, "right").await.unwrap());
    assert!(matches!(answer(conversation, &code(&secret, 0)).await, Ok(Turn::Granted(_))));
}
