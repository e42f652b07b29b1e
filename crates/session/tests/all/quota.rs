//! What is counted, and what is refused.

use crate::support::{World, at, names, put, word, write};
use bytes::Bytes;
use events::Bus;
use longshore_session::{
    Account, AccountSpec, Book, Change, Charge, FolderSpec, Ledger, Limits, Open, Owner, Pending, Session,
    Settings, Source, Start, UploadMode, Usage, count_stored,
};
use std::sync::Arc;
use storage::{Local, Memory};

fn limits(files: u64, bytes: u64) -> Limits {
    Limits { files, bytes }
}

fn charge(limits: Limits) -> Charge {
    Charge { book: Arc::new(Book::new(Usage::default())), limits }
}

fn world(upload: UploadMode) -> World {
    World::with(Settings { upload, umask: 0o022, ..Settings::default() }, Bus::default())
}

fn user(world: &World, charge: &Charge) -> Session {
    world.session(AccountSpec { charge: Some(charge.clone()), ..world.spec() })
}

fn used(charge: &Charge) -> (u64, u64) {
    let usage = charge.book.usage();
    (usage.files, usage.bytes)
}

const MODES: [UploadMode; 3] = [UploadMode::InPlace, UploadMode::Atomic, UploadMode::AtomicResumable];

fn text(len: usize) -> String {
    "x".repeat(len)
}

#[tokio::test]
async fn every_way_to_change_a_size_is_counted() {
    for mode in MODES {
        let (world, charge) = (world(mode), charge(limits(0, 10_000)));
        let session = user(&world, &charge);
        put(&session, "/a", Start::Truncate, &text(100)).await.unwrap();
        assert_eq!(used(&charge), (1, 100), "{mode:?}");
        put(&session, "/a", Start::Truncate, &text(40)).await.unwrap();
        assert_eq!(used(&charge), (1, 40), "{mode:?}: overwrite");
        let open = Open { append: true, ..Open::new(Start::Keep) };
        let mut upload = session.upload(&at("/a"), open).await.unwrap();
        write(&mut upload, 40, &text(10)).await.unwrap();
        upload.finish().await.unwrap();
        assert_eq!(used(&charge), (1, 50), "{mode:?}: append");
        for size in [20, 500] {
            session.change(&at("/a"), &Change { size: Some(size), ..Change::default() }).await.unwrap();
            assert_eq!(used(&charge), (1, size), "{mode:?}: by path");
        }
        let mut upload = session.upload(&at("/a"), Open::new(Start::Keep)).await.unwrap();
        upload.change(&Change { size: Some(5), ..Change::default() }).await.unwrap();
        upload.finish().await.unwrap();
        assert_eq!(used(&charge), (1, 5), "{mode:?}: by handle");
        let mut upload = session.upload(&at("/far"), Open::new(Start::Truncate)).await.unwrap();
        write(&mut upload, 1000, "z").await.unwrap();
        upload.finish().await.unwrap();
        assert_eq!(used(&charge), (2, 1006), "{mode:?}: far offset");
        session.rename(&at("/a"), &at("/far")).await.unwrap();
        assert_eq!(used(&charge), (1, 5), "{mode:?}: rename over");
        session.make_dir(&at("/d")).await.unwrap();
        session.make_link(b"far", &at("/l")).await.unwrap_err();
        session.remove_file(&at("/far")).await.unwrap();
        assert_eq!(used(&charge), (0, 0), "{mode:?}: remove");
    }
}

