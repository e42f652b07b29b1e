//! Which calls hang, come late or fail.

use fuser::Errno;
use std::{
    collections::HashMap,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// The kinds of calls that a rule can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Call {
    /// stat(2) and every look-up of a name, which comes before most other calls.
    Stat,
    /// chmod, chown, utimes, truncate.
    Change,
    Open,
    /// open(2) of a new file.
    Create,
    Read,
    Write,
    /// close(2): the one call that reports what write could not.
    Close,
    Sync,
    /// opendir and readdir.
    List,
    MakeDir,
    /// unlink and rmdir.
    Remove,
    Rename,
    /// symlink, readlink and link.
    Link,
    /// statvfs(2).
    Space,
}

/// What to do with one call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Gate {
    Go,
    Late(Duration),
    Hang,
    Fail(Errno),
}

#[derive(Debug, Default)]
pub(super) struct Rules {
    state: Mutex<State>,
    healed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    faults: HashMap<Call, Fault>,
    seen: HashMap<Call, u64>,
    hanging: usize,
    /// Counts the healings, so that a call that hangs knows of one it slept through.
    healings: u64,
    closed: bool,
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    Hang,
    Late(Duration),
    Fail { spared: u64, errno: i32 },
}

impl Rules {
    pub(super) fn hang(&self, call: Call) {
        self.state().faults.insert(call, Fault::Hang);
    }

    pub(super) fn delay(&self, call: Call, by: Duration) {
        self.state().faults.insert(call, Fault::Late(by));
    }

    pub(super) fn fail(&self, call: Call, spared: u64, errno: i32) {
        self.state().faults.insert(call, Fault::Fail { spared, errno });
    }

    pub(super) fn heal(&self) {
        let mut state = self.state();
        state.faults.clear();
        state.healings += 1;
        self.healed.notify_all();
    }

    /// Nothing hangs any more, now or later.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.heal();
    }

    pub(super) fn hanging(&self) -> usize {
        self.state().hanging
    }

    pub(super) fn count(&self, call: Call) -> u64 {
        self.state().seen.get(&call).copied().unwrap_or_default()
    }

    /// Counts a call and says what becomes of it.
    pub(super) fn gate(&self, call: Call) -> Gate {
        let mut state = self.state();
        *state.seen.entry(call).or_default() += 1;
        if state.closed {
            return Gate::Fail(Errno::EIO);
        }
        match state.faults.get_mut(&call) {
            None => Gate::Go,
            Some(Fault::Hang) => Gate::Hang,
            Some(Fault::Late(by)) => Gate::Late(*by),
            Some(Fault::Fail { spared: 0, errno }) => Gate::Fail(Errno::from_i32(*errno)),
            Some(Fault::Fail { spared, .. }) => {
                *spared -= 1;
                Gate::Go
            }
        }
    }

    /// Sits out what [`Rules::gate`] said; an error when the file system went away meanwhile.
    pub(super) fn sit_out(&self, gate: Gate) -> Result<(), Errno> {
        match gate {
            Gate::Go => Ok(()),
            Gate::Fail(errno) => Err(errno),
            Gate::Late(by) => {
                thread::sleep(by);
                Ok(())
            }
            Gate::Hang => {
                let mut state = self.state();
                let before = state.healings;
                state.hanging += 1;
                while state.healings == before {
                    state = self.healed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                state.hanging -= 1;
                if state.closed { Err(Errno::EIO) } else { Ok(()) }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
