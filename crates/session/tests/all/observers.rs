//! Observers that have a say, and what they are told of first transfers.

use crate::support::{World, at, get, parse, put, word};
use async_trait::async_trait;
use events::{Action, Bus, Event, Interest, Observer, Status, Verdict};
use longshore_session::{
    AccountSpec, Charge, Direction, DoneBefore, Firsts, Ledger, Limits, Owner, Services, Session, Settings,
    Start, UploadMode, Usage,
};
use std::{
    collections::HashSet,
    fs,
    sync::{Arc, Mutex},
};
use tokio::runtime::Handle;

/// The action, the status, and what was in the file then.
type Told = (Action, Status, Option<Vec<u8>>);

/// Says what it was made to say and keeps what it was told.
struct Judge {
    interest: Interest,
    verdict: Verdict,
    seen: Mutex<Vec<Told>>,
    /// Removes the file it is asked about.
    removes: bool,
}

impl Judge {
    fn new(interest: Interest, verdict: Verdict) -> Self {
        Self { interest, verdict, seen: Mutex::default(), removes: false }
    }

    fn see(&self, event: &Event) {
        let content = fs::read(String::from_utf8_lossy(&event.at.stored_as).as_ref()).ok();
        self.seen.lock().unwrap().push((event.action, event.status, content));
    }

