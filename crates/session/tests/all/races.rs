//! A directory of the home is swapped for a link to the outside while a session works in it.

use crate::support::{World, at, get, names, write};
use events::Bus;
use longshore_session::{Change, Open, Session, Settings, Start, SymlinkMode, UploadMode, lane};
use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Exchanges two entries until told to stop.
fn swap(one: &Path, other: &Path, stop: &AtomicBool) {
    let (here, exchange) = (rustix::fs::CWD, rustix::fs::RenameFlags::EXCHANGE);
    while !stop.load(Ordering::Relaxed) {
        rustix::fs::renameat_with(here, one, here, other, exchange).unwrap();
    }
}

/// Names and contents below a directory.
fn state(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(state(&path)),
            false => all.push((path.clone(), fs::read(&path).unwrap())),
        }
    }
    all.sort();
    all
}

/// Everything that takes several steps between looking and doing.
async fn work(session: &Session, round: usize) {
    for start in [Start::Truncate, Start::Keep] {
        if let Ok(mut upload) = session.upload(&at("/door/s"), Open::new(start)).await {
            let _ = write(&mut upload, 0, "own").await;
            let _ = upload.finish().await;
        }
    }
    assert_ne!(get(session, "/door/s").await.unwrap_or_default(), b"secret", "the secret was read");
    assert!(session.stat(&at("/door/only-outside")).await.is_err(), "a name outside was found");
    if let Ok(names) = names(session, "/door").await {
        assert!(!names.iter().any(|name| name == "only-outside"), "the outside was listed");
    }
    let _ = session.copy(&at("/f"), &at("/door/copy")).await;
    let _ = session.copy(&at("/door/s"), &at("/copy")).await;
    assert_ne!(get(session, "/copy").await.unwrap_or_default(), b"secret", "the secret was copied");
    let _ = session.copy(&at("/door"), &at("/copied")).await;
    assert!(session.stat(&at("/copied/only-outside")).await.is_err(), "the outside was copied");
    let _ = session.rename(&at("/door/copy"), &at("/door/renamed")).await;
    let _ = session.rename(&at("/door/renamed"), &at("/moved")).await;
    let _ = session.rename(&at("/door/only-outside"), &at("/stolen")).await;
    let _ = session.make_dirs(&at(&format!("/door/d{round}/e"))).await;
    let _ = session.make_link(b"f", &at("/door/link")).await;
    let size = Change { size: Some(1), mode: Some(0o600), ..Change::default() };
    let _ = session.change(&at("/door/s"), &size).await;
    for name in ["/door/link", "/door/copy", "/door/renamed", "/door/only-outside", "/moved"] {
        let _ = session.remove_file(&at(name)).await;
    }
    let _ = session.remove_all(&at(&format!("/door/d{round}"))).await;
    let _ = session.remove_all(&at("/copied")).await;
    assert!(session.stat(&at("/stolen")).await.is_err(), "what was outside is inside");
}

#[tokio::test]
async fn a_swapped_directory_never_leads_out() {
    for upload in [UploadMode::InPlace, UploadMode::Atomic] {
        let symlinks = SymlinkMode { local: true, remote: false };
        let settings = Settings { umask: 0o022, symlinks, upload, ..Settings::default() };
        let world = World::with(settings, Bus::default()).tree();
        let (home, outside) = (world.home(), world.home().with_file_name("outside"));
        fs::create_dir_all(outside.join("d0")).unwrap();
        fs::create_dir(home.join("real")).unwrap();
        fs::write(home.join("real/s"), "own").unwrap();
        for name in ["s", "only-outside", "d0/deep"] {
            fs::write(outside.join(name), "secret").unwrap();
        }
        symlink(&outside, home.join("door")).unwrap();
        let before = state(&outside);
        let session = world.user(&[("/", &["*"])]);
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| swap(&home.join("door"), &home.join("real"), &stop));
            let _stopped = StopOnDrop(&stop);
            block_on(async {
                for round in 0..300 {
                    work(&session, round).await;
                }
            });
        });
        assert_eq!(state(&outside), before, "{upload:?}");
    }
}

/// Runs to the end on a thread of its own, which may block, as a connection's.
fn block_on(work: impl Future<Output = ()> + Send) {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _private = lane::private();
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
        });
    });
}
