//! [`Bus`]: from the session to whoever listens.

use crate::{Action, Event, Interest};
use async_trait::async_trait;
use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU32, Ordering},
};

/// An observer's word on something that is about to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Proceed,
    /// The observer did the work itself (a pre-delete hook that moved the file away).
    Handled,
    Deny,
}

/// Something that wants to know.
#[async_trait]
pub trait Observer: Send + Sync + 'static {
    /// Read when the bus is built and on every [`Bus::refresh`], since rules are edited while the server runs.
    fn interest(&self) -> Interest;
    async fn before(&self, _event: &Event) -> Verdict {
        Verdict::Proceed
    }
    /// Whether an upload that is complete may be published; asked of those with [`Interest::JUDGE_UPLOAD`].
    async fn judge(&self, _event: &Event) -> Verdict {
        Verdict::Proceed
    }
    async fn after(&self, _event: &Event) {}
}

/// Hands each event to the observers that want it, one after the other. Cheap to clone.
#[derive(Clone, Default)]
pub struct Bus(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// The union of all interests, beside the lock so that an unwanted event takes no lock.
    wanted: AtomicU32,
    observers: RwLock<Arc<[Registered]>>,
}

#[derive(Clone)]
struct Registered {
    interest: Interest,
    observer: Arc<dyn Observer>,
}

impl Bus {
    pub fn new(observers: Vec<Arc<dyn Observer>>) -> Self {
        let bus = Self::default();
        bus.replace(observers);
        bus
    }

    /// From now on these are the observers; events under way finish with the old ones.
    pub fn replace(&self, observers: Vec<Arc<dyn Observer>>) {
        let register = |observer: Arc<dyn Observer>| Registered { interest: observer.interest(), observer };
        let observers: Arc<[_]> = observers.into_iter().map(register).collect();
        let wanted = observers.iter().fold(Interest::empty(), |all, one| all | one.interest);
        let mut current = self.0.observers.write().unwrap_or_else(PoisonError::into_inner);
        *current = observers;
        self.0.wanted.store(wanted.bits(), Ordering::Release);
    }

    /// Asks every observer for its interest again.
    pub fn refresh(&self) {
        self.replace(self.observers().iter().map(|one| one.observer.clone()).collect());
    }

    pub fn wants(&self, action: Action) -> bool {
        self.0.wanted.load(Ordering::Acquire) & action.interest().bits() != 0
    }

    /// Asks whether `action` may happen. The first observer that does not say [`Verdict::Proceed`] decides.
    pub async fn before(&self, action: Action, event: impl FnOnce() -> Event) -> Verdict {
        if !self.wants(action) {
            return Verdict::Proceed;
        }
        let event = event();
        for one in self.observers().iter().filter(|one| one.interest.contains(action.interest())) {
            match one.observer.before(&event).await {
                Verdict::Proceed => {}
                verdict => return verdict,
            }
        }
        Verdict::Proceed
    }

    /// Whether somebody wants to judge uploads.
    pub fn judges(&self) -> bool {
        self.0.wanted.load(Ordering::Acquire) & Interest::JUDGE_UPLOAD.bits() != 0
    }

    /// Asks whether an upload that is complete may be published; `false` when one observer denies it.
    pub async fn judge(&self, event: impl FnOnce() -> Event) -> bool {
        if !self.judges() {
            return true;
        }
        let event = event();
        for one in self.observers().iter().filter(|one| one.interest.contains(Interest::JUDGE_UPLOAD)) {
            if one.observer.judge(&event).await == Verdict::Deny {
                return false;
            }
        }
        true
    }

    /// Tells that `action` has happened, or has failed.
    pub async fn after(&self, action: Action, event: impl FnOnce() -> Event) {
        if !self.wants(action) {
            return;
        }
        let event = event();
        for one in self.observers().iter().filter(|one| one.interest.contains(action.interest())) {
            one.observer.after(&event).await;
        }
    }

    fn observers(&self) -> Arc<[Registered]> {
        self.0.observers.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl std::fmt::Debug for Bus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bus").field("observers", &self.observers().len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Location, Status};
    use std::{net::Ipv4Addr, sync::Mutex, time::Duration};
    use types::{Protocol, VirtualPath};

    struct Probe {
        interest: Mutex<Interest>,
        verdict: Verdict,
        seen: Mutex<Vec<Action>>,
    }

    impl Probe {
        fn new(interest: Interest, verdict: Verdict) -> Arc<Self> {
            Arc::new(Self { interest: Mutex::new(interest), verdict, seen: Mutex::default() })
        }

        fn seen(&self) -> Vec<Action> {
            self.seen.lock().unwrap().clone()
        }
    }

    #[async_trait]
    impl Observer for Probe {
        fn interest(&self) -> Interest {
            *self.interest.lock().unwrap()
        }
        async fn before(&self, event: &Event) -> Verdict {
            self.seen.lock().unwrap().push(event.action);
            self.verdict
        }
        async fn after(&self, event: &Event) {
            self.seen.lock().unwrap().push(event.action);
        }
    }

    fn event(action: Action) -> Event {
        Event {
            action,
            user: "ann".into(),
            role: None,
            protocol: Protocol::Sftp,
            session: "SFTP_1_1".into(),
            ip: Ipv4Addr::LOCALHOST.into(),
            at: Location { path: VirtualPath::root(), stored_as: Vec::new() },
            target: None,
            provider: 0,
            bucket: String::new(),
            endpoint: String::new(),
            size: 0,
            open_flags: 0,
            ssh_command: None,
            elapsed: Duration::ZERO,
            status: Status::Done,
            judged: false,
        }
    }

    #[tokio::test]
    async fn only_wanted_events_are_built_and_the_first_objection_decides() {
        let first = Probe::new(Interest::PRE_DELETE | Interest::UPLOAD, Verdict::Deny);
        let second = Probe::new(Interest::PRE_DELETE, Verdict::Proceed);
        let bus = Bus::new(vec![first.clone(), second.clone()]);
        bus.after(Action::Rename, || panic!("nobody wants it")).await;
        bus.after(Action::Upload, || event(Action::Upload)).await;
        let verdict = bus.before(Action::PreDelete, || event(Action::PreDelete)).await;
        assert_eq!(verdict, Verdict::Deny);
        assert_eq!(first.seen(), [Action::Upload, Action::PreDelete]);
        assert_eq!(second.seen(), []);
    }

    #[tokio::test]
    async fn interest_can_change_while_running() {
        let probe = Probe::new(Interest::empty(), Verdict::Proceed);
        let bus = Bus::new(vec![probe.clone()]);
        assert!(!bus.wants(Action::MakeDir));
        *probe.interest.lock().unwrap() = Interest::MAKE_DIR;
        bus.refresh();
        bus.after(Action::MakeDir, || event(Action::MakeDir)).await;
        assert_eq!(probe.seen(), [Action::MakeDir]);
    }
}
