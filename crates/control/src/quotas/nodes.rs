//! Servers that share a database, and what is counted again for those that ended.
//!
//! A server that lives says so now and then by a number that goes up; one whose number stands still is taken for
//! dead, by the watcher's own clock, since those of two machines differ. Marks of a dead server, and those that
//! one finds under its own name when it starts, are counted again once no living server is changing the same
//! counters: what is being written meanwhile could be counted twice.

use crate::{Control, Error, Result};
use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};
use store::{QuotaMark, UsageOf};

/// How often [`Watch::tick`] is to be called.
pub const BEAT: Duration = Duration::from_secs(2);

/// How long a server's number stands still before it is taken for dead.
const DEAD_AFTER: Duration = Duration::from_secs(20);

/// Looks after the marks of servers that ended.
#[derive(Debug)]
pub struct Watch {
    control: Control,
    /// Our own name.
    node: String,
    /// Marks under our own name from before we started.
    found: Vec<UsageOf>,
    pulses: Pulses,
}

/// When each server's number last went up.
#[derive(Debug, Default)]
struct Pulses(HashMap<String, (i64, Instant)>);

impl Control {
    /// For the server that is called `node`, where others use the database, too. Nothing may be counted yet.
    pub async fn watch_nodes(&self, node: &str) -> Result<Watch> {
        let marks = self.store.quota_marks().await?;
        let own = marks.into_iter().filter(|mark| mark.node == node);
        let found = own.map(|mark| mark.of).collect();
        Ok(Watch { control: self.clone(), node: node.to_owned(), found, pulses: Pulses::default() })
    }

    /// Counts again whoever is marked, for a server that has the database for itself. Nothing may be counted
    /// yet.
    pub async fn recount_marked(&self, node: &str) -> Result<()> {
        for mark in self.store.quota_marks().await? {
            self.take_over(&mark, node).await?;
        }
        Ok(())
    }

    /// Counts again what another server, or we before we started, left marked.
    async fn take_over(&self, mark: &QuotaMark, node: &str) -> Result<()> {
        match self.recount(&mark.of, node).await {
            // It is being counted, and counted again if it changes meanwhile.
            Ok(()) | Err(Error::Busy(_)) => {}
            Err(error) => {
                tracing::error!(target: "quota", of = ?mark.of, %error, "cannot count again");
                return Ok(());
            }
        }
        if mark.node != node {
            self.store.set_quota_mark(mark.clone(), false).await?;
        }
        Ok(())
    }
}

impl Watch {
    /// Says that we live, and takes over what those who do not left.
    pub async fn tick(&mut self) -> Result<()> {
        let Self { control, node: own, found, pulses } = self;
        let store = &control.store;
        store.beat(own).await?;
        let beats = store.beats().await?;
        let dead = pulses.dead(&beats, Instant::now());
        let lives = |node: &str| !dead.contains(node) && beats.iter().any(|(name, _)| name == node);
        let marks = store.quota_marks().await?;
        let in_use =
            |of: &UsageOf| marks.iter().any(|mark| mark.of == *of && mark.node != *own && lives(&mark.node));
        let ours = found.iter().map(|of| QuotaMark { of: of.clone(), node: own.clone() });
        let others = marks.iter().filter(|mark| mark.node != *own && !lives(&mark.node)).cloned();
        for mark in ours.chain(others).filter(|mark| !in_use(&mark.of)) {
            control.take_over(&mark, own).await?;
        }
        found.retain(in_use);
        for node in dead {
            store.forget_node(&node).await?;
        }
        Ok(())
    }
}

impl Pulses {
    /// Whose number has stood still for long.
    fn dead(&mut self, beats: &[(String, i64)], now: Instant) -> HashSet<String> {
        self.0.retain(|node, _| beats.iter().any(|(name, _)| name == node));
        for (node, beat) in beats {
            let pulse = self.0.entry(node.clone()).or_insert((*beat, now));
            if pulse.0 != *beat {
                *pulse = (*beat, now);
            }
        }
        let silent = self.0.iter().filter(|(_, (_, at))| now.duration_since(*at) >= DEAD_AFTER);
        silent.map(|(node, _)| node.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_stands_still_is_dead_and_nobody_else() {
        let (mut pulses, start) = (Pulses::default(), Instant::now());
        let beats = |still: i64, lives: i64| [("still".to_owned(), still), ("lives".to_owned(), lives)];
        let mut last = HashSet::new();
        for beat in 0..10 {
            last = pulses.dead(&beats(7, beat), start + BEAT * beat as u32);
            assert!(last.is_empty(), "{beat}: {last:?}");
        }
        assert!(last.is_empty());
        let dead = pulses.dead(&beats(7, 10), start + DEAD_AFTER);
        assert_eq!(dead, HashSet::from(["still".to_owned()]));
        assert!(pulses.dead(&beats(8, 10), start + DEAD_AFTER).is_empty(), "it was late");
        // Gone from the table, and here again: it has its time again.
        pulses.dead(&beats(8, 10)[1..], start + DEAD_AFTER);
        assert!(pulses.dead(&beats(8, 11), start + DEAD_AFTER * 2).is_empty());
    }
}
