//! Open files and directories of one SFTP channel.

use super::listing::Directory;
use net::Ticket;
use session::{Download, Error, Upload};
use std::collections::HashMap;
use types::VirtualPath;

/// What a handle stands for.
pub(super) enum Handle {
    /// With the size it had when it was opened.
    Download(Download, u64),
    Upload(Box<Upload>),
    Directory(Box<Directory>),
}

/// The handles a client holds, by the number it was told.
#[derive(Default)]
pub(super) struct Handles {
    slots: HashMap<u32, Slot>,
    /// Never given out twice in the life of a channel (until it wraps), so a late request for a closed
    /// handle cannot reach the file that took its place.
    next: u32,
}

pub(super) struct Slot {
    /// `None` while an operation has it.
    pub(super) handle: Option<Handle>,
    /// Reads and writes accepted and not completed yet.
    pub(super) in_flight: u32,
    pub(super) path: VirtualPath,
    /// A file counts among the open transfers of its host until its slot goes.
    _transfer: Option<Ticket>,
}

impl Handles {
    /// As many as OpenSSH's server allows by default; each may hold a descriptor.
    pub(super) const MAX: usize = 1024;

    pub(super) fn is_full(&self) -> bool {
        self.slots.len() >= Self::MAX
    }

    pub(super) fn insert(&mut self, handle: Handle, path: VirtualPath, transfer: Option<Ticket>) -> u32 {
        while self.slots.contains_key(&self.next) {
            self.next = self.next.wrapping_add(1);
        }
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        self.slots.insert(number, Slot { handle: Some(handle), in_flight: 0, path, _transfer: transfer });
        number
    }

    pub(super) fn get(&mut self, handle: sftp_proto::Handle) -> Option<(u32, &mut Slot)> {
        match handle {
            sftp_proto::Handle::Issued(number) => self.slots.get_mut(&number).map(|slot| (number, slot)),
            sftp_proto::Handle::Unknown => None,
        }
    }

    /// Takes an idle handle out for an operation of its own; `Busy` while others are under way.
    pub(super) fn borrow(&mut self, handle: sftp_proto::Handle) -> Borrowed {
        match self.get(handle) {
            None => Borrowed::Missing,
            Some((_, slot)) if slot.in_flight > 0 => Borrowed::Busy,
            Some((number, slot)) => match slot.handle.take() {
                None => Borrowed::Busy,
                Some(handle) => Borrowed::Idle(number, handle, slot.path.clone()),
            },
        }
    }

    pub(super) fn give_back(&mut self, number: u32, handle: Handle) {
        if let Some(slot) = self.slots.get_mut(&number) {
            slot.handle = Some(handle);
        }
    }

    pub(super) fn remove(&mut self, number: u32) {
        self.slots.remove(&number);
    }

    pub(super) fn completed(&mut self, number: u32) {
        if let Some(slot) = self.slots.get_mut(&number) {
            slot.in_flight = slot.in_flight.saturating_sub(1);
        }
    }
}

/// A request names a handle that is not open.
pub(super) fn invalid_handle() -> Error {
    Error::Storage("invalid handle".into())
}

/// The answer to [`Handles::borrow`].
pub(super) enum Borrowed {
    Missing,
    Busy,
    Idle(u32, Handle, VirtualPath),
}
