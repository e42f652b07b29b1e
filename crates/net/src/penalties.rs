//! Addresses that only fail are turned away for a while, as by OpenSSH's PerSourcePenalties.

use crate::source::Source;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Beyond this an address is turned away: one mistake is no offence, three refusals in a row are.
const ENOUGH: Duration = Duration::from_secs(14);
/// Addresses remembered. Who has more of them is not kept out by this.
const MAX_SOURCES: usize = 65_536;
/// How often those that are over are looked for while the table is full.
const SWEEP: Duration = Duration::from_secs(1);

/// What each address has coming.
#[derive(Debug)]
pub struct Penalties {
    /// The most one can have coming.
    max: Duration,
    table: Mutex<Table>,
}

/// What a connection did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offence {
    /// It ended without an attempt to log in.
    NoAttempt,
    /// It tried and was refused.
    Refused,
    /// It used up the time for a login.
    TookTooLong,
}

#[derive(Debug, Default)]
struct Table {
    sources: HashMap<Source, Penalty>,
    swept: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Penalty {
    until: Instant,
    /// It has grown beyond [`ENOUGH`], and holds to its end.
    barred: bool,
}

impl Offence {
    /// OpenSSH's values.
    fn cost(self) -> Duration {
        Duration::from_secs(match self {
            Self::NoAttempt => 1,
            Self::Refused => 5,
            Self::TookTooLong => 10,
        })
    }
}

impl Penalties {
    pub fn new(max: Duration) -> Self {
        Self { max, table: Mutex::default() }
    }

    pub fn is_barred(&self, ip: IpAddr) -> bool {
        let penalty = self.table().sources.get(&ip.into()).copied();
        penalty.is_some_and(|penalty| penalty.barred && Instant::now() < penalty.until)
    }

    pub fn add(&self, ip: IpAddr, offence: Offence) {
        self.add_at(Instant::now(), ip, offence);
    }

    /// Somebody logged in from there: not an address that only fails.
    pub fn forgive(&self, ip: IpAddr) {
        self.table().sources.remove(&ip.into());
    }

    fn add_at(&self, now: Instant, ip: IpAddr, offence: Offence) {
        let mut table = self.table();
        if table.sources.len() >= MAX_SOURCES && !table.has_room(now) {
            return;
        }
        let penalty = table.sources.entry(ip.into()).or_insert(Penalty { until: now, barred: false });
        if penalty.until <= now {
            *penalty = Penalty { until: now, barred: false };
        }
        penalty.until = (penalty.until + offence.cost()).min(now + self.max);
        penalty.barred |= penalty.until - now > ENOUGH;
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Makes room in a full table, not more often than now and then: that takes a look at all of it.
    fn has_room(&mut self, now: Instant) -> bool {
        if self.swept.is_none_or(|swept| now >= swept + SWEEP) {
            self.swept = Some(now);
            self.sources.retain(|_, penalty| penalty.until > now);
        }
        self.sources.len() < MAX_SOURCES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const B: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    #[test]
    fn failures_add_up_and_a_login_forgives() {
        let penalties = Penalties::new(Duration::from_secs(600));
        for _ in 0..3 {
            assert!(!penalties.is_barred(A));
            penalties.add(A, Offence::Refused);
        }
        assert!(penalties.is_barred(A) && !penalties.is_barred(B));
        penalties.forgive(A);
        assert!(!penalties.is_barred(A));
    }

    #[test]
    fn they_end_and_have_a_limit() {
        let penalties = Penalties::new(Duration::from_secs(20));
        let long_ago = Instant::now().checked_sub(Duration::from_secs(21)).unwrap();
        (0..100).for_each(|_| penalties.add_at(long_ago, A, Offence::TookTooLong));
        assert!(!penalties.is_barred(A));
        // What is over does not count any more.
        penalties.add(A, Offence::TookTooLong);
        assert!(!penalties.is_barred(A));
        penalties.add(A, Offence::TookTooLong);
        assert!(penalties.is_barred(A));
    }

    #[test]
    fn the_table_is_bounded() {
        let penalties = Penalties::new(Duration::from_secs(600));
        let now = Instant::now();
        let address = |n: u32| IpAddr::from(n.to_be_bytes());
        (0..MAX_SOURCES as u32 + 10).for_each(|n| penalties.add_at(now, address(n), Offence::NoAttempt));
        assert_eq!(penalties.table().sources.len(), MAX_SOURCES);
        penalties.add_at(now + Duration::from_secs(2), address(u32::MAX), Offence::NoAttempt);
        assert_eq!(penalties.table().sources.len(), 1);
    }
}
