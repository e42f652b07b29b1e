//! [`Ledger`]: all books.

use super::Book;
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

/// The books of everyone who has stored something since the server started. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Ledger(Arc<Mutex<HashMap<Owner, Arc<Book>>>>);

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

    /// Forgets the book of an owner that is gone.
    pub fn forget(&self, owner: &Owner) {
        self.books().remove(owner);
    }

    fn books(&self) -> MutexGuard<'_, HashMap<Owner, Arc<Book>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
