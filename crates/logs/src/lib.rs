//! The log: one JSON object per line under SFTPGo's field names, to a rotated file or to standard output.
//!
//! Whoever logs uses plain `tracing` and the convention of `docs/LOGGING.md`: the target is the `sender`,
//! the fields are the JSON's, the message is for people.
//!
//! Logging never waits for the disk: lines go through a bounded queue to a thread of its own. When the disk
//! cannot keep up, lines are dropped and counted, and the count is logged.

mod clock;
mod compress;
mod layer;
mod line;
mod queue;
mod rotate;
mod sink;

use std::{io, path::PathBuf, str::FromStr};

use tracing::Subscriber;
use tracing_subscriber::{Registry, layer::SubscriberExt};

pub use self::queue::{Guard, Rotation};
use self::{clock::Clock, layer::JsonLayer, sink::Sink};

/// What is logged, and where to.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// The log file; `None` writes to standard output.
    pub file: Option<FileSettings>,
    pub level: Level,
    /// Times in UTC instead of local time.
    pub utc: bool,
    /// What start and stop look like to whoever started the server by hand; for use beside a file.
    pub console: Console,
}

/// The log file and its rotation.
#[derive(Clone, Debug)]
pub struct FileSettings {
    /// Made when missing, with its directories.
    pub path: PathBuf,
    /// MiB the file never exceeds. 0 = 100, as in SFTPGo.
    pub max_size: u64,
    /// Rotated files to keep. 0 = all.
    pub max_backups: usize,
    /// Days to keep rotated files. 0 = for ever.
    pub max_age: u32,
    /// Compress rotated files with gzip.
    pub compress: bool,
}

/// The lowest level that is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Level {
    #[default]
    Debug,
    Info,
    Warn,
    Error,
}

/// Lines for people, on standard output: those of the sender `service`, and errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Console {
    #[default]
    Off,
    Plain,
    Colour,
}

/// Why the log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot open the log file {}: {source}", path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error("cannot start the log's thread: {0}")]
    Thread(io::Error),
    #[error("a log is already in place")]
    Twice,
}

/// Starts the log of this process. The guard writes what is queued when it is dropped.
pub fn init(settings: &LogSettings) -> Result<Guard, Error> {
    let (subscriber, guard) = build(settings)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| Error::Twice)?;
    Ok(guard)
}

/// The subscriber that [`init`] puts in place, for a test to put in place for itself.
pub fn build(settings: &LogSettings) -> Result<(impl Subscriber + Send + Sync + use<>, Guard), Error> {
    let clock = Clock::new(settings.utc);
    let sink = Sink::open(settings.file.as_ref(), clock.clone())?;
    let (queue, guard) = queue::start(sink, clock.clone()).map_err(Error::Thread)?;
    let layer = JsonLayer::new(queue, clock, settings.level, settings.console);
    Ok((Registry::default().with(layer), guard))
}

impl FromStr for Level {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "debug" => Ok(Self::Debug),
            "info" => Ok(Self::Info),
            "warn" => Ok(Self::Warn),
            "error" => Ok(Self::Error),
            _ => Err("expected one of debug, info, warn, error".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests;
