//! Equal work: a password that is refused costs as much processor time whatever was stored for it.
//!
//! Hashes of another kind or cost than new ones get, accounts that have no password, and names that nobody has
//! would tell themselves apart by the time they take. So a mismatch works on until it has cost as much as a
//! mismatch of the dearest kind that was met. Time that passes on the processor is what is counted, not the clock:
//! a busy machine makes all of them slower alike, and sleeping would be seen under load.

use aws_lc_rs::digest;
use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// What verifications cost lately, by the kind of the hash.
#[derive(Debug, Default)]
pub struct Costs {
    known: Mutex<Known>,
    /// All of them so far, in nanoseconds.
    sum: AtomicU64,
}

#[derive(Debug, Default)]
struct Known {
    /// That of new hashes first.
    kinds: Vec<Kind>,
}

/// Hashes of one algorithm with the same parameters.
#[derive(Debug)]
struct Kind {
    /// What such hashes begin with.
    head: String,
    /// The last ones, in a ring.
    costs: Vec<Duration>,
    next: usize,
    drawn: usize,
}

/// Costs that are remembered of a kind: so many that they vary as the real ones do.
const KEPT: usize = 32;
/// Kinds that are remembered; servers have one or two.
const MAX_KINDS: usize = 8;
/// A kind that costs more than so many times as much as new hashes sets no measure, for every wrong password would
/// cost that: an imported hash may take seconds. Its accounts stand out until they have changed their passwords.
const DEAREST: u32 = 4;

impl Costs {
    /// Begins with the kind of new hashes.
    pub fn new(own: &str) -> Self {
        let known = Mutex::new(Known { kinds: vec![Kind::new(head(own))] });
        Self { known, sum: AtomicU64::new(0) }
    }

    /// Notes what it cost to verify a password against `hash`.
    pub fn note(&self, hash: &str, cost: Duration) {
        let (mut known, head) = (self.known(), head(hash));
        if let Some(kind) = known.kinds.iter_mut().find(|kind| kind.head == head) {
            kind.note(cost);
        } else if known.kinds.len() < MAX_KINDS {
            let mut kind = Kind::new(head);
            kind.note(cost);
            known.kinds.push(kind);
        }
    }

    /// What a mismatch with `hash`, which cost `spent`, has to cost; `None` where it is of the dearest kind itself,
    /// whose costs are the measure.
    pub fn goal(&self, hash: &str, spent: Duration) -> Option<Duration> {
        let mut known = self.known();
        let own = known.kinds.first().map(Kind::usual).unwrap_or_default();
        let bearable = known.kinds.iter_mut().filter(|kind| kind.usual() <= own * DEAREST);
        let dearest = bearable.max_by_key(|kind| kind.usual())?;
        // A hash that is damaged costs nothing, whatever it begins with.
        let is_one = dearest.head == head(hash) && !dearest.is_too_little(spent);
        if is_one { None } else { dearest.draw() }
    }

    /// Nothing is known yet of what new hashes cost.
    pub fn is_new(&self) -> bool {
        self.known().kinds.first().is_none_or(|own| own.costs.is_empty())
    }

