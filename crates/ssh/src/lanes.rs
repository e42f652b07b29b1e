//! Threads that each serve one connection while it moves data.
//!
//! A connection lives on the shared runtime while it is idle: ten thousand of them cost no thread. When its
//! client asks for files it moves to a thread of its own, where reading and writing the disk in place costs
//! no hop and a disk that hangs delays nobody else; after a quiet moment it moves back. Threads are kept for
//! the next connection, each with a runtime of its own, so a move costs a wake-up and two `epoll_ctl`.

use std::{
    future::Future,
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::oneshot,
};

/// How long a thread waits for its next connection before it ends.
const KEPT: Duration = Duration::from_secs(30);
/// Enough for the deepest call of the data path, with room to spare.
const STACK: usize = 512 * 1024;

/// The pool. Threads are made on demand, at most `max` of them.
#[derive(Debug)]
pub(crate) struct Lanes {
    idle: Mutex<Vec<Thread>>,
    running: AtomicUsize,
    made: AtomicUsize,
    max: usize,
}

/// A thread set aside for one connection.
pub(crate) struct Lane {
    lanes: Arc<Lanes>,
    thread: Thread,
}

#[derive(Clone, Debug)]
struct Thread {
    id: usize,
    jobs: mpsc::Sender<Job>,
}

type Job = Box<dyn FnOnce(&Runtime) + Send>;

/// Counts a running thread, however it ends.
struct Running(Arc<Lanes>);

impl Lanes {
    pub(crate) fn new(max: usize) -> Arc<Self> {
        let (running, made) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Self { idle: Mutex::default(), running, made, max })
    }

    /// A thread, or `None` when all are taken: the connection then stays where it is and borrows a thread
    /// of the blocking pool for each operation.
    pub(crate) fn take(self: &Arc<Self>) -> Option<Lane> {
        // The lock is not held while a thread starts.
        let kept = self.idle().pop();
        let thread = match kept {
            Some(thread) => thread,
            None => self.start().ok()?,
        };
        Some(Lane { lanes: self.clone(), thread })
    }

    fn start(self: &Arc<Self>) -> io::Result<Thread> {
        let counted = self.running.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |running| {
            (running < self.max).then_some(running + 1)
        });
        if counted.is_err() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let running = Running(self.clone());
        let id = self.made.fetch_add(1, Ordering::Relaxed);
        let (jobs, received) = mpsc::channel::<Job>();
        thread::Builder::new().name("ssh-lane".into()).stack_size(STACK).spawn(move || {
            // Without a runtime the sender finds the channel closed and the connection stays where it is.
            if let Ok(runtime) = Builder::new_current_thread().enable_all().build() {
                let _private = session::lane::private();
                running.0.serve(id, &runtime, &received);
            }
        })?;
        Ok(Thread { id, jobs })
    }

    /// Runs one job after the other until none came for a while.
    fn serve(&self, id: usize, runtime: &Runtime, jobs: &mpsc::Receiver<Job>) {
        loop {
            match jobs.recv_timeout(KEPT) {
                Ok(job) => job(runtime),
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    let mut idle = self.idle();
                    // Not in the list: somebody just took this thread, and a job is on its way.
                    let Some(at) = idle.iter().position(|thread| thread.id == id) else { continue };
                    idle.swap_remove(at);
                    return;
                }
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Thread>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Lane {
    /// Runs `work` to its end on the thread, and gives the thread back.
    ///
    /// The error says that the thread died under it (a panic in `work`).
    pub(crate) async fn run<F>(self, work: impl FnOnce() -> F + Send + 'static) -> Result<F::Output, Lost>
    where
        F: Future,
        F::Output: Send + 'static,
    {
        let (sender, done) = oneshot::channel();
        let (lanes, again) = (self.lanes, self.thread.clone());
        let job: Job = Box::new(move |runtime| {
            let output = runtime.block_on(async { work().await });
            lanes.idle().push(again);
            // The connection's task waits for this; if it was dropped, so is the output.
            drop(sender.send(output));
        });
        self.thread.jobs.send(job).map_err(|_| Lost)?;
        done.await.map_err(|_| Lost)
    }
}

/// A thread ended before its work did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lost;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn threads_are_private_kept_and_bounded() {
        let lanes = Lanes::new(1);
        let lane = lanes.take().unwrap();
        assert!(lanes.take().is_none());
        let here = thread::current().id();
        let first =
            lane.run(|| async { (session::lane::is_private(), thread::current().id()) }).await.unwrap();
        assert!(first.0);
        assert_ne!(first.1, here);
        let lane = lanes.take().unwrap();
        let second = lane.run(|| async { thread::current().id() }).await.unwrap();
        assert_eq!(second, first.1);
    }
}