#[tokio::test]
async fn limits_refuse_and_leave_nothing() {
    for mode in MODES {
        let (world, charge) = (world(mode), charge(limits(3, 1000)));
        let session = user(&world, &charge);
        put(&session, "/a", Start::Truncate, &text(900)).await.unwrap();
        assert_eq!(word(put(&session, "/b", Start::Truncate, &text(200)).await), "quota", "{mode:?}");
        world.services.background.idle().await;
        assert_eq!((names(&session, "/").await.unwrap(), used(&charge)), (vec!["a".into()], (1, 900)));
        let mut upload = session.upload(&at("/far"), Open::new(Start::Truncate)).await.unwrap();
        assert_eq!(word(write(&mut upload, 1_000_000, "z").await), "quota", "a far offset is a size");
        assert_eq!(word(upload.finish().await), "aborted");
        let grown = session.change(&at("/a"), &Change { size: Some(1001), ..Change::default() }).await;
        assert_eq!(word(grown), "quota");
        let grown = session.change_link(&at("/a"), &Change { size: Some(1001), ..Change::default() }).await;
        assert_eq!(word(grown), "quota", "nor as if it might be a link");
        assert_eq!((world.read("a").len(), used(&charge)), (900, (1, 900)), "{mode:?}");

        // An overwrite may use what the old version has.
        put(&session, "/a", Start::Truncate, &text(1000)).await.unwrap();
        assert_eq!(word(session.upload(&at("/b"), Open::new(Start::Truncate)).await), "quota", "at open");
        assert_eq!(used(&charge), (1, 1000), "{mode:?}");
        put(&session, "/a", Start::Truncate, "").await.unwrap();
        for name in ["/b", "/c"] {
            put(&session, name, Start::Truncate, "1").await.unwrap();
        }
        assert_eq!(word(put(&session, "/d", Start::Truncate, "1").await), "quota");
        for allowed in [
            put(&session, "/a", Start::Truncate, "2").await.map(drop),
            session.rename(&at("/a"), &at("/e")).await,
            session.make_dir(&at("/dir")).await,
        ] {
            assert_eq!(word(allowed), "ok", "{mode:?}: full of files");
        }
        assert_eq!(used(&charge), (3, 3), "{mode:?}");
    }
}

/// A refused upload costs the old file only where it was emptied to begin with.
#[tokio::test]
async fn a_refused_overwrite_costs_the_old_file_only_in_place() {
    for (mode, left) in [(UploadMode::InPlace, None), (UploadMode::Atomic, Some(100))] {
        let (world, charge) = (world(mode), charge(limits(0, 1000)));
        let session = user(&world, &charge);
        put(&session, "/a", Start::Truncate, &text(100)).await.unwrap();
        assert_eq!(word(put(&session, "/a", Start::Truncate, &text(2000)).await), "quota");
        world.services.background.idle().await;
        let size = std::fs::metadata(world.home().join("a")).ok().map(|metadata| metadata.len());
        assert_eq!(size, left, "{mode:?}");
        assert_eq!(used(&charge), (u64::from(left.is_some()), left.unwrap_or(0)), "{mode:?}");

        // What was there before an append stays.
        put(&session, "/b", Start::Truncate, &text(100)).await.unwrap();
        let open = Open { append: true, ..Open::new(Start::Keep) };
        let mut upload = session.upload(&at("/b"), open).await.unwrap();
        assert_eq!(word(write(&mut upload, 100, &text(2000)).await), "quota");
        upload.finish().await.unwrap_err();
        assert_eq!(world.read("b").len(), 100, "{mode:?}");
    }
}

/// Each of two who append moves the end for the other: what both add is counted.
#[tokio::test]
async fn appending_together_does_not_pass_the_limit() {
    let (world, charge) = (world(UploadMode::InPlace), charge(limits(0, 250)));
    let session = user(&world, &charge);
    put(&session, "/a", Start::Truncate, &text(100)).await.unwrap();
    let open = Open { append: true, ..Open::new(Start::Keep) };
    let mut one = session.upload(&at("/a"), open).await.unwrap();
    let mut other = session.upload(&at("/a"), open).await.unwrap();
    write(&mut one, 0, &text(70)).await.unwrap();
    write(&mut other, 0, &text(70)).await.unwrap();
    assert_eq!(used(&charge), (1, 240));
    assert_eq!(word(write(&mut one, 0, &text(70)).await), "quota");
    other.finish().await.unwrap();
    one.finish().await.unwrap_err();
    assert_eq!(world.read("a").len(), 240);
    assert_eq!(used(&charge), (1, 240));
}

/// By name: a second one counts as another file. Bytes that two names share can't be limited by name.
#[tokio::test]
async fn a_second_name_is_counted() {
    let (world, charge) = (world(UploadMode::InPlace), charge(limits(2, 0)));
    let session = user(&world, &charge);
    put(&session, "/a", Start::Truncate, &text(100)).await.unwrap();
    session.hard_link(&at("/a"), &at("/b")).await.unwrap();
    assert_eq!(used(&charge), (2, 200));
    assert_eq!(word(session.hard_link(&at("/a"), &at("/c")).await), "quota");
    assert_eq!(word(session.hard_link(&at("/a"), &at("/b")).await), "quota");
    session.remove_file(&at("/a")).await.unwrap();
    assert_eq!(word(session.hard_link(&at("/b"), &at("/b")).await), "exists");
    assert_eq!(used(&charge), (1, 100), "one that was not made is not counted");

    let limited = user(&world, &self::charge(limits(0, 1000)));
    assert_eq!(word(limited.hard_link(&at("/b"), &at("/c")).await), "unsupported");
}

