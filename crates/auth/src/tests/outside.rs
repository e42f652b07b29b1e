//! Hooks about logins, run for real: scripts that are told in variables.

use super::{World, alice, attempt, world};
use crate::{Attempt, Before, Key, LoginHooks, Proof, Refused, Step, Turn};
use config::Config;
use hooks::Hooks;
use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};
use store::User;
use tempfile::TempDir;
use tokio::runtime::Handle;
use types::{Protocol, Secret};

fn script(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    fs::write(&path, format!("#!/bin/sh\necho call >> {}/calls\n{text}\n", dir.display())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn calls(dir: &Path) -> usize {
    fs::read_to_string(dir.join("calls")).map_or(0, |calls| calls.lines().count())
}

async fn hooked(change: impl FnOnce(&mut config::DataProvider)) -> World {
    let mut world = world(4).await;
    let mut config = Config::default();
    change(&mut config.data_provider);
    let hooks = Hooks::new(&config, Handle::current()).unwrap();
    world.authenticator = world.authenticator.with_hooks(LoginHooks::new(&hooks, &config).unwrap());
    world
}

/// Sends a user for the password `good`, and for every key.
const SENDS: &str = r#"test "$SFTPGO_AUTHD_PASSWORD$SFTPGO_AUTHD_PUBLIC_KEY" = bad && { echo '{"username":""}'; exit; }
    printf '{"username":"%s","status":1,"home_dir":"/srv/x","permissions":{"/":["*"]},"description":"%s"%s}' \
    "$SFTPGO_AUTHD_USERNAME" "$SFTPGO_AUTHD_IP $SFTPGO_AUTHD_PROTOCOL" "$EXTRA""#;

#[tokio::test]
async fn users_may_live_elsewhere() {
    let dir = TempDir::new().unwrap();
    let world = hooked(|section| section.external_auth_hook = script(dir.path(), "ext", SENDS)).await;
    world.password("ext", "good").await.unwrap();
    assert_eq!(world.control.user("ext").await.unwrap().description, "127.0.0.1 SSH");
    assert!(matches!(world.password("ext", "bad").await, Err(Refused::WrongCredentials)));
    assert!(matches!(world.password("other", "bad").await, Err(Refused::WrongCredentials)));
    assert!(world.control.user("other").await.is_err());
    // A key is asked about when it is used, and not before.
    let before = calls(dir.path());
    let key = Key::Plain(b"\0\0\0\x07ssh-rsa\0\0\0\x01x".to_vec(), Proof::Held);
    world.authenticator.key_is_known(&attempt("ext"), &key).await.unwrap();
    assert_eq!(calls(dir.path()), before);
    assert!(matches!(world.authenticator.public_key(&attempt("ext"), &key).await, Ok(Step::Granted(_))));
    assert_eq!(calls(dir.path()), before + 1);
}

#[tokio::test]
async fn the_gate_holds_for_users_from_elsewhere_too() {
    let dir = TempDir::new().unwrap();
    let text = SENDS.replace("\"$EXTRA\"", r#"',"filters":{"denied_protocols":["SSH"]}'"#);
    let world = hooked(|section| section.external_auth_hook = script(dir.path(), "ext", &text)).await;
    assert!(matches!(world.password("ext", "good").await, Err(Refused::Policy(_))));
}

#[tokio::test]
async fn a_hook_that_fails_or_talks_nonsense_refuses() {
    for text in ["exit 1", "echo nonsense", r#"echo '{"username":"bob","home_dir":"/srv/b"}'"#] {
        let dir = TempDir::new().unwrap();
        for external in [true, false] {
            let hook = script(dir.path(), "hook", text);
            let world = hooked(|section| match external {
                true => section.external_auth_hook = hook,
                false => section.pre_login_hook = hook,
            });
            let world = world.await;
            world.control.add_user(alice()).await.unwrap();
            let refused = world.password("alice", "right").await;
            assert!(matches!(refused, Err(Refused::Outside(_))), "{text}: {refused:?}");
            assert!(world.control.user("bob").await.is_err());
        }
    }
}

#[tokio::test]
async fn silence_means_that_what_is_stored_decides() {
    let dir = TempDir::new().unwrap();
    for external in [true, false] {
        let hook = script(dir.path(), "hook", "exit 0");
        let world = hooked(|section| match external {
            true => section.external_auth_hook = hook,
            false => section.pre_login_hook = hook,
        });
        let world = world.await;
        world.control.add_user(alice()).await.unwrap();
        world.password("alice", "right").await.unwrap();
        assert!(matches!(world.password("alice", "wrong").await, Err(Refused::WrongCredentials)));
        assert!(matches!(world.password("ghost", "x").await, Err(Refused::UnknownUser)));
    }
}

#[tokio::test]
async fn scope_and_users_may_keep_a_hook_out() {
    let dir = TempDir::new().unwrap();
    let world = hooked(|section| {
        section.external_auth_hook = script(dir.path(), "ext", "exit 1");
        section.external_auth_scope = 2;
    });
    let world = world.await;
    world.control.add_user(alice()).await.unwrap();
    world.password("alice", "right").await.unwrap();
    assert_eq!(calls(dir.path()), 0);

    let world = hooked(|section| section.external_auth_hook = script(dir.path(), "ext", "exit 1")).await;
    let mut own = alice();
    own.filters.base.hooks.external_auth_disabled = true;
    world.control.add_user(own).await.unwrap();
    world.password("alice", "right").await.unwrap();
    assert_eq!(calls(dir.path()), 0);
}

#[tokio::test]
async fn a_hook_may_be_taken_at_its_word_for_a_while() {
    let dir = TempDir::new().unwrap();
    let text = SENDS.replace("\"$EXTRA\"", r#"',"filters":{"external_auth_cache_time":60}'"#);
    let world = hooked(|section| section.external_auth_hook = script(dir.path(), "ext", &text)).await;
    for _ in 0..3 {
        world.password("ext", "good").await.unwrap();
    }
    assert_eq!(calls(dir.path()), 1);
    assert!(matches!(world.password("ext", "other").await, Err(Refused::WrongCredentials)));
    assert_eq!(calls(dir.path()), 1);
}

#[tokio::test]
async fn a_user_may_be_made_just_in_time() {
    let dir = TempDir::new().unwrap();
    let text = r#"case "$SFTPGO_LOGIND_USER" in *'"id":0'*) ;; *) exit 0;; esac
        echo '{"username":"new","status":1,"home_dir":"/srv/n","permissions":{"/":["*"]},"password":"made"}'"#;
    let world = hooked(|section| section.pre_login_hook = script(dir.path(), "pre", text)).await;
    assert!(matches!(world.password("new", "wrong").await, Err(Refused::WrongCredentials)));
    world.password("new", "made").await.unwrap();
    assert!(world.control.user("new").await.unwrap().password.expose().starts_with("$2a$"));
}

#[tokio::test]
async fn part_of_a_password_may_be_checked_elsewhere() {
    let dir = TempDir::new().unwrap();
    let text = r#"case "$SFTPGO_AUTHD_PASSWORD" in
        magic) echo '{"status":1}';;
        *+1) printf '{"status":2,"to_verify":"%s"}' "${SFTPGO_AUTHD_PASSWORD%+1}";;
        *) echo '{"status":0}';; esac"#;
    let world = hooked(|section| {
        section.check_password_hook = script(dir.path(), "check", text);
        section.check_password_scope = 1;
    });
    let world = world.await;
    world.control.add_user(alice()).await.unwrap();
    for (password, right) in [("magic", true), ("right+1", true), ("wrong+1", false), ("right", false)] {
        assert_eq!(world.password("alice", password).await.is_ok(), right, "{password}");
    }
    let over_http = Attempt { protocol: Protocol::Http, ..attempt("alice") };
    let password = Secret::new("right".to_owned());
    world.authenticator.user_password(&over_http, &password, None).await.unwrap();
}

#[tokio::test]
async fn a_password_that_is_asked_for_is_compared_with_what_the_hook_sent() {
    let dir = TempDir::new().unwrap();
    let text = SENDS.replace("\"$EXTRA\"", r#"',"password":"asked"'"#);
    let world = hooked(|section| {
        section.external_auth_hook = script(dir.path(), "ext", &text);
        section.external_auth_scope = 4;
    });
    let world = world.await;
    for (answer, right) in [("asked", true), ("other", false)] {
        let turn = world.authenticator.interactive(attempt("kbd"), Before::Nothing, None).await.unwrap();
        let Turn::Ask(conversation, _) = turn else { panic!("{turn:?}") };
        let turn = conversation.answer(vec![Secret::new(answer.to_owned())]).await;
        assert_eq!(matches!(turn, Ok(Turn::Granted(_))), right, "{answer}");
    }
}

#[tokio::test]
async fn outcomes_are_told() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out");
    let text = format!(
        r#"echo "$SFTPGO_LOGIND_STATUS $SFTPGO_LOGIND_METHOD $SFTPGO_LOGIND_IP $SFTPGO_LOGIND_USER" >> {}"#,
        out.display()
    );
    let world = hooked(|section| section.post_login_hook = script(dir.path(), "post", &text)).await;
    world.control.add_user(alice()).await.unwrap();
    world.authenticator.not_logged_in(&crate::FailureLine {
        ip: [127, 0, 0, 1].into(),
        username: "alice",
        method: types::LoginMethod::Password,
        protocol: "SSH",
        error: &"wrong",
    });
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    let told = loop {
        if let Ok(text) = fs::read_to_string(&out)
            && text.ends_with('\n')
        {
            break text;
        }
        assert!(std::time::Instant::now() < deadline, "nothing was told");
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let user = told.strip_prefix("0 password 127.0.0.1 ").unwrap();
    let user: User = serde_json::from_str(user).unwrap();
    assert_eq!((user.username.as_str(), user.password.expose().as_str()), ("alice", ""));
}
