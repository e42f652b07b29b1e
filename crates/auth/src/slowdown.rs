//! Slowing down who guesses: passwords, codes, keys, all calls together.
//!
//! An address that failed a few times gets its next attempts one after the other with a pause before each, right
//! or wrong: if only failures were late, a guesser would try many at once and look which comes back early. What
//! is counted is forgotten step by step, and a success counts nothing, so that a guesser gains nothing by
//! logging in to an account of its own in between.
//!
//! Many may come from one address: behind a gateway, or a proxy that does not say for whom it speaks. So that one of
//! them who guesses keeps no other out, a name that logged in from there lately has a count of its own.
//!
//! An attempt that is under way may be about to fail. So only a few of one count are at once, or a guesser would
//! start thousands before the first of them has failed; the others wait until one of these has ended.

use crate::Refused;
use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until, timeout},
};

/// Failures by address. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Slowdown(Arc<Mutex<Hosts>>);

/// An attempt that may be made now.
#[derive(Debug)]
#[must_use = "a failure has to be told"]
pub struct Attempting {
    slowdown: Slowdown,
    host: IpAddr,
    who: Who,
    /// Among those that are under way, unless it was slowed down; another may have it when this one has ended.
    _place: Option<OwnedSemaphorePermit>,
}

/// A hash of an address and a name.
type Who = u64;

#[derive(Debug, Default)]
struct Hosts {
    known: HashMap<IpAddr, Count>,
    /// Who logged in, and when that was the last time.
    friends: HashMap<Who, (Count, Instant)>,
    hashing: RandomState,
}

#[derive(Debug)]
struct Count {
    /// At `since`; fewer now.
    failures: u32,
    since: Instant,
    /// When the last of those who wait goes on.
    last: Instant,
    /// [`FREE`] places for attempts that are under way and not slowed down. Shared with these, so that they give
    /// their places back to it also when this count was dropped for a new one.
    places: Arc<Semaphore>,
}

/// Failures that cost nothing yet: a person who tries all passwords it knows. As many attempts may be under way.
const FREE: u32 = 10;
/// More are not counted, so that an address is itself again soon after.
const MOST: u32 = 2 * FREE;
/// One failure is forgotten in this time.
const FORGET: Duration = Duration::from_secs(6);
/// Between two attempts of an address that is slowed down.
const PAUSE: Duration = Duration::from_secs(1);
/// Nobody is paused longer; who would have to be is refused.
const LONGEST: Duration = Duration::from_secs(10);
/// Nobody waits longer for a place, and who has to is refused: an honest crowd has its turn long before. How many
/// wait is bounded by the connections that the server takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Addresses that are remembered, of some 150 bytes each; and as many who logged in.
const MAX: usize = 20_000;
/// How long a login is remembered.
const FRIENDSHIP: Duration = Duration::from_secs(24 * 60 * 60);

impl Slowdown {
    /// Waits until an attempt from `ip` in the name of `who` may be made. Fails when too many wait already, or
    /// those who are under way take too long.
    pub async fn turn(&self, ip: IpAddr, who: &str) -> Result<Attempting, Refused> {
        let host = network(ip);
        let who = self.hosts().hashing.hash_one((host, who));
        let (slot, place) = match self.slot(host, who) {
            Slot::Free(places) => {
                let place = timeout(PATIENCE, places.acquire_owned()).await;
                let place = place.ok().and_then(Result::ok).ok_or(Refused::TooManyAttempts)?;
                // Those who had the places may have failed meanwhile.
                (self.slot(host, who), Some(place))
            }
            slot => (slot, None),
        };
        let place = match slot {
            Slot::Free(_) => place,
            Slot::At(instant) => {
                drop(place);
                sleep_until(instant).await;
                None
            }
            Slot::Never => return Err(Refused::TooManyAttempts),
        };
        Ok(Attempting { slowdown: self.clone(), host, who, _place: place })
    }

    fn slot(&self, host: IpAddr, who: Who) -> Slot {
        self.hosts().slot(host, who, Instant::now())
    }

    fn hosts(&self) -> MutexGuard<'_, Hosts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempting {
    /// It was wrong. Counted before its place is free.
    pub fn failed(self) {
        self.slowdown.hosts().failed(self.host, self.who, Instant::now());
    }

    /// It was right.
    pub fn passed(self) {
        self.slowdown.hosts().passed(self.who, Instant::now());
    }

