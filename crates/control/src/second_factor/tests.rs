//! Enrolment against a real store.

use super::*;
use crate::{
    Admin, Author, Change, Connected, Expected, Hashing, Passwords, Settings, User, told::heard::Heard,
};
use events::ObjectBus;
use session::Registry;
use store::{Driver, KmsSecret, Options, Store};
use tokio::runtime::Handle;

const ALICE: Holder<'_> = Holder::User("alice");
const ROOT: Holder<'_> = Holder::Admin("root");

async fn control() -> Control {
    let main = Handle::current();
    let store = Store::open(&Options::new(Driver::Memory), main.clone()).await.unwrap();
    let passwords = Passwords::new(Hashing::Bcrypt { cost: 4 }, main);
    let settings = Settings { totp: config::Mfa::default().totp, ..Settings::default() };
    let control = Control::new(store, passwords, Registry::default(), settings);
    control.add_user(alice()).await.unwrap();
    control.create_first_admin("root", Secret::new("pw".into())).await.unwrap();
    control
}

fn alice() -> User {
    User {
        username: "alice".into(),
        home_dir: "/srv/alice".into(),
        permissions: [("/".into(), vec!["*".into()])].into(),
        ..User::default()
    }
}

fn on(secret: &Secret<String>, protocols: &[&str]) -> TotpConfig {
    TotpConfig {
        enabled: true,
        config_name: "Default".into(),
        secret: KmsSecret { status: "Plain".into(), payload: secret.clone(), ..KmsSecret::default() },
        protocols: protocols.iter().map(|name| (*name).to_owned()).collect(),
    }
}

/// The code of a step relative to now.
fn code(secret: &Secret<String>, steps: i64) -> Secret<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let at = now.checked_add_signed(steps * code::STEP as i64).unwrap();
    let secret = totp_rs::Secret::try_from_base32(secret.expose()).unwrap();
    Secret::new(totp_rs::Builder::new().with_secret(secret).build().unwrap().generate(at).to_string())
}

#[tokio::test]
async fn a_code_is_good_once() {
    let control = control().await;
    let new = control.generate_totp(ALICE, "Default").unwrap();
    assert!(
        new.url.expose().starts_with("otpauth://totp/SFTPGo:User%20%22alice%22?"),
        "{}",
        new.url.expose()
    );
    assert!(control.generate_totp(ALICE, "Other").is_err());
    control.save_totp(ALICE, on(&new.secret, &["SSH", "FTP"])).await.unwrap();
    let stored = control.user("alice").await.unwrap().filters.totp_config;
    assert_eq!((stored.enabled, &*stored.protocols), (true, &["SSH".to_owned(), "FTP".to_owned()][..]));
    assert_eq!((&*stored.secret.status, &*stored.secret.additional_data), ("Secretbox", "alice"));
    // Tried out, so used up.
    let first = code(&new.secret, 0);
    control.validate_totp(ALICE, "Default", &new.secret, &first).unwrap();
    assert!(!control.take_code(ALICE, &stored, &first));
    let next = code(&new.secret, 1);
    assert!(control.take_code(ALICE, &stored, &next) && !control.take_code(ALICE, &stored, &next));
    assert!(!control.take_code(ALICE, &stored, &code(&new.secret, 40)));
    assert!(!control.take_code(ALICE, &stored, &Secret::default()));
}

#[tokio::test]
async fn what_is_saved_is_checked() {
    let control = control().await;
    let secret = control.generate_totp(ALICE, "Default").unwrap().secret;
    for bad in [
        on(&secret, &[]),
        on(&secret, &["DAV"]),
        on(&Secret::new("short".into()), &["SSH"]),
        on(&Secret::default(), &["SSH"]),
        TotpConfig { config_name: "Other".into(), ..on(&secret, &["SSH"]) },
        // There is none to keep.
        TotpConfig { secret: KmsSecret::default(), ..on(&secret, &["SSH"]) },
    ] {
        assert!(matches!(control.save_totp(ALICE, bad).await, Err(Error::Invalid(_))));
    }
    control.save_totp(ALICE, on(&secret, &["SSH"])).await.unwrap();
    control
        .save_totp(ALICE, TotpConfig { secret: KmsSecret::default(), ..on(&secret, &["HTTP"]) })
        .await
        .unwrap();
    let stored = control.user("alice").await.unwrap().filters.totp_config;
    assert_eq!(stored.protocols, ["HTTP"]);
    assert!(control.take_code(ALICE, &stored, &code(&secret, 0)), "the secret was kept");
}

