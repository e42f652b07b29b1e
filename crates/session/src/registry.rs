//! [`Registry`]: the live sessions behind `/connections`.

use crate::{Account, Connection, Error, Result, upload::Why};
use events::Status;
use rustix::time::{ClockId, clock_gettime};
use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::Instant,
};
use tokio::sync::Notify;
use types::VirtualPath;

/// All sessions that have begun and not ended. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Registry(Arc<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    live: HashMap<u64, Arc<Live>>,
    next: u64,
    watcher: Option<Arc<Watcher>>,
}

type Watcher = dyn Fn(Ended) + Send + Sync;

/// A session that has ended, for whoever [watches](Registry::watch).
#[derive(Clone, Debug)]
pub struct Ended {
    pub username: Arc<str>,
    pub connection: Arc<Connection>,
}

/// What `/connections` tells of one session.
#[derive(Clone, Debug)]
pub struct Info {
    pub username: Arc<str>,
    pub role: Option<Arc<str>>,
    pub connection: Arc<Connection>,
    /// Milliseconds since 1970.
    pub last_activity: i64,
    pub transfers: Vec<TransferInfo>,
}

/// A running upload or download.
#[derive(Clone, Debug)]
pub struct TransferInfo {
    pub direction: Direction,
    pub path: VirtualPath,
    /// Milliseconds since 1970.
    pub started: i64,
    /// Bytes moved so far.
    pub size: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    Upload,
    Download,
}

/// A session's entry. The session holds it through [`Registration`].
#[derive(Debug)]
pub(crate) struct Live {
    id: u64,
    username: Arc<str>,
    role: Option<Arc<str>>,
    /// The share it goes through.
    share: Option<Arc<str>>,
    connection: Arc<Connection>,
    last_activity: AtomicI64,
    closed: AtomicBool,
    ended: AtomicBool,
    /// Wakes those who wait for `closed` or `ended`.
    closing: Notify,
    transfers: Mutex<Vec<Arc<Transfer>>>,
}

/// What one transfer has moved. Written by its transfer alone, read by whoever lists.
#[derive(Debug)]
pub(crate) struct Transfer {
    pub direction: Direction,
    pub path: VirtualPath,
    pub started: Instant,
    started_at: i64,
    moved: AtomicU64,
    failure: OnceLock<Failure>,
}

/// The first thing that went wrong with a transfer.
#[derive(Debug)]
pub(crate) struct Failure {
    pub text: Box<str>,
    pub status: Status,
    /// What it means for an upload.
    pub why: Why,
}

/// Keeps a session in the registry until it is dropped.
#[derive(Debug)]
pub(crate) struct Registration {
    registry: Registry,
    pub live: Arc<Live>,
}

impl Registry {
    pub fn list(&self) -> Vec<Info> {
        let live: Vec<_> = self.entries().live.values().cloned().collect();
        live.iter().map(|live| live.info()).collect()
    }

    /// How many sessions `username` has.
    pub fn count(&self, username: &str) -> usize {
        self.entries().of_user(username)
    }

    /// Tells the session with this connection id to end; false when there is none.
    pub fn close(&self, connection_id: &str) -> bool {
        self.close_where(|live| *live.connection.id == *connection_id)
    }

    /// Tells all sessions of `username` to end.
    pub fn close_user(&self, username: &str) -> bool {
        self.close_where(|live| *live.username == *username)
    }

    /// Tells all sessions that go through this share to end.
    pub fn close_share(&self, id: &str) -> bool {
        self.close_where(|live| live.share.as_deref() == Some(id))
    }

    /// Tells all sessions to end that go through any share of `username`.
    pub fn close_shares_of(&self, username: &str) -> bool {
        self.close_where(|live| live.share.is_some() && *live.username == *username)
    }

    /// Has `watcher` told of each session that ends. It must not block.
    pub fn watch(&self, watcher: impl Fn(Ended) + Send + Sync + 'static) {
        self.entries().watcher = Some(Arc::new(watcher));
    }

    pub(crate) fn register(&self, account: &Account, connection: Arc<Connection>) -> Result<Registration> {
        let mut entries = self.entries();
        let limit = account.max_sessions() as usize;
        // Counted and entered under one lock, so that a burst of logins can't pass together.
        if limit > 0 && entries.of_user(account.name()) >= limit {
            return Err(Error::TooManySessions);
        }
        let id = entries.next;
        entries.next += 1;
        let live = Arc::new(Live {
            id,
            username: account.name().clone(),
            role: account.role().cloned(),
            share: account.share().cloned(),
            connection,
            last_activity: AtomicI64::new(now()),
            closed: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            closing: Notify::new(),
            transfers: Mutex::default(),
        });
        entries.live.insert(id, live.clone());
        Ok(Registration { registry: self.clone(), live })
    }

