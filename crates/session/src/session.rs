//! [`Session`]: one logged-in user on one connection.

use crate::{
    Account, Connection, Error, Result,
    lines::{Command, CommandLine},
    place::Place,
    registry::{Direction, Live, Registration, Transfer},
    services::Services,
};
use events::{Action, Event, Location, Status};
use std::{
    future::Future,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};
use types::VirtualPath;

/// The only way from a protocol to a file. Cheap to clone; each transfer holds one.
///
/// Operations fail with what [`Error`] says about meaning; an operation that the account may not do is
/// [`Denied`](Error::Denied) and has changed nothing.
#[derive(Clone, Debug)]
pub struct Session(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub account: Arc<Account>,
    pub connection: Arc<Connection>,
    pub services: Arc<Services>,
    /// Set by [`Session::begin`].
    registration: OnceLock<Registration>,
}

impl Session {
    pub fn new(account: Arc<Account>, connection: Arc<Connection>, services: Arc<Services>) -> Self {
        Self(Arc::new(Inner { account, connection, services, registration: OnceLock::new() }))
    }

    /// Enters the session into the registry and makes the home and the start directory.
    ///
    /// [`TooManySessions`](Error::TooManySessions) when the user has as many as it may. A home that cannot be
    /// made is no error here: the operations on it will say what is wrong, and what is mounted over it works.
    pub async fn begin(&self) -> Result<()> {
        let Inner { account, connection, services, registration } = &*self.0;
        if registration.get().is_none() {
            let entered = services.registry.register(account, connection.clone())?;
            // A second `begin` at the same time loses, and its entry goes with it.
            let _ = registration.set(entered);
        }
        let mode = services.settings.dir_mode();
        for mount in account.mounts().iter() {
            if let Err(error) = mount.backend.prepare(mode).await {
                tracing::warn!(
                    target: "session",
                    connection_id = &*connection.id,
                    username = &**account.name(),
                    mount = %mount.at,
                    %error,
                    "could not prepare storage"
                );
            }
        }
        for mount in account.mounts().iter() {
            self.make_for_login(&mount.at.parent(), mode).await;
        }
        self.make_for_login(account.start_directory(), mode).await;
        Ok(())
    }

    pub fn account(&self) -> &Account {
        &self.0.account
    }

    pub fn connection(&self) -> &Arc<Connection> {
        &self.0.connection
    }

    /// What `raw` means to this user: relative paths start at the start directory.
    pub fn resolve(&self, raw: &[u8]) -> Result<VirtualPath> {
        Ok(VirtualPath::parse(self.account().start_directory(), raw)?)
    }

    /// Resolves when the session was closed from outside (`DELETE /connections/{id}`); never before
    /// [`begin`](Self::begin).
    pub async fn closed(&self) {
        match self.0.live() {
            Some(live) => live.closed().await,
            None => std::future::pending().await,
        }
    }

    /// Resolves when the session is over: `true` when it was closed from outside. For somebody who outlives the
    /// session and must not keep it alive.
    pub fn over(&self) -> impl Future<Output = bool> + Send + use<> {
        let live = self.0.registration.get().map(|registration| registration.live.clone());
        async move {
            match live {
                Some(live) => live.over().await,
                None => false,
            }
        }
    }

    /// When the client last did something, in milliseconds since 1970; 0 before [`begin`](Self::begin).
    pub fn last_activity(&self) -> i64 {
        self.0.live().map_or(0, Live::last_activity)
    }

    /// Notes that the client is there although it touched no file (a keepalive, a command that only answers).
    pub fn touch(&self) {
        if let Some(live) = self.0.live() {
            live.touch();
        }
    }

    /// Every operation begins here.
    pub(crate) fn locate(&self, path: &VirtualPath) -> Result<Place> {
        self.check_open()?;
        self.account().mounts().locate(path)
    }

    /// A running transfer must not outlive its session: asked for every chunk, hence one atomic load.
    pub(crate) fn check_open(&self) -> Result<()> {
        match self.0.live() {
            Some(live) if live.is_closed() => Err(Error::Aborted),
            Some(live) => {
                live.touch();
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(crate) fn start_transfer(&self, direction: Direction, path: &VirtualPath) -> Arc<Transfer> {
        let transfer = Arc::new(Transfer::new(direction, path));
        if let Some(live) = self.0.live() {
            live.start(&transfer);
        }
        transfer
    }

    pub(crate) fn end_transfer(&self, transfer: &Arc<Transfer>) {
        if let Some(live) = self.0.live() {
            live.end(transfer);
        }
    }

    /// Every command that changed something ends here: one line in the log.
    pub(crate) fn log(&self, command: Command<'_>, started: Instant, at: &Place, target: Option<&Place>) {
        let Inner { account, connection, .. } = &*self.0;
        CommandLine { username: account.name(), connection, started, at, target }.log(command);
    }

    /// Tells the observers that a command succeeded.
    pub(crate) async fn publish(
        &self,
        action: Action,
        started: Instant,
        at: &Place,
        target: Option<&Place>,
        size: u64,
    ) {
        let event = || Event {
            target: target.map(Place::location),
            elapsed: started.elapsed(),
            size,
            ..self.event(action, at)
        };
        self.0.services.events.after(action, event).await;
    }

    /// The size of what is at `at`, looked up only when someone wants one of `actions`.
    pub(crate) async fn size_for_events(&self, actions: &[Action], at: &Place) -> Result<u64> {
        if !actions.iter().any(|action| self.0.services.events.wants(*action)) {
            return Ok(0);
        }
        Ok(at.probe_node().await?.map_or(0, |metadata| metadata.size))
    }

    /// An event about `at`, as of now and successful.
    pub(crate) fn event(&self, action: Action, at: &Place) -> Event {
        let Inner { account, connection, .. } = &*self.0;
        let storage = at.description();
        Event {
            action,
            user: account.name().clone(),
            role: account.role().cloned(),
            protocol: connection.protocol,
            session: connection.id.clone(),
            ip: connection.remote.ip(),
            at: at.location(),
            target: None,
            provider: storage.provider,
            bucket: storage.bucket,
            endpoint: storage.endpoint,
            size: 0,
            open_flags: 0,
            ssh_command: None,
            elapsed: Duration::ZERO,
            status: Status::Done,
            judged: false,
        }
    }

    /// Makes `dir` and what is missing above it. Best effort: one that cannot be made shows itself as missing.
    async fn make_for_login(&self, dir: &VirtualPath, mode: u32) {
        let mut up: Vec<_> = dir.ancestors().filter(|path| !path.is_root()).collect();
        up.reverse();
        for path in up {
            let Ok(place) = self.account().mounts().locate(&path) else { return };
            if let Err(error) = place.make_for_login(mode).await {
                tracing::warn!(
                    target: "session",
                    connection_id = &*self.0.connection.id,
                    username = &**self.account().name(),
                    path = %path,
                    %error,
                    "could not make a directory at login"
                );
                return;
            }
        }
    }
}

impl Inner {
    pub fn live(&self) -> Option<&Live> {
        self.registration.get().map(|registration| &*registration.live)
    }
}

impl Place {
    pub(crate) fn location(&self) -> Location {
        Location { path: self.path().clone(), stored_as: self.path_on_storage() }
    }
}
