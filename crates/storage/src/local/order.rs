//! File systems whose journal keeps changes in order, where one sync does for a file and its name.
//!
//! In general a file has to be synced, then renamed, and then its directory synced: twice the wait that storing a
//! small file is made of. On XFS, and on ext4 with a journal, no name is on the disk without what the journal was
//! told before it. There the data is written out first (then its blocks and its size are with the journal), the
//! file gets its name, and one sync of the file commits it all.
//!
//! Not chosen: `syncfs` (it waits for everybody's data, and takes twice as long as two syncs beside other
//! writers), and a thread that gathers syncs (the journal does that for those that come together).

use crate::Result;
use rustix::{
    fd::OwnedFd,
    fs::{Dev, major, minor},
};
use std::{
    collections::HashMap,
    fs, io,
    os::fd::AsRawFd,
    sync::{Mutex, PoisonError},
};

const EXT4: u64 = 0xEF53;
const XFS: u64 = 0x5846_5342;

/// Whether a sync of `file` brings its name along, and no name comes without the data before it.
#[allow(clippy::unnecessary_cast, reason = "the kernel's types differ between machines")]
pub fn is_kept(file: &OwnedFd) -> bool {
    match rustix::fs::fstatfs(file).map(|system| system.f_type as u64) {
        Ok(XFS) => true,
        Ok(EXT4) => has_journal(file),
        _ => false,
    }
}

/// Has the data of `file` written, and waits for it. By itself this promises nothing.
pub fn write_out(file: &OwnedFd) -> Result<()> {
    let all =
        libc::SYNC_FILE_RANGE_WAIT_BEFORE | libc::SYNC_FILE_RANGE_WRITE | libc::SYNC_FILE_RANGE_WAIT_AFTER;
    // SAFETY: the descriptor is open, and no memory is passed.
    match unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, all) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error().into()),
    }
}

/// ext2, and ext4 made without a journal, call themselves ext4 as well.
fn has_journal(file: &OwnedFd) -> bool {
    // A fact of a file system, found out once. By its own identity too, since devices are used again.
    static KNOWN: Mutex<Option<HashMap<(Dev, u64), bool>>> = Mutex::new(None);
    let (Ok(stat), Ok(system)) = (rustix::fs::fstat(file), rustix::fs::fstatvfs(file)) else { return false };
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default().entry((stat.st_dev, system.f_fsid));
    *known.or_insert_with(|| journal_of(stat.st_dev))
}

/// As the kernel tells it; where it does not tell, there is none.
fn journal_of(device: Dev) -> bool {
    let Ok(link) = fs::read_link(format!("/sys/dev/block/{}:{}", major(device), minor(device))) else {
        return false;
    };
    let Some(name) = link.file_name() else { return false };
    let task = fs::read_to_string(std::path::Path::new("/sys/fs/ext4").join(name).join("journal_task"));
    task.is_ok_and(|task| task.trim().parse::<u32>().is_ok())
}
