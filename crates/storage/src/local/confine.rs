//! Staying below the root, whatever links are there and whoever changes them meanwhile.
//!
//! The kernel resolves a whole path at once and refuses to leave the root (`openat2` with `RESOLVE_BENEATH`),
//! so nothing can be swapped between a check and its use. It also refuses absolute links that point below the
//! root, which users have and expect to work; those, and kernels without `openat2`, take the slow way through
//! [`walk`]. Operations on an entry itself (remove, rename …) name it relative to the descriptor of the
//! directory that holds it, opened in one of these two ways.
//!
//! Not chosen: canonicalising paths and comparing prefixes (a race between check and use), and a thread per
//! user in a mount namespace of its own.

use super::{attributes::metadata, walk};
use crate::{Error, Key, Metadata, Rename, Result};
use rustix::{
    fd::OwnedFd,
    fs::{AtFlags, CWD, Mode, OFlags, RenameFlags, ResolveFlags},
    io::Errno,
};
use std::{
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The directory nothing leads out of.
#[derive(Clone, Debug)]
pub struct Root {
    path: Arc<Path>,
    openat2: bool,
}

/// An entry as its directory knows it. `name` is one plain part.
pub struct Spot<'a> {
    pub dir: OwnedFd,
    pub name: &'a [u8],
}

/// How often the kernel's "a rename got in the way, try again" is believed before the slow way is taken.
const RETRIES: usize = 4;

/// The kernel takes no longer path in one call. A longer key could be walked, but a tree that only one of
/// the two ways can reach is worse than a limit.
const PATH_MAX: usize = 4096;

impl Root {
    pub fn new(path: PathBuf) -> Self {
        Self { path: path.into(), openat2: true }
    }

    #[cfg(any(test, feature = "testing"))]
    pub fn without_openat2(self) -> Self {
        Self { openat2: false, ..self }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens an existing file or directory, links followed.
    pub fn open(&self, key: &Key, flags: OFlags) -> Result<OwnedFd> {
        self.open_in(&self.directory()?, key.as_bytes(), flags, Mode::empty())
    }

    /// As [`open`](Self::open), with flags that may create.
    pub fn open_with(&self, key: &Key, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
        self.open_in(&self.directory()?, key.as_bytes(), flags, mode)
    }

    /// The directory that holds `key`; [`Denied`](Error::Denied) for the root, which none holds.
    pub fn spot<'a>(&self, key: &'a Key) -> Result<Spot<'a>> {
        let raw = key.as_bytes();
        if raw.is_empty() {
            return Err(Error::Denied);
        }
        let root = self.directory()?;
        let Some(slash) = raw.iter().rposition(|byte| *byte == b'/') else {
            return Ok(Spot { dir: root, name: raw });
        };
        let dir = self.open_in(&root, &raw[..slash], OFlags::PATH | OFlags::DIRECTORY, Mode::empty())?;
        Ok(Spot { dir, name: &raw[slash + 1..] })
    }

    /// Attributes, links followed.
    pub fn stat(&self, key: &Key) -> Result<Metadata> {
        let root = self.directory()?;
        let raw = key.as_bytes();
        if raw.is_empty() {
            return Ok(metadata(&rustix::fs::fstat(&root)?));
        }
        // One part can't lead astray unless it is a link, so that most stats need no descriptor.
        if !raw.contains(&b'/') {
            let stat = rustix::fs::statat(&root, raw, AtFlags::SYMLINK_NOFOLLOW)?;
            if !rustix::fs::FileType::from_raw_mode(stat.st_mode).is_symlink() {
                return Ok(metadata(&stat));
            }
        }
        let node = self.open_in(&root, raw, OFlags::PATH, Mode::empty())?;
        Ok(metadata(&rustix::fs::fstat(&node)?))
    }

    pub fn unlink(&self, key: &Key, flags: AtFlags) -> Result<()> {
        if key.is_root() {
            let whole = flags.contains(AtFlags::REMOVEDIR);
            return Err(if whole { Error::Denied } else { Error::IsADirectory });
        }
        let spot = self.spot(key)?;
        Ok(rustix::fs::unlinkat(&spot.dir, spot.name, flags)?)
    }

    /// Where the root is, for judging absolute links: as configured, and with its own links resolved.
    pub fn names(&self) -> Result<Vec<Vec<u8>>> {
        let configured = self.path.as_os_str().as_bytes().to_vec();
        let mut names = vec![configured];
        names.extend(fd_path(&self.directory()?));
        Ok(names)
    }

    /// Where below the root an open directory really is.
    pub fn locate(&self, dir: &OwnedFd) -> Option<Vec<u8>> {
        let root = fd_path(&self.directory().ok()?)?;
        walk::below(&root, &fd_path(dir)?).map(<[u8]>::to_vec)
    }

    fn directory(&self) -> Result<OwnedFd> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(CWD, &*self.path, flags, Mode::empty())?)
    }

    fn open_in(&self, root: &OwnedFd, raw: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd> {
        let flags = flags | OFlags::CLOEXEC;
        if raw.is_empty() {
            return Ok(rustix::fs::openat(root, ".", flags, mode)?);
        }
        if raw.len() >= PATH_MAX {
            return Err(Error::NameTooLong);
        }
        if self.openat2 {
            let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
            for _ in 0..RETRIES {
                match rustix::fs::openat2(root, raw, flags, mode, resolve) {
                    Ok(fd) => return Ok(fd),
                    Err(Errno::AGAIN | Errno::INTR) => {}
                    // A link that leads out, or an absolute one that need not.
                    Err(Errno::XDEV) => break,
                    // No such call, or one that a filter forbids; the walk tells a real EPERM.
                    Err(Errno::NOSYS | Errno::PERM) => break,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        walk::open(root, || self.names(), raw, flags, mode)
    }
}

/// Renames within a root, or from one to another on the same file system.
pub fn rename(source: &Root, from: &Key, target: &Root, to: &Key, rename: Rename) -> Result<()> {
    let (from, to) = (source.spot(from)?, target.spot(to)?);
    if rename == Rename::Replace {
        return Ok(rustix::fs::renameat(&from.dir, from.name, &to.dir, to.name)?);
    }
    match rustix::fs::renameat_with(&from.dir, from.name, &to.dir, to.name, RenameFlags::NOREPLACE) {
        // The file system can't; then look first. Someone may come between, as without this call.
        Err(Errno::INVAL | Errno::NOSYS) => {
            match rustix::fs::statat(&to.dir, to.name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(_) => Err(Error::AlreadyExists),
                Err(Errno::NOENT) => Ok(rustix::fs::renameat(&from.dir, from.name, &to.dir, to.name)?),
                Err(error) => Err(error.into()),
            }
        }
        result => Ok(result?),
    }
}

/// What `/proc` calls an open file.
fn fd_path(fd: &OwnedFd) -> Option<Vec<u8>> {
    use std::os::fd::AsRawFd;
    let link = std::fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd())).ok()?;
    Some(link.into_os_string().into_vec())
}
