//! Writing to SQLite, which has one writer: whatever waits for it is committed together.
//!
//! A commit ends with the disk's word that all is safe, which takes far longer than the statements before it.
//! While one is on its way, what else is asked for gathers and shares the next one. Nobody is answered before the
//! commit that holds its change, so an answer promises what it would promise without others.

use crate::{Db, Error, Result};
use std::{
    collections::VecDeque,
    future::Future,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{runtime::Handle, sync::oneshot};

/// How many queries share a commit at most: one more is not worth the wait of the first.
const GROUP: usize = 128;

/// The writer. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Writer {
    db: Db,
    queue: Arc<Mutex<Queue>>,
}

/// Whether a query may wait for others, and let others wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Shared,
    /// It takes long: nobody's answer should wait for it.
    Alone,
}

/// What waits. Whoever asks waits for the answer, so requests bound it.
#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<(Turn, Box<dyn Job>)>,
    /// A task is at work and will look again before it ends.
    writing: bool,
}

/// A query of any result.
trait Job: Send + std::fmt::Debug {
    /// Runs the query on `db` and keeps its result; whether a transaction around it is still good.
    fn run(&mut self, db: Db) -> Pin<Box<dyn Future<Output = bool> + Send + '_>>;

    /// Tells whoever asked.
    fn answer(self: Box<Self>);
}

struct Query<Q, T> {
    query: Q,
    result: Option<Result<T>>,
    asker: oneshot::Sender<Result<T>>,
}

impl Writer {
    pub fn new(db: Db) -> Self {
        Self { db, queue: Arc::default() }
    }

    /// Runs `query` when its turn comes, in a task on `handle`. It runs again, alone, when the transaction it
    /// shared did not come to its end.
    pub async fn write<T, F>(
        &self,
        handle: &Handle,
        turn: Turn,
        query: impl Fn(Db) -> F + Send + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let (asker, answer) = oneshot::channel();
        let job = Box::new(Query { query, result: None, asker });
        if self.wait(turn, job) {
            handle.spawn(self.clone().work());
        }
        answer.await.unwrap_or(Err(Error::Stopped))
    }

    /// Puts a job at the end of the queue; whether somebody has to begin to work.
    fn wait(&self, turn: Turn, job: Box<dyn Job>) -> bool {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.waiting.push_back((turn, job));
        !mem::replace(&mut queue.writing, true)
    }

    async fn work(self) {
        while let Some(group) = self.take() {
            // A task of its own: a query that panics leaves the ones after it a writer.
            let _ = tokio::spawn(settle(self.db.clone(), group)).await;
        }
    }

    /// Those that share the next commit, or `None` and the task may end.
    fn take(&self) -> Option<Vec<Box<dyn Job>>> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = queue.waiting.iter().take(GROUP).take_while(|(turn, _)| *turn == Turn::Shared).count();
        let count = shared.max(1).min(queue.waiting.len());
        queue.writing = count > 0;
        queue.writing.then(|| queue.waiting.drain(..count).map(|(_, job)| job).collect())
    }
}

/// Runs all of `group` in one transaction. When that fails, for whatever reason, each of them in one of its own, so
/// that nobody is told of the fault of another.
async fn settle(db: Db, mut group: Vec<Box<dyn Job>>) {
    if group.len() > 1 && together(&db, &mut group).await.unwrap_or(false) {
        return group.into_iter().for_each(Job::answer);
    }
    for mut job in group {
        if !job.run(db.clone()).await {
            db.forget_transaction().await;
        }
        job.answer();
    }
}

/// Whether all of `group` is stored.
async fn together(db: &Db, group: &mut [Box<dyn Job>]) -> Result<bool> {
    let stored = attempt(db, group).await;
    if !matches!(stored, Ok(true)) {
        db.forget_transaction().await;
    }
    stored
}

async fn attempt(db: &Db, group: &mut [Box<dyn Job>]) -> Result<bool> {
    let tx = db.begin().await?;
    for job in group {
        if !job.run(tx.clone()).await {
            return Ok(false);
        }
    }
    tx.commit().await?;
    Ok(true)
}

impl<Q, T, F> Job for Query<Q, T>
where
    Q: Fn(Db) -> F + Send,
    T: Send,
    F: Future<Output = Result<T>> + Send,
{
    fn run(&mut self, db: Db) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(async move {
            let result = (self.query)(db).await;
            let good = result.as_ref().err().is_none_or(Error::is_about_objects);
            self.result = Some(result);
            good
        })
    }

    fn answer(self: Box<Self>) {
        // Whoever asked may have gone away: what it asked for is done all the same.
        let _ = self.asker.send(self.result.unwrap_or(Err(Error::Stopped)));
    }
}

impl<Q, T> std::fmt::Debug for Query<Q, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Query")
    }
}
