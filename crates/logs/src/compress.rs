//! The care for rotated files: how many, how old, how large.

use std::{
    cmp::Reverse,
    ffi::{OsStr, OsString},
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use jiff::{ToSpan, civil::DateTime};

use crate::{FileSettings, clock};

/// The rotated files of one log.
#[derive(Debug)]
pub struct Backups {
    dir: PathBuf,
    stem: String,
    extension: String,
    max_backups: usize,
    max_age: u32,
    compress: bool,
}

impl Backups {
    pub fn of(settings: &FileSettings) -> Self {
        let text = |part: Option<&OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        let extension = text(settings.path.extension());
        Self {
            dir: settings.path.parent().map(Path::to_owned).unwrap_or_default(),
            stem: text(settings.path.file_stem()),
            extension: if extension.is_empty() { extension } else { format!(".{extension}") },
            max_backups: settings.max_backups,
            max_age: settings.max_age,
            compress: settings.compress,
        }
    }

    /// The file rotated at `time`.
    pub fn path(&self, time: &str) -> PathBuf {
        self.dir.join(format!("{}-{time}{}", self.stem, self.extension))
    }

    /// Removes what is too old or too many, compresses the rest. What fails now is tried again next time.
    pub fn tidy(&self, now: DateTime) {
        let mut backups = self.list().unwrap_or_default();
        backups.sort_by_key(|(time, _)| Reverse(*time));
        let oldest = now.saturating_sub(i64::from(self.max_age).days());
        for (index, (time, path)) in backups.into_iter().enumerate() {
            let too_many = self.max_backups > 0 && index >= self.max_backups;
            let too_old = self.max_age > 0 && time < oldest;
            if too_many || too_old {
                let _ = fs::remove_file(path);
            } else if self.compress && !is_compressed(&path) {
                let _ = compress(&path);
            }
        }
    }

    fn list(&self) -> io::Result<Vec<(DateTime, PathBuf)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            let name = entry.file_name();
            let time = name.to_str().and_then(|name| {
                let name = name.strip_suffix(".gz").unwrap_or(name);
                let time = name.strip_prefix(&self.stem)?.strip_prefix('-')?.strip_suffix(&self.extension)?;
                clock::from_file_name(time)
            });
            found.extend(time.map(|time| (time, entry.path())));
        }
        Ok(found)
    }
}

fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz")
}

/// `x.log` becomes `x.log.gz`. Under another name until it is whole, so that a crash loses nothing.
fn compress(path: &Path) -> io::Result<()> {
    let with = |suffix: &str| {
        let mut name = OsString::from(path);
        name.push(suffix);
        PathBuf::from(name)
    };
    let part = with(".gz.part");
    let out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    let mut encoder = GzEncoder::new(out, Compression::default());
    io::copy(&mut File::open(path)?, &mut encoder)?;
    encoder.finish()?.sync_all()?;
    fs::rename(&part, with(".gz"))?;
    fs::remove_file(path)
}
