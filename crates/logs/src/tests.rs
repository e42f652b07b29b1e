//! Logging as a whole, into files of the tests.

use std::{fs, path::Path, process::Command};

use serde_json::Value;
use tempfile::TempDir;
use tracing::subscriber::with_default;
use types::Secret;

use super::*;

mod rotation;

fn settings(dir: &TempDir) -> LogSettings {
    let file = FileSettings {
        path: dir.path().join("logs/test.log"),
        max_size: 1,
        max_backups: 0,
        max_age: 0,
        compress: false,
    };
    LogSettings { file: Some(file), level: Level::Debug, utc: true, console: Console::Off }
}

/// The text of the log after `work`.
fn text(settings: &LogSettings, work: impl FnOnce()) -> String {
    let (subscriber, guard) = build(settings).unwrap();
    with_default(subscriber, work);
    drop(guard);
    fs::read_to_string(&settings.file.as_ref().unwrap().path).unwrap()
}

/// The lines of the log after `work`.
fn lines(work: impl FnOnce()) -> Vec<Value> {
    let dir = tempfile::tempdir().unwrap();
    text(&settings(&dir), work).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_line_is_level_time_sender_fields_message() {
    let dir = tempfile::tempdir().unwrap();
    let text = text(&settings(&dir), || {
        tracing::warn!(target: "sftpd", connection_id = "SSH_1", count = 3_u64, ok = true, ratio = 0.5, "hello {}", 1);
    });
    let (head, rest) = text.split_once("\"time\":\"").unwrap();
    let (time, rest) = rest.split_once('"').unwrap();
    assert_eq!(head, "{\"level\":\"warn\",");
    assert_eq!(
        rest,
        ",\"sender\":\"sftpd\",\"connection_id\":\"SSH_1\",\"count\":3,\"ok\":true,\"ratio\":0.5,\"message\":\"hello 1\"}\n"
    );
    let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000");
}

#[test]
fn spans_lend_their_fields_to_the_lines_in_them() {
    let lines = lines(|| {
        let connection =
            tracing::info_span!("connection", connection_id = "SSH_7", username = tracing::field::Empty);
        let _entered = connection.enter();
        tracing::info!(target: "sftpd", "before");
        connection.record("username", "alice");
        tracing::info!(target: "sftpd", connection_id = "other", "after");
    });
    assert_eq!((lines[0]["connection_id"].as_str(), lines[0].get("username")), (Some("SSH_7"), None));
    assert_eq!(
        (lines[1]["connection_id"].as_str(), lines[1]["username"].as_str()),
        (Some("other"), Some("alice"))
    );
}

#[test]
fn the_level_holds_for_us_and_libraries_only_warn() {
    let dir = tempfile::tempdir().unwrap();
    for (level, expected) in [
        (Level::Debug, vec!["own debug", "crate debug", "info", "warn", "library warn", "error"]),
        (Level::Info, vec!["info", "warn", "library warn", "error"]),
        (Level::Warn, vec!["warn", "library warn", "error"]),
        (Level::Error, vec!["error"]),
    ] {
        let settings = LogSettings { level, ..settings(&dir) };
        let path = &settings.file.as_ref().unwrap().path;
        let _ = fs::remove_file(path);
        let text = text(&settings, || {
            tracing::debug!(target: "sftpd", "own debug");
            tracing::debug!(target: "longshore_ssh::driver", "crate debug");
            tracing::info!(target: "sqlx::query", "library info");
            tracing::info!(target: "httpd", "info");
            tracing::warn!(target: "httpd", "warn");
            tracing::warn!(target: "sqlx::query", "library warn");
            tracing::error!(target: "httpd", "error");
        });
        let messages: Vec<String> = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["message"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(messages, expected, "{level:?}");
    }
}

#[test]
fn a_crate_is_the_sender_where_none_is_named() {
    let lines = lines(|| {
        tracing::info!(target: "longshore_ssh::driver", "a");
        tracing::warn!(target: "hyper::proto", "b");
        tracing::info!(target: "transfer", sender = "Upload", "c");
    });
    let senders: Vec<_> = lines.iter().map(|line| line["sender"].as_str().unwrap()).collect();
    assert_eq!(senders, ["ssh", "hyper", "Upload"]);
}

#[test]
fn hostile_text_stays_one_json_line() {
    let hostile = "\"}\n{\"level\":\"error\"\\\u{1b}[31m\u{9b}\u{0}\u{2028}é";
    let lines = lines(|| tracing::info!(target: "sftpd", client = hostile, "{}", "x".repeat(100_000)));
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["client"], hostile);
    assert_eq!(lines[0]["message"].as_str().unwrap().len(), 32 * 1024);
}

#[test]
fn a_terminal_gets_colour() {
    let line = line::Line {
        level: tracing::Level::WARN,
        time: "2026-01-02T03:04:05.678".to_owned(),
        sender: "service",
        fields: &[("port", line::Value::Bare("22".to_owned()))],
        message: "busy",
    };
    assert_eq!(line.human(Console::Colour), "03:04:05 \u{1b}[33mWARN \u{1b}[0m busy port=22\n");
    assert_eq!(line.human(Console::Plain), "03:04:05 WARN  busy port=22\n");
}

#[test]
fn a_secret_never_appears() {
    let secret = Secret::new("hush".to_owned());
    let holder = Some(vec![secret.clone()]);
    let dir = tempfile::tempdir().unwrap();
    let text = text(&settings(&dir), || {
        let span = tracing::info_span!("s", %secret);
        let _entered = span.enter();
        tracing::info!(target: "auth", ?secret, shown = %secret, ?holder, "{secret} {secret:?} {holder:?}");
    });
    assert!(text.contains("[secret]") && !text.contains("hush"), "{text}");
}

#[test]
fn an_error_shows_its_causes_once() {
    #[derive(Debug, thiserror::Error)]
    #[error("cannot publish")]
    struct Outer(#[source] io::Error);
    let error = Outer(io::Error::other("disk full"));
    let lines =
        lines(|| tracing::error!(target: "x", error = &error as &dyn std::error::Error, "upload failed"));
    assert_eq!(lines[0]["error"], "cannot publish: disk full");
}

#[test]
fn without_a_file_lines_go_to_standard_output() {
    // The child is this test binary, told to run the next test alone.
    let output = |test: &str| {
        let exe = std::env::current_exe().unwrap();
        let args = [test, "--exact", "--ignored", "--nocapture", "--test-threads=1"];
        let output = Command::new(exe).args(args).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let json = output("tests::child_logs_to_standard_output");
    assert!(
        json.lines().any(|line| line.starts_with("{\"level\":\"info\"") && line.ends_with("\"listening\"}")),
        "{json}"
    );
    let console = output("tests::child_shows_people_what_matters");
    let shown: Vec<_> =
        console.lines().filter_map(|line| line.split_once(' ').map(|(_, text)| text)).collect();
    assert!(shown.contains(&"INFO  listening address=127.0.0.1:2022"), "{console}");
    assert!(shown.contains(&"ERROR broken client=\\u{1b}[2J"), "{console}");
    assert!(!console.contains("detail"), "{console}");
}

#[test]
#[ignore = "run as a child by without_a_file_lines_go_to_standard_output"]
fn child_logs_to_standard_output() {
    let settings = LogSettings { file: None, level: Level::Info, utc: false, console: Console::Off };
    let (subscriber, guard) = build(&settings).unwrap();
    println!();
    with_default(subscriber, || tracing::info!(target: "service", "listening"));
    drop(guard);
}

#[test]
#[ignore = "run as a child by without_a_file_lines_go_to_standard_output"]
fn child_shows_people_what_matters() {
    let dir = tempfile::tempdir().unwrap();
    let settings = LogSettings { console: Console::Plain, ..settings(&dir) };
    let (subscriber, guard) = build(&settings).unwrap();
    println!();
    with_default(subscriber, || {
        tracing::info!(target: "service", address = "127.0.0.1:2022", "listening");
        tracing::info!(target: "sftpd", "detail");
        tracing::debug!(target: "service", "detail");
        tracing::error!(target: "sftpd", client = "\u{1b}[2J", "broken");
    });
    drop(guard);
}