    /// Adds to [`sum`](Self::sum).
    pub fn add(&self, cost: Duration) {
        self.sum.fetch_add(u64::try_from(cost.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum.load(Relaxed))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kind {
    const fn new(head: String) -> Self {
        Self { head, costs: Vec::new(), next: 0, drawn: 0 }
    }

    /// No verification of this kind was done for that.
    fn is_too_little(&self, cost: Duration) -> bool {
        cost * 4 < self.usual()
    }

    fn note(&mut self, cost: Duration) {
        if self.is_too_little(cost) {
            return;
        }
        match self.costs.get_mut(self.next) {
            Some(oldest) => *oldest = cost,
            None => self.costs.push(cost),
        }
        self.next = (self.next + 1) % KEPT;
    }

    /// The median.
    fn usual(&self) -> Duration {
        let mut sorted = self.costs.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied().unwrap_or_default()
    }

    /// One of the costs, each in its turn.
    fn draw(&mut self) -> Option<Duration> {
        self.drawn = (self.drawn + 1) % KEPT;
        self.costs.get(self.drawn % self.costs.len().max(1)).copied()
    }
}

/// Works until a mismatch with `hash`, which began at `start` by [`used`], has cost what it has to. `before` is what
/// it had cost until then, maybe on another thread, whose time is not this one's.
pub fn level(costs: &Costs, hash: &str, start: Duration, before: Duration) {
    if let Some(goal) = costs.goal(hash, before + used().saturating_sub(start)) {
        work(start, goal.saturating_sub(before));
    }
}

fn work(start: Duration, goal: Duration) {
    let block = [0_u8; 4096];
    while used().saturating_sub(start) < goal {
        std::hint::black_box(digest::digest(&digest::SHA256, &block));
    }
}

/// How much of the processor this thread has used.
pub fn used() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let (seconds, nanoseconds) = (u64::try_from(time.tv_sec), u32::try_from(time.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanoseconds.unwrap_or_default())
}

/// All of a hash that says how it was made: what is before the salt. Of hashes that say nothing about their cost it
/// is the algorithm's name alone.
fn head(hash: &str) -> String {
    let fields = match hash.split('$').nth(1) {
        Some("argon2id") => 4,
        Some("2a" | "2b" | "2y" | "y") => 3,
        Some(kind) if kind.starts_with("pbkdf2-") => 3,
        Some("5" | "6") if hash.contains("$rounds=") => 3,
        Some(_) => 2,
        None => return hash.split_once('}').map_or("", |(name, _)| name).to_owned(),
    };
    let kind: Vec<&str> = hash.split('$').take(fields).collect();
    kind.join("$").replace("$2b$", "$2a$").replace("$2y$", "$2a$")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn the_dearest_kind_that_is_bearable_is_the_measure() {
        let costs = Costs::new(OWN);
        assert!(costs.is_new() && costs.goal("$1$a$b", ms(0)).is_none());
        for n in 0..100 {
            costs.note(OWN, ms(40 + n % 3));
            costs.note("$1$salt$x", ms(1));
            costs.note("$pbkdf2-sha256$9999999$salt$x", ms(4000));
        }
        assert!(costs.goal(OWN, ms(40)).is_none(), "it costs what it costs");
        costs.note(OWN, ms(1));
        assert!(costs.goal(OWN, ms(1)) >= Some(ms(40)), "a damaged hash");
        let drawn: Vec<Duration> = (0..64).map(|_| costs.goal("$1$a$b", ms(1)).unwrap()).collect();
        assert!(drawn.iter().all(|goal| (ms(40)..=ms(42)).contains(goal)), "{drawn:?}");
        assert!([40, 41, 42].iter().all(|n| drawn.contains(&ms(*n))), "they vary as the real ones do");
        costs.note("$argon2id$v=19$m=65536,t=1,p=2$salt$x", ms(90));
        assert_eq!(costs.goal(OWN, ms(40)), Some(ms(90)));
        for n in 0..100 {
            costs.note(&format!("$2a${n}$"), ms(1));
        }
        assert!(costs.known().kinds.len() <= MAX_KINDS);
    }

    #[test]
    fn a_kind_is_an_algorithm_with_its_parameters() {
        for (hash, expected) in [
            (OWN, "$2a$10"),
            ("$2y$12$salt", "$2a$12"),
            ("$argon2id$v=19$m=65536,t=1,p=2$salt$key", "$argon2id$v=19$m=65536,t=1,p=2"),
            ("$pbkdf2-sha256$150000$salt$key", "$pbkdf2-sha256$150000"),
            ("$6$rounds=9999$salt$key", "$6$rounds=9999"),
            ("$6$salt$key", "$6"),
            ("$1$salt$key", "$1"),
            ("{SSHA}xyz", "{SSHA"),
            ("", ""),
        ] {
            assert_eq!(head(hash), expected);
        }
    }

    #[test]
    fn work_is_what_the_processor_does() {
        let cost = || {
            let start = used();
            work(start, ms(5));
            used() - start
        };
        // The least of some: on a busy machine one block of the work may take long.
        let costs: Vec<Duration> = (0..10).map(|_| cost()).collect();
        assert!(costs.iter().all(|cost| *cost >= ms(5)), "{costs:?}");
        assert!(costs.iter().any(|cost| *cost < ms(8)), "{costs:?}");
    }

    #[test]
    fn what_was_spent_on_another_thread_counts() {
        let costs = Costs::new(OWN);
        costs.note(OWN, ms(200));
        let fresh = std::thread::spawn(move || {
            let start = used();
            level(&costs, "", start, ms(200));
            used() - start
        });
        let cost = fresh.join().unwrap();
        assert!(cost < ms(100), "{cost:?}");
    }
}