    fn close_where(&self, chosen: impl Fn(&Live) -> bool) -> bool {
        let entries = self.entries();
        let mut any = false;
        for live in entries.live.values().filter(|live| chosen(live)) {
            live.closed.store(true, Ordering::Release);
            live.closing.notify_waiters();
            any = true;
        }
        any
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Entries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entries").field("live", &self.live.len()).finish_non_exhaustive()
    }
}

impl Entries {
    fn of_user(&self, username: &str) -> usize {
        self.live.values().filter(|live| *live.username == *username).count()
    }
}

impl Live {
    /// Notes that the client did something, for the idle timeout and `last_activity`.
    pub fn touch(&self) {
        self.last_activity.store(now(), Ordering::Relaxed);
    }

    pub fn last_activity(&self) -> i64 {
        self.last_activity.load(Ordering::Relaxed)
    }

    /// Resolves when someone closed the session from outside.
    pub async fn closed(&self) {
        loop {
            let closing = self.closing.notified();
            if self.is_closed() {
                return;
            }
            closing.await;
        }
    }

    /// Resolves when the session is over: whether someone closed it from outside.
    pub async fn over(&self) -> bool {
        loop {
            let closing = self.closing.notified();
            if self.is_closed() || self.ended.load(Ordering::Acquire) {
                return self.is_closed();
            }
            closing.await;
        }
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub fn start(&self, transfer: &Arc<Transfer>) {
        self.transfers().push(transfer.clone());
    }

    pub fn end(&self, transfer: &Arc<Transfer>) {
        self.transfers().retain(|other| !Arc::ptr_eq(other, transfer));
    }

    fn info(&self) -> Info {
        Info {
            username: self.username.clone(),
            role: self.role.clone(),
            connection: self.connection.clone(),
            last_activity: self.last_activity(),
            transfers: self.transfers().iter().map(|transfer| transfer.info()).collect(),
        }
    }

    fn transfers(&self) -> MutexGuard<'_, Vec<Arc<Transfer>>> {
        self.transfers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transfer {
    pub fn new(direction: Direction, path: &VirtualPath) -> Self {
        Self {
            direction,
            path: path.clone(),
            started: Instant::now(),
            started_at: now(),
            moved: AtomicU64::new(0),
            failure: OnceLock::new(),
        }
    }

    /// Adds to what was moved. A load and a store instead of a locked add: only one task counts.
    pub fn count(&self, bytes: u64) {
        let moved = self.moved.load(Ordering::Relaxed) + bytes;
        self.moved.store(moved, Ordering::Relaxed);
    }

    pub fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }

    /// Remembers `error`, unless something went wrong before.
    pub fn fail(&self, error: &Error) -> &Failure {
        self.failure.get_or_init(|| Failure::new(error))
    }

    pub fn failure(&self) -> Option<&Failure> {
        self.failure.get()
    }

    /// How the transfer ended.
    pub fn status(&self) -> Status {
        self.failure().map_or(Status::Done, |failure| failure.status)
    }

    fn info(&self) -> TransferInfo {
        TransferInfo {
            direction: self.direction,
            path: self.path.clone(),
            started: self.started_at,
            size: self.moved(),
        }
    }
}

impl Failure {
    fn new(error: &Error) -> Self {
        let status = match error {
            Error::QuotaExceeded => Status::QuotaExceeded,
            _ => Status::Failed,
        };
        Self { text: error.to_string().into(), status, why: Why::of(error) }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.live.ended.store(true, Ordering::Release);
        self.live.closing.notify_waiters();
        let watcher = {
            let mut entries = self.registry.entries();
            entries.live.remove(&self.live.id);
            entries.watcher.clone()
        };
        if let Some(watcher) = watcher {
            let Live { username, connection, .. } = &*self.live;
            watcher(Ended { username: username.clone(), connection: connection.clone() });
        }
    }
}

/// Milliseconds since 1970. Asked for every chunk, hence the clock that is right to a few milliseconds and
/// costs almost nothing.
fn now() -> i64 {
    let now = clock_gettime(ClockId::RealtimeCoarse);
    now.tv_sec * 1000 + now.tv_nsec / 1_000_000
}
