//! [`Allowance`]: the bytes a user may move in all.

use crate::{Error, Result, registry::Direction};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

/// Bytes moved since the counters were last reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    pub uploaded: u64,
    pub downloaded: u64,
}

/// The most bytes a user may move; 0 is no limit. With a `total` the other two are not looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrafficLimits {
    pub upload: u64,
    pub download: u64,
    /// Both directions together.
    pub total: u64,
}

/// One user's counters, shared by all its sessions.
#[derive(Debug, Default)]
pub struct Tally(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    moved: Traffic,
    changed: bool,
    /// When it last changed since the tally was opened.
    changed_at: Option<SystemTime>,
}

/// Whose traffic a transfer is, and up to where.
#[derive(Clone, Debug)]
pub struct Allowance {
    pub tally: Arc<Tally>,
    pub limits: TrafficLimits,
}

impl Tally {
    /// `kept` is what was counted before.
    pub fn new(kept: Traffic) -> Self {
        Self(Mutex::new(State { moved: kept, ..State::default() }))
    }

    pub fn traffic(&self) -> Traffic {
        self.state().moved
    }

    /// Sets the counters, on an administrator's word.
    pub fn set(&self, moved: Traffic) {
        self.state().change(moved);
    }

    pub(crate) fn changed_at(&self) -> Option<SystemTime> {
        self.state().changed_at
    }

    pub(crate) fn take_change(&self) -> Option<(Traffic, SystemTime)> {
        let mut state = self.state();
        let at = state.changed_at.unwrap_or_else(SystemTime::now);
        std::mem::take(&mut state.changed).then_some((state.moved, at))
    }

    pub(crate) fn mark_changed(&self) {
        self.state().changed = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Allowance {
    /// Whether another transfer may begin.
    pub(crate) fn check(&self, direction: Direction) -> Result<()> {
        match self.limits.left(direction, self.tally.traffic()) {
            0 => Err(Error::QuotaExceeded),
            _ => Ok(()),
        }
    }

    /// Counts `bytes` moved. Where fewer are left those are counted, and the chunk is refused.
    pub(crate) fn count(&self, direction: Direction, bytes: u64) -> Result<()> {
        let mut state = self.tally.state();
        let counted = bytes.min(self.limits.left(direction, state.moved));
        let mut moved = state.moved;
        let counter = match direction {
            Direction::Upload => &mut moved.uploaded,
            Direction::Download => &mut moved.downloaded,
        };
        *counter = counter.saturating_add(counted);
        if counted > 0 {
            state.change(moved);
        }
        if counted < bytes { Err(Error::QuotaExceeded) } else { Ok(()) }
    }
}

impl State {
    fn change(&mut self, moved: Traffic) {
        *self = Self { moved, changed: true, changed_at: Some(SystemTime::now()) };
    }
}

impl TrafficLimits {
    fn left(&self, direction: Direction, moved: Traffic) -> u64 {
        let (limit, moved) = match direction {
            _ if self.total > 0 => (self.total, moved.uploaded.saturating_add(moved.downloaded)),
            Direction::Upload => (self.upload, moved.uploaded),
            Direction::Download => (self.download, moved.downloaded),
        };
        if limit == 0 { u64::MAX } else { limit.saturating_sub(moved) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowance(limits: TrafficLimits) -> Allowance {
        Allowance { tally: Arc::default(), limits }
    }

    #[test]
    fn the_chunk_that_passes_a_limit_is_refused_and_counted_up_to_it() {
        let allowance = allowance(TrafficLimits { download: 100, ..TrafficLimits::default() });
        allowance.count(Direction::Download, 99).unwrap();
        allowance.check(Direction::Download).unwrap();
        assert!(matches!(allowance.count(Direction::Download, 2), Err(Error::QuotaExceeded)));
        assert!(matches!(allowance.check(Direction::Download), Err(Error::QuotaExceeded)));
        allowance.count(Direction::Upload, 1000).unwrap();
        assert_eq!(allowance.tally.traffic(), Traffic { uploaded: 1000, downloaded: 100 });
    }

    #[test]
    fn a_total_counts_both_ways_and_rules_alone() {
        let allowance = allowance(TrafficLimits { upload: 1, total: 100, ..TrafficLimits::default() });
        allowance.count(Direction::Upload, 60).unwrap();
        allowance.count(Direction::Download, 40).unwrap();
        for direction in [Direction::Upload, Direction::Download] {
            assert!(allowance.check(direction).is_err() && allowance.count(direction, 1).is_err());
        }
        assert_eq!(allowance.tally.traffic(), Traffic { uploaded: 60, downloaded: 40 });
    }
}
