//! Hooks, run for real: scripts, and a server of a few lines.

use super::*;
use config::Config;
use events::{
    Action, Author, Bus, Event, Location, ObjectBus, ObjectChange, ObjectKind, Operation, Status, Verdict,
};
use std::{
    fs,
    net::Ipv4Addr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    runtime::Handle,
};
use types::{Protocol, Secret, VirtualPath};

fn script(dir: &Path, text: &str) -> String {
    let path = dir.join("hook.sh");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn config(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::default();
    change(&mut config);
    config
}

fn hooks(config: &Config) -> Hooks {
    Hooks::new(config, Handle::current()).unwrap()
}

/// A bus with the hook of `config`.
fn bus(config: &Config) -> Bus {
    let hook = FileHook::new(&hooks(config), &config.common.actions).unwrap().unwrap();
    Bus::new(vec![Arc::new(hook)])
}

fn event(action: Action) -> Event {
    let at = |name: &str, stored: &[u8]| Location {
        path: VirtualPath::parse(&VirtualPath::root(), name.as_bytes()).unwrap(),
        stored_as: stored.to_vec(),
    };
    Event {
        action,
        user: "ann".into(),
        role: Some("staff".into()),
        protocol: Protocol::Sftp,
        session: "SFTP_1_1".into(),
        ip: Ipv4Addr::LOCALHOST.into(),
        at: at("/a b", b"/home/a \xff"),
        target: Some(at("/c", b"/home/c")),
        provider: 0,
        bucket: String::new(),
        endpoint: String::new(),
        size: 7,
        open_flags: 512,
        ssh_command: None,
        elapsed: Duration::from_millis(3),
        status: Status::Done,
        judged: false,
    }
}

async fn written(path: PathBuf) -> String {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        // A name of a file need not be UTF-8.
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap_or_default()).into_owned();
        if text.ends_with("end\n") {
            return text;
        }
        assert!(Instant::now() < deadline, "{} was not written", path.display());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_program_is_told_and_asked() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out");
    let program = script(
        dir.path(),
        &format!(
            r#"test "$SFTPGO_ACTION" = pre-delete && exit 0
               test "$SFTPGO_ACTION" = pre-upload && {{ echo no >&2; exit 3; }}
               {{ env | LC_ALL=C sort; echo "args $*"; echo end; }} > {}"#,
            out.display()
        ),
    );
    let config = config(|config| {
        config.common.actions.hook = program.clone();
        config.common.actions.execute_on = ["rename", "pre-delete", "pre-upload"].map(str::to_owned).to_vec();
        config.command.env = vec![Secret::new("ALL=1".to_owned())];
        let own = |hook: &str, name: &str| config::CommandOverride {
            path: program.clone(),
            env: vec![Secret::new(format!("{name}=1"))],
            args: vec![format!("--{name}")],
            hook: hook.to_owned(),
            timeout: None,
        };
        config.command.commands = vec![own("fs_actions", "MINE"), own("startup", "OTHER")];
    });
    let bus = bus(&config);
    // What was deleted meanwhile is as good as deleted.
    assert_eq!(bus.before(Action::PreDelete, || event(Action::PreDelete)).await, Verdict::Handled);
    assert_eq!(bus.before(Action::PreUpload, || event(Action::PreUpload)).await, Verdict::Deny);
    bus.after(Action::Delete, || panic!("not listed")).await;
    bus.after(Action::Rename, || event(Action::Rename)).await;
    let lines = written(out).await;
    for line in [
        "ALL=1",
        "MINE=1",
        "SFTPGO_ACTION=rename",
        "SFTPGO_ACTION_BUCKET=",
        "SFTPGO_ACTION_ELAPSED=3",
        // Of a rename there is no size.
        "SFTPGO_ACTION_FILE_SIZE=0",
        "SFTPGO_ACTION_ROLE=staff",
        "SFTPGO_ACTION_STATUS=1",
        "SFTPGO_ACTION_TARGET=/home/c",
        "SFTPGO_ACTION_VIRTUAL_PATH=/a b",
        "args --MINE",
    ] {
        assert!(lines.lines().any(|there| there == line), "{line} is missing:\n{lines}");
    }
    assert!(!lines.contains("OTHER") && !lines.contains("HOME="), "{lines}");
}