    /// Tells what `result` shows: a failure if it is the refusal of a guess.
    pub fn watch<T>(self, result: Result<T, Refused>) -> Result<T, Refused> {
        match &result {
            Ok(_) => self.passed(),
            Err(refused) if refused.is_guess() => self.failed(),
            // Nothing that could be guessed was wrong with it.
            Err(_) => {}
        }
        result
    }
}

#[derive(Debug)]
enum Slot {
    /// As soon as there is one of these places.
    Free(Arc<Semaphore>),
    At(Instant),
    Never,
}

impl Hosts {
    fn slot(&mut self, host: IpAddr, who: Who, now: Instant) -> Slot {
        let friend =
            self.friends.get_mut(&who).filter(|(_, at)| now.saturating_duration_since(*at) < FRIENDSHIP);
        let count = match friend {
            Some((count, _)) => count,
            None => count_of(&mut self.known, host, now),
        };
        if count.failures_at(now) < FREE {
            return Slot::Free(count.places.clone());
        }
        let slot = count.last.max(now) + PAUSE;
        if slot > now + LONGEST {
            return Slot::Never;
        }
        count.last = slot;
        Slot::At(slot)
    }

    /// Counts for the address and, where it logged in before, for who was tried.
    fn failed(&mut self, host: IpAddr, who: Who, now: Instant) {
        if let Some((count, _)) = self.friends.get_mut(&who) {
            count.add(now);
        }
        count_of(&mut self.known, host, now).add(now);
    }

    fn passed(&mut self, who: Who, now: Instant) {
        if self.friends.len() >= MAX && !self.friends.contains_key(&who) {
            self.friends.retain(|_, (_, at)| now.saturating_duration_since(*at) < FRIENDSHIP);
            // So many come that most are nobody's victims.
            if self.friends.len() >= MAX {
                self.friends.clear();
            }
        }
        self.friends.entry(who).or_insert_with(|| (Count::new(now), now)).1 = now;
    }
}

impl Count {
    fn new(now: Instant) -> Self {
        Self { failures: 0, since: now, last: now, places: Arc::new(Semaphore::new(FREE as usize)) }
    }

    fn add(&mut self, now: Instant) {
        self.failures = MOST.min(self.failures_at(now) + 1);
        self.since = now;
    }

    fn failures_at(&self, now: Instant) -> u32 {
        let forgotten = now.saturating_duration_since(self.since).as_secs() / FORGET.as_secs();
        self.failures.saturating_sub(u32::try_from(forgotten).unwrap_or(u32::MAX))
    }

    /// Nothing is remembered, and nobody has one of the places or waits for one.
    fn is_idle(&self, now: Instant) -> bool {
        self.failures_at(now) == 0 && Arc::strong_count(&self.places) == 1
    }
}

/// That of `host`, which may be a new one.
fn count_of(known: &mut HashMap<IpAddr, Count>, host: IpAddr, now: Instant) -> &mut Count {
    if known.len() >= MAX && !known.contains_key(&host) {
        known.retain(|_, count| !count.is_idle(now));
        // So many at once guess from everywhere: the pauses of some are shorter than they might be.
        if known.len() >= MAX {
            known.clear();
        }
    }
    known.entry(host).or_insert_with(|| Count::new(now))
}

