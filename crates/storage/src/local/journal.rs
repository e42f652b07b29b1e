//! [`Journal`]: which temporary files there are, noted where a crash cannot reach it.
//!
//! A note is one short append before the name is used, and nothing afterwards: whatever is noted and still
//! there when a server starts again is a left-over of the one before, since names are never used twice. Servers
//! that share a directory for their journals each lock one of their own; a journal nobody has locked is that of
//! a server that has ended.
//!
//! Not chosen: a table of the data provider (a transaction per upload), syncing the notes (what a power cut
//! takes from the journal is swept by age), and walking all homes at the start.

use super::{
    confine::Root,
    temporary::{Because, is_temporary, sweep},
};
use crate::{Error, Key};
use rustix::{fs::FlockOperation, io::Errno};
use std::{
    collections::HashMap,
    ffi::{CString, OsStr},
    fs::File,
    io::{self, Read, Write},
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Where temporary names are noted. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Journal(Arc<Mutex<Notes>>);

/// What servers that have ended noted.
#[derive(Debug)]
pub struct LeftOvers {
    /// In our own journal, where they stay until they are swept.
    ours: Vec<Noted>,
    /// The journals of others, locked.
    others: Vec<File>,
}

/// A note, which goes when this is dropped.
#[derive(Debug)]
pub struct Noted {
    journal: Journal,
    id: u64,
}

#[derive(Debug)]
struct Notes {
    file: File,
    /// Of the file.
    len: u64,
    live: HashMap<u64, Box<[u8]>>,
    next: u64,
    /// The last note could not be written: said once.
    failed: bool,
}

/// How many servers may share a directory.
const JOURNALS: usize = 32;

/// What a journal grows to before it is written anew.
const FULL: u64 = 256 * 1024;

impl Journal {
    /// Opens a journal in `dir` that no other server uses, and finds what is noted in those that no server uses
    /// any more.
    pub fn open(dir: &Path) -> io::Result<(Self, LeftOvers)> {
        let mut free = Vec::new();
        for number in 0..JOURNALS {
            let path = dir.join(format!("uploads-{number}.journal"));
            // One is made, the others are only looked for.
            let options = File::options().read(true).append(true).create(free.is_empty()).open(path);
            match options {
                Ok(file) => match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                    Ok(()) => free.push(file),
                    Err(Errno::WOULDBLOCK) => {}
                    Err(error) => return Err(error.into()),
                },
                Err(error) if error.kind() == io::ErrorKind::NotFound && !free.is_empty() => break,
                Err(error) => return Err(error),
            }
        }
        if free.is_empty() {
            return Err(io::Error::other("too many servers share the directory"));
        }
        let mut ours = free.remove(0);
        let mut noted = Vec::new();
        ours.read_to_end(&mut noted)?;
        let notes =
            Notes { file: ours, len: noted.len() as u64, live: HashMap::new(), next: 0, failed: false };
        let journal = Self(Arc::new(Mutex::new(notes)));
        let ours = records(&noted).map(|record| journal.keep(record)).collect();
        Ok((journal, LeftOvers { ours, others: free }))
    }

    /// Notes that a temporary file may be at `key` below `root`.
    pub(super) fn note(&self, root: &Root, key: &Key) -> Noted {
        let record = [root.path().as_os_str().as_bytes(), b"\0", key.as_bytes(), b"\0"].concat();
        let noted = self.keep(&record);
        let mut notes = self.notes();
        let written = notes.file.write_all(&record);
        notes.len += record.len() as u64;
        if let Err(error) = &written
            && !notes.failed
        {
            tracing::warn!(target: "storage", %error, "cannot note temporary files");
        }
        notes.failed = written.is_err();
        drop(notes);
        noted
    }

    fn keep(&self, record: &[u8]) -> Noted {
        let mut notes = self.notes();
        let id = notes.next;
        notes.next += 1;
        notes.live.insert(id, record.into());
        drop(notes);
        Noted { journal: self.clone(), id }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LeftOvers {
    /// Removes what is noted and still there; how many files. May wait for disks.
    pub fn sweep(self) -> usize {
        let mut swept = 0;
        for noted in self.ours {
            let record = noted.journal.notes().live.get(&noted.id).cloned().unwrap_or_default();
            match sweep_noted(&record) {
                Ok(gone) => swept += usize::from(gone),
                // It may be reached the next time: the note stays.
                Err(_) => std::mem::forget(noted),
            }
        }
        for mut other in self.others {
            let mut notes = Vec::new();
            let read = other.read_to_end(&mut notes).is_ok();
            let results: Vec<_> = records(&notes).map(sweep_noted).collect();
            swept += results.iter().filter(|result| matches!(result, Ok(true))).count();
            if read && results.iter().all(Result::is_ok) {
                // Noted again or not, they are gone.
                let _ = other.set_len(0);
            }
        }
        swept
    }

    pub fn is_empty(&self) -> bool {
        self.ours.is_empty() && self.others.is_empty()
    }
}

impl Notes {
    fn forget(&mut self, id: u64) {
        self.live.remove(&id);
        if self.len < FULL {
            return;
        }
        let live: Vec<u8> = self.live.values().flat_map(|record| record.iter().copied()).collect();
        if live.len() as u64 > self.len / 2 {
            return;
        }
        // Killed between the two, the notes are lost, and age has to tell.
        let written = self.file.set_len(0).and_then(|()| self.file.write_all(&live));
        self.failed |= written.is_err();
        self.len = live.len() as u64;
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        self.journal.notes().forget(self.id);
    }
}

/// What was noted; what is cut off at the end is left out.
fn records(notes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = notes;
    std::iter::from_fn(move || {
        let root = rest.iter().position(|byte| *byte == 0)? + 1;
        let end = root + rest[root..].iter().position(|byte| *byte == 0)? + 1;
        let (record, behind) = rest.split_at(end);
        rest = behind;
        Some(record)
    })
}

/// Whether a file was there and is gone; an error where nobody can tell.
fn sweep_noted(record: &[u8]) -> Result<bool, Error> {
    let mut parts = record.split(|byte| *byte == 0);
    let root = parts.next().map(|root| Root::new(PathBuf::from(OsStr::from_bytes(root))));
    let key = parts.next().and_then(Key::new);
    let (Some(root), Some(key)) = (root, key) else { return Ok(false) };
    if !is_temporary(key.name()) {
        return Ok(false);
    }
    let spot = match root.spot(&key) {
        Ok(spot) => spot,
        Err(Error::NotFound | Error::NotADirectory | Error::Denied | Error::Loop) => return Ok(false),
        Err(error) => return Err(error),
    };
    let there = rustix::fs::statat(&spot.dir, spot.name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW).is_ok();
    let name = CString::new(spot.name).map_err(|_| Error::Invalid)?;
    Ok(there && sweep(&spot.dir, &name, Because::Noted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    const NAME: &str = ".sftpgo-upload.0123456789abcdef.f";

    fn key(raw: &str) -> Key {
        Key::new(raw.as_bytes()).unwrap()
    }

    #[test]
    fn what_a_dead_server_noted_is_swept_and_nothing_else() {
        let (dir, home) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        std::fs::create_dir(home.path().join("d")).unwrap();
        let files =
            [NAME, "d/.sftpgo-upload.0123456789abcdef.g", "d/kept", ".sftpgo-upload.00000000000000ff.x"];
        for file in files {
            std::fs::write(home.path().join(file), "part").unwrap();
        }
        let root = Root::new(home.path().to_owned());
        let (dead, _) = Journal::open(dir.path()).unwrap();
        for noted in ["d/kept", "missing/.sftpgo-upload.0123456789abcdef.f", files[0], files[1]] {
            std::mem::forget(dead.note(&root, &key(noted)));
        }
        // Another that lives, with a file of its own, locked.
        let (alive, others) = Journal::open(dir.path()).unwrap();
        assert!(others.is_empty(), "the first one is in use");
        let theirs = alive.note(&root, &key(files[3]));
        // The process is gone, and its locks with it.
        rustix::fs::flock(&dead.notes().file, FlockOperation::Unlock).unwrap();

        let (_journal, left) = Journal::open(dir.path()).unwrap();
        assert_eq!(left.sweep(), 2);
        for (file, there) in files.iter().zip([false, false, true, true]) {
            assert_eq!(home.path().join(file).exists(), there, "{file}");
        }
        drop(theirs);
    }

    #[test]
    fn a_journal_does_not_grow_without_bound() {
        let dir = TempDir::new().unwrap();
        let root = Root::new(dir.path().to_owned());
        let (journal, _) = Journal::open(dir.path()).unwrap();
        let lasting = journal.note(&root, &key(NAME));
        for number in 0..20_000 {
            drop(journal.note(&root, &key(&format!("d/.sftpgo-upload.0123456789abcdef.{number}"))));
        }
        let path = dir.path().join("uploads-0.journal");
        assert!(path.metadata().unwrap().len() <= FULL);
        let content = std::fs::read(&path).unwrap();
        assert!(records(&content).any(|record| record.ends_with(format!("{NAME}\0").as_bytes())));
        drop(lasting);
    }

    #[test]
    fn a_note_that_is_cut_off_is_left_out() {
        let whole = b"/srv\0a\0/srv\0b\0/srv\0";
        assert_eq!(records(whole).collect::<Vec<_>>(), [&b"/srv\0a\0"[..], b"/srv\0b\0"]);
        assert_eq!(records(b"").count(), 0);
    }
}