#[tokio::test]
async fn a_program_that_hangs_is_ended_with_all_it_started() {
    let dir = TempDir::new().unwrap();
    let pid = dir.path().join("pid");
    let hook = script(dir.path(), &format!("sleep 1000 & echo $! > {}; sleep 1000", pid.display()));
    let config = config(|config| config.command.timeout = 1);
    let hook = hooks(&config).hook(Purpose::PostConnect, &hook).unwrap().unwrap();
    assert!(matches!(hook.allows(Call::default()).await, Err(Failed::Late(_))));
    let pid = fs::read_to_string(pid).unwrap();
    let stat = PathBuf::from(format!("/proc/{}/stat", pid.trim()));
    let deadline = Instant::now() + Duration::from_secs(20);
    // An orphan may be a zombie until somebody collects it.
    while fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
        assert!(Instant::now() < deadline, "still there");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_program_may_leave_something_running_and_say_only_so_much() {
    let dir = TempDir::new().unwrap();
    let hook = |text: &str| {
        let hook = script(dir.path(), text);
        hooks(&Config::default()).hook(Purpose::PreLogin, &hook).unwrap().unwrap()
    };
    let started = Instant::now();
    let call = || Call { max_answer: 100, ..Call::default() };
    assert_eq!(hook("echo hi; sleep 20 &").ask(call()).await.unwrap(), Answer::Program(b"hi\n".to_vec()));
    assert!(started.elapsed() < Duration::from_secs(15), "waited for what was left running");
    let long = hook("head -c 200000 /dev/zero").ask(call()).await;
    assert!(matches!(long, Err(Failed::TooLong(100))), "{long:?}");
    let exit = hook("echo why >&2; exit 1").ask(call()).await.unwrap_err();
    assert!(exit.to_string().ends_with(": why"), "{exit}");
}

/// Answers each request with the next of `replies`; the heads and bodies that came.
async fn serve(listener: TcpListener, replies: Vec<&'static str>) -> Vec<(String, String)> {
    let mut seen = Vec::new();
    for reply in replies {
        let (mut socket, _) = listener.accept().await.unwrap();
        let (mut read, mut part) = (Vec::new(), [0; 4096]);
        let (head, body) = loop {
            let n = socket.read(&mut part).await.unwrap();
            read.extend_from_slice(&part[..n]);
            let text = String::from_utf8_lossy(&read).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| {
                line.to_ascii_lowercase().strip_prefix("content-length: ").and_then(|n| n.parse().ok())
            });
            if body.len() >= length.unwrap_or(0) {
                break (head.to_owned(), body.to_owned());
            }
        };
        let answer = format!("HTTP/1.1 {reply}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        socket.write_all(answer.as_bytes()).await.unwrap();
        seen.push((head, body));
    }
    seen
}

#[tokio::test]
async fn a_url_is_asked_again_after_a_failure_of_its_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/fs?x=1", listener.local_addr().unwrap());
    let config = config(|config| {
        config.common.actions.hook = url;
        config.common.actions.execute_on = vec!["pre-upload".to_owned()];
        (config.http.retry_wait_min, config.http.retry_wait_max, config.http.retry_max) = (0, 0, 2);
        config.http.headers = vec![config::ClientHeader {
            key: "x-token".to_owned(),
            value: Secret::new("t".to_owned()),
            url: String::new(),
        }];
    });
    let bus = bus(&config);
    let replies =
        vec!["500 Oops", "200 OK", "403 No", "204 Nothing", "302 Found", "503 Oops", "503 Oops", "503 Oops"];
    let server = tokio::spawn(serve(listener, replies));
    let mut verdicts = Vec::new();
    for _ in 0..5 {
        verdicts.push(bus.before(Action::PreUpload, || event(Action::PreUpload)).await);
    }
    let deny = Verdict::Deny;
    assert_eq!(verdicts, [Verdict::Proceed, deny, deny, deny, deny]);
    let seen = server.await.unwrap();
    assert!(seen[0].0.starts_with("POST /fs?x=1 ") && seen[0].0.contains("x-token: t"), "{}", seen[0].0);
    assert_eq!(seen[0].1, seen[1].1, "the same is sent again");
    let body: serde_json::Value = serde_json::from_str(&seen[0].1).unwrap();
    assert_eq!((&body["path"], &body["file_size"]), (&"/home/a \u{fffd}".into(), &7.into()));
    assert_eq!((&body["open_flags"], &body["ip"]), (&512.into(), &"127.0.0.1".into()));
    assert!(body.get("bucket").is_none() && body.get("ssh_cmd").is_none());
    // Nobody is there any more.
    assert_eq!(bus.before(Action::PreUpload, || event(Action::PreUpload)).await, Verdict::Deny);
}