/// A network of IPv6 that one subscriber has is one address.
pub fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    async fn fail(slowdown: &Slowdown, ip: IpAddr) {
        slowdown.turn(ip, "ann").await.unwrap().failed();
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_failures_are_free_and_more_are_not() {
        let slowdown = Slowdown::default();
        let start = Instant::now();
        for _ in 0..FREE {
            fail(&slowdown, HERE).await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..5 {
            fail(&slowdown, HERE).await;
        }
        assert_eq!(start.elapsed(), 5 * PAUSE);
        // Others are not concerned, and a success waits as a failure does.
        slowdown.turn([10, 0, 0, 1].into(), "ann").await.unwrap().passed();
        assert_eq!(start.elapsed(), 5 * PAUSE);
        slowdown.turn(HERE, "ben").await.unwrap().passed();
        assert_eq!(start.elapsed(), 6 * PAUSE);
        tokio::time::sleep(2 * FREE * FORGET).await;
        let later = Instant::now();
        slowdown.turn(HERE, "ann").await.unwrap().passed();
        assert_eq!(later.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn many_at_once_take_their_turns_and_the_rest_is_refused() {
        let slowdown = Slowdown::default();
        for _ in 0..FREE {
            fail(&slowdown, HERE).await;
        }
        let start = Instant::now();
        let attempts: Vec<_> = (0..30)
            .map(|_| {
                let slowdown = slowdown.clone();
                tokio::spawn(async move { slowdown.turn(HERE, "ann").await.map(Attempting::failed).is_ok() })
            })
            .collect();
        let mut let_in = 0;
        for attempt in attempts {
            let_in += u32::from(attempt.await.unwrap());
        }
        assert_eq!(let_in, 10);
        assert_eq!(start.elapsed(), LONGEST);
    }

    #[tokio::test(start_paused = true)]
    async fn few_are_under_way_at_once_and_the_others_wait_for_them() {
        let slowdown = Slowdown::default();
        let start = Instant::now();
        let attempts: Vec<_> = (0..30)
            .map(|_| {
                let slowdown = slowdown.clone();
                tokio::spawn(async move { slowdown.turn(HERE, "ann").await.ok() })
            })
            .collect();
        let mut held = Vec::new();
        for attempt in attempts {
            held.extend(attempt.await.unwrap());
        }
        assert_eq!(held.len(), FREE as usize);
        assert!(start.elapsed() >= PATIENCE);
        let later = Instant::now();
        slowdown.turn([10, 0, 0, 1].into(), "ann").await.unwrap().passed();
        // Another has the place of one that ended, however it did.
        drop(held.pop());
        held.push(slowdown.turn(HERE, "ann").await.unwrap());
        assert_eq!(later.elapsed(), Duration::ZERO);
        for attempt in held {
            attempt.failed();
        }
        slowdown.turn(HERE, "ann").await.unwrap().passed();
        assert_eq!(later.elapsed(), PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn many_at_once_from_a_new_address_are_slowed_down_too() {
        let slowdown = Slowdown::default();
        let start = Instant::now();
        let attempts: Vec<_> = (0..1000)
            .map(|_| {
                let slowdown = slowdown.clone();
                tokio::spawn(async move {
                    let attempt = slowdown.turn(HERE, "ann").await.ok()?;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    attempt.failed();
                    Some(start.elapsed())
                })
            })
            .collect();
        let mut at_once = 0;
        for attempt in attempts {
            at_once += u32::from(attempt.await.unwrap().is_some_and(|after| after < PAUSE));
        }
        assert!((FREE..2 * FREE).contains(&at_once), "{at_once}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_guesser_keeps_nobody_out_who_came_from_there_before() {
        let slowdown = Slowdown::default();
        slowdown.turn(HERE, "ben").await.unwrap().passed();
        let start = Instant::now();
        for _ in 0..FREE {
            fail(&slowdown, HERE).await;
        }
        slowdown.turn(HERE, "ben").await.unwrap().passed();
        assert_eq!(start.elapsed(), Duration::ZERO);
        slowdown.turn(HERE, "eve").await.unwrap().passed();
        slowdown.turn([10, 0, 0, 1].into(), "ben").await.unwrap().passed();
        assert_eq!(start.elapsed(), PAUSE);
        // Who came before can be guessed at no faster.
        for _ in 0..FREE {
            slowdown.turn(HERE, "ben").await.unwrap().failed();
        }
        assert_eq!(start.elapsed(), PAUSE);
        slowdown.turn(HERE, "ben").await.unwrap().passed();
        assert_eq!(start.elapsed(), 2 * PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_subscribers_network_is_one_address() {
        let slowdown = Slowdown::default();
        for n in 0..FREE {
            fail(&slowdown, format!("2001:db8::{n:x}").parse().unwrap()).await;
        }
        let start = Instant::now();
        slowdown.turn("2001:db8::ffff".parse().unwrap(), "ann").await.unwrap().passed();
        assert_eq!(start.elapsed(), PAUSE);
        slowdown.turn("2001:db8:0:1::1".parse().unwrap(), "ann").await.unwrap().passed();
        assert_eq!(start.elapsed(), PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn stays_bounded() {
        let slowdown = Slowdown::default();
        for n in 0..=u32::try_from(MAX).unwrap() {
            let (mut hosts, now) = (slowdown.hosts(), Instant::now());
            hosts.failed(IpAddr::V4(n.into()), n.into(), now);
            hosts.passed(n.into(), now);
        }
        for n in 0..=u32::try_from(MAX).unwrap() {
            drop(slowdown.slot(IpAddr::V4((n << 8).into()), Who::MAX));
        }
        let hosts = slowdown.hosts();
        assert!(hosts.known.len() <= MAX && hosts.friends.len() <= MAX);
    }
}
