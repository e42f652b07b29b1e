//! Temporary names: what staged files are called that have to be called something before they are complete.
//!
//! Whose file it is says a lock on it, which the kernel lets go of when the server that holds it ends, on this
//! machine and, where the file system passes locks on, on another: servers that share a directory do not remove
//! each other's uploads. What a killed server leaves is removed by the [journal](super::Journal) when it starts
//! again; what no journal knows (the machine is gone) by the first listing that meets it a day later.

use super::{
    attributes::metadata,
    confine::Root,
    create::New,
    ending::Entry,
    journal::{Journal, Noted},
    stage::link,
};
use crate::{Error, Key, Kind, Result};
use rustix::{
    fd::OwnedFd,
    fs::{AtFlags, FlockOperation, Mode, OFlags, RawDir},
    io::Errno,
};
use std::{
    collections::hash_map::RandomState,
    ffi::CStr,
    hash::{BuildHasher, Hasher},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Begins every temporary name, as SFTPGo's do.
const PREFIX: &[u8] = b".sftpgo-upload.";

/// Hexadecimal digits that follow the prefix.
const ID_LEN: usize = 16;

const NAME_MAX: usize = 255;

/// How long nobody has to have touched a temporary file before it is taken for a left-over: longer than any
/// client holds a transfer still.
const LEFT_OVER_AFTER: Duration = Duration::from_secs(24 * 3600);

/// A staged file's name until it is complete.
#[derive(Debug)]
pub struct Temporary {
    entry: Entry,
    _noted: Option<Noted>,
}

/// Makes names for one file, and notes them.
#[derive(Debug)]
pub struct Names {
    journal: Option<Journal>,
    root: Root,
    key: Key,
}

/// Why a temporary file is taken for a left-over. One that is locked is none in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// It was noted by a server that has ended.
    Noted,
    /// Nobody has touched it for a day.
    Old,
    /// It could be locked.
    Unlocked,
}

impl Names {
    pub fn new(root: &Root, new: &New, key: &Key) -> Self {
        Self { journal: new.journal.clone(), root: root.clone(), key: key.clone() }
    }

    /// A new file with a temporary name in `dir`.
    pub fn create(&self, dir: &OwnedFd, flags: OFlags, mode: Mode) -> Result<(OwnedFd, Temporary)> {
        let flags = flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
        loop {
            let (name, noted) = self.next();
            match rustix::fs::openat(dir, &*name, flags, mode) {
                Ok(file) => {
                    lock(&file);
                    return Ok((file, Temporary::new(dir, name, noted)?));
                }
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Gives a file without a name a temporary one in `dir`.
    pub fn give(&self, file: &OwnedFd, dir: &OwnedFd) -> Result<Temporary> {
        lock(file);
        loop {
            let (name, noted) = self.next();
            match link(file, dir, &name) {
                Ok(()) => return Temporary::new(dir, name, noted),
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Noted before it is used, so that no file has a name that nobody noted.
    fn next(&self) -> (Box<[u8]>, Option<Noted>) {
        let name = temporary_name(self.key.name());
        let noted = self.journal.as_ref().and_then(|journal| {
            let key = self.key.parent().join(&name)?;
            Some(journal.note(&self.root, &key))
        });
        (name, noted)
    }
}

impl Temporary {
    fn new(dir: &OwnedFd, name: Box<[u8]>, noted: Option<Noted>) -> Result<Self> {
        let dir = rustix::io::fcntl_dupfd_cloexec(dir, 0)?;
        Ok(Self { entry: Entry { dir, name }, _noted: noted })
    }

    pub fn name(&self) -> &[u8] {
        &self.entry.name
    }

    pub fn remove(&self, file: &OwnedFd) {
        self.entry.remove(file);
    }
}

/// Whether this is a temporary name; a listing does not show it.
pub fn is_temporary(name: &[u8]) -> bool {
    let Some(rest) = name.strip_prefix(PREFIX) else { return false };
    rest.get(ID_LEN) == Some(&b'.') && rest[..ID_LEN].iter().all(u8::is_ascii_hexdigit)
}

/// Removes a temporary file if it is a left-over; whether it is gone. Best effort: someone else may be sweeping
/// too.
pub fn sweep(dir: &OwnedFd, name: &CStr, because: Because) -> bool {
    let node = match rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => metadata(&stat),
        Err(error) => return error == Errno::NOENT,
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let age = now.as_secs() as i64 - node.modified.secs;
    let young = age <= LEFT_OVER_AFTER.as_secs() as i64;
    if node.kind != Kind::File || (because == Because::Old && young) {
        return false;
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let Ok(file) = rustix::fs::openat(dir, name, flags, Mode::empty()) else { return false };
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        // Locked, or the file system can't tell; then what else is known has to do.
        Err(Errno::WOULDBLOCK) => return false,
        Err(_) if because == Because::Unlocked => return false,
        Err(_) => {}
    }
    rustix::fs::unlinkat(dir, name, AtFlags::empty()).is_ok()
}

/// Removes the temporary files from a directory that are nobody's.
pub fn sweep_all(root: &Root, dir: &Key) -> Result<()> {
    let dir = root.open(dir, OFlags::RDONLY | OFlags::DIRECTORY)?;
    let mut buffer = Vec::with_capacity(4096);
    let mut raw = RawDir::new(&dir, buffer.spare_capacity_mut());
    while let Some(entry) = raw.next() {
        let entry = entry?;
        let name = entry.file_name();
        if is_temporary(name.to_bytes()) {
            sweep(&dir, name, Because::Unlocked);
        } else if !matches!(name.to_bytes(), b"." | b"..") {
            // Something is there that its owner sees.
            return Err(Error::NotEmpty);
        }
    }
    Ok(())
}

/// Says that the file is somebody's. Best effort: where there are no locks its age has to tell.
fn lock(file: &OwnedFd) {
    let _ = rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive);
}

/// `.sftpgo-upload.<id>.<name>`, cut to what a name may be.
fn temporary_name(name: &[u8]) -> Box<[u8]> {
    let id = format!("{:016x}.", RandomState::new().build_hasher().finish());
    let mut whole = [PREFIX, id.as_bytes(), name].concat();
    whole.truncate(NAME_MAX);
    whole.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_names_are_told_from_others() {
        assert!(is_temporary(&temporary_name(b"file")));
        let long = temporary_name(&[b'n'; 255]);
        assert!(is_temporary(&long) && long.len() == NAME_MAX);
        for name in [&b".sftpgo-upload."[..], b".sftpgo-upload.x", b".sftpgo-upload.0123.f", b"file"] {
            assert!(!is_temporary(name));
        }
    }
}
