//! What may be moved in all, and how fast.

use crate::support::{World, at, get, put, settle, write};
use events::Bus;
use longshore_session::{
    AccountSpec, Allowance, Bandwidth, Error, Open, Paces, Session, Settings, Start, Tally, TrafficLimits,
    UploadMode,
};
use std::{
    fs,
    io::IoSliceMut,
    sync::Arc,
    time::{Duration, Instant},
};

fn allowance(limits: TrafficLimits) -> Allowance {
    Allowance { tally: Arc::new(Tally::default()), limits }
}

fn user(world: &World, allowance: &Allowance) -> Session {
    world.session(AccountSpec { allowance: Some(allowance.clone()), ..world.spec() })
}

fn moved(allowance: &Allowance) -> (u64, u64) {
    let traffic = allowance.tally.traffic();
    (traffic.uploaded, traffic.downloaded)
}

#[tokio::test]
async fn a_download_ends_at_the_limit_and_none_begins_after_it() {
    let world = World::new();
    fs::write(world.home().join("f"), vec![7; 2500]).unwrap();
    let allowance = allowance(TrafficLimits { download: 4000, ..TrafficLimits::default() });
    let session = user(&world, &allowance);
    assert_eq!(get(&session, "/f").await.unwrap().len(), 2500);
    assert!(matches!(get(&session, "/f").await, Err(Error::QuotaExceeded)));
    assert_eq!(moved(&allowance), (0, 4000), "counted up to the limit, in chunks of 1000");
    assert!(matches!(session.download(&at("/f")).await, Err(Error::QuotaExceeded)));
    put(&session, "/up", Start::Truncate, "the other way is open").await.unwrap();
    assert_eq!(world.lines("Download").last().unwrap()["error"], "quota exceeded");
}

/// What a handle for writing gives back is a download too.
#[tokio::test]
async fn reading_back_is_held_to_the_limit() {
    let world = World::new();
    fs::write(world.home().join("f"), vec![7; 100]).unwrap();
    let allowance = allowance(TrafficLimits { download: 60, ..TrafficLimits::default() });
    let session = user(&world, &allowance);
    let open = Open { read: true, ..Open::new(Start::Keep) };
    let mut file = session.upload(&at("/f"), open).await.unwrap();
    let mut buffer = [0; 50];
    let read = file.read_at(0, &mut [IoSliceMut::new(&mut buffer)]).unwrap();
    assert_eq!(settle(read, &buffer).await.unwrap(), [7; 50]);
    let read = file.read_at(50, &mut [IoSliceMut::new(&mut buffer)]);
    let refused = match read {
        Ok(read) => settle(read, &buffer).await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(refused, Error::QuotaExceeded));
    assert_eq!(moved(&allowance), (0, 60));
    file.finish().await.unwrap();
}

#[tokio::test]
async fn an_upload_past_the_limit_leaves_nothing() {
    for upload in [UploadMode::InPlace, UploadMode::Atomic, UploadMode::AtomicResumable] {
        let world = World::with(Settings { upload, umask: 0o022, ..Settings::default() }, Bus::default());
        let allowance = allowance(TrafficLimits { total: 100, ..TrafficLimits::default() });
        let session = user(&world, &allowance);
        put(&session, "/a", Start::Truncate, &"x".repeat(60)).await.unwrap();
        let mut file = session.upload(&at("/b"), Open::new(Start::Truncate)).await.unwrap();
        write(&mut file, 0, &"x".repeat(30)).await.unwrap();
        assert!(matches!(write(&mut file, 30, &"x".repeat(30)).await, Err(Error::QuotaExceeded)));
        assert!(file.finish().await.is_err());
        let left = fs::read_dir(world.home()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.collect::<Vec<_>>(), ["a"], "{upload:?}");
        assert_eq!(moved(&allowance), (100, 0), "{upload:?}");
        assert!(matches!(
            session.upload(&at("/c"), Open::new(Start::Truncate)).await,
            Err(Error::QuotaExceeded)
        ));
        assert!(matches!(get(&session, "/a").await, Err(Error::QuotaExceeded)));
        session.remove_file(&at("/a")).await.unwrap();
    }
}

/// Chunks as a client sends them, answered one after the other; the last answer is what counts.
async fn up_and_down(session: &Session, name: &str) -> (Duration, Duration) {
    let start = Instant::now();
    let mut file = session.upload(&at(name), Open::new(Start::Truncate)).await.unwrap();
    for chunk in 0..10 {
        write(&mut file, chunk * 1000, &"x".repeat(1000)).await.unwrap();
    }
    file.finish().await.unwrap();
    let up = start.elapsed();
    let start = Instant::now();
    assert_eq!(get(session, name).await.unwrap(), vec![b'x'; 10_000]);
    (up, start.elapsed())
}

/// As long as the rate says; longer only as far as a loaded machine makes it.
fn is_about(took: Duration, seconds: f64) -> bool {
    (seconds * 0.9..seconds * 3.0 + 1.0).contains(&took.as_secs_f64())
}

#[tokio::test]
async fn each_direction_keeps_to_its_rate() {
    let world = World::new();
    let bandwidth = Bandwidth { upload: 20_000, download: 40_000, shared: None };
    let session = world.session(AccountSpec { bandwidth, ..world.spec() });
    let (up, down) = up_and_down(&session, "/f").await;
    assert!(is_about(up, 0.5), "{up:?}");
    assert!(is_about(down, 0.25), "{down:?}");
    let free = world.session(world.spec());
    let (up, down) = up_and_down(&free, "/g").await;
    assert!(up + down < Duration::from_millis(500), "{up:?} {down:?}");
}

#[tokio::test]
async fn sessions_share_a_rate_where_it_is_the_users() {
    let (world, shared) = (World::new(), Some(Paces::default()));
    let session = || {
        let bandwidth = Bandwidth { upload: 40_000, download: 40_000, shared: shared.clone() };
        world.session(AccountSpec { bandwidth, ..world.spec() })
    };
    let (one, other) = (session(), session());
    let start = Instant::now();
    tokio::join!(up_and_down(&one, "/f"), up_and_down(&other, "/g"));
    let together = start.elapsed();
    assert!(is_about(together, 1.0), "half of it would do for each alone: {together:?}");
}
