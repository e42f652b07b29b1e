//! What all sessions share.

use crate::{
    quota::Ledger,
    registry::{Direction, Registry},
    settings::Settings,
};
use events::Bus;
use futures_util::future::BoxFuture;
use std::{
    fmt,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{runtime::Handle, sync::Notify};

/// Built once by the server and handed to every session.
#[derive(Clone, Debug)]
pub struct Services {
    pub settings: Settings,
    pub events: Bus,
    pub registry: Registry,
    pub ledger: Ledger,
    pub background: Background,
    /// Notes the first upload and the first download of each user.
    pub firsts: Firsts,
}

/// Keeps whether a user has uploaded or downloaded anything yet.
#[derive(Clone, Default)]
pub struct Firsts(Option<Arc<NoteFirst>>);

/// Notes that a user has moved a file; whether it was the first time, which is said once, whoever asks.
pub type NoteFirst = dyn Fn(Arc<str>, Direction) -> BoxFuture<'static, bool> + Send + Sync;

impl Services {
    /// `main` is the main runtime's handle: a session may live on a thread of its own, whose runtime ends
    /// with it, and what outlives the session must not end there.
    pub fn new(settings: Settings, events: Bus, main: Handle) -> Self {
        Self {
            settings,
            events,
            registry: Registry::default(),
            ledger: Ledger::default(),
            background: Background::new(main),
            firsts: Firsts::default(),
        }
    }
}

impl Firsts {
    pub fn new(note: Arc<NoteFirst>) -> Self {
        Self(Some(note))
    }

    pub(crate) async fn note(&self, user: Arc<str>, direction: Direction) -> bool {
        match &self.0 {
            Some(note) => note(user, direction).await,
            None => false,
        }
    }
}

impl fmt::Debug for Firsts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Firsts")
    }
}

/// Work that outlives whoever started it, such as the abort of a dropped upload. Counted, so that a shutdown
/// can wait for it.
#[derive(Clone, Debug)]
pub struct Background {
    main: Handle,
    running: Arc<Running>,
}

#[derive(Debug, Default)]
struct Running {
    count: AtomicUsize,
    idle: Notify,
}

impl Background {
    /// The main runtime, whose timers outlive any session.
    pub(crate) const fn main(&self) -> &Handle {
        &self.main
    }

    fn new(main: Handle) -> Self {
        Self { main, running: Arc::default() }
    }

    /// Runs `work` on the main runtime. Callable from anywhere, also outside a runtime.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.running.count.fetch_add(1, Ordering::Relaxed);
        // Counted down on drop, so also when the work panics or the runtime goes away.
        let counted = Counted(self.running.clone());
        self.main.spawn(async move {
            let _counted = counted;
            work.await;
        });
    }

    /// Waits until nothing is running.
    pub async fn idle(&self) {
        loop {
            let idle = self.running.idle.notified();
            if self.running.count.load(Ordering::Acquire) == 0 {
                return;
            }
            idle.await;
        }
    }
}

struct Counted(Arc<Running>);

impl Drop for Counted {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.idle.notify_waiters();
        }
    }
}
