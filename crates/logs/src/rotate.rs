//! A file that starts anew when it is full: `longshore.log`, `longshore-2006-01-02T15-04-05.000.log`.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::PathBuf,
    thread::{self, JoinHandle},
};

use jiff::ToSpan;

use crate::{
    FileSettings,
    clock::{self, Clock},
    compress::Backups,
};

/// The log file and the care for its predecessors.
#[derive(Debug)]
pub struct RotatingFile {
    settings: FileSettings,
    clock: Clock,
    file: File,
    size: u64,
    /// Compresses and removes old files, beside the writing; one at a time.
    tidying: Option<JoinHandle<()>>,
}

impl RotatingFile {
    pub fn open(settings: FileSettings, clock: Clock) -> io::Result<Self> {
        if let Some(dir) = settings.path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            // User names and paths are nobody else's business.
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        }
        let (file, size) = append(&settings.path)?;
        Ok(Self { settings, clock, file, size, tidying: None })
    }

    /// Bytes that still fit. An empty file takes anything.
    pub fn room(&self) -> u64 {
        let mib = if self.settings.max_size == 0 { 100 } else { self.settings.max_size };
        if self.size == 0 { u64::MAX } else { mib.saturating_mul(1 << 20).saturating_sub(self.size) }
    }

    /// Writes all of `lines` or nothing, so that a full disk leaves no half a line behind.
    pub fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let written = self.file.write_all(lines);
        if written.is_ok() {
            self.size += lines.len() as u64;
        } else {
            // What was there already stays readable even where this fails too.
            let _ = self.file.set_len(self.size);
        }
        written
    }

    /// Starts a new file. Where that fails the old one goes on: a log too long beats none.
    pub fn rotate(&mut self) {
        // Gone already when somebody else has moved it away.
        let moved = match fs::rename(&self.settings.path, self.free_name()) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => append(&self.settings.path),
        };
        if let Ok((file, size)) = moved {
            (self.file, self.size) = (file, size);
            self.tidy();
        }
    }

    /// Waits for the tidying that runs.
    pub fn finish(&mut self) {
        if let Some(tidying) = self.tidying.take() {
            // It has nothing to return; a panic in it was printed.
            let _ = tidying.join();
        }
    }

    fn tidy(&mut self) {
        if self.tidying.as_ref().is_some_and(|tidying| !tidying.is_finished()) {
            // The next rotation takes care of what this one leaves.
            return;
        }
        let backups = Backups::of(&self.settings);
        let now = self.clock.now();
        let thread = thread::Builder::new().name("log-tidy".to_owned());
        self.tidying = thread.spawn(move || backups.tidy(now)).ok();
    }

    /// The name for the file that is full: the time, or a little later when that is taken.
    fn free_name(&self) -> PathBuf {
        let backups = Backups::of(&self.settings);
        let now = self.clock.now();
        let names = (0..).map(|ms: i64| now.saturating_add(ms.milliseconds()));
        let mut paths = names.map(|time| backups.path(&clock::to_file_name(time)));
        paths.find(|path| !path.exists()).unwrap_or_else(|| self.settings.path.clone())
    }
}

fn append(path: &PathBuf) -> io::Result<(File, u64)> {
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}
