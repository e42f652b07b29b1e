//! Logging in by each kind of credential, in one step and in two, by clients that behave and by others.

use crate::script;
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use testkit::{Rest, TestServer, User, clients::Python, data::MIB, process};

const ALL_SINGLE: [&str; 3] = ["publickey", "password", "keyboard-interactive"];

fn client(server: &TestServer, user: &User) -> Python {
    Python::new(server.login(user), script("logins.py"))
}

/// What came of each of `names`, and what was asked.
fn steps(server: &TestServer, user: &User, names: &[&str]) -> Result<Vec<String>> {
    let said = client(server, user).call("steps", names)?.stdout;
    Ok(said.lines().map(str::to_owned).collect())
}

fn denying(server: &TestServer, name: &str, methods: &[&str]) -> Result<User> {
    server.user_with(name, json!({ "filters": { "denied_login_methods": methods } }))
}

#[test]
fn single_steps() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let all = "not keyboard-interactive,password,publickey";
    let right = format!("answers={}", user.password);
    for (name, came) in
        [("key", "key granted"), ("password", "password granted"), (&*right, "answers granted")]
    {
        // What failed before on the connection does not matter.
        let lines = steps(&server, &user, &["none", "wrong-key", "password=wrong", "answers=wrong", name])?;
        let failed = [
            format!("none {all}"),
            "wrong-key refused".into(),
            "password refused".into(),
            "answers refused".into(),
        ];
        ensure!(lines[..4] == failed && lines[4] == came, "{lines:?}");
    }
    ensure!(steps(&server, &user, &[&right])?[1] == "asked Password:");
    Ok(())
}

#[test]
fn a_denied_method_is_denied_to_who_has_the_right_credential() -> Result<()> {
    let server = TestServer::start()?;
    for (name, denied, open) in [
        ("a", &["password"][..], [true, false, true]),
        ("b", &["password-over-SSH"], [true, false, true]),
        ("c", &["publickey"], [false, true, true]),
        ("d", &["keyboard-interactive", "password"], [true, false, false]),
    ] {
        let user = denying(&server, name, denied)?;
        let right = format!("answers={}", user.password);
        for (step, open) in ["key", "password", &right].into_iter().zip(open) {
            let lines = steps(&server, &user, &[step])?;
            ensure!(lines[0].ends_with(if open { "granted" } else { "refused" }), "{denied:?} {lines:?}");
        }
    }
    Ok(())
}

/// Each of these is what some library does: the service is requested anew before every step.
#[test]
fn two_steps_in_every_combination() -> Result<()> {
    let server = TestServer::start()?;
    let both = denying(&server, "both", &ALL_SINGLE)?;
    let by_password =
        denying(&server, "pw", &[&ALL_SINGLE[..], &["publickey+keyboard-interactive"]].concat())?;
    let by_answers = denying(&server, "kbd", &[&ALL_SINGLE[..], &["publickey+password"]].concat())?;
    let right = format!("answers={}", both.password);
    for (user, next, second, ends) in [
        (&both, "keyboard-interactive,password", "password", "password granted"),
        (&both, "keyboard-interactive,password", &right, "answers granted"),
        (&by_password, "password", "password", "password granted"),
        (&by_answers, "keyboard-interactive", &right, "answers granted"),
    ] {
        let lines = steps(&server, user, &["key", second])?;
        ensure!(lines[0] == format!("key partial {next}") && lines[1] == ends, "{}: {lines:?}", user.name);
        // The second step alone opens nothing, nor does the first one twice.
        ensure!(steps(&server, user, &[second])?[0].ends_with("refused"));
        ensure!(!steps(&server, user, &["key", "key"])?[1].ends_with("granted"));
    }
    for (user, second) in [(&by_password, &*right), (&by_answers, "password")] {
        ensure!(!steps(&server, user, &["key", second])?[1].ends_with("granted"), "{}", user.name);
    }
    // A key of one user is no first step of another.
    server.user_with("other", json!({ "filters": { "denied_login_methods": ALL_SINGLE } }))?;
    let lines = steps(&server, &both, &["key", "other-user=other", "password"])?;
    ensure!(lines[0].starts_with("key partial") && lines[1].ends_with("refused"), "{lines:?}");
    ensure!(
        !lines[2].ends_with("granted"),
        "a step counts for who made it, and until another name: {lines:?}"
    );
    Ok(())
}

