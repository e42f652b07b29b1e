//! Files that are seen only when they are complete.
//!
//! A file is written without a name (`O_TMPFILE`) and linked into its directory when it is finished: whatever
//! happens before, even a power cut, leaves nothing behind and the old file as it was. A name cannot be
//! linked over, so a replacement passes through a temporary name for an instant. Where the file system knows
//! no nameless files the temporary name lasts as long as the upload; it is hidden from listings.
//!
//! To be made to last, a file without a name gets a temporary one for the time of its sync, unless the file
//! system keeps changes in [`order`].
//!
//! The directory stays open, so that a file whose directory is renamed meanwhile ends up in it all the same.
//!
//! Not chosen: moving the old file away first (it is absent during the upload and lost with it), and a
//! directory of temporary files elsewhere (another file system needs a copy, and no rename is atomic then).

use super::{
    attributes::{check_file, metadata},
    confine::Root,
    create::New,
    ending::{Entry, flush},
    open::access,
    order,
    takeover::take_over,
    temporary::{Names, Temporary},
};
use crate::{Error, Key, Kind, Metadata, OpenWrite, Result, Start};
use rustix::{
    fd::{AsRawFd, OwnedFd},
    fs::{AtFlags, CWD, Mode, OFlags, RenameFlags},
    io::Errno,
};

/// A file on its way to its name.
#[derive(Debug)]
pub struct Stage {
    entry: Entry,
    /// Its name meanwhile; `None` for a file without one.
    temporary: Option<Temporary>,
    names: Names,
    /// A file that appeared at the name meanwhile is replaced.
    replace: bool,
    /// There was a file to be replaced when this one was opened.
    over: bool,
    /// Closing it may report what writing did not.
    may_fail_to_close: bool,
}

impl Stage {
    pub fn open(root: &Root, new: &New, key: &Key, open: &OpenWrite) -> Result<(OwnedFd, Self)> {
        if key.is_root() {
            return Err(Error::IsADirectory);
        }
        let spot = root.spot(key)?;
        let before = existing(root, key, &spot.dir, spot.name, open)?;
        let mode = before.as_ref().map_or(open.mode, |(_, metadata)| metadata.mode);
        let names = Names::new(root, new, key);
        let (file, temporary) = create(new, &names, &spot.dir, mode, access(open))?;
        let may_fail_to_close = temporary.is_some();
        let stage = Self {
            entry: Entry { dir: spot.dir, name: spot.name.into() },
            temporary,
            names,
            replace: open.start != Start::CreateNew,
            over: before.is_some(),
            may_fail_to_close,
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

    /// Whether there is a file that would have to make way for this one.
    pub const fn replaces(&self) -> bool {
        self.over
    }

    /// Publishes a file in which everything was written; `durable`, it and its name are on stable storage
    /// afterwards, and at no moment the name without the file. What is not known to be good is not published.
    pub fn finish(mut self, file: &OwnedFd, durable: bool) -> Result<()> {
        let in_order = durable && order::is_kept(file);
        let published = self.prepare(file, durable, in_order).and_then(|()| self.try_publish(file));
        if published.is_err() {
            self.discard_temporary(file);
            return published;
        }
        let settled = match (durable, in_order) {
            (false, _) => Ok(()),
            (true, true) => rustix::fs::fsync(file).map_err(Error::from),
            (true, false) => self.entry.sync(),
        };
        settled.map_err(|error| Error::Unsettled(error.into()))
    }

    /// All that may go wrong with what was written goes wrong here, before the old file goes.
    fn prepare(&mut self, file: &OwnedFd, durable: bool, in_order: bool) -> Result<()> {
        if in_order {
            order::write_out(file)?;
        } else if durable {
            if self.temporary.is_none() {
                // Linked later, its count of links would have to be synced again.
                self.temporary = Some(self.names.give(file, &self.entry.dir)?);
            }
            rustix::fs::fsync(file)?;
        }
        // Over a network closing has something to report; a file system with nameless files is not there.
        if self.may_fail_to_close { flush(file) } else { Ok(()) }
    }

    /// Gives a nameless file the temporary name that others have from the beginning; the name.
    pub fn reveal(&mut self, file: &OwnedFd) -> Result<Box<[u8]>> {
        let temporary = match self.temporary.take() {
            Some(temporary) => temporary,
            None => self.names.give(file, &self.entry.dir)?,
        };
        Ok(self.temporary.insert(temporary).name().into())
    }

    /// Gives the file its name, in one step with taking it from the file that had it.
    pub fn publish(self, file: &OwnedFd) -> Result<()> {
        let published = self.try_publish(file);
        if published.is_err() {
            self.discard_temporary(file);
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
            let temporary = self.names.give(file, dir)?;
            let replaced = rustix::fs::renameat(dir, temporary.name(), dir, &**name);
            if replaced.is_err() {
                temporary.remove(file);
            }
            return Ok(replaced?);
        };
        if self.replace {
            return Ok(rustix::fs::renameat(dir, temporary.name(), dir, &**name)?);
        }
        match rustix::fs::renameat_with(dir, temporary.name(), dir, &**name, RenameFlags::NOREPLACE) {
            // The file system can't; a link is as exclusive.
            Err(Errno::INVAL | Errno::NOSYS) => {
                rustix::fs::linkat(dir, temporary.name(), dir, &**name, AtFlags::empty())?;
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
    new: &New,
    names: &Names,
    dir: &OwnedFd,
    mode: u32,
    access: OFlags,
) -> Result<(OwnedFd, Option<Temporary>)> {
    let mode = Mode::from_raw_mode(mode);
    let flags = access | OFlags::CLOEXEC;
    if new.nameless {
        match rustix::fs::openat(dir, ".", flags | OFlags::TMPFILE, mode) {
            Ok(file) => return Ok((file, None)),
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT | Errno::INVAL) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let (file, temporary) = names.create(dir, flags, mode)?;
    Ok((file, Some(temporary)))
}

/// Links a nameless file.
pub fn link(file: &OwnedFd, dir: &OwnedFd, name: &[u8]) -> rustix::io::Result<()> {
    match rustix::fs::linkat(file, "", dir, name, AtFlags::EMPTY_PATH) {
        // Older kernels want a privilege for that, but not for the way through /proc.
        Err(Errno::NOENT | Errno::PERM | Errno::ACCESS | Errno::INVAL) => {}
        linked => return linked,
    }
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    rustix::fs::linkat(CWD, path, dir, name, AtFlags::SYMLINK_FOLLOW)
}
