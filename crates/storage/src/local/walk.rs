//! Resolving a path part by part, for kernels without `openat2` and for absolute links.
//!
//! Each part is opened relative to the directory before it and never followed as a link; a link is read and
//! its parts are walked in its place. `..` goes back by the names walked so far, never through the kernel's
//! `..`, so a directory that is moved meanwhile takes nobody out of the root.

use crate::{Error, Result};
use rustix::{
    fd::{AsFd, BorrowedFd, OwnedFd},
    fs::{AtFlags, FileType, Mode, OFlags},
    io::Errno,
};

/// As many links as Linux follows.
const MAX_HOPS: usize = 40;

/// Longest text of links still to be walked: a chain of links must not grow it without bound.
const MAX_PENDING: usize = 64 * 1024;

/// How often a file that becomes a link while it is opened is looked at again.
const RETRIES: usize = 4;

const DIRECTORY: OFlags =
    OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Opens `raw`, relative to `root`. `names` answers where the root is, asked when an absolute link turns up.
pub fn open(
    root: &OwnedFd,
    names: impl Fn() -> Result<Vec<Vec<u8>>>,
    raw: &[u8],
    flags: OFlags,
    mode: Mode,
) -> Result<OwnedFd> {
    for _ in 0..RETRIES {
        // An exclusive create does not go through a link at the end, not even a dangling one.
        let follow_last = !flags.contains(OFlags::EXCL);
        let mut walk = Walk::new(root.as_fd(), raw);
        let name = walk.last(&names, follow_last)?;
        let name = name.as_deref().unwrap_or(b".");
        match rustix::fs::openat(walk.here()?, name, flags | OFlags::NOFOLLOW, mode) {
            Err(Errno::LOOP) if follow_last => {}
            opened => return Ok(opened?),
        }
    }
    Err(Error::Loop)
}

/// The rest of `path` below `root`; by part. Empty for the root itself.
pub fn below<'a>(root: &[u8], path: &'a [u8]) -> Option<&'a [u8]> {
    let root = root.strip_suffix(b"/").unwrap_or(root);
    let rest = path.strip_prefix(root)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(b"/") }
}

struct Walk<'a> {
    root: BorrowedFd<'a>,
    /// The names of the directories from the root to here; none is a link.
    above: Vec<Vec<u8>>,
    /// Here, unless `..` was taken since, or here is the root.
    here: Option<OwnedFd>,
    /// What is still to be walked, last part first.
    pending: Vec<Vec<u8>>,
    pending_len: usize,
    hops: usize,
}

impl<'a> Walk<'a> {
    fn new(root: BorrowedFd<'a>, raw: &[u8]) -> Self {
        let mut walk =
            Self { root, above: Vec::new(), here: None, pending: Vec::new(), pending_len: 0, hops: 0 };
        walk.push(raw);
        walk
    }

    /// Walks to the directory that holds the last part, and gives that part; `None` when the walk ends on a
    /// directory that has no name here (a link to `..`).
    fn last(
        &mut self,
        names: &impl Fn() -> Result<Vec<Vec<u8>>>,
        follow_last: bool,
    ) -> Result<Option<Vec<u8>>> {
        while let Some(part) = self.pop() {
            match part.as_slice() {
                b"" | b"." => continue,
                b".." => {
                    // Above the root is outside, even if the rest would lead back in.
                    self.above.pop().ok_or(Error::Denied)?;
                    self.here = None;
                    continue;
                }
                _ => {}
            }
            let last = self.pending.is_empty();
            if last && !follow_last {
                return Ok(Some(part));
            }
            let here = self.here()?;
            match rustix::fs::statat(here, &part[..], AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) if FileType::from_raw_mode(stat.st_mode).is_symlink() => {
                    let target = rustix::fs::readlinkat(here, &part[..], Vec::new())?;
                    self.follow(target.as_bytes(), names)?;
                }
                Ok(_) | Err(Errno::NOENT) if last => return Ok(Some(part)),
                Ok(_) => {
                    let next = rustix::fs::openat(here, &part[..], DIRECTORY, Mode::empty())?;
                    self.here = Some(next);
                    self.above.push(part);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    fn follow(&mut self, target: &[u8], names: &impl Fn() -> Result<Vec<Vec<u8>>>) -> Result<()> {
        self.hops += 1;
        if self.hops > MAX_HOPS || self.pending_len + target.len() > MAX_PENDING {
            return Err(Error::Loop);
        }
        if !target.starts_with(b"/") {
            self.push(target);
            return Ok(());
        }
        let names = names()?;
        let inside = names.iter().find_map(|root| below(root, target)).ok_or(Error::Denied)?;
        self.above.clear();
        self.here = None;
        self.push(inside);
        Ok(())
    }

    fn push(&mut self, raw: &[u8]) {
        self.pending.extend(raw.rsplit(|byte| *byte == b'/').map(<[u8]>::to_vec));
        self.pending_len += raw.len();
    }

    fn pop(&mut self) -> Option<Vec<u8>> {
        let part = self.pending.pop()?;
        self.pending_len = self.pending_len.saturating_sub(part.len());
        Some(part)
    }

    /// The directory walked to; after `..` it is walked to again from the root.
    fn here(&mut self) -> Result<BorrowedFd<'_>> {
        if self.here.is_none() {
            for name in &self.above {
                let from = self.here.as_ref().map_or(self.root, AsFd::as_fd);
                self.here = Some(rustix::fs::openat(from, &name[..], DIRECTORY, Mode::empty())?);
            }
        }
        Ok(self.here.as_ref().map_or(self.root, AsFd::as_fd))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_goes_by_part() {
        assert_eq!(below(b"/srv/a", b"/srv/a/b/c"), Some(&b"b/c"[..]));
        assert_eq!(below(b"/srv/a/", b"/srv/a/b"), Some(&b"b"[..]));
        assert_eq!(below(b"/srv/a", b"/srv/a"), Some(&b""[..]));
        assert_eq!(below(b"/srv/a", b"/srv/ab"), None);
        assert_eq!(below(b"/", b"/etc"), Some(&b"etc"[..]));
    }
}
