//! Files that are seen only when they are complete.
//!
//! A file is written without a name (`O_TMPFILE`) and linked into its directory when it is finished: whatever
//! happens before, even a power cut, leaves nothing behind and the old file as it was. A name cannot be
//! linked over, so a replacement passes through a temporary name for an instant. Where the file system knows
//! no nameless files the temporary name lasts as long as the upload; it is hidden from listings, and one that
//! a killed server left is removed by the first listing that meets it a day later.
//!
//! The directory stays open, so that a file whose directory is renamed meanwhile ends up in it all the same.
//!
//! Not chosen: moving the old file away first (it is absent during the upload and lost with it), and a
//! directory of temporary files elsewhere (another file system needs a copy, and no rename is atomic then).

use super::{
    attributes::{check_file, metadata},
    confine::Root,
    create::New,
    ending::Entry,
    open::access,
    takeover::take_over,
};
use crate::{Error, Key, Kind, Metadata, OpenWrite, Result, Start};
use rustix::{
    fd::{AsRawFd, OwnedFd},
    fs::{AtFlags, CWD, Mode, OFlags, RenameFlags},
    io::Errno,
};
use std::{
    collections::hash_map::RandomState,
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

/// A file on its way to its name.
#[derive(Debug)]
pub struct Stage {
    entry: Entry,
    /// Its name meanwhile; `None` for a file without one.
    temporary: Option<Entry>,
    /// A file that appeared at the name meanwhile is replaced.
    replace: bool,
}

impl Stage {
    pub fn open(root: &Root, new: New, key: &Key, open: &OpenWrite) -> Result<(OwnedFd, Self)> {
        if key.is_root() {
            return Err(Error::IsADirectory);
        }
        let spot = root.spot(key)?;
        let before = existing(root, key, &spot.dir, spot.name, open)?;
        let mode = before.as_ref().map_or(open.mode, |(_, metadata)| metadata.mode);
        let (file, temporary) = create(new, &spot.dir, spot.name, mode, access(open))?;
        let stage = Self {
            entry: Entry { dir: spot.dir, name: spot.name.into() },
            temporary,
            replace: open.start != Start::CreateNew,
        };
        let prepared = match &before {
            None => new.settle(&file, mode),
            Some((old, metadata)) => take_over(&file, old, metadata, open.start),
        };
        match prepared {
            Ok(()) => Ok((file, stage)),
            Err(error) => {
                stage.discard(&file);
                Err(error)
            }
        }
    }

    /// Whether the file may be on a network, where closing has something to report. A nameless file is not.
    pub const fn may_fail_to_close(&self) -> bool {
        self.temporary.is_some()
    }

    /// Gives the file its name, in one step with taking it from the file that had it.
    pub fn publish(self, file: &OwnedFd, durable: bool) -> Result<()> {
        let published = self.try_publish(file);
        if published.is_err() {
            self.discard_temporary(file);
        } else if durable {
            self.entry.sync()?;
        }
        published
    }

    pub fn discard(self, file: &OwnedFd) {
        self.discard_temporary(file);
    }

    fn try_publish(&self, file: &OwnedFd) -> Result<()> {
        let Entry { dir, name } = &self.entry;
        let Some(temporary) = &self.temporary else {
            match link(file, dir, name) {
                Err(Errno::EXIST) if self.replace => {}
                linked => return Ok(linked?),
            }
            let temporary = name_it(file, dir, name)?;
            let replaced = rustix::fs::renameat(dir, &*temporary.name, dir, &**name);
            if replaced.is_err() {
                temporary.remove(file);
            }
            return Ok(replaced?);
        };
        if self.replace {
            return Ok(rustix::fs::renameat(dir, &*temporary.name, dir, &**name)?);
        }
        match rustix::fs::renameat_with(dir, &*temporary.name, dir, &**name, RenameFlags::NOREPLACE) {
            // The file system can't; a link is as exclusive.
            Err(Errno::INVAL | Errno::NOSYS) => {
                rustix::fs::linkat(dir, &*temporary.name, dir, &**name, AtFlags::empty())?;
                self.discard_temporary(file);
                Ok(())
            }
            renamed => Ok(renamed?),
        }
    }

    fn discard_temporary(&self, file: &OwnedFd) {
        if let Some(temporary) = &self.temporary {
            temporary.remove(file);
        }
    }
}

/// Whether this is a temporary name; a listing does not show it.
pub fn is_temporary(name: &[u8]) -> bool {
    let Some(rest) = name.strip_prefix(PREFIX) else { return false };
    rest.get(ID_LEN) == Some(&b'.') && rest[..ID_LEN].iter().all(u8::is_ascii_hexdigit)
}

/// Removes a temporary file that nobody has touched for a day.
pub fn sweep(dir: &OwnedFd, name: &std::ffi::CStr) {
    let Ok(stat) = rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) else { return };
    let metadata = metadata(&stat);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let age = now.as_secs() as i64 - metadata.modified.secs;
    if metadata.kind == Kind::File && age > LEFT_OVER_AFTER.as_secs() as i64 {
        // Best effort: someone else may be sweeping too.
        let _ = rustix::fs::unlinkat(dir, name, AtFlags::empty());
    }
}

