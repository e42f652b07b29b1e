//! What a connection does when nothing comes: it ends, asks, or makes room.

use super::{Channel, Driver, End, Next, Place, Stage};
use std::time::{Duration, Instant};

/// How long a connection keeps its thread without a request.
const QUIET: Duration = Duration::from_secs(1);
/// When a connection is looked at that nothing is planned for.
const FAR: Duration = Duration::from_secs(3600);
/// How often a peer that is asked whether it is there may stay silent.
const KEEPALIVE_MAX: u32 = 3;

impl Driver {
    /// When to look at the clock next.
    pub(super) fn deadline(&self, place: Place) -> Instant {
        let mut next = self.began + self.shared.login_grace;
        if matches!(self.stage, Stage::User(_)) {
            let idle = self.shared.idle_timeout.map(|idle| self.active + idle);
            let quiet = (place == Place::Private).then(|| self.heard + QUIET);
            let first = [self.next_ping(), idle, quiet].into_iter().flatten().min();
            next = first.unwrap_or(Instant::now() + FAR);
        }
        // Never in the past: what is overdue but not acted upon is looked at again in a moment.
        next.max(Instant::now() + Duration::from_millis(50))
    }

    /// When the peer has been silent for long enough to be asked.
    fn next_ping(&self) -> Option<Instant> {
        self.shared.keepalive.map(|interval| self.heard + interval * (self.pings + 1))
    }

    pub(super) fn on_time(&mut self, place: Place) -> Option<Next> {
        let now = Instant::now();
        if matches!(self.stage, Stage::Login(_)) {
            let over = now >= self.began + self.shared.login_grace;
            return over.then_some(Next::Ended(End::LoginGrace));
        }
        if self.shared.idle_timeout.is_some_and(|idle| now >= self.active + idle) {
            if self.channels.values().all(Channel::is_idle) {
                return Some(Next::Ended(End::Idle));
            }
            self.active = now;
        }
        if self.next_ping().is_some_and(|at| now >= at) {
            if self.pings >= KEEPALIVE_MAX {
                return Some(Next::Ended(End::Dead));
            }
            self.pings += 1;
            self.core.ping();
        }
        let quiet = now >= self.heard + QUIET && self.core.output().is_empty();
        if place == Place::Private && quiet && self.channels.values().all(Channel::is_idle) {
            self.channels.values_mut().for_each(Channel::shrink);
            self.core.release_buffers();
            return Some(Next::Rest);
        }
        None
    }
}