#[tokio::test]
async fn a_lost_client_is_counted_for_what_stays() {
    for (mode, left) in
        [(UploadMode::InPlace, (1, 70)), (UploadMode::Atomic, (0, 0)), (UploadMode::AtomicResumable, (1, 70))]
    {
        let (world, charge) = (world(mode), charge(limits(5, 1000)));
        let session = user(&world, &charge);
        let mut upload = session.upload(&at("/a"), Open::new(Start::Truncate)).await.unwrap();
        write(&mut upload, 0, &text(70)).await.unwrap();
        assert_eq!(used(&charge), (1, 70), "{mode:?}: while it is written");
        drop(upload);
        world.services.background.idle().await;
        assert_eq!(used(&charge), left, "{mode:?}");
    }
}

/// Whatever 32 uploads do at once, the sum holds and what said ok is whole.
#[tokio::test(flavor = "multi_thread")]
async fn parallel_uploads_never_pass_the_limit() {
    const PIECE: usize = 16 * 1024;
    for mode in [UploadMode::InPlace, UploadMode::Atomic] {
        let (world, charge) = (world(mode), charge(limits(20, 30 * PIECE as u64)));
        let session = user(&world, &charge);
        let upload = |n: usize| {
            let session = session.clone();
            tokio::spawn(async move {
                let mut upload = session.upload(&at(&format!("/f{n}")), Open::new(Start::Truncate)).await?;
                for _ in 0..2 {
                    upload.push(Bytes::from(vec![1; PIECE])).await?;
                    tokio::task::yield_now().await;
                }
                upload.finish().await
            })
        };
        let uploads: Vec<_> = (0..32).map(upload).collect();
        let mut stored = 0;
        for (n, upload) in uploads.into_iter().enumerate() {
            match upload.await.unwrap() {
                Ok(_) => {
                    assert_eq!(world.read(&format!("f{n}")).len(), 2 * PIECE);
                    stored += 1;
                }
                Err(error) => assert!(matches!(word::<()>(Err(error)), "quota" | "aborted")),
            }
        }
        world.services.background.idle().await;
        assert_eq!(used(&charge), (stored, stored * 2 * PIECE as u64), "{mode:?}");
        assert_eq!(names(&session, "/").await.unwrap().len() as u64, stored, "{mode:?}");
        assert!((1..=15).contains(&stored), "{mode:?}: {stored}");
    }
}

/// One file, written, cut, removed and replaced by many at once: in the end the sum is what is on disk.
#[tokio::test(flavor = "multi_thread")]
async fn the_sum_is_what_is_on_disk_after_a_brawl() {
    for mode in [UploadMode::InPlace, UploadMode::Atomic] {
        let (world, charge) = (world(mode), charge(limits(0, 1 << 40)));
        let session = user(&world, &charge);
        let fighter = |n: u64| {
            let session = session.clone();
            tokio::spawn(async move {
                for round in 0..40 {
                    let name = format!("/f{}", (n + round) % 3);
                    let _ = match (n + round) % 5 {
                        0 | 1 => put(&session, &name, Start::Truncate, &text((n * 37 + round) as usize))
                            .await
                            .map(drop),
                        2 => session.remove_file(&at(&name)).await,
                        3 => {
                            let change = Change { size: Some(round * 11), ..Change::default() };
                            session.change(&at(&name), &change).await
                        }
                        _ => session.rename(&at(&name), &at(&format!("/f{}", (n + round + 1) % 3))).await,
                    };
                }
            })
        };
        let fighters: Vec<_> = (0..8).map(fighter).collect();
        for fighter in fighters {
            fighter.await.unwrap();
        }
        world.services.background.idle().await;
        let sizes: Vec<_> =
            std::fs::read_dir(world.home()).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).collect();
        assert_eq!(used(&charge), (sizes.len() as u64, sizes.iter().sum()), "{mode:?}");
    }
}

