//! Passwords that were forgotten: codes by mail, and who gets none.

use crate::client::{ADMIN, Answer, TestApi, user};
use crate::mailbox::Mailbox;
use serde_json::{Value, json};

const NEW: &str = "N3w-pass-word!";

fn forgot(api: &TestApi, account: &str) -> Answer {
    api.call_as("", "POST", &format!("/{account}/forgot-password"), &Value::Null)
}

fn reset(api: &TestApi, account: &str, code: &str) -> Answer {
    let body = json!({"code": code, "password": NEW});
    api.call_as("", "POST", &format!("/{account}/reset-password"), &body)
}

fn with_mail(mailbox: &Mailbox) -> TestApi {
    let port = mailbox.port;
    TestApi::with(|config| {
        config.smtp.host = "127.0.0.1".into();
        config.smtp.port = port;
        config.smtp.from = "Server <srv@example.com>".into();
    })
}

fn make(api: &TestApi, name: &str, change: impl FnOnce(&mut Value)) {
    let mut body = user(name);
    body["email"] = json!(format!("{name}@example.com"));
    change(&mut body);
    api.call("POST", "/users", &body).is(201);
}

#[test]
fn a_code_is_mailed_and_sets_a_password_once() {
    let mailbox = Mailbox::open();
    let api = with_mail(&mailbox);
    make(&api, "alice", |_| {});
    let email = json!({"email": "root@example.com", "status": 1, "permissions": ["*"]});
    api.call("PUT", "/admins/root", &email).is(200);
    for (account, address, path, name, old) in [
        ("users/alice", "alice@example.com", "/user/token", "alice", "Us3r-pass-word"),
        ("admins/root", "root@example.com", "/token", "root", ADMIN.1),
    ] {
        let token = api.login(path, (name, old)).is(200).json();
        let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
        forgot(&api, account).is(200);
        let code = mailbox.code_to(address);
        reset(&api, account, "wrong").is(400);
        let weak = json!({"code": code, "password": ""});
        api.call_as("", "POST", &format!("/{account}/reset-password"), &weak).is(400);
        reset(&api, account, &code).is(200);
        reset(&api, account, &code).is(400);
        api.login(path, (name, old)).is(401);
        api.login(path, (name, NEW)).is(200);
        let profile = if path == "/token" { "/admin/profile" } else { "/user/profile" };
        api.call_as(&bearer, "GET", profile, &Value::Null).is(401);
    }
}

#[test]
fn a_code_is_its_owners_alone() {
    let mailbox = Mailbox::open();
    let api = with_mail(&mailbox);
    for name in ["alice", "bob", "root"] {
        make(&api, name, |_| {});
    }
    forgot(&api, "users/alice").is(200);
    let code = mailbox.code_to("alice@example.com");
    for other in ["users/bob", "users/root", "users/nobody", "admins/alice", "admins/root"] {
        reset(&api, other, &code).is(400);
    }
    reset(&api, "users/alice", &code).is(200);
}

#[test]
fn whether_there_is_an_account_does_not_show() {
    let mailbox = Mailbox::open();
    let api = with_mail(&mailbox);
    make(&api, "alice", |_| {});
    make(&api, "off", |body| body["status"] = json!(0));
    make(&api, "silent", |body| body["email"] = json!(""));
    make(&api, "closed", |body| body["filters"] = json!({"web_client": ["password-reset-disabled"]}));
    make(&api, "remote", |body| body["filters"] = json!({"allowed_ip": ["10.0.0.0/8"]}));
    let known = forgot(&api, "users/alice").is(200).json();
    for other in ["users/nobody", "users/off", "users/silent", "users/closed", "users/remote", "admins/root"]
    {
        assert_eq!(forgot(&api, other).is(200).json(), known, "{other}");
    }
    let wrong = reset(&api, "users/alice", "wrong").is(400).json();
    for other in ["users/nobody", "users/off", "admins/root", "admins/nobody"] {
        assert_eq!(reset(&api, other, "wrong").is(400).json(), wrong, "{other}");
    }
    // What was asked for first is done first; so all the others got none.
    forgot(&api, "users/alice").is(200);
    mailbox.wait_for(2);
    assert!(mailbox.recipients().iter().all(|to| to == "alice@example.com"), "{:?}", mailbox.recipients());
}

#[test]
fn without_mail_it_is_refused_for_everybody() {
    let api = TestApi::start();
    for account in ["users/nobody", "admins/root"] {
        let answer = forgot(&api, account).is(400).json();
        assert!(answer["error"].as_str().unwrap().contains("smtp"), "{answer}");
    }
}

#[test]
fn settings_that_came_with_a_backup_send_mail() {
    let mailbox = Mailbox::open();
    let api = TestApi::start();
    let smtp = json!({"host": "127.0.0.1", "port": mailbox.port, "from": "db@example.com"});
    make(&api, "alice", |_| {});
    api.call("POST", "/loaddata", &json!({"version": 17, "configs": {"smtp": smtp}})).is(200);
    forgot(&api, "users/alice").is(200);
    mailbox.code_to("alice@example.com");
}

#[test]
fn requests_have_a_limit() {
    let mailbox = Mailbox::open();
    let api = with_mail(&mailbox);
    make(&api, "alice", |_| {});
    let statuses: Vec<u16> = (0..40).map(|_| forgot(&api, "users/alice").status).collect();
    assert!(statuses.starts_with(&[200; 5]) && statuses.ends_with(&[429; 5]), "{statuses:?}");
    assert!(mailbox.recipients().len() <= 5);
}

/// Many wrong passwords from one address, and then a right one: it waits, and so does every other credential.
#[test]
fn guessing_is_slowed_down_wherever_it_is_done() {
    let api = TestApi::start();
    api.call("POST", "/users", &user("alice")).is(201);
    let bearer = api.bearer(ADMIN);
    let wrong_current = json!({"current_password": "wrong", "new_password": NEW});
    for _ in 0..3 {
        api.login("/token", ("root", "wrong")).is(401);
        api.login("/user/token", ("nobody", "wrong")).is(401);
        api.call_as(&bearer, "PUT", "/admin/changepwd", &wrong_current).is(400);
        reset(&api, "users/alice", "wrong").is(400);
    }
    let start = std::time::Instant::now();
    api.login("/user/token", ("alice", "Us3r-pass-word")).is(200);
    assert!(start.elapsed() >= std::time::Duration::from_millis(900), "{:?}", start.elapsed());
    // Who is known already does not wait: a pause would be before each of these calls, a busy machine is not.
    let at_once = (0..10).any(|_| {
        let start = std::time::Instant::now();
        api.call_as(&bearer, "GET", "/version", &Value::Null).is(200);
        start.elapsed() < std::time::Duration::from_millis(900)
    });
    assert!(at_once);
}
