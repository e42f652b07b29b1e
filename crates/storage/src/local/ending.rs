//! What becomes of a file when its writer ends.

use super::{attributes::metadata, confine::Root, order, stage::Stage};
use crate::{Key, Kind, OnAbort, Result};
use rustix::{
    fd::{IntoRawFd, OwnedFd},
    fs::{AtFlags, Mode, OFlags},
    io::Errno,
};
use std::io;

#[derive(Debug)]
pub enum Ending {
    /// It has its name already.
    Placed {
        /// The entry a new file was given, where the ending has to do with it.
        entry: Option<Entry>,
    },
    /// It gets its name at the end.
    Staged(Stage),
}

/// A name in a directory.
#[derive(Debug)]
pub struct Entry {
    pub dir: OwnedFd,
    pub name: Box<[u8]>,
}

impl Ending {
    /// Everything was written.
    pub fn finish(self, file: &OwnedFd, durable: bool, on_abort: OnAbort) -> Result<()> {
        match self {
            Self::Staged(stage) => stage.finish(file, durable),
            placed if !durable => {
                drop(placed);
                Ok(())
            }
            placed => {
                if let Err(error) = rustix::fs::fsync(file) {
                    placed.abort(file, on_abort);
                    return Err(error.into());
                }
                match placed {
                    Self::Placed { entry: Some(entry) } if !order::is_kept(file) => entry.sync(),
                    _ => Ok(()),
                }
            }
        }
    }

    /// The name under which others find the file until it is finished, where it is not its own.
    pub fn reveal(&mut self, file: &OwnedFd) -> Result<Option<Box<[u8]>>> {
        match self {
            Self::Placed { .. } => Ok(None),
            Self::Staged(stage) => stage.reveal(file).map(Some),
        }
    }

    /// Whether ending it without a finish changes anything.
    pub const fn is_plain(&self) -> bool {
        matches!(self, Self::Placed { entry: None })
    }

    /// Whether there is a file that would have to make way for this one.
    pub const fn replaces(&self) -> bool {
        matches!(self, Self::Staged(stage) if stage.replaces())
    }

    /// Something went wrong, or the client is lost; the size of what stays.
    pub fn abort(self, file: &OwnedFd, on_abort: OnAbort) -> Option<u64> {
        let size = || rustix::fs::fstat(file).map_or(0, |stat| metadata(&stat).size);
        match (self, on_abort) {
            (Self::Placed { entry: Some(entry) }, OnAbort::Discard) if entry.remove(file) => None,
            (Self::Placed { .. }, _) => Some(size()),
            (Self::Staged(stage), OnAbort::Keep) => stage.publish(file).ok().map(|()| size()),
            (Self::Staged(stage), OnAbort::Discard) => {
                stage.discard(file);
                None
            }
        }
    }
}

impl Entry {
    /// The name is on stable storage afterwards.
    pub fn sync(&self) -> Result<()> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        sync_directory(&rustix::fs::openat(&self.dir, ".", flags, Mode::empty())?)
    }

    /// Removes the entry, unless another file has taken its place; whether it is gone.
    pub fn remove(&self, file: &OwnedFd) -> bool {
        let entry = rustix::fs::statat(&self.dir, &*self.name, AtFlags::SYMLINK_NOFOLLOW);
        let (Ok(entry), Ok(ours)) = (entry, rustix::fs::fstat(file)) else { return false };
        let same = (entry.st_dev, entry.st_ino) == (ours.st_dev, ours.st_ino);
        same && rustix::fs::unlinkat(&self.dir, &*self.name, AtFlags::empty()).is_ok()
    }
}

/// A file's content, or the names in a directory, are on stable storage afterwards.
pub fn sync(root: &Root, key: &Key) -> Result<()> {
    let node = root.open(key, OFlags::RDONLY | OFlags::NONBLOCK)?;
    match metadata(&rustix::fs::fstat(&node)?).kind {
        Kind::Directory => sync_directory(&node),
        _ => Ok(rustix::fs::fsync(&node)?),
    }
}

/// The names in an open directory are on stable storage afterwards.
pub fn sync_directory(dir: &OwnedFd) -> Result<()> {
    match rustix::fs::fsync(dir) {
        // Some file systems keep directories elsewhere (over a network) and have nothing to sync.
        Ok(()) | Err(Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Makes the file system report what it keeps for the end (a full disk, over a network): it reports to every
/// descriptor that is closed, so a duplicate will do.
pub fn flush(file: &OwnedFd) -> Result<()> {
    close(rustix::io::fcntl_dupfd_cloexec(file, 0)?)
}

/// Closes a descriptor and hears what the file system has to say.
pub fn close(file: OwnedFd) -> Result<()> {
    // SAFETY: the descriptor was owned and is given up here.
    match unsafe { libc::close(file.into_raw_fd()) } {
        0 => Ok(()),
        _ => match io::Error::last_os_error() {
            // Closed all the same, on Linux; trying again could close another thread's file.
            error if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            error => Err(error.into()),
        },
    }
}