#[tokio::test]
async fn folders_are_charged_for_themselves_or_for_their_user() {
    let world = world(UploadMode::InPlace);
    let (own, folder) = (charge(limits(2, 0)), charge(limits(2, 0)));
    let mount = |name: &str, path: &str, charge: &Charge| FolderSpec {
        name: name.into(),
        at: at(path),
        storage: Arc::new(Local::new(world.home().with_file_name(name), None)),
        charge: Some(charge.clone()),
    };
    let folders = vec![mount("v", "/v", &folder), mount("w", "/w", &own)];
    let session = world.session(AccountSpec { charge: Some(own.clone()), folders, ..world.spec() });
    session.begin().await.unwrap();
    put(&session, "/v/a", Start::Truncate, "123").await.unwrap();
    put(&session, "/v/b", Start::Truncate, "1").await.unwrap();
    put(&session, "/a", Start::Truncate, "12").await.unwrap();
    assert_eq!((used(&own), used(&folder)), ((1, 2), (2, 4)));
    assert_eq!(word(session.rename(&at("/a"), &at("/v/c")).await), "quota", "full");
    session.rename(&at("/a"), &at("/w/a")).await.unwrap();
    assert_eq!(used(&own), (1, 2), "the folder counts for the user");
    session.rename(&at("/w/a"), &at("/v/b")).await.unwrap();
    assert_eq!((used(&own), used(&folder)), ((0, 0), (2, 5)), "onto a file there is room");
    session.make_dir(&at("/t")).await.unwrap();
    session.remove_file(&at("/v/a")).await.unwrap();
    put(&session, "/t/x", Start::Truncate, "12345").await.unwrap();
    session.rename(&at("/t"), &at("/v/t")).await.unwrap();
    assert_eq!((used(&own), used(&folder)), ((0, 0), (2, 7)), "a tree moves its accounting");
}

#[tokio::test]
async fn the_largest_file_is_bounded() {
    for mode in MODES {
        let world = world(mode);
        let session = world.session(AccountSpec { max_upload_size: 100, ..world.spec() });
        put(&session, "/a", Start::Truncate, &text(100)).await.unwrap();
        assert_eq!(word(put(&session, "/b", Start::Truncate, &text(101)).await), "quota");
        world.services.background.idle().await;
        assert_eq!(names(&session, "/").await.unwrap(), ["a"], "{mode:?}");
        let open = Open { append: true, ..Open::new(Start::Keep) };
        let mut upload = session.upload(&at("/a"), open).await.unwrap();
        assert_eq!(word(write(&mut upload, 100, "x").await), "quota", "an append counts the whole");
        upload.finish().await.unwrap_err();
        assert_eq!(world.read("a").len(), 100, "{mode:?}");
        let grown = session.change(&at("/a"), &Change { size: Some(101), ..Change::default() }).await;
        assert_eq!(word(grown), "quota");
    }
}

#[tokio::test]
async fn object_storage_is_counted_as_well() {
    let (world, charge) = (world(UploadMode::InPlace), charge(limits(2, 100)));
    let home = Arc::new(Memory::default());
    let session = world.session(AccountSpec { home, charge: Some(charge.clone()), ..world.spec() });
    put(&session, "/a", Start::Truncate, &text(60)).await.unwrap();
    put(&session, "/a", Start::Truncate, &text(50)).await.unwrap();
    assert_eq!(used(&charge), (1, 50));
    let mut upload = session.upload(&at("/b"), Open::new(Start::Truncate)).await.unwrap();
    let refused = upload.write_at(0, &mut vec![Bytes::from(vec![0; 51])]);
    assert!(matches!(refused.map(|_: Pending| ()).map_err(|e| word::<()>(Err(e))), Err("quota")));
    drop(upload);
    world.services.background.idle().await;
    assert_eq!(used(&charge), (1, 50));
}

