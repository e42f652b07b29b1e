//! Where lines end: the file or standard output, and the console.

use std::io::{self, Write};

use crate::{Error, FileSettings, clock::Clock, rotate::RotatingFile};

/// Bytes gathered before a write.
const BATCH: usize = 64 * 1024;

/// Where lines end. Only the log's thread has one.
#[derive(Debug)]
pub struct Sink {
    /// `None` is standard output.
    file: Option<RotatingFile>,
    batch: Vec<u8>,
    lines: u64,
    lost: u64,
}

impl Sink {
    pub fn open(settings: Option<&FileSettings>, clock: Clock) -> Result<Self, Error> {
        let file = settings.map(|settings| {
            let open = RotatingFile::open(settings.clone(), clock);
            open.map_err(|source| Error::Open { path: settings.path.clone(), source })
        });
        Ok(Self { file: file.transpose()?, batch: Vec::new(), lines: 0, lost: 0 })
    }

    pub fn write(&mut self, line: &str) {
        let room = self.file.as_ref().map_or(u64::MAX, RotatingFile::room);
        let (waiting, len) = (self.batch.len() as u64, line.len() as u64);
        if waiting + len > room {
            self.rotate();
        }
        self.batch.extend_from_slice(line.as_bytes());
        self.lines += 1;
        if self.batch.len() >= BATCH {
            self.flush();
        }
    }

    /// A line for people.
    pub fn console(&mut self, line: &str) {
        // Nobody may be there to read; the log has it too.
        let _ = io::stdout().write_all(line.as_bytes());
    }

    /// Writes what was gathered; `false` when it is lost: keeping it would fill the memory instead of the disk.
    pub fn flush(&mut self) -> bool {
        if self.batch.is_empty() {
            return true;
        }
        let written = match &mut self.file {
            Some(file) => file.write(&self.batch),
            None => {
                let mut out = io::stdout().lock();
                out.write_all(&self.batch).and_then(|()| out.flush())
            }
        };
        if written.is_err() {
            self.lost += self.lines;
        }
        self.lines = 0;
        self.batch.clear();
        written.is_ok()
    }

    /// Starts a new file, if it is a file.
    pub fn rotate(&mut self) {
        self.flush();
        if let Some(file) = &mut self.file {
            file.rotate();
        }
    }

    /// Lines lost since the last call.
    pub fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    /// Ends what goes on beside the writing.
    pub fn finish(&mut self) {
        if let Some(file) = &mut self.file {
            file.finish();
        }
    }
}
