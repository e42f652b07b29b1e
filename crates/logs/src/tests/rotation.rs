//! When a log file is put aside, and how many are kept.

use std::{
    collections::BTreeSet,
    io::Read,
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use super::*;

/// Names in the log's directory.
fn names(dir: &Path) -> BTreeSet<String> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn rotated(name: &str) -> bool {
    let Some(time) = name.strip_prefix("test-") else { return false };
    let time = time.trim_end_matches(".gz").trim_end_matches(".log");
    clock::from_file_name(time).is_some()
}

/// Fewer lines than the queue holds: it is meant to drop what comes too fast.
fn log_kib(count: usize) {
    let filler = "x".repeat(1000);
    for number in 0..count {
        tracing::info!(target: "test", number, filler);
    }
}

#[test]
fn a_full_file_is_put_aside_and_nothing_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let settings = settings(&dir);
    text(&settings, || log_kib(3000));
    let dir = dir.path().join("logs");
    let names = names(&dir);
    assert!(names.len() >= 3 && names.iter().all(|name| name == "test.log" || rotated(name)), "{names:?}");
    let mut numbers = Vec::new();
    for name in &names {
        let text = fs::read_to_string(dir.join(name)).unwrap();
        assert!(text.len() <= 1 << 20, "{name} has {} bytes", text.len());
        let parsed = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        numbers.extend(parsed.map(|line| line["number"].as_u64().unwrap()));
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..3000).collect::<Vec<u64>>());
    assert_eq!(fs::metadata(dir.join("test.log")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn rotated_files_are_compressed_and_limited() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = settings(&dir);
    let file = settings.file.as_mut().unwrap();
    (file.max_backups, file.compress) = (2, true);
    for round in 0..4 {
        let (subscriber, guard) = build(&settings).unwrap();
        with_default(subscriber, || {
            tracing::info!(target: "test", round);
            guard.rotation().rotate();
            tracing::info!(target: "test", "in the new file");
        });
        drop(guard);
    }
    let dir = dir.path().join("logs");
    let backups: Vec<_> = names(&dir).into_iter().filter(|name| name != "test.log").collect();
    assert!(
        backups.len() == 2 && backups.iter().all(|name| rotated(name) && name.ends_with(".log.gz")),
        "{backups:?}"
    );
    let mut text = String::new();
    flate2::read::GzDecoder::new(fs::File::open(dir.join(&backups[1])).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.contains("\"round\":3"), "{text}");
}

#[test]
fn old_files_go_and_strangers_stay() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = settings(&dir);
    settings.file.as_mut().unwrap().max_age = 7;
    let logs = dir.path().join("logs");
    fs::create_dir_all(&logs).unwrap();
    let recent = format!("test-{}.log", clock::to_file_name(Clock::new(true).now()));
    for name in [
        "test-2020-01-02T15-04-05.000.log",
        "test-2020-01-02T15-04-05.001.log.gz",
        "test-old.log",
        "other.log",
        &recent,
    ] {
        fs::write(logs.join(name), name).unwrap();
    }
    let (subscriber, guard) = build(&settings).unwrap();
    with_default(subscriber, || {
        tracing::info!(target: "test", "x");
        guard.rotation().rotate();
        tracing::info!(target: "test", "y");
    });
    drop(guard);
    let names = names(&logs);
    assert!(!names.iter().any(|name| name.contains("2020")), "{names:?}");
    assert!(
        ["test-old.log", "other.log", "test.log", &recent].iter().all(|name| names.contains(*name)),
        "{names:?}"
    );
}

#[test]
fn a_file_moved_away_is_opened_anew() {
    let dir = tempfile::tempdir().unwrap();
    let settings = settings(&dir);
    let path = settings.file.as_ref().unwrap().path.clone();
    let text = text(&settings, || {
        tracing::info!(target: "test", "old");
        let written = || fs::metadata(&path).is_ok_and(|metadata| metadata.len() > 0);
        let deadline = Instant::now() + Duration::from_secs(10);
        while !written() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        fs::rename(&path, path.with_extension("1")).unwrap();
        let (subscriber, guard) = build(&settings).unwrap();
        with_default(subscriber, || tracing::info!(target: "test", "new"));
        guard.rotation().rotate();
        drop(guard);
    });
    assert!(!text.contains("old"), "{text}");
    assert!(fs::read_to_string(path.with_extension("1")).unwrap().contains("old"));
}

#[test]
fn a_log_goes_on_in_the_file_that_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let settings = settings(&dir);
    text(&settings, || tracing::info!(target: "test", "first"));
    let both = text(&settings, || tracing::info!(target: "test", "second"));
    assert_eq!(both.lines().count(), 2);
}

#[test]
fn a_flood_costs_bounded_memory_and_is_counted() {
    // A reader that never reads: the queue fills up, logging goes on.
    let dir = tempfile::tempdir().unwrap();
    let mut settings = settings(&dir);
    let fifo = dir.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let reader = fs::OpenOptions::new().read(true).write(true).open(&fifo).unwrap();
    let file = settings.file.as_mut().unwrap();
    (file.path, file.max_size) = (fifo, 0);
    let (subscriber, guard) = build(&settings).unwrap();
    let began = Instant::now();
    with_default(subscriber, || {
        for number in 0..20_000 {
            tracing::info!(target: "test", number, filler = "x".repeat(100));
        }
    });
    assert!(began.elapsed() < Duration::from_secs(30), "logging waited for the disk");
    // Now somebody reads, until the report of what was lost.
    let reading = std::thread::spawn(move || {
        let mut lines = io::BufRead::lines(io::BufReader::new(reader)).map_while(Result::ok);
        lines.find(|line| line.contains("\"sender\":\"log\"")).unwrap()
    });
    drop(guard);
    let report: Value = serde_json::from_str(&reading.join().unwrap()).unwrap();
    assert!(report["lost"].as_u64().is_some_and(|lost| lost > 1000), "{report}");
}

#[test]
fn a_log_that_cannot_be_opened_says_which() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = settings(&dir);
    settings.file.as_mut().unwrap().path = dir.path().to_owned();
    let error = build(&settings).err().unwrap().to_string();
    assert!(error.contains(dir.path().to_str().unwrap()), "{error}");
}
