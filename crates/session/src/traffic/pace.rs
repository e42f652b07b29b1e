//! [`Pace`]: when bytes are through at a rate.

use crate::registry::Direction;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use tokio::time::Instant;

/// What is not used up at once may be caught up on later: at most this, or a late timer would cost speed.
const CREDIT: Duration = Duration::from_millis(50);
/// Less is not waited for: it stays owed, and timers are no finer.
const WORTH_WAITING: Duration = Duration::from_millis(2);

/// A rate, and how far what passed is ahead of it.
#[derive(Debug)]
pub struct Pace {
    /// Bytes per second, not 0.
    rate: u64,
    /// When all that was let through is through at the rate.
    due: Mutex<Option<Instant>>,
}

/// How fast a user's transfers may go; 0 is no limit. Each transfer has the rate for itself, unless the paces
/// come from [`Paces`]: then all of a user's sessions share it.
#[derive(Clone, Debug, Default)]
pub struct Bandwidth {
    /// Bytes per second.
    pub upload: u64,
    pub download: u64,
    pub shared: Option<Paces>,
}

/// The paces that users' sessions share, by user, direction and rate. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Paces(Arc<Mutex<HashMap<Key, Weak<Pace>>>>);

type Key = (Arc<str>, Direction, u64);

impl Pace {
    fn new(rate: u64) -> Self {
        Self { rate: rate.max(1), due: Mutex::new(None) }
    }

    /// Lets `bytes` through. The time until which the answer is held back, if it is worth waiting for.
    pub(super) fn pass(&self, bytes: u64, now: Instant) -> Option<Instant> {
        let mut due = self.due();
        let end = self.end(*due, bytes, now)?;
        *due = Some(end);
        is_worth_waiting(end, now).then_some(end)
    }

    /// Whether `bytes` would have to wait, if they passed now.
    pub(super) fn holds_back(&self, bytes: u64, now: Instant) -> bool {
        self.end(*self.due(), bytes, now).is_some_and(|end| is_worth_waiting(end, now))
    }

    /// When `bytes` are through behind what is `due`.
    fn end(&self, due: Option<Instant>, bytes: u64, now: Instant) -> Option<Instant> {
        // In steps that can't overflow: what a chunk holds at any rate is far below 2^64 nanoseconds.
        let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(self.rate);
        let takes = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let earliest = now.checked_sub(CREDIT).unwrap_or(now);
        due.map_or(now, |due| due.max(earliest)).checked_add(takes)
    }

    fn due(&self) -> MutexGuard<'_, Option<Instant>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bandwidth {
    /// The pace of one transfer of `user`.
    pub(super) fn pace(&self, user: &Arc<str>, direction: Direction) -> Option<Arc<Pace>> {
        let rate = match direction {
            Direction::Upload => self.upload,
            Direction::Download => self.download,
        };
        match (rate, &self.shared) {
            (0, _) => None,
            (rate, Some(paces)) => Some(paces.of((user.clone(), direction, rate))),
            (rate, None) => Some(Arc::new(Pace::new(rate))),
        }
    }
}

impl Paces {
    /// Kept as long as a transfer goes by it.
    fn of(&self, key: Key) -> Arc<Pace> {
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pace) = paces.get(&key).and_then(Weak::upgrade) {
            return pace;
        }
        paces.retain(|_, pace| pace.strong_count() > 0);
        let pace = Arc::new(Pace::new(key.2));
        paces.insert(key, Arc::downgrade(&pace));
        pace
    }
}

fn is_worth_waiting(end: Instant, now: Instant) -> bool {
    end.saturating_duration_since(now) >= WORTH_WAITING
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_train_of_chunks_is_through_when_the_rate_says() {
        let (pace, start) = (Pace::new(1000), Instant::now());
        for chunk in 1..=10 {
            let end = pace.pass(100, start).unwrap();
            assert_eq!(end - start, Duration::from_millis(100 * chunk));
        }
    }

    #[test]
    fn a_pause_is_no_credit_but_a_late_answer_is() {
        let (pace, start) = (Pace::new(1000), Instant::now());
        pace.pass(100, start);
        let late = start + Duration::from_millis(110);
        assert_eq!(pace.pass(100, late).unwrap() - late, Duration::from_millis(90), "10 ms are caught up on");
        let later = start + Duration::from_secs(60);
        assert_eq!(pace.pass(100, later).unwrap() - later, Duration::from_millis(100) - CREDIT);
    }

    #[test]
    fn what_is_too_short_to_wait_for_stays_owed() {
        let (pace, start) = (Pace::new(1_000_000), Instant::now());
        assert!(!pace.holds_back(1000, start) && pace.holds_back(2000, start), "asking is free");
        let waits = (0..4).map(|_| pace.pass(1000, start).is_some()).collect::<Vec<_>>();
        assert_eq!(waits, [false, true, true, true]);
    }

    #[test]
    fn sessions_of_a_user_share_a_pace_while_one_lives() {
        let bandwidth = Bandwidth { upload: 10, shared: Some(Paces::default()), ..Bandwidth::default() };
        let of = |name: &str| bandwidth.pace(&name.into(), Direction::Upload).unwrap();
        let (one, other) = (of("ann"), of("ann"));
        assert!(Arc::ptr_eq(&one, &other));
        assert!(!Arc::ptr_eq(&one, &of("ben")));
        assert!(bandwidth.pace(&"ann".into(), Direction::Download).is_none());
        let each = Bandwidth { shared: None, ..bandwidth };
        let name = "ann".into();
        let pace = || each.pace(&name, Direction::Upload).unwrap();
        assert!(!Arc::ptr_eq(&pace(), &pace()));
    }
}
