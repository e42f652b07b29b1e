//! Opening a file for writing in its place.

use super::{
    attributes::check_file,
    confine::Root,
    create::New,
    ending::{Ending, Entry},
};
use crate::{Error, Key, OnAbort, OpenWrite, Result, Start};
use rustix::{
    fd::OwnedFd,
    fs::{Mode, OFlags},
};

/// How often an open is tried again because the file appears and vanishes.
const RETRIES: usize = 8;

pub fn in_place(root: &Root, new: &New, key: &Key, open: &OpenWrite) -> Result<(OwnedFd, Ending)> {
    let (file, created) = match open.start {
        Start::CreateNew => (create(root, new, key, open)?, true),
        Start::Existing => (existing(root, key, open, OFlags::empty())?, false),
        Start::TruncateExisting => (existing(root, key, open, OFlags::TRUNC)?, false),
        Start::Keep => either(root, new, key, open, OFlags::empty())?,
        Start::Truncate => either(root, new, key, open, OFlags::TRUNC)?,
    };
    // The entry is needed to take it back, or to make it stay; most uploads do neither.
    let discard = open.on_abort == OnAbort::Discard;
    let entry = match created && (discard || open.durable) {
        true => {
            let spot = root.spot(key)?;
            Some(Entry { dir: spot.dir, name: spot.name.into() })
        }
        false => None,
    };
    Ok((file, Ending::Placed { entry }))
}

/// The flag that says what the handle is for.
pub fn access(open: &OpenWrite) -> OFlags {
    if open.read { OFlags::RDWR } else { OFlags::WRONLY }
}

fn create(root: &Root, new: &New, key: &Key, open: &OpenWrite) -> Result<OwnedFd> {
    let flags = access(open) | OFlags::CREATE | OFlags::EXCL;
    let file = root.open_with(key, flags, Mode::from_raw_mode(open.mode))?;
    new.settle(&file, open.mode)?;
    Ok(file)
}

fn existing(root: &Root, key: &Key, open: &OpenWrite, flags: OFlags) -> Result<OwnedFd> {
    // A pipe without a reader must not be waited for, and one with a reader must not be written.
    let file = root.open(key, access(open) | flags | OFlags::NONBLOCK)?;
    check_file(&file)?;
    Ok(file)
}

/// Opens or creates. In two steps, since a plain `O_CREAT` does not tell which of the two it did, and only a
/// new file gets an owner and a mode.
fn either(root: &Root, new: &New, key: &Key, open: &OpenWrite, flags: OFlags) -> Result<(OwnedFd, bool)> {
    for _ in 0..RETRIES {
        match existing(root, key, open, flags) {
            Err(Error::NotFound) => {}
            file => return Ok((file?, false)),
        }
        match create(root, new, key, open) {
            Err(Error::AlreadyExists) => {}
            file => return Ok((file?, true)),
        }
    }
    Err(Error::AlreadyExists)
}