#[tokio::test]
async fn an_awaited_upload_is_judged_and_not_told_again() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out");
    let program = script(dir.path(), &format!("echo $SFTPGO_ACTION_STATUS >> {}; exit 1", out.display()));
    let config = config(|config| {
        config.common.actions.hook = program;
        config.common.actions.execute_on = vec!["upload".to_owned()];
        config.common.actions.execute_sync = vec!["upload".to_owned()];
    });
    let bus = bus(&config);
    assert!(!bus.judge(|| event(Action::Upload)).await);
    let told = |judged, status| Event { judged, status, ..event(Action::Upload) };
    bus.after(Action::Upload, || told(true, Status::Failed)).await;
    assert_eq!(fs::read_to_string(&out).unwrap(), "1\n");
    // One that never was complete nobody has judged.
    bus.after(Action::Upload, || told(false, Status::QuotaExceeded)).await;
    assert_eq!(fs::read_to_string(&out).unwrap(), "1\n3\n");
}

#[tokio::test]
async fn objects_are_told_of_in_both_forms() {
    let dir = TempDir::new().unwrap();
    let out = dir.path().join("out");
    let program = script(dir.path(), &format!("{{ env | LC_ALL=C sort; echo end; }} > {}", out.display()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/p", listener.local_addr().unwrap());
    let server = tokio::spawn(serve(listener, vec!["200 OK"]));
    for hook in [program, url] {
        let settings = config::ProviderActions {
            execute_on: vec!["add".to_owned()],
            execute_for: vec!["user".to_owned()],
            hook,
        };
        let hook = ObjectHook::new(&hooks(&Config::default()), &settings).unwrap().unwrap();
        let bus = ObjectBus::new(vec![Arc::new(hook)]);
        for (operation, kind) in [
            (Operation::Delete, ObjectKind::User),
            (Operation::Add, ObjectKind::Group),
            (Operation::Add, ObjectKind::User),
        ] {
            bus.publish(operation, kind, || ObjectChange {
                operation,
                kind,
                name: "ann".to_owned(),
                by: Author { name: "root".into(), role: "staff".into(), ip: Some([10, 0, 0, 1].into()) },
                object: "{\"a\":1}".to_owned(),
            });
        }
    }
    let variables = written(out).await;
    for line in
        ["SFTPGO_PROVIDER_ACTION=add", "SFTPGO_PROVIDER_OBJECT_NAME=ann", "SFTPGO_PROVIDER_OBJECT={\"a\":1}"]
    {
        assert!(variables.lines().any(|there| there == line), "{line} is missing:\n{variables}");
    }
    let (head, body) = server.await.unwrap().remove(0);
    assert!(head.starts_with("POST /p?action=add&username=root&ip=10.0.0.1&object_type=user&"), "{head}");
    assert!(head.contains("&role=staff ") && body == "{\"a\":1}", "{head} {body}");
}

#[tokio::test]
async fn what_cannot_be_run_is_told() {
    let hook = |target: &str| hooks(&Config::default()).hook(Purpose::Startup, target);
    assert!(hook("").unwrap().is_none());
    assert!(matches!(hook("bin/hook"), Err(InvalidHook::Relative(_))));
    assert!(matches!(hook("/nowhere/hook"), Err(InvalidHook::Missing { .. })));
    let config = config(|config| config.http.ca_certificates = vec!["/nowhere/ca.pem".into()]);
    let error = Hooks::new(&config, Handle::current()).unwrap_err().to_string();
    assert!(error.starts_with("http.ca_certificates: cannot read /nowhere/ca.pem"), "{error}");
}
