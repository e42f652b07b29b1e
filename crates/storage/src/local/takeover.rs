//! Making a staged file look like the one it will replace.

use super::file;
use crate::{Metadata, Result, Start};
use rustix::{
    fd::{AsFd, OwnedFd},
    fs::{Gid, Mode, Uid},
    io::Errno,
};

/// A replacement looks like what it replaces: its mode, its owner, and its content where it goes on from it.
pub fn take_over(file: &OwnedFd, old: &OwnedFd, metadata: &Metadata, start: Start) -> Result<()> {
    let (uid, gid) = (Uid::from_raw(metadata.uid), Gid::from_raw(metadata.gid));
    match rustix::fs::fchown(file, Some(uid), Some(gid)) {
        // Only root gives files away; without that the server's own user owns it, as any new file.
        Ok(()) | Err(Errno::PERM) => {}
        Err(error) => return Err(error.into()),
    }
    rustix::fs::fchmod(file, Mode::from_raw_mode(metadata.mode))?;
    match start {
        Start::Keep | Start::Existing => copy(old, file),
        Start::CreateNew | Start::Truncate | Start::TruncateExisting => Ok(()),
    }
}

/// Copies the content: shared blocks where the file system can, in the kernel where it can, else by hand.
fn copy(from: &OwnedFd, to: &OwnedFd) -> Result<()> {
    const AT_ONCE: usize = 1 << 20;
    if rustix::fs::ioctl_ficlone(to, from).is_ok() {
        return Ok(());
    }
    let mut at = 0_u64;
    loop {
        let (mut source, mut target) = (at, at);
        match rustix::fs::copy_file_range(from, Some(&mut source), to, Some(&mut target), AT_ONCE << 8) {
            Ok(0) => return Ok(()),
            Ok(copied) => at += copied as u64,
            Err(Errno::INTR) => {}
            Err(Errno::XDEV | Errno::NOSYS | Errno::OPNOTSUPP | Errno::INVAL) => break,
            Err(error) => return Err(error.into()),
        }
    }
    loop {
        let piece = file::read(from.as_fd(), at, AT_ONCE)?;
        if piece.is_empty() {
            return Ok(());
        }
        let mut rest = &piece[..];
        while !rest.is_empty() {
            let written = rustix::io::retry_on_intr(|| rustix::io::pwrite(to, rest, at))?;
            rest = &rest[written..];
            at += written as u64;
        }
    }
}