#[test]
fn answers_nobody_asked_for_are_refused() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let lines = steps(&server, &user, &["many", "password"])?;
    ensure!(lines[..2] == ["many refused", "password granted"], "{lines:?}");
    Ok(())
}

#[test]
fn a_second_factor_is_asked_for() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let secret = enrol(&server, &user)?;
    let right = format!("answers={},code:{secret}", user.password);
    let lines = steps(&server, &user, &["password", &format!("answers={},000000", user.password), &right])?;
    ensure!(lines[..3] == ["password refused", "answers refused", "answers granted"], "{lines:?}");
    ensure!(lines[3].ends_with("Password:,Authentication code:"), "{lines:?}");
    // The code was used.
    ensure!(steps(&server, &user, &[&right])?[0] == "answers refused");
    Ok(())
}

/// Signed by a key of the tests' own making, which says what it is told to about touch and verification.
#[test]
fn security_keys_have_to_be_touched() -> Result<()> {
    let server = TestServer::start()?;
    let maker = server.user("maker")?;
    for kind in ["ed25519", "ecdsa"] {
        let line = client(&server, &maker).call("public", &[kind])?.stdout;
        let user = server.user_with(kind, json!({ "public_keys": [line.trim()] }))?;
        // User present; present and verified; nobody there; verified without anybody there.
        for (flags, came) in [("01", "granted"), ("05", "granted"), ("00", "refused"), ("04", "refused")] {
            let said = client(&server, &user).call("security_key", &[kind, flags])?.stdout;
            ensure!(said.trim() == came, "{kind} with flags {flags}: {said}");
        }
        let strict = format!("verify-required {}", line.trim());
        let user = server.user_with(&format!("{kind}-verified"), json!({ "public_keys": [strict] }))?;
        for (flags, came) in [("05", "granted"), ("01", "refused"), ("04", "refused")] {
            let said = client(&server, &user).call("security_key", &[kind, flags])?.stdout;
            ensure!(said.trim() == came, "{kind} to be verified, with flags {flags}: {said}");
        }
    }
    Ok(())
}

/// What a client may have under way over all channels of a connection has a bound.
#[test]
fn windows_that_nobody_empties_have_a_bound() -> Result<()> {
    let server = TestServer::start()?;
    let user = server.user("ada")?;
    let before = process::resident(server.pid())?;
    let said = client(&server, &user).call("windows", &["200"])?.stdout;
    let sent: u64 = said.trim().parse()?;
    ensure!(sent > 32 * MIB && sent <= 46 * MIB, "{sent} bytes");
    let grown = process::peak(server.pid())?.saturating_sub(before);
    ensure!(grown < 96 * MIB, "{grown} bytes for {sent}");
    Ok(())
}

/// Sets up a second factor for SSH; its secret.
fn enrol(server: &TestServer, user: &User) -> Result<String> {
    let rest = Rest::new(server.url()).login_user(&user.name, &user.password)?;
    let config = rest.get("/api/v2/user/totp/configs")?.ok()?.json[0]["name"].clone();
    let made = rest.post("/api/v2/user/totp/generate", &json!({ "config_name": config }))?.ok()?;
    let secret = made.json["secret"].as_str().context("no secret")?.to_owned();
    let saved: Value = json!({
        "enabled": true,
        "config_name": config,
        "secret": { "status": "Plain", "payload": secret },
        "protocols": ["SSH"],
    });
    rest.post("/api/v2/user/totp/save", &saved)?.ok()?;
    Ok(secret)
}