/// The file at the name, open to be copied from, where there is one.
fn existing(
    root: &Root,
    key: &Key,
    dir: &OwnedFd,
    name: &[u8],
    open: &OpenWrite,
) -> Result<Option<(OwnedFd, Metadata)>> {
    let node = match rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Some(metadata(&stat)),
        Err(Errno::NOENT) => None,
        Err(error) => return Err(error.into()),
    };
    match (node.map(|node| node.kind), open.start) {
        (None, Start::Existing | Start::TruncateExisting) => return Err(Error::NotFound),
        (None, _) => return Ok(None),
        (Some(_), Start::CreateNew) => return Err(Error::AlreadyExists),
        (Some(Kind::Directory), _) => return Err(Error::IsADirectory),
        (Some(Kind::Other), _) => return Err(Error::Denied),
        // What a dangling link would have led to is not there to be copied; the link goes.
        (Some(Kind::Symlink), Start::Truncate | Start::TruncateExisting) => return Ok(None),
        (Some(Kind::File | Kind::Symlink), _) => {}
    }
    match root.open(key, OFlags::RDONLY | OFlags::NONBLOCK) {
        Ok(old) => {
            check_file(&old)?;
            let metadata = metadata(&rustix::fs::fstat(&old)?);
            Ok(Some((old, metadata)))
        }
        Err(Error::NotFound) if open.start != Start::Existing => Ok(None),
        Err(error) => Err(error),
    }
}

/// A new file, without a name if the file system has such files.
fn create(
    new: New,
    dir: &OwnedFd,
    name: &[u8],
    mode: u32,
    access: OFlags,
) -> Result<(OwnedFd, Option<Entry>)> {
    let mode = Mode::from_raw_mode(mode);
    let flags = access | OFlags::CLOEXEC;
    if new.nameless {
        match rustix::fs::openat(dir, ".", flags | OFlags::TMPFILE, mode) {
            Ok(file) => return Ok((file, None)),
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT | Errno::INVAL) => {}
            Err(error) => return Err(error.into()),
        }
    }
    loop {
        let temporary = temporary_name(name);
        let flags = flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
        match rustix::fs::openat(dir, &*temporary, flags, mode) {
            Ok(file) => {
                let dir = rustix::io::fcntl_dupfd_cloexec(dir, 0)?;
                return Ok((file, Some(Entry { dir, name: temporary })));
            }
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Gives a nameless file a temporary name.
fn name_it(file: &OwnedFd, dir: &OwnedFd, name: &[u8]) -> Result<Entry> {
    loop {
        let temporary = temporary_name(name);
        match link(file, dir, &temporary) {
            Ok(()) => {
                let dir = rustix::io::fcntl_dupfd_cloexec(dir, 0)?;
                return Ok(Entry { dir, name: temporary });
            }
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Links a nameless file.
fn link(file: &OwnedFd, dir: &OwnedFd, name: &[u8]) -> rustix::io::Result<()> {
    match rustix::fs::linkat(file, "", dir, name, AtFlags::EMPTY_PATH) {
        // Older kernels want a privilege for that, but not for the way through /proc.
        Err(Errno::NOENT | Errno::PERM | Errno::ACCESS | Errno::INVAL) => {}
        linked => return linked,
    }
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    rustix::fs::linkat(CWD, path, dir, name, AtFlags::SYMLINK_FOLLOW)
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
