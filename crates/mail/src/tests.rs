//! Letters on their way to a server.

use crate::{
    Body, Failed, Letter, Login, Mechanism, Smtp,
    oauth2::Tokens,
    sink::{self, Sink},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use types::Secret;

fn section(sink: &Sink) -> config::Smtp {
    config::Smtp {
        host: "127.0.0.1".into(),
        port: sink.port,
        from: "Server <srv@example.com>".into(),
        ..config::Smtp::default()
    }
}

fn with_login(sink: &Sink, auth_type: u8) -> Smtp {
    let password = Secret::new("pass-w".to_owned());
    let section = config::Smtp { user: "joe".into(), password, auth_type, ..section(sink) };
    Smtp::new(&section).unwrap().unwrap()
}

fn letter() -> Letter {
    Letter {
        to: vec!["to@example.com".into()],
        subject: "Hello".into(),
        body: Body::Text("line\r\n.\r\nline".into()),
    }
}

#[tokio::test]
async fn a_letter_is_handed_over_whole() {
    let sink = Sink::start(&[], &[]).await;
    let smtp =
        Smtp::new(&config::Smtp { domain: "mx.example.com".into(), ..section(&sink) }).unwrap().unwrap();
    smtp.send(&letter()).await.unwrap();
    assert!(sink.has_heard("EHLO mx.example.com"));
    assert!(sink.has_heard("MAIL FROM:<srv@example.com>") && sink.has_heard("RCPT TO:<to@example.com>"));
    assert!(sink.has_heard("Subject: Hello") && sink.has_heard(".."), "a line with a dot is stuffed");
    assert!(!sink.has_heard("AUTH"));
}

#[tokio::test]
async fn logs_in_by_plain_and_login() {
    let sink = Sink::start(&["AUTH PLAIN LOGIN"], &[("AUTH PLAIN", "235 ok")]).await;
    with_login(&sink, 0).send(&letter()).await.unwrap();
    let plain = STANDARD.encode("\0joe\0pass-w");
    assert!(sink.has_heard(&format!("AUTH PLAIN {plain}")) && sink.has_heard("DATA"));
    // "Username:" and "Password:", asked for in base 64.
    let sink = Sink::start(
        &["AUTH PLAIN LOGIN"],
        &[("AUTH LOGIN", "334 VXNlcm5hbWU6"), ("am9l", "334 UGFzc3dvcmQ6"), ("cGFzcy13", "235 ok")],
    )
    .await;
    with_login(&sink, 1).send(&letter()).await.unwrap();
    assert!(sink.has_heard("cGFzcy13") && sink.has_heard("DATA"));
}

#[tokio::test]
async fn logs_in_by_cram_md5() {
    let sink =
        Sink::start(&["AUTH CRAM-MD5"], &[("AUTH CRAM-MD5", "334 PDEyM0BzaW5rPg=="), ("am9l", "235 ok")])
            .await;
    with_login(&sink, 2).send(&letter()).await.unwrap();
    let answer = sink.heard().into_iter().find(|line| line.starts_with("am9l")).unwrap();
    let answer = String::from_utf8(STANDARD.decode(answer).unwrap()).unwrap();
    assert!(answer.starts_with("joe ") && answer.len() == 4 + 32 && !answer.contains("pass-w"), "{answer}");
}

#[tokio::test]
async fn logs_in_by_a_token() {
    let (endpoint, _asked) = sink::http("200 OK", r#"{"access_token":"t0ken"}"#).await;
    let sink = Sink::start(&["AUTH XOAUTH2"], &[("AUTH XOAUTH2", "235 ok")]).await;
    let mut smtp = with_login(&sink, 3);
    let tokens = Mechanism::Xoauth2(Box::new(Tokens::of(endpoint)));
    smtp.login = Some(Login { user: "joe".into(), mechanism: tokens });
    smtp.send(&letter()).await.unwrap();
    let expected = STANDARD.encode("user=joe\x01auth=Bearer t0ken\x01\x01");
    assert!(sink.has_heard(&format!("AUTH XOAUTH2 {expected}")) && sink.has_heard("DATA"));
}

#[tokio::test]
async fn a_refused_login_sends_nothing() {
    let sink =
        Sink::start(&["AUTH PLAIN CRAM-MD5"], &[("AUTH PLAIN", "535 no"), ("AUTH CRAM", "250 what")]).await;
    for auth_type in [0, 1, 2] {
        let failed = with_login(&sink, auth_type).send(&letter()).await.unwrap_err();
        assert!(!format!("{failed:?} {failed}").contains("pass-w"), "{failed:?}");
    }
    assert!(!sink.has_heard("MAIL") && !sink.has_heard("DATA"));
}

#[tokio::test]
async fn without_the_tls_that_was_asked_for_nothing_is_sent() {
    let sink = Sink::start(&["AUTH PLAIN"], &[("AUTH", "235 ok")]).await;
    for encryption in [1, 2] {
        let section = config::Smtp { encryption, user: "joe".into(), ..section(&sink) };
        let smtp = Smtp::new(&section).unwrap().unwrap();
        assert!(matches!(smtp.send(&letter()).await, Err(Failed::Server(_))), "{encryption}");
    }
    assert!(!sink.has_heard("AUTH") && !sink.has_heard("MAIL"));
}

#[tokio::test]
async fn a_refused_recipient_is_an_error() {
    let sink = Sink::start(&[], &[("RCPT", "550 no such user")]).await;
    let smtp = Smtp::new(&section(&sink)).unwrap().unwrap();
    assert!(matches!(smtp.send(&letter()).await, Err(Failed::Server(_))));
    assert!(!sink.has_heard("DATA"));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let section =
        config::Smtp { host: "127.0.0.1".into(), port, user: "a@b".into(), ..config::Smtp::default() };
    let smtp = Smtp::new(&section).unwrap().unwrap();
    assert!(matches!(smtp.send(&letter()).await, Err(Failed::Late)));
}

#[test]
fn the_section_says_whether_and_from_whom() {
    assert!(Smtp::new(&config::Smtp::default()).unwrap().is_none());
    let named = config::Smtp { host: "h".into(), user: "joe@example.com".into(), ..config::Smtp::default() };
    assert_eq!(Smtp::new(&named).unwrap().unwrap().from.email.to_string(), "joe@example.com");
    let nobody = config::Smtp { host: "h".into(), ..config::Smtp::default() };
    assert!(matches!(Smtp::new(&nobody), Err(Failed::Address(_))));
}