/// `df` shows the limits as the size of the file system, exactly.
#[tokio::test]
async fn space_is_what_the_limits_leave() {
    let (world, charge) = (world(UploadMode::InPlace), charge(limits(10, 1 << 20)));
    let session = user(&world, &charge);
    let space = session.space(&at("/")).await.unwrap();
    assert_eq!((space.fragment_size, space.blocks, space.files), (4096, 256, 10));
    put(&session, "/a", Start::Truncate, &text(1001)).await.unwrap();
    let space = session.space(&at("/")).await.unwrap();
    assert_eq!(space.blocks_available * space.fragment_size, (1 << 20) - 1001);
    assert_eq!((space.blocks * space.fragment_size, space.files_available), (1 << 20, 9));

    // A limit beyond the disk does not make it larger.
    let disk = world.user(&[("/", &["*"])]).space(&at("/")).await.unwrap();
    let generous = user(&world, &self::charge(limits(u64::MAX, 1 << 62)));
    let space = generous.space(&at("/")).await.unwrap();
    assert_eq!(space.blocks * space.fragment_size, disk.blocks * disk.fragment_size);
    assert!(space.blocks_available <= space.blocks);
}

/// A scan finds what the book should say, folders that count for the user included.
#[tokio::test]
async fn a_scan_counts_what_is_the_users() {
    let world = world(UploadMode::InPlace).tree();
    let (own, folder) = (charge(limits(0, 0)), charge(limits(0, 0)));
    let mount = |name: &str, charge: &Charge| FolderSpec {
        name: name.into(),
        at: at(name),
        storage: Arc::new(Local::new(world.home().with_file_name(name), None)),
        charge: Some(charge.clone()),
    };
    let folders = vec![mount("mine", &own), mount("theirs", &folder), mount("gone", &own)];
    for name in ["mine", "theirs"] {
        let dir = world.home().with_file_name(name);
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join("file"), "1234").unwrap();
    }
    let spec = AccountSpec { charge: Some(own), folders, ..world.spec() };
    let usage = Account::new(spec).count_stored().await.unwrap();
    assert_eq!(usage, Usage { files: 3 + 1, bytes: 10 + 1 + 3 + 4 });
    let folder = Local::new(world.home().with_file_name("theirs"), None);
    assert_eq!(count_stored(&folder).await.unwrap(), Usage { files: 1, bytes: 4 });
}

#[test]
fn the_ledger_tells_what_changed() {
    let ledger = Ledger::default();
    let owner = Owner::User("ann".into());
    let stored = Usage { files: 3, bytes: 30 };
    let book = ledger.book(owner.clone(), stored);
    assert_eq!(book.usage(), stored);
    assert!(ledger.take_changes().is_empty() && ledger.changed_at(&owner).is_none());
    ledger.set(owner.clone(), Usage { files: 4, bytes: 40 });
    assert_eq!(book.usage(), Usage { files: 4, bytes: 40 }, "sessions see it at once");
    let at = ledger.changed_at(&owner).unwrap();
    assert_eq!(ledger.take_changes(), [(owner.clone(), Usage { files: 4, bytes: 40 }, at)]);
    assert!(ledger.take_changes().is_empty());
    let same = ledger.book(owner.clone(), Usage::default());
    assert_eq!(same.usage().files, 4, "the living book counts, not what was kept");
    ledger.forget(&owner);
    assert_eq!(ledger.usage(&owner), None);
}

/// What is copied between open files is stored like what is written to them.
#[tokio::test]
async fn copied_ranges_are_counted() {
    for mode in MODES {
        let (world, charge) = (world(mode), charge(limits(0, 1000)));
        let session = user(&world, &charge);
        put(&session, "/a", Start::Truncate, &text(400)).await.unwrap();
        let mut source = session.download(&at("/a")).await.unwrap();

        let mut target = session.upload(&at("/b"), Open::new(Start::Truncate)).await.unwrap();
        let copied = target.copy_from(Source::Download(&mut source), 100, Some(200), 10).await.unwrap();
        assert_eq!(copied, 200, "{mode:?}");
        target.finish().await.unwrap();
        assert_eq!(used(&charge), (2, 610), "{mode:?}");
        assert_eq!(world.read("b")[10..], world.read("a")[100..300]);

        let mut target = session.upload(&at("/c"), Open::new(Start::Truncate)).await.unwrap();
        let refused = target.copy_from(Source::Download(&mut source), 0, None, 0).await;
        assert_eq!(word(refused), "quota", "{mode:?}");
        target.finish().await.unwrap_err();
        assert_eq!(used(&charge), (2, 610), "{mode:?}: nothing of it stays");
    }
}
