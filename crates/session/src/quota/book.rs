//! [`Book`]: one owner's counters.

use super::{
    Limits,
    mark::{InUse, Mark},
};
use crate::{Error, Result};
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};
use storage::tree::Usage;

/// What an owner has stored. Everything is done under one short lock: its holders neither wait nor do I/O.
#[derive(Debug)]
pub struct Book {
    state: Mutex<State>,
    /// Keeps what is looked up about a file true until it is counted; see [`order`](Self::order).
    orders: [tokio::sync::Mutex<()>; ORDERS],
    hasher: RandomState,
    mark: Option<Arc<Mark>>,
}

/// Held from looking at a file to counting what was done to it.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    _order: tokio::sync::MutexGuard<'a, ()>,
    _other: Option<tokio::sync::MutexGuard<'a, ()>>,
    _in_use: Option<InUse>,
}

/// A file across sessions: where it is stored. Links can give one file two ids; then it may be counted as two
/// while it is open.
pub type FileId = Arc<[u8]>;

/// A file that is being written in place: one for all its writers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Handle(u64);

#[derive(Debug, Default)]
struct State {
    used: Usage,
    changed: bool,
    /// When it last changed since the book was opened.
    changed_at: Option<SystemTime>,
    growing: HashMap<Handle, Growing>,
    by_file: HashMap<FileId, Handle>,
    next: u64,
}

#[derive(Debug)]
struct Growing {
    /// `None` once it is removed: then it goes when it is closed, and is not counted.
    file: Option<FileId>,
    /// As counted.
    size: u64,
    writers: usize,
}

/// Many enough that a user's parallel uploads seldom wait for each other.
const ORDERS: usize = 32;

impl Book {
    pub fn new(stored: Usage) -> Self {
        Self {
            state: Mutex::new(State { used: stored, ..State::default() }),
            orders: std::array::from_fn(|_| tokio::sync::Mutex::new(())),
            hasher: RandomState::new(),
            mark: None,
        }
    }

    /// With a mark that tells after a crash that it was being changed.
    pub(super) fn marked(stored: Usage, mark: Arc<Mark>) -> Self {
        Self { mark: Some(mark), ..Self::new(stored) }
    }

    pub(super) fn mark(&self) -> Option<&Arc<Mark>> {
        self.mark.as_ref()
    }

    /// For an upload, which changes the book between two [orders](Self::order).
    pub(super) fn in_use(&self) -> Option<InUse> {
        self.mark.as_ref().map(Mark::using)
    }

    pub fn usage(&self) -> Usage {
        self.state().used
    }

    pub(super) fn changed_at(&self) -> Option<SystemTime> {
        self.state().changed_at
    }

    pub(super) fn set(&self, usage: Usage) {
        self.state().change(usage);
    }

    pub(super) fn take_change(&self) -> Option<(Usage, SystemTime)> {
        let mut state = self.state();
        let at = state.changed_at.unwrap_or_else(SystemTime::now);
        std::mem::take(&mut state.changed).then_some((state.used, at))
    }

    pub(super) fn mark_changed(&self) {
        self.state().changed = true;
    }

