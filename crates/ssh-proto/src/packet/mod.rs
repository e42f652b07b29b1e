//! The binary packet protocol (RFC 4253 section 6): framing, padding and sequence numbers around a protection.

mod open;
mod seal;

pub(crate) use open::{Opener, Packet};
pub(crate) use seal::{HEADER, Sealer};

/// Packets under one key after which new ones are due whatever their bytes: half of where sequence numbers wrap.
pub(crate) const REKEY_PACKETS: u64 = 1 << 31;