#[tokio::test]
async fn a_required_factor_stays_on() {
    let control = control().await;
    let mut user = alice();
    user.filters.base.two_factor_protocols = vec!["SSH".into()];
    control.update_user("alice", Change::Replace(user), Expected::Any, None, Connected::Keep).await.unwrap();
    let secret = control.generate_totp(ALICE, "Default").unwrap().secret;
    assert!(control.save_totp(ALICE, on(&secret, &["HTTP"])).await.is_err());
    control.save_totp(ALICE, on(&secret, &["SSH"])).await.unwrap();
    assert!(control.save_totp(ALICE, TotpConfig::default()).await.is_err());
    // An admin can still help out.
    control.disable_totp(ALICE).await.unwrap();
    assert!(matches!(control.disable_totp(ALICE).await, Err(Error::Invalid(_))));
    assert!(matches!(control.disable_totp(Holder::User("bob")).await, Err(Error::NotFound(..))));
}

#[tokio::test]
async fn recovery_codes_come_with_the_factor() {
    let control = control().await;
    assert!(matches!(control.recovery_codes(ROOT).await, Err(Error::Refused(_))));
    assert!(matches!(control.renew_recovery_codes(ROOT).await, Err(Error::Refused(_))));
    let secret = control.generate_totp(ROOT, "Default").unwrap().secret;
    control.save_totp(ROOT, on(&secret, &[])).await.unwrap();
    let first = control.recovery_codes(ROOT).await.unwrap();
    assert_eq!(first.len(), 12);
    for listed in &first {
        let code = listed.code.expose();
        assert!(code.len() == 25 && code.starts_with("RC-") && !listed.used, "{code}");
    }
    let second = control.renew_recovery_codes(ROOT).await.unwrap();
    let shown = control.recovery_codes(ROOT).await.unwrap();
    assert!(shown.iter().map(|listed| &listed.code).eq(&second));
    assert!(!second.contains(&first[0].code));
    let admin: Admin = control.admin("root").await.unwrap();
    let text = serde_json::to_string(&admin).unwrap();
    assert!(!text.contains(second[0].expose()) && !text.contains(secret.expose()));
    control.save_totp(ROOT, TotpConfig::default()).await.unwrap();
    assert!(control.admin("root").await.unwrap().filters.recovery_codes.is_empty());
}

#[tokio::test]
async fn changes_of_a_factor_are_told() {
    let heard = Arc::new(Heard::default());
    let author = Author { name: "root".into(), role: "".into(), ip: None };
    let control = control().await.telling(ObjectBus::new(vec![heard.clone()])).by(author);
    for (holder, account) in [(ALICE, "user alice"), (ROOT, "admin root")] {
        let secret = control.generate_totp(holder, "Default").unwrap().secret;
        control.save_totp(holder, on(&secret, &["HTTP"])).await.unwrap();
        let codes = control.renew_recovery_codes(holder).await.unwrap();
        assert!(control.take_recovery_code(holder, &codes[0]).await.unwrap());
        assert!(!control.take_recovery_code(holder, &codes[0]).await.unwrap());
        let by_itself = format!("update {account} by __self__");
        assert_eq!(heard.so_far(), [&*by_itself, &*by_itself, &*by_itself]);
        control.disable_totp(holder).await.unwrap();
        assert_eq!(heard.so_far(), [format!("update {account} by root")]);
    }
    control.replace_password(ALICE, &Secret::new("another".into())).await.unwrap();
    assert_eq!(heard.so_far(), ["update user alice by __self__"]);
}
