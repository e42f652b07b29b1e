//! Hooks, run for real: scripts, and a server of a few lines.

use super::*;
use config::{ClientHeader, Config};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use types::Protocol;

fn attempt() -> Attempt {
    Attempt { username: "alice".into(), ip: [10, 0, 0, 1].into(), protocol: Protocol::Ssh }
}

fn user() -> User {
    User { username: "alice".into(), password: Secret::new("$2a$hash".into()), ..User::default() }
}

fn hook(path: &str, change: impl FnOnce(&mut Config)) -> Result<Option<Hook>, InvalidHook> {
    let mut config = Config::default();
    config.sftpd.keyboard_interactive_auth_hook = path.to_owned();
    change(&mut config);
    Hook::new(&config)
}

fn script(dir: &Path, text: &str) -> Hook {
    let path = dir.join("hook.sh");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    hook(path.to_str().unwrap(), |config| config.command.env = vec![Secret::new("OWN=1".to_owned())])
        .unwrap()
        .unwrap()
}

fn answers(texts: &[&str]) -> Vec<Secret<String>> {
    texts.iter().map(|text| Secret::new((*text).to_owned())).collect()
}

fn asked(reply: &Reply) -> Vec<&str> {
    let Reply::Ask { questions, .. } = reply else { panic!("{reply:?}") };
    questions.prompts.iter().map(|prompt| prompt.text.as_str()).collect()
}

#[tokio::test]
async fn a_program_asks_and_decides() {
    let dir = TempDir::new().unwrap();
    let hook = script(
        dir.path(),
        r#"printf '{"questions":["%s %s %s %s?","B"],"echos":[true,false]}\n' \
             "$SFTPGO_AUTHD_USERNAME" "$SFTPGO_AUTHD_IP" "$SFTPGO_AUTHD_PASSWORD" "$OWN$HOME"
           read A; read B
           test "$A$B" = xy && echo '{"auth_result":1}' || echo '{"auth_result":-1}'"#,
    );
    for (given, verdict) in [(["x", "y"], Reply::Granted), (["x", "z"], Reply::Refused)] {
        let (running, reply) = hook.start(&attempt(), Some(&user())).await.unwrap();
        assert_eq!(asked(&reply), ["alice 10.0.0.1 $2a$hash 1?", "B"]);
        let (_, reply) = running.answer(answers(&given)).await.unwrap();
        assert_eq!(reply, verdict);
    }
}

#[tokio::test]
async fn a_program_that_misbehaves_refuses() {
    let dir = TempDir::new().unwrap();
    let start = async |text| script(dir.path(), text).start(&attempt(), None).await.err().unwrap();
    assert!(matches!(start("exit 0").await, HookFailed::Ended));
    assert!(matches!(start("echo hello").await, HookFailed::Malformed(_)));
    assert!(matches!(start("head -c 100000 /dev/zero").await, HookFailed::TooLong));
    let asks = script(dir.path(), r#"echo '{"questions":["?"],"echos":[true]}'; read A; exit 1"#);
    let (running, _) = asks.start(&attempt(), None).await.unwrap();
    assert!(matches!(running.answer(answers(&["x"])).await, Err(HookFailed::Ended)));
    // One answer must not become two.
    let (running, _) = asks.start(&attempt(), None).await.unwrap();
    assert!(matches!(running.answer(answers(&["x\nOK"])).await, Err(HookFailed::LineBreak)));
}

#[tokio::test(start_paused = true)]
async fn a_program_that_hangs_is_ended() {
    let dir = TempDir::new().unwrap();
    let pid = dir.path().join("pid");
    let hook = script(dir.path(), &format!("echo $$ > {}; exec sleep 1000", pid.display()));
    let failed = hook.start(&attempt(), None).await.err().unwrap();
    assert!(matches!(failed, HookFailed::Late));
    // The clock is this test's alone: the program may not have come to write it.
    let Ok(pid) = fs::read_to_string(pid) else { return };
    let process = format!("/proc/{}", pid.trim());
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while !pid.trim().is_empty() && Path::new(&process).exists() {
        assert!(std::time::Instant::now() < deadline, "still there");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_url_gets_a_request_per_round() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/kbd?x=1", listener.local_addr().unwrap());
    let hook = hook(&url, |config| {
        let header = |key: &str, url: &str| ClientHeader {
            key: key.to_owned(),
            value: Secret::new("t".to_owned()),
            url: url.to_owned(),
        };
        config.http.headers = vec![header("x-token", ""), header("x-other", "http://elsewhere")];
    });
    let hook = hook.unwrap().unwrap();
    let server = tokio::spawn(async move {
        let mut seen = Vec::new();
        for reply in [
            ("200 OK", r#"{"questions":["P "],"echos":[false],"check_password":1}"#),
            ("200 OK", r#"{"auth_result":1}"#),
            ("302 Found\r\nLocation: /elsewhere", ""),
        ] {
            seen.push(serve(&listener, reply).await);
        }
        seen
    });
    let (running, reply) = hook.start(&attempt(), Some(&user())).await.unwrap();
    assert_eq!(asked(&reply), ["P "]);
    let (_, reply) = running.answer(answers(&["OK"])).await.unwrap();
    assert_eq!(reply, Reply::Granted);
    assert!(matches!(hook.start(&attempt(), None).await.err(), Some(HookFailed::Status(302))));
    let seen = server.await.unwrap();
    assert!(seen[0].0.starts_with("POST /kbd?x=1 ") && seen[0].0.contains("x-token: t"), "{}", seen[0].0);
    assert!(!seen[0].0.contains("x-other"));
    let (first, second, unknown) = (&seen[0].1, &seen[1].1, &seen[2].1);
    assert_eq!((&first["step"], &second["step"]), (&1.into(), &2.into()));
    assert_eq!((&first["ip"], &first["password"]), (&"10.0.0.1".into(), &"$2a$hash".into()));
    assert_eq!(first["request_id"], second["request_id"]);
    assert_eq!((&second["answers"][0], &second["questions"][0]), (&"OK".into(), &"P ".into()));
    assert!(
        second.get("ip").is_none() && first.get("answers").is_none() && unknown.get("password").is_none()
    );
}

/// The head and the body of one request, which gets `reply`.
async fn serve(listener: &TcpListener, (status, body): (&str, &str)) -> (String, serde_json::Value) {
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut read = Vec::new();
    loop {
        let mut part = [0; 4096];
        let n = socket.read(&mut part).await.unwrap();
        assert!(n > 0, "the request is not whole");
        read.extend_from_slice(&part[..n]);
        let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
        if let Ok(value) = serde_json::from_slice(&read[end + 4..]) {
            let length = body.len();
            let text =
                format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
            socket.write_all(text.as_bytes()).await.unwrap();
            return (head.replacen("post", "POST", 1), value);
        }
    }
}

#[test]
fn what_cannot_be_run_is_told() {
    assert!(hook("", |_| {}).unwrap().is_none());
    assert!(matches!(hook("bin/hook", |_| {}), Err(InvalidHook::Relative(_))));
    assert!(matches!(hook("/nowhere/hook", |_| {}), Err(InvalidHook::Missing { .. })));
}
