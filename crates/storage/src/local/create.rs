//! Who owns what is created, and with which mode.

use super::{confine::Root, journal::Journal};
use crate::{Error, Key, Result};
use rustix::{
    fd::OwnedFd,
    fs::{Gid, Mode, OFlags, Uid},
};
use std::sync::OnceLock;

/// How new files and directories come to be.
#[derive(Clone, Debug)]
pub struct New {
    /// uid and gid; `None` leaves what the kernel gives.
    pub owner: Option<(u32, u32)>,
    /// Staged files have no name until they are finished, where the file system can.
    pub nameless: bool,
    /// The root is synced when it is made.
    pub lasting: bool,
    /// Where temporary names are noted.
    pub journal: Option<Journal>,
}

impl New {
    /// Makes a directory.
    pub fn directory(&self, root: &Root, key: &Key, mode: u32) -> Result<()> {
        if key.is_root() {
            return Err(Error::AlreadyExists);
        }
        let spot = root.spot(key)?;
        rustix::fs::mkdirat(&spot.dir, spot.name, Mode::from_raw_mode(mode))?;
        if self.owner.is_none() && !distorted(mode) {
            return Ok(());
        }
        // Not through the name: by now it may be a link.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        self.settle(&rustix::fs::openat(&spot.dir, spot.name, flags, Mode::empty())?, mode)
    }

    /// Gives a node that was just made its owner and the mode asked for, where they are not right already.
    pub fn settle(&self, made: &OwnedFd, mode: u32) -> Result<()> {
        if let Some((uid, gid)) = self.owner {
            rustix::fs::fchown(made, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))?;
        }
        if distorted(mode) {
            rustix::fs::fchmod(made, Mode::from_raw_mode(mode))?;
        }
        Ok(())
    }
}

/// Whether the process's umask takes bits from `mode` that were asked for.
fn distorted(mode: u32) -> bool {
    // A fact of the process, read once. Asking the kernel means setting it, which other threads would see.
    static UMASK: OnceLock<u32> = OnceLock::new();
    mode & *UMASK.get_or_init(process_umask) != 0
}

/// From `/proc`; where it can't be read, assume the worst, which costs a call per file made.
fn process_umask() -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    line.and_then(|octal| u32::from_str_radix(octal.trim(), 8).ok()).unwrap_or(0o777)
}