    /// Held from looking at a file to counting what was done to it, so that two who do something to the same
    /// file are counted as if one came after the other.
    pub(crate) async fn order(&self, file: &FileId) -> Order<'_> {
        let _in_use = self.enter().await;
        Order { _order: self.orders[self.shard(file)].lock().await, _other: None, _in_use }
    }

    /// As [`order`](Self::order), for a file that is being written and may have been renamed since it was
    /// `file`.
    pub(super) async fn order_open(&self, handle: Handle, file: &FileId) -> Order<'_> {
        let name = || self.state().growing.get(&handle).and_then(|growing| growing.file.clone());
        loop {
            let file = name().unwrap_or_else(|| file.clone());
            let order = self.order(&file).await;
            if name().is_none_or(|name| name == file) {
                return order;
            }
        }
    }

    /// As [`order`](Self::order), for two files.
    pub(crate) async fn order_both(&self, one: &FileId, other: &FileId) -> Order<'_> {
        let _in_use = self.enter().await;
        let (one, other) = (self.shard(one), self.shard(other));
        let first = self.orders[one.min(other)].lock().await;
        let second = if one == other { None } else { Some(self.orders[one.max(other)].lock().await) };
        Order { _order: first, _other: second, _in_use }
    }

    async fn enter(&self) -> Option<InUse> {
        match &self.mark {
            Some(mark) => Some(mark.enter().await),
            None => None,
        }
    }

    /// Whether anything may be added to what is stored, `freed` bytes of which are about to go.
    pub(crate) fn check_room(&self, limits: Limits, freed: u64) -> Result<()> {
        let used = self.state().used.bytes.saturating_sub(freed);
        if limits.bytes > 0 && used >= limits.bytes { Err(Error::QuotaExceeded) } else { Ok(()) }
    }

    /// Counts what is about to be stored, or refuses.
    pub(crate) fn add(&self, more: Usage, limits: Limits) -> Result<()> {
        self.state().add(more, limits)
    }

    /// Counts what is no longer stored.
    pub(crate) fn subtract(&self, less: Usage) {
        self.state().subtract(less);
    }

    /// One more writer of a file in place. `size` is what is counted of it, unless others write it already.
    pub(super) fn open(&self, file: &FileId, size: u64) -> Handle {
        let mut state = self.state();
        if let Some(handle) = state.by_file.get(file).copied()
            && let Some(growing) = state.growing.get_mut(&handle)
        {
            growing.writers += 1;
            return handle;
        }
        let handle = Handle(state.next);
        state.next += 1;
        state.growing.insert(handle, Growing { file: Some(file.clone()), size, writers: 1 });
        state.by_file.insert(file.clone(), handle);
        handle
    }

    /// The file reaches at least `end` now: counted, or refused.
    pub(super) fn grow(&self, handle: Handle, end: u64, limits: Limits) -> Result<()> {
        let mut state = self.state();
        match state.growing.get(&handle) {
            Some(growing) if end > growing.size => state.resize(handle, end, limits),
            _ => Ok(()),
        }
    }

    /// The file grows by `more` bytes: counted, or refused; the size it reaches.
    pub(super) fn append(&self, handle: Handle, more: u64, limits: Limits) -> Result<u64> {
        let mut state = self.state();
        let size = state.growing.get(&handle).map_or(0, |growing| growing.size).saturating_add(more);
        state.resize(handle, size, limits)?;
        Ok(size)
    }

    /// The file is about to have this size: counted, or refused.
    pub(super) fn resize(&self, handle: Handle, size: u64, limits: Limits) -> Result<()> {
        self.state().resize(handle, size, limits)
    }

    /// One writer less. `size` is what is stored in the end.
    pub(super) fn close(&self, handle: Handle, size: u64) {
        let mut state = self.state();
        let Some(growing) = state.growing.get_mut(&handle) else { return };
        growing.writers -= 1;
        // Of several, the last one knows: what the others still have in flight is counted already.
        if growing.writers > 0 {
            return;
        }
        // What was held for writes that failed goes back; no limit speaks against what is there already.
        let _ = state.resize(handle, size, Limits::default());
        if let Some(Growing { file: Some(file), .. }) = state.growing.remove(&handle) {
            state.by_file.remove(&file);
        }
    }

    /// As [`resize`](Self::resize), by name. `before` is the size where nobody is writing the file.
    pub(crate) fn set_size(&self, file: &FileId, before: u64, size: u64, limits: Limits) -> Result<()> {
        let mut state = self.state();
        match state.by_file.get(file).copied() {
            Some(handle) => state.resize(handle, size, limits),
            None => state.change_bytes(before, size, limits),
        }
    }

    /// The file is no longer there. `size` is what it had where nobody is writing it.
    pub(crate) fn removed(&self, file: &FileId, size: u64) {
        self.state().remove(file, size);
    }

    /// The file goes by another name now; `replaced` is the size of what went by that name.
    pub(crate) fn renamed(&self, from: &FileId, to: &FileId, replaced: Option<u64>) {
        let mut state = self.state();
        if let Some(size) = replaced {
            state.remove(to, size);
        }
        if let Some(handle) = state.by_file.remove(from) {
            state.by_file.insert(to.clone(), handle);
            if let Some(growing) = state.growing.get_mut(&handle) {
                growing.file = Some(to.clone());
            }
        }
    }

    fn shard(&self, file: &FileId) -> usize {
        self.hasher.hash_one(file) as usize % ORDERS
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn resize(&mut self, handle: Handle, size: u64, limits: Limits) -> Result<()> {
        let Some(Growing { file: Some(_), size: before, .. }) = self.growing.get(&handle) else {
            return Ok(());
        };
        self.change_bytes(*before, size, limits)?;
        if let Some(growing) = self.growing.get_mut(&handle) {
            growing.size = size;
        }
        Ok(())
    }

    fn change_bytes(&mut self, before: u64, after: u64, limits: Limits) -> Result<()> {
        if after > before {
            return self.add(Usage { files: 0, bytes: after - before }, limits);
        }
        self.subtract(Usage { files: 0, bytes: before - after });
        Ok(())
    }

    fn remove(&mut self, file: &FileId, size: u64) {
        let growing = self.by_file.remove(file).and_then(|handle| self.growing.get_mut(&handle));
        let counted = growing.map(|growing| {
            growing.file = None;
            growing.size
        });
        self.subtract(Usage { files: 1, bytes: counted.unwrap_or(size) });
    }

    fn add(&mut self, more: Usage, limits: Limits) -> Result<()> {
        let sum = Usage {
            files: self.used.files.saturating_add(more.files),
            bytes: self.used.bytes.saturating_add(more.bytes),
        };
        let exceeds = |limit: u64, sum: u64, more: u64| limit > 0 && more > 0 && sum > limit;
        if exceeds(limits.files, sum.files, more.files) || exceeds(limits.bytes, sum.bytes, more.bytes) {
            return Err(Error::QuotaExceeded);
        }
        self.change(sum);
        Ok(())
    }

    /// Never below nothing: what was there before counting began is not in the sum.
    fn subtract(&mut self, less: Usage) {
        let files = self.used.files.saturating_sub(less.files);
        let bytes = self.used.bytes.saturating_sub(less.bytes);
        self.change(Usage { files, bytes });
    }

    fn change(&mut self, used: Usage) {
        self.used = used;
        self.changed = true;
        self.changed_at = Some(SystemTime::now());
    }
}
