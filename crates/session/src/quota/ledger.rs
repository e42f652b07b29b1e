//! [`Ledger`]: all books, and all tallies.

use super::{
    Book,
    mark::{KeepMark, Mark, Marked},
};
use crate::traffic::{Tally, Traffic};
use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
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

#[derive(Default)]
struct Counters {
    books: Mutex<HashMap<Owner, Arc<Book>>>,
    tallies: Mutex<HashMap<Arc<str>, Arc<Tally>>>,
    keep_mark: Option<Arc<KeepMark>>,
}

impl Ledger {
    /// Whose books leave marks with `keep` while they are being changed.
    pub fn marking(keep: Arc<KeepMark>) -> Self {
        Self(Arc::new(Counters { keep_mark: Some(keep), ..Counters::default() }))
    }

    /// The book of `owner`. `stored` is what was last kept of it, and counts only when there is none yet.
    pub fn book(&self, owner: Owner, stored: Usage) -> Arc<Book> {
        self.book_found(owner, stored, Marked::No)
    }

    /// As [`book`](Self::book), of an owner whose mark was found set: what is counted of it may be wrong.
    pub fn marked_book(&self, owner: Owner, stored: Usage) -> Arc<Book> {
        let book = self.book_found(owner, stored, Marked::Yes);
        if let Some(mark) = book.mark() {
            mark.found();
        }
        book
    }

    /// To be called now and then, with the owners whose changes were kept since the last time: takes the marks
    /// of those away that have been quiet for long.
    pub async fn rest(&self, changed: &HashSet<Owner>) {
        for (owner, mark) in self.marks() {
            mark.rest(changed.contains(&owner)).await;
        }
    }

    /// Takes all marks away: everything is kept, and nobody changes anything any more.
    pub async fn clear_marks(&self) {
        for (_, mark) in self.marks() {
            mark.clear().await;
        }
    }

    /// What `owner` has stored, if it has a book.
    pub fn usage(&self, owner: &Owner) -> Option<Usage> {
        self.books().get(owner).map(|book| book.usage())
    }

    /// When what `owner` has stored last changed, if it did since its book was opened.
    pub fn changed_at(&self, owner: &Owner) -> Option<SystemTime> {
        self.books().get(owner).and_then(|book| book.changed_at())
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

    /// When what `user` has moved last changed, if it did since its tally was opened.
    pub fn moved_at(&self, user: &str) -> Option<SystemTime> {
        self.tallies().get(user).and_then(|tally| tally.changed_at())
    }

    /// The tallies that changed since they were last asked for, and when, to be kept.
    pub fn take_traffic(&self) -> Vec<(Arc<str>, Traffic, SystemTime)> {
        let tallies = self.tallies();
        let changed = tallies.iter().filter_map(|(user, tally)| {
            let (moved, at) = tally.take_change()?;
            Some((user.clone(), moved, at))
        });
        changed.collect()
    }

    /// Reports the traffic of `user` as changed again: what was taken could not be kept.
    pub fn mark_traffic(&self, user: &str) {
        if let Some(tally) = self.tallies().get(user) {
            tally.mark_changed();
        }
    }

    /// The books that changed since they were last asked for, and when, to be kept.
    pub fn take_changes(&self) -> Vec<(Owner, Usage, SystemTime)> {
        let books = self.books();
        let changed = books.iter().filter_map(|(owner, book)| {
            let (usage, at) = book.take_change()?;
            Some((owner.clone(), usage, at))
        });
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

    fn book_found(&self, owner: Owner, stored: Usage, marked: Marked) -> Arc<Book> {
        let make = |owner: &Owner| match &self.0.keep_mark {
            Some(keep) => Book::marked(stored, Mark::new(owner.clone(), keep.clone(), marked)),
            None => Book::new(stored),
        };
        self.books().entry(owner).or_insert_with_key(|owner| Arc::new(make(owner))).clone()
    }

    fn marks(&self) -> Vec<(Owner, Arc<Mark>)> {
        let books = self.books();
        books.iter().filter_map(|(owner, book)| Some((owner.clone(), book.mark()?.clone()))).collect()
    }

    fn books(&self) -> MutexGuard<'_, HashMap<Owner, Arc<Book>>> {
        self.0.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tallies(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Tally>>> {
        self.0.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counters").field("books", &self.books).finish_non_exhaustive()
    }
}
