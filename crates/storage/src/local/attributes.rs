//! Attributes: of names, of open files, of the file system.

use super::confine::Root;
use crate::{Change, Error, Key, Kind, Metadata, Result, Space, Time};
use rustix::{
    fd::{AsFd, AsRawFd, OwnedFd},
    fs::{AtFlags, CWD, FileType, Gid, Mode, OFlags, Stat, StatVfsMountFlags, Timespec, Timestamps, Uid},
};

/// What `stat` says.
#[allow(clippy::unnecessary_cast, reason = "the kernel's types differ between machines")]
pub fn metadata(stat: &Stat) -> Metadata {
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Directory,
        FileType::Symlink => Kind::Symlink,
        _ => Kind::Other,
    };
    Metadata {
        kind,
        size: stat.st_size.max(0) as u64,
        mode: stat.st_mode as u32 & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        links: stat.st_nlink as u64,
        accessed: Time { secs: stat.st_atime as i64, nanos: stat.st_atime_nsec as u32 },
        modified: Time { secs: stat.st_mtime as i64, nanos: stat.st_mtime_nsec as u32 },
    }
}

/// Sets attributes, links followed.
pub fn change(root: &Root, key: &Key, change: &Change) -> Result<()> {
    let node = root.open(key, OFlags::PATH)?;
    // Refused before anything is set, so that a change is made whole or not at all.
    if change.size.is_some() {
        check_file(&node)?;
    }
    // Most calls refuse a descriptor that only names a node; through /proc they reach that very node, whatever
    // its name means by now. Opening it for writing instead would need rights that setting a time does not.
    let path = format!("/proc/self/fd/{}", node.as_raw_fd());
    // First, so that the times asked for are those that stay.
    if let Some(size) = change.size {
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(CWD, &path, flags, Mode::empty())?;
        rustix::fs::ftruncate(&file, size)?;
    }
    if let Some(owner) = change.owner {
        let (uid, gid) = ids(owner);
        rustix::fs::chownat(&node, "", uid, gid, AtFlags::EMPTY_PATH)?;
    }
    if let Some(mode) = change.mode {
        rustix::fs::chmod(&path, Mode::from_raw_mode(mode & 0o7777))?;
    }
    if let Some(times) = change.times {
        rustix::fs::utimensat(CWD, &path, &timestamps(times), AtFlags::empty())?;
    }
    Ok(())
}

/// Sets attributes of an open file.
pub fn change_open(file: impl AsFd, change: &Change) -> Result<()> {
    let file = file.as_fd();
    if let Some(size) = change.size {
        rustix::fs::ftruncate(file, size)?;
    }
    if let Some(owner) = change.owner {
        let (uid, gid) = ids(owner);
        rustix::fs::fchown(file, uid, gid)?;
    }
    if let Some(mode) = change.mode {
        rustix::fs::fchmod(file, Mode::from_raw_mode(mode & 0o7777))?;
    }
    if let Some(times) = change.times {
        rustix::fs::futimens(file, &timestamps(times))?;
    }
    Ok(())
}

/// Sets attributes of the node itself, which may be a link.
pub fn change_link(root: &Root, key: &Key, change: &Change) -> Result<()> {
    let spot = root.spot(key)?;
    let nofollow = AtFlags::SYMLINK_NOFOLLOW;
    let stat = rustix::fs::statat(&spot.dir, spot.name, nofollow)?;
    if !FileType::from_raw_mode(stat.st_mode).is_symlink() {
        return self::change(root, key, change);
    }
    // Linux keeps no mode of links, and they have no size to set.
    if change.mode.is_some() || change.size.is_some() {
        return Err(Error::Unsupported);
    }
    if let Some(owner) = change.owner {
        let (uid, gid) = ids(owner);
        rustix::fs::chownat(&spot.dir, spot.name, uid, gid, nofollow)?;
    }
    if let Some(times) = change.times {
        rustix::fs::utimensat(&spot.dir, spot.name, &timestamps(times), nofollow)?;
    }
    Ok(())
}

pub fn space(root: &Root, key: &Key) -> Result<Space> {
    let stat = rustix::fs::fstatvfs(&root.open(key, OFlags::PATH)?)?;
    Ok(Space {
        block_size: stat.f_bsize,
        fragment_size: stat.f_frsize,
        blocks: stat.f_blocks,
        blocks_free: stat.f_bfree,
        blocks_available: stat.f_bavail,
        files: stat.f_files,
        files_free: stat.f_ffree,
        files_available: stat.f_favail,
        fs_id: stat.f_fsid,
        read_only: stat.f_flag.contains(StatVfsMountFlags::RDONLY),
        no_setuid: stat.f_flag.contains(StatVfsMountFlags::NOSUID),
        name_max: stat.f_namemax,
    })
}

/// Only files have content: a pipe would block, a device do whatever it does.
pub fn check_file(node: &OwnedFd) -> Result<()> {
    match metadata(&rustix::fs::fstat(node)?).kind {
        Kind::File => Ok(()),
        Kind::Directory => Err(Error::IsADirectory),
        Kind::Symlink | Kind::Other => Err(Error::Denied),
    }
}

fn ids((uid, gid): (u32, u32)) -> (Option<Uid>, Option<Gid>) {
    // All ones means "leave it" to the kernel as to the clients that send it.
    let known = |id: u32| (id != u32::MAX).then_some(id);
    (known(uid).map(Uid::from_raw), known(gid).map(Gid::from_raw))
}

fn timestamps((accessed, modified): (Time, Time)) -> Timestamps {
    let spec = |time: Time| Timespec { tv_sec: time.secs, tv_nsec: time.nanos.min(999_999_999).into() };
    Timestamps { last_access: spec(accessed), last_modification: spec(modified) }
}
