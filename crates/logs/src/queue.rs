//! The bounded queue between those who log and the thread that writes.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError},
    },
    thread,
    time::{Duration, Instant},
};

use tracing::Level;

use crate::{
    clock::Clock,
    line::{Line, Value},
    sink::Sink,
};

/// Lines that may wait. With [`MAX_BYTES`] this bounds the memory a hanging disk costs.
const MAX_LINES: usize = 8192;

/// Bytes that may wait.
const MAX_BYTES: usize = 16 << 20;

/// How long a stopping server waits for a disk that hangs.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where lines are put; never blocks.
#[derive(Clone, Debug)]
pub struct Queue {
    sender: SyncSender<Message>,
    shared: Arc<Shared>,
}

/// Keeps the log's thread; writes what is queued when dropped.
#[derive(Debug)]
pub struct Guard {
    queue: Queue,
    done: Receiver<()>,
}

/// Starts a new log file on demand.
#[derive(Clone, Debug)]
pub struct Rotation(Queue);

#[derive(Debug)]
enum Message {
    Line(String),
    Console(String),
    Rotate,
    Stop,
}

#[derive(Debug, Default)]
struct Shared {
    bytes: AtomicUsize,
    lost: AtomicU64,
    /// A rotation that found no room in the queue.
    rotate: AtomicBool,
}

/// Starts the thread that writes to `sink`.
pub fn start(sink: Sink, clock: Clock) -> io::Result<(Queue, Guard)> {
    let (sender, receiver) = mpsc::sync_channel(MAX_LINES);
    let (finished, done) = mpsc::channel();
    let queue = Queue { sender, shared: Arc::default() };
    let shared = queue.shared.clone();
    thread::Builder::new().name("log".to_owned()).spawn(move || {
        Writer { receiver, shared, sink, clock, lost: 0 }.run();
        // Nobody listens after the guard's patience has ended.
        let _ = finished.send(());
    })?;
    Ok((queue.clone(), Guard { queue, done }))
}

impl Queue {
    pub fn push(&self, line: String) {
        self.put(line, Message::Line);
    }

    pub fn push_console(&self, line: String) {
        self.put(line, Message::Console);
    }

    fn put(&self, line: String, message: fn(String) -> Message) {
        let len = line.len();
        let before = self.shared.bytes.fetch_add(len, Ordering::Relaxed);
        if before + len > MAX_BYTES || self.sender.try_send(message(line)).is_err() {
            self.shared.bytes.fetch_sub(len, Ordering::Relaxed);
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Guard {
    /// A handle to start new log files with (SIGUSR1).
    pub fn rotation(&self) -> Rotation {
        Rotation(self.queue.clone())
    }
}

impl Rotation {
    /// Asks for a new log file; the line logged next goes there.
    pub fn rotate(&self) {
        if self.0.sender.try_send(Message::Rotate).is_err() {
            // The queue is full: as soon as the writer gets to it.
            self.0.shared.rotate.store(true, Ordering::Release);
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Everything logged before is in the queue before the stop. A full queue is one nobody empties, or
        // empties soon.
        let deadline = Instant::now() + PATIENCE;
        while let Err(TrySendError::Full(_)) = self.queue.sender.try_send(Message::Stop) {
            if Instant::now() > deadline {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        match self.done.recv_timeout(PATIENCE) {
            Ok(()) | Err(RecvTimeoutError::Disconnected | RecvTimeoutError::Timeout) => {}
        }
    }
}

struct Writer {
    receiver: Receiver<Message>,
    shared: Arc<Shared>,
    sink: Sink,
    clock: Clock,
    /// Lines lost and not reported yet.
    lost: u64,
}

impl Writer {
    /// Writes what is there in one go, then waits for more.
    fn run(mut self) {
        while let Ok(first) = self.receiver.recv() {
            let mut next = Some(first);
            while let Some(message) = next {
                if self.shared.rotate.swap(false, Ordering::Acquire) {
                    self.sink.rotate();
                }
                match message {
                    Message::Line(line) => {
                        self.shared.bytes.fetch_sub(line.len(), Ordering::Relaxed);
                        self.sink.write(&line);
                    }
                    Message::Console(line) => {
                        self.shared.bytes.fetch_sub(line.len(), Ordering::Relaxed);
                        self.sink.console(&line);
                    }
                    Message::Rotate => self.sink.rotate(),
                    Message::Stop => return self.finish(),
                }
                next = self.receiver.try_recv().ok();
            }
            self.flush();
        }
        self.finish();
    }

    /// Writes what was gathered, then how much was lost as soon as something can be written again.
    fn flush(&mut self) {
        let written = self.sink.flush();
        self.lost += self.shared.lost.swap(0, Ordering::Relaxed) + self.sink.take_lost();
        if self.lost == 0 || !written {
            return;
        }
        let line = Line {
            level: Level::WARN,
            time: self.clock.stamp(),
            sender: "log",
            fields: &[("lost", Value::Bare(self.lost.to_string()))],
            message: "lines were lost: they could not be written, or not as fast as they came",
        };
        self.sink.write(&line.json());
        if self.sink.flush() {
            self.lost = 0;
        }
        // The report itself is no loss.
        self.sink.take_lost();
    }

    fn finish(mut self) {
        self.flush();
        self.sink.finish();
    }
}