    fn seen(&self) -> Vec<Told> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

#[async_trait]
impl Observer for Judge {
    fn interest(&self) -> Interest {
        self.interest
    }
    async fn before(&self, event: &Event) -> Verdict {
        self.see(event);
        if self.removes {
            fs::remove_file(String::from_utf8_lossy(&event.at.stored_as).as_ref()).unwrap();
        }
        self.verdict
    }
    async fn judge(&self, event: &Event) -> Verdict {
        self.see(event);
        self.verdict
    }
    async fn after(&self, event: &Event) {
        self.see(event);
    }
}

/// A user with a limit, so that what it stores is counted.
fn counted(world: &World) -> (Session, Charge) {
    let book = Ledger::default().book(Owner::User("ann".into()), Usage::default());
    let charge = Charge { book, limits: Limits { files: 100, bytes: 1 << 20 } };
    let spec = AccountSpec { charge: Some(charge.clone()), ..world.spec() };
    (world.session(spec), charge)
}

#[tokio::test]
async fn an_upload_is_judged_before_it_is_published() {
    for mode in [UploadMode::InPlace, UploadMode::Atomic, UploadMode::AtomicResumable] {
        for verdict in [Verdict::Proceed, Verdict::Deny] {
            let judge = Arc::new(Judge::new(Interest::JUDGE_UPLOAD | Interest::UPLOAD, verdict));
            let settings = Settings { upload: mode, umask: 0o022, ..Settings::default() };
            let world = World::with(settings, Bus::new(vec![judge.clone()]));
            let (session, charge) = counted(&world);
            fs::write(world.home().join("old"), "before").unwrap();
            for name in ["/new", "/old"] {
                let stored = put(&session, name, Start::Truncate, "data").await;
                let there = fs::read(world.home().join(&name[1..])).ok();
                let context = format!("{mode:?} {verdict:?} {name}");
                let asked = (Action::Upload, Status::Done, Some(b"data".to_vec()));
                let told = judge.seen();
                assert_eq!(told.first(), Some(&asked), "{context}: it is there to be looked at");
                if verdict == Verdict::Proceed {
                    assert_eq!((word(stored), there.as_deref()), ("ok", Some(&b"data"[..])), "{context}");
                    assert_eq!(told[1].1, Status::Done);
                    continue;
                }
                assert_eq!((word(stored), told[1].1), ("rejected", Status::Failed), "{context}");
                let stays: Option<&[u8]> = match (mode, name) {
                    (UploadMode::InPlace, _) | (_, "/new") => None,
                    _ => Some(b"before"),
                };
                assert_eq!(there.as_deref(), stays, "{context}");
            }
            if verdict == Verdict::Deny {
                assert_eq!(charge.book.usage(), Usage::default(), "{mode:?}");
                let left = fs::read_dir(world.home()).unwrap().count();
                assert_eq!(left, usize::from(mode != UploadMode::InPlace), "{mode:?}: something is left");
            }
        }
    }
}

#[tokio::test]
async fn a_file_may_be_gone_when_it_is_to_be_deleted() {
    let judge = Judge { removes: true, ..Judge::new(Interest::PRE_DELETE, Verdict::Handled) };
    let world = World::with(Settings::default(), Bus::new(vec![Arc::new(judge)]));
    let (session, charge) = counted(&world);
    put(&session, "/f", Start::Truncate, "data").await.unwrap();
    session.remove_file(&at("/f")).await.unwrap();
    assert_eq!(charge.book.usage(), Usage::default());
    // Nobody is asked about what is not there.
    assert_eq!(word(session.remove_file(&at("/f")).await), "missing");
    fs::create_dir(world.home().join("d")).unwrap();
    assert_eq!(word(session.remove_file(&at("/d")).await), "is-dir");
}

#[tokio::test]
async fn downloads_are_asked_about_with_their_size() {
    let judge = Arc::new(Judge::new(Interest::PRE_DOWNLOAD, Verdict::Deny));
    let world = World::with(Settings::default(), Bus::new(vec![judge.clone()])).tree();
    let session = world.user(&[("/", &["*"])]);
    assert_eq!(word(get(&session, "/f").await), "denied");
    assert_eq!(judge.seen(), [(Action::PreDownload, Status::Done, Some(b"0123456789".to_vec()))]);
    assert_eq!(word(get(&session, "/missing").await), "missing");
    assert_eq!(judge.seen(), []);
}

#[tokio::test]
async fn first_transfers_are_told_of_once() {
    let judge = Arc::new(Judge::new(Interest::FIRST_UPLOAD | Interest::FIRST_DOWNLOAD, Verdict::Proceed));
    let world = World::new();
    let noted = Arc::new(Mutex::new(HashSet::new()));
    let mut services = Services::new(Settings::default(), Bus::new(vec![judge.clone()]), Handle::current());
    services.firsts = Firsts::new(Arc::new(move |user, direction: Direction| {
        let first = noted.lock().unwrap().insert((user, direction));
        Box::pin(async move { first })
    }));
    let services = Arc::new(services);
    // Of two sessions of the same user one is the first.
    for _ in 0..2 {
        let spec = AccountSpec { permissions: parse(&[("/", &["*"])]), ..world.spec() };
        let account = Arc::new(longshore_session::Account::new(spec));
        let session = Session::new(account, crate::support::connection("SFTP_abc_1"), services.clone());
        for _ in 0..2 {
            put(&session, "/f", Start::Truncate, "data").await.unwrap();
            get(&session, "/f").await.unwrap();
        }
    }
    let actions: Vec<_> = judge.seen().into_iter().map(|(action, ..)| action).collect();
    assert_eq!(actions, [Action::FirstUpload, Action::FirstDownload]);
    // Who is known to have done both is not even asked about.
    let done_before = DoneBefore { upload: true, download: true };
    let spec = AccountSpec { done_before, ..world.spec() };
    put(&world.session(spec), "/g", Start::Truncate, "data").await.unwrap();
    assert_eq!(judge.seen(), []);
}

#[tokio::test]
async fn the_end_of_a_session_is_told() {
    let world = World::new();
    let ended = Arc::new(Mutex::new(Vec::new()));
    let told = ended.clone();
    world.services.registry.watch(move |session| {
        told.lock().unwrap().push((session.username.to_string(), session.connection.id.to_string()));
    });
    let session = world.user(&[("/", &["*"])]);
    session.begin().await.unwrap();
    assert!(ended.lock().unwrap().is_empty());
    drop(session);
    assert_eq!(*ended.lock().unwrap(), [("ann".to_owned(), "SFTP_abc_1".to_owned())]);
}
