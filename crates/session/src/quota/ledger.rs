//! [`Ledger`]: all books, and all tallies.

use super::Book;
use crate::traffic::{Tally, Traffic};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use storage::tree::Usage;

/// Who is charged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    User(Arc<str>),
    Folder(Arc<str>),
}

/// The books of everyone who has stored something since the server started, and the tallies of every user that
/// has moved something. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Ledger(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    books: Mutex<HashMap<Owner, Arc<Book>>>,
    tallies: Mutex<HashMap<Arc<str>, Arc<Tally>>>,
}

impl Ledger {
    /// The book of `owner`. `stored` is what was last kept of it, and counts only when there is none yet.
    pub fn book(&self, owner: Owner, stored: Usage) -> Arc<Book> {
        self.books().entry(owner).or_insert_with(|| Arc::new(Book::new(stored))).clone()
    }

    /// What `owner` has stored, if it has a book.
    pub fn usage(&self, owner: &Owner) -> Option<Usage> {
        self.books().get(owner).map(|book| book.usage())
    }

    /// Sets what `owner` has stored: after a scan, or on an administrator's word.
    pub fn set(&self, owner: Owner, usage: Usage) {
        self.book(owner, usage).set(usage);
    }

    /// The tally of `user`. `kept` is what was last kept of it, and counts only when there is none yet.
    pub fn tally(&self, user: &Arc<str>, kept: Traffic) -> Arc<Tally> {
        self.tallies().entry(user.clone()).or_insert_with(|| Arc::new(Tally::new(kept))).clone()
    }

    /// What `user` has moved, if it has a tally.
    pub fn traffic(&self, user: &str) -> Option<Traffic> {
        self.tallies().get(user).map(|tally| tally.traffic())
    }

    /// The tallies that changed since they were last asked for, to be kept.
    pub fn take_traffic(&self) -> Vec<(Arc<str>, Traffic)> {
        let tallies = self.tallies();
        let changed = tallies.iter().filter_map(|(user, tally)| Some((user.clone(), tally.take_change()?)));
        changed.collect()
    }

    /// Reports the traffic of `user` as changed again: what was taken could not be kept.
    pub fn mark_traffic(&self, user: &str) {
        if let Some(tally) = self.tallies().get(user) {
            tally.mark_changed();
        }
    }

    /// The books that changed since they were last asked for, to be kept.
    pub fn take_changes(&self) -> Vec<(Owner, Usage)> {
        let books = self.books();
        let changed = books.iter().filter_map(|(owner, book)| Some((owner.clone(), book.take_change()?)));
        changed.collect()
    }

    /// Reports `owner` as changed again: what was taken could not be kept.
    pub fn mark_changed(&self, owner: &Owner) {
        if let Some(book) = self.books().get(owner) {
            book.mark_changed();
        }
    }

    /// Forgets the book of an owner that is gone, and the tally of a user.
    pub fn forget(&self, owner: &Owner) {
        self.books().remove(owner);
        if let Owner::User(name) = owner {
            self.tallies().remove(name);
        }
    }

    fn books(&self) -> MutexGuard<'_, HashMap<Owner, Arc<Book>>> {
        self.0.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tallies(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Tally>>> {
        self.0.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
