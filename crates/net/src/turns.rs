//! Turns at what any stranger can cause: key exchanges, which cost us more than the stranger (DHEat,
//! CVE-2002-20001), and greetings.
//!
//! Only so much of it goes on at once, and whose turn it is goes round by source, not by connection. A flood
//! from one address waits for itself; a client from another waits for one turn.

use crate::source::Source;
use std::{
    collections::{HashMap, VecDeque},
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// Hands out the turns.
#[derive(Debug)]
pub struct Turns {
    limits: Limits,
    state: Mutex<State>,
}

/// The right to work, given back when dropped.
#[derive(Debug)]
pub struct Turn {
    turns: Arc<Turns>,
    source: Source,
}

/// What who asks for a turn gets.
#[derive(Debug)]
pub enum Taken {
    Now(Turn),
    /// A turn, when it is time.
    Later(oneshot::Receiver<Turn>),
}

/// Too many wait from this source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crowded;

#[derive(Clone, Copy, Debug)]
struct Limits {
    at_once: usize,
    per_source: usize,
    waiting: usize,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    waiting: usize,
    sources: HashMap<Source, Line>,
    /// The sources with somebody waiting, each once, in the order in which they get a turn.
    order: VecDeque<Source>,
}

/// Those of one source.
#[derive(Debug, Default)]
struct Line {
    running: usize,
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

impl Turns {
    /// `at_once` turns at a time, no more than half of them for one source, but one at least; of the `waiting` places
    /// in line each source that is there has a share.
    pub fn new(at_once: usize, waiting: usize) -> Arc<Self> {
        Self::within(Limits { at_once: at_once.max(1), per_source: (at_once / 2).max(1), waiting })
    }

    /// `at_once` turns at a time for each source, one at least, however many sources there are.
    pub fn per_source(at_once: usize, waiting: usize) -> Arc<Self> {
        Self::within(Limits { at_once: usize::MAX, per_source: at_once.max(1), waiting })
    }

    fn within(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, state: Mutex::default() })
    }

    pub fn take(self: &Arc<Self>, ip: IpAddr) -> Result<Taken, Crowded> {
        let source = Source::from(ip);
        let mut state = self.state();
        let state = &mut *state;
        let line = state.sources.entry(source).or_default();
        // Whoever else waits now has had its share: it would have been called otherwise.
        if state.running < self.limits.at_once
            && line.running < self.limits.per_source
            && line.waiting.is_empty()
        {
            line.running += 1;
            state.running += 1;
            return Ok(Taken::Now(Turn { turns: self.clone(), source }));
        }
        let line = state.sources.entry(source).or_default();
        // The line is never longer than its limit: with that many waiting, some source has its share or more.
        let share = self.limits.waiting / (state.order.len() + usize::from(line.waiting.is_empty()));
        if state.waiting >= self.limits.waiting && line.waiting.len() >= share {
            state.forget(source);
            return Err(Crowded);
        }
        if line.waiting.is_empty() {
            state.order.push_back(source);
        }
        let (sender, receiver) = oneshot::channel();
        line.waiting.push_back(sender);
        state.waiting += 1;
        Ok(Taken::Later(receiver))
    }

    /// Calls up whoever may go now.
    fn call(self: &Arc<Self>) {
        loop {
            let next = self.state().next(self.limits);
            let Some((source, waiting)) = next else { return };
            // Who has gone in this moment drops the turn, and so passes it on.
            drop(waiting.send(Turn { turns: self.clone(), source }));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics between two changes that belong together.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The next in line, counted as running.
    fn next(&mut self, limits: Limits) -> Option<(Source, oneshot::Sender<Turn>)> {
        if self.running >= limits.at_once {
            return None;
        }
        for _ in 0..self.order.len() {
            let source = self.order.pop_front()?;
            let line = self.sources.get_mut(&source)?;
            if line.running >= limits.per_source {
                self.order.push_back(source);
                continue;
            }
            while let Some(waiting) = line.waiting.pop_front() {
                self.waiting -= 1;
                if waiting.is_closed() {
                    continue; // gone
                }
                line.running += 1;
                self.running += 1;
                if !line.waiting.is_empty() {
                    self.order.push_back(source);
                }
                return Some((source, waiting));
            }
            self.forget(source);
        }
        None
    }

    fn ended(&mut self, source: Source) {
        self.running = self.running.saturating_sub(1);
        if let Some(line) = self.sources.get_mut(&source) {
            line.running = line.running.saturating_sub(1);
        }
        self.forget(source);
    }

    /// Drops the line of a source that has nobody in it.
    fn forget(&mut self, source: Source) {
        if self.sources.get(&source).is_some_and(|line| line.running == 0 && line.waiting.is_empty()) {
            self.sources.remove(&source);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.state().ended(self.source);
        self.turns.call();
    }
}

impl fmt::Display for Crowded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too many connections wait for their turn")
    }
}

impl std::error::Error for Crowded {}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    fn now(turns: &Arc<Turns>, from: u8) -> Turn {
        match turns.take(ip(from)).unwrap() {
            Taken::Now(turn) => turn,
            Taken::Later(_) => panic!("{from} has to wait"),
        }
    }

    fn later(turns: &Arc<Turns>, from: u8) -> oneshot::Receiver<Turn> {
        match turns.take(ip(from)).unwrap() {
            Taken::Later(receiver) => receiver,
            Taken::Now(_) => panic!("{from} need not wait"),
        }
    }

    #[test]
    fn turns_go_round_by_source() {
        let turns = Turns::new(1, 100);
        let first = now(&turns, 1);
        let mut flood: Vec<_> = (0..10).map(|_| later(&turns, 1)).collect();
        let mut other = later(&turns, 2);
        drop(first);
        // The flood was first in line; the other is second, whoever else is in the flood.
        drop(flood.remove(0).try_recv().unwrap());
        let turn = other.try_recv().unwrap();
        assert!(flood.iter_mut().all(|waiting| waiting.try_recv().is_err()));
        drop(turn);
        assert!(flood[0].try_recv().is_ok());
    }

    #[test]
    fn a_source_leaves_room_for_others() {
        let turns = Turns::new(4, 100);
        let _two = (now(&turns, 1), now(&turns, 1));
        let mut third = later(&turns, 1);
        let _others = (now(&turns, 2), now(&turns, 3));
        assert!(third.try_recv().is_err());
        let _fifth = later(&turns, 4);
    }

    #[test]
    fn each_source_may_have_turns_of_its_own() {
        let turns = Turns::per_source(2, 100);
        let _held: Vec<_> = (0..200).map(|n| now(&turns, n / 2)).collect();
        let _third = later(&turns, 7);
    }

    #[test]
    fn who_has_gone_is_passed_over_and_nothing_stays() {
        let turns = Turns::new(1, 100);
        let first = now(&turns, 1);
        let gone: Vec<_> = (0..50).map(|n| later(&turns, n % 5)).collect();
        drop(gone);
        let mut stays = later(&turns, 9);
        drop(first);
        drop(stays.try_recv().unwrap());
        let state = turns.state();
        assert_eq!((state.running, state.waiting, state.sources.len(), state.order.len()), (0, 0, 0, 0));
    }

    #[test]
    fn a_turn_nobody_fetches_is_passed_on() {
        let turns = Turns::new(1, 100);
        let first = now(&turns, 1);
        let (called, mut next) = (later(&turns, 1), later(&turns, 2));
        drop(first);
        drop(called); // with its turn inside
        assert!(next.try_recv().is_ok());
    }

    #[test]
    fn the_line_is_bounded_and_shared() {
        let turns = Turns::new(1, 10);
        let _running = now(&turns, 1);
        let _flood: Vec<_> = (0..10).map(|_| later(&turns, 1)).collect();
        assert_eq!(turns.take(ip(1)).unwrap_err(), Crowded);
        // Somebody else still gets in, up to a share.
        let _others: Vec<_> = (0..5).map(|_| later(&turns, 2)).collect();
        assert_eq!(turns.take(ip(2)).unwrap_err(), Crowded);
    }
}
