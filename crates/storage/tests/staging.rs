//! Staged files on a real disk: what a rename, a link, a killed server and a full disk do to them.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test, which is what it is for")]

use bytes::Bytes;
use longshore_storage::{
    Backend, Error, Journal, Key, Local, OnAbort, OpenWrite, Pending, Publish, Rename, Result, Start,
    WriteAt, Writer,
};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    time::{Duration, SystemTime},
};
use tempfile::TempDir;

fn both(root: &Path) -> [Local; 2] {
    let local = Local::new(root, None);
    [local.clone(), local.without_nameless_files()]
}

fn key(raw: &str) -> Key {
    Key::new(raw.as_bytes()).unwrap()
}

fn staged(start: Start) -> OpenWrite {
    OpenWrite {
        start,
        read: false,
        append: false,
        mode: 0o644,
        publish: Publish::WhenFinished,
        on_abort: OnAbort::Discard,
        durable: true,
    }
}

async fn open(local: &Local, name: &str, start: Start) -> Result<Box<dyn WriteAt>> {
    match local.write(&key(name), &staged(start)).await? {
        Writer::Random(file) => Ok(file),
        Writer::Stream(_) => unreachable!(),
    }
}

async fn write(file: &mut Box<dyn WriteAt>, data: &[u8]) -> Result<()> {
    match file.write_at(0, &mut vec![Bytes::copy_from_slice(data)]) {
        Pending::Ready(result) => result,
        Pending::Later(result) => result.await,
    }
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_file_follows_its_directory() {
    for nameless in [0, 1] {
        let dir = TempDir::new().unwrap();
        let local = &both(dir.path())[nameless];
        local.make_dir(&key("d"), 0o755).await.unwrap();
        let mut file = open(local, "d/f", Start::CreateNew).await.unwrap();
        write(&mut file, b"whole").await.unwrap();
        local.rename(&key("d"), &key("e"), Rename::NoReplace).await.unwrap();
        file.finish().await.unwrap();
        assert_eq!(fs::read(dir.path().join("e/f")).unwrap(), b"whole");
        assert_eq!(names(&dir.path().join("e")), ["f"]);
    }
}

#[tokio::test]
async fn a_link_is_replaced_and_its_target_left_alone() {
    for nameless in [0, 1] {
        let dir = TempDir::new().unwrap();
        let local = &both(dir.path())[nameless];
        fs::write(dir.path().join("target"), "old").unwrap();
        symlink("target", dir.path().join("link")).unwrap();
        symlink("/etc/passwd", dir.path().join("out")).unwrap();
        let mut file = open(local, "link", Start::TruncateExisting).await.unwrap();
        write(&mut file, b"new").await.unwrap();
        file.finish().await.unwrap();
        assert_eq!(fs::read(dir.path().join("target")).unwrap(), b"old");
        assert_eq!(fs::read(dir.path().join("link")).unwrap(), b"new");
        assert!(!dir.path().join("link").is_symlink());
        let copied = open(local, "out", Start::Existing).await.map(drop);
        assert!(matches!(copied, Err(Error::Denied)), "{copied:?}");
    }
}

/// Until it is finished a file without a name leaves no trace; one with a name is hidden, and goes when it is
/// old and nobody's.
#[tokio::test]
async fn left_overs_are_hidden_and_swept() {
    let dir = TempDir::new().unwrap();
    let [nameless, named] = both(dir.path());
    let mut file = open(&nameless, "f", Start::CreateNew).await.unwrap();
    write(&mut file, b"part").await.unwrap();
    assert!(names(dir.path()).is_empty());
    file.abort(OnAbort::Discard).await;

    // As a killed server leaves it.
    let mut file = open(&named, "f", Start::CreateNew).await.unwrap();
    write(&mut file, b"part").await.unwrap();
    std::mem::forget(file);
    let [temporary] = &names(dir.path())[..] else { panic!("one temporary file") };
    assert!(temporary.starts_with(".sftpgo-upload.") && temporary.ends_with(".f"), "{temporary}");
    assert!(nameless.list(&Key::root()).await.unwrap().next().await.unwrap().is_empty());
    let list = async || nameless.list(&Key::root()).await.unwrap().next().await.unwrap();
    let age = || {
        let file = fs::File::options().write(true).open(dir.path().join(temporary)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(25 * 3600)).unwrap();
    };
    age();
    assert!(list().await.is_empty());
    assert_eq!(names(dir.path()).len(), 1, "old, but somebody has it open");

    fs::remove_file(dir.path().join(temporary)).unwrap();
    fs::write(dir.path().join(temporary), "part").unwrap();
    assert!(list().await.is_empty());
    assert_eq!(names(dir.path()).len(), 1, "nobody's, but young: where there are no locks it may be alive");
    age();
    assert!(list().await.is_empty());
    assert!(names(dir.path()).is_empty());
}

/// A replacement keeps the mode that its owner gave the file.
#[tokio::test]
async fn a_replacement_looks_like_what_it_replaces() {
    for nameless in [0, 1] {
        let dir = TempDir::new().unwrap();
        let local = &both(dir.path())[nameless];
        fs::write(dir.path().join("f"), "old").unwrap();
        fs::set_permissions(dir.path().join("f"), fs::Permissions::from_mode(0o600)).unwrap();
        let mut file = open(local, "f", Start::Truncate).await.unwrap();
        write(&mut file, b"new").await.unwrap();
        file.finish().await.unwrap();
        assert_eq!(fs::metadata(dir.path().join("f")).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

/// Whoever reads at any moment sees one version or the other, whole.
#[tokio::test(flavor = "multi_thread")]
async fn readers_see_one_version_or_the_other() {
    for nameless in [0, 1] {
        let dir = TempDir::new().unwrap();
        let local = both(dir.path())[nameless].clone();
        let path = dir.path().join("f");
        fs::write(&path, [0; 50_000]).unwrap();
        let writer = tokio::spawn(async move {
            for round in 1..60_u8 {
                let open = OpenWrite { durable: false, ..staged(Start::Truncate) };
                let Writer::Random(mut file) = local.write(&key("f"), &open).await.unwrap() else { return };
                write(&mut file, &[round; 50_000]).await.unwrap();
                file.finish().await.unwrap();
            }
        });
        let mut reads = 0;
        while !writer.is_finished() || reads == 0 {
            let seen = fs::read(&path).unwrap();
            assert!(seen.len() == 50_000 && seen.iter().all(|byte| *byte == seen[0]), "torn");
            reads += 1;
            tokio::task::yield_now().await;
        }
        writer.await.unwrap();
        assert_eq!(names(dir.path()), ["f"]);
    }
}

/// What its owner does not see does not keep a directory from being removed, unless somebody still writes it.
#[tokio::test]
async fn a_directory_goes_with_the_left_overs_in_it() {
    let dir = TempDir::new().unwrap();
    let [_, named] = both(dir.path());
    named.make_dir(&key("d"), 0o755).await.unwrap();
    fs::write(dir.path().join("d/.sftpgo-upload.0123456789abcdef.f"), "left").unwrap();
    let mut file = open(&named, "d/f", Start::CreateNew).await.unwrap();
    write(&mut file, b"part").await.unwrap();
    let refused = named.remove_dir(&key("d")).await;
    assert!(matches!(refused, Err(Error::NotEmpty)), "{refused:?}");
    assert_eq!(names(&dir.path().join("d")).len(), 1, "the one that is written is left");
    file.abort(OnAbort::Discard).await;
    fs::write(dir.path().join("d/.sftpgo-upload.0123456789abcdef.f"), "left").unwrap();
    fs::write(dir.path().join("d/seen"), "").unwrap();
    assert!(matches!(named.remove_dir(&key("d")).await, Err(Error::NotEmpty)));
    fs::remove_file(dir.path().join("d/seen")).unwrap();
    named.remove_dir(&key("d")).await.unwrap();
}

/// A server that is killed in the middle leaves a file that the next one removes when it starts.
#[tokio::test]
async fn what_is_journalled_is_swept_at_the_start() {
    let (dir, state) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (journal, left) = Journal::open(state.path()).unwrap();
    assert_eq!(left.sweep(), 0);
    let [nameless, named] = both(dir.path()).map(|local| local.journalled(Some(journal.clone())));
    fs::write(dir.path().join("old"), "old").unwrap();
    for (local, name) in [(&named, "f"), (&named, "old"), (&nameless, "old")] {
        let mut file = open(local, name, Start::Truncate).await.unwrap();
        write(&mut file, b"whole").await.unwrap();
        file.finish().await.unwrap();
    }
    assert_eq!(names(dir.path()), ["f", "old"]);
    // Still there when the journal is read again, as after a crash.
    let temporary = ".sftpgo-upload.0123456789abcdef.g";
    fs::write(dir.path().join(temporary), "part").unwrap();
    let noted = [dir.path().as_os_str().as_encoded_bytes(), b"\0", temporary.as_bytes(), b"\0"].concat();
    let crashed = state.path().join("uploads-1.journal");
    fs::write(&crashed, noted).unwrap();
    let mut living = open(&named, "living", Start::CreateNew).await.unwrap();
    write(&mut living, b"living").await.unwrap();
    let (_next, left) = Journal::open(state.path()).unwrap();
    assert_eq!(left.sweep(), 1);
    living.finish().await.unwrap();
    assert_eq!(names(dir.path()), ["f", "living", "old"]);
}
