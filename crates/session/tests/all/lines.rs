//! What the log and the observers are told.

use crate::support::{World, at, get, put, write};
use async_trait::async_trait;
use events::{Action, Bus, Event, Interest, Observer, Status, Verdict};
use longshore_session::{Change, Open, Settings, Start, Time, UploadMode};
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn transfers_and_commands_leave_a_line() {
    let world = World::new();
    let session = world.user(&[("/", &["*"])]);
    put(&session, "/a", Start::Truncate, "abc").await.unwrap();
    get(&session, "/a").await.unwrap();
    session.rename(&at("/a"), &at("/b")).await.unwrap();
    session.make_dir(&at("/d")).await.unwrap();
    session.remove_dir(&at("/d")).await.unwrap();
    session.make_link(b"b", &at("/l")).await.unwrap();
    let (accessed, modified) = (Time { secs: 1000, nanos: 0 }, Time { secs: 2000, nanos: 0 });
    let change =
        Change { mode: Some(0o600), times: Some((accessed, modified)), size: Some(1), ..Change::default() };
    session.change(&at("/b"), &change).await.unwrap();
    session.remove_file(&at("/b")).await.unwrap();

    let home = world.home().to_str().unwrap().to_owned();
    for sender in ["Upload", "Download"] {
        let [line] = &world.lines(sender)[..] else { panic!("one {sender}") };
        for (field, value) in [
            ("size_bytes", "3"),
            ("username", "ann"),
            ("file_path", &format!("{home}/a")),
            ("connection_id", "SFTP_abc_1"),
            ("protocol", "SFTP"),
            ("remote_addr", "192.0.2.1:50000"),
            ("local_addr", "127.0.0.1:2022"),
        ] {
            assert_eq!(line[field], value, "{sender} {field}");
        }
        assert!(line.contains_key("elapsed_ms") && !line.contains_key("error"), "{line:?}");
    }
    let [rename] = &world.lines("Rename")[..] else { panic!("one Rename") };
    for (field, value) in [
        ("file_path", format!("{home}/a")),
        ("target_path", format!("{home}/b")),
        ("uid", "-1".into()),
        ("gid", "-1".into()),
        ("size", "-1".into()),
        ("filemode", String::new()),
    ] {
        assert_eq!(rename[field], value, "{field}");
    }
    for sender in ["Mkdir", "Rmdir", "Symlink", "Remove", "Chmod", "Chtimes", "Truncate"] {
        assert_eq!(world.lines(sender).len(), 1, "{sender}");
    }
    assert_eq!(world.lines("Chmod")[0]["filemode"], "-rw-------");
    assert_eq!(world.lines("Chtimes")[0]["modification_time"], "1970-01-01T00:33:20");
    assert_eq!(world.lines("Truncate")[0]["size"], "1");
}

#[tokio::test]
async fn a_failed_upload_says_so() {
    let world = World::new().tree();
    let session = world.user(&[("/", &["*"])]);
    let mut upload = session.upload(&at("/f"), Open::new(Start::Keep)).await.unwrap();
    write(&mut upload, u64::MAX, "x").await.unwrap_err();
    upload.finish().await.unwrap_err();
    drop(session.upload(&at("/g"), Open::new(Start::Truncate)).await.unwrap());
    world.services.background.idle().await;
    let uploads = world.lines("Upload");
    assert_eq!(uploads[0]["error"], "invalid argument");
    assert_eq!(uploads[1]["error"], "aborted");
}

#[derive(Default)]
struct Watch {
    deny: Mutex<Option<Action>>,
    seen: Mutex<Vec<(Action, u64, Status)>>,
}

#[async_trait]
impl Observer for Watch {
    fn interest(&self) -> Interest {
        Interest::all()
    }
    async fn before(&self, event: &Event) -> Verdict {
        self.after(event).await;
        if *self.deny.lock().unwrap() == Some(event.action) { Verdict::Deny } else { Verdict::Proceed }
    }
    async fn after(&self, event: &Event) {
        self.seen.lock().unwrap().push((event.action, event.size, event.status));
    }
}

/// Of an upload that fails, the log and the observers hear what is stored, and not what came.
#[tokio::test]
async fn a_failed_upload_is_told_with_what_is_stored() {
    for (upload, stored) in
        [(UploadMode::InPlace, 4), (UploadMode::Atomic, 0), (UploadMode::AtomicResumable, 4)]
    {
        let watch = Arc::new(Watch::default());
        let settings = Settings { umask: 0o022, upload, ..Settings::default() };
        let world = World::with(settings, Bus::new(vec![watch.clone()])).tree();
        let session = world.user(&[("/", &["*"])]);
        for is_lost in [true, false] {
            let mut upload = session.upload(&at("/f"), Open::new(Start::Truncate)).await.unwrap();
            write(&mut upload, 0, "part").await.unwrap();
            if is_lost {
                drop(upload);
            } else {
                write(&mut upload, u64::MAX, "x").await.unwrap_err();
                upload.finish().await.unwrap_err();
            }
            world.services.background.idle().await;
        }
        let seen = watch.seen.lock().unwrap();
        let ends: Vec<_> = seen.iter().filter(|(action, ..)| *action == Action::Upload).collect();
        let end = (Action::Upload, stored, Status::Failed);
        assert_eq!(ends, [&end, &end], "{upload:?}");
        for line in world.lines("Upload") {
            assert_eq!(line["size_bytes"], stored.to_string(), "{upload:?}");
        }
    }
}

#[tokio::test]
async fn observers_hear_and_may_refuse() {
    let watch = Arc::new(Watch::default());
    let settings = Settings { umask: 0o022, ..Settings::default() };
    let world = World::with(settings, Bus::new(vec![watch.clone()])).tree();
    let session = world.user(&[("/", &["*"])]);
    put(&session, "/f", Start::Truncate, "12345").await.unwrap();
    get(&session, "/f").await.unwrap();
    session.remove_file(&at("/f")).await.unwrap();
    drop(session.upload(&at("/g"), Open::new(Start::Keep)).await.unwrap());
    world.services.background.idle().await;
    assert_eq!(
        *watch.seen.lock().unwrap(),
        [
            (Action::PreUpload, 10, Status::Done),
            (Action::Upload, 5, Status::Done),
            (Action::PreDownload, 5, Status::Done),
            (Action::Download, 5, Status::Done),
            (Action::PreDelete, 5, Status::Done),
            (Action::Delete, 5, Status::Done),
            (Action::PreUpload, 1, Status::Done),
            (Action::Upload, 1, Status::Failed),
        ]
    );
    for action in [Action::PreUpload, Action::PreDownload, Action::PreDelete] {
        *watch.deny.lock().unwrap() = Some(action);
        match action {
            Action::PreUpload => put(&session, "/g", Start::Truncate, "x").await.map(drop).unwrap_err(),
            Action::PreDownload => get(&session, "/g").await.map(drop).unwrap_err(),
            _ => session.remove_file(&at("/g")).await.unwrap_err(),
        };
        assert_eq!(world.read("g"), b"g", "{action:?}");
    }
}
