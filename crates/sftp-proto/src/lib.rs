//! SFTP version 3 as bytes: requests decoded, replies encoded, nothing awaited.
//!
//! The source is draft-ietf-secsh-filexfer-02, which every client speaks, with the extensions OpenSSH
//! documents in its `PROTOCOL` file. Names and paths are bytes throughout.
//!
//! A WRITE is handed out piece by piece as it arrives ([`Item::WriteData`]), so its content is never
//! gathered in one buffer: what an SSH packet carried goes to the disk from where it was decrypted. Waiting
//! for the whole packet was not chosen, since it pins receive buffers across reads of the socket.

mod attributes;
mod decode;
mod encode;
mod longname;
mod request;
mod wire;

pub use self::{
    attributes::Attributes,
    decode::{Decoder, Item, Malformed},
    encode::{DATA_PREFIX, Extension, Name, Reply, StatVfs, data_prefix},
    longname::long_name,
    request::{CheckDialect, Extended, Handle, OpenFlags, Request},
};

/// The longest packet taken, its length field not counted; what OpenSSH takes too.
pub const MAX_PACKET: usize = 256 * 1024;
/// The same for a WRITE, whose content is never held: clients that read `limits@openssh.com` send less, but some
/// know no limit.
pub const MAX_WRITE_PACKET: usize = 1 << 20;
/// The most data a READ is answered with, and what `limits@openssh.com` announces for both directions.
pub const MAX_DATA: usize = MAX_PACKET - 1024;
/// The only version spoken.
pub const VERSION: u32 = 3;

/// Status codes (§7). Clients decide by the code; the text is for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Ok = 0,
    Eof = 1,
    NoSuchFile = 2,
    PermissionDenied = 3,
    Failure = 4,
    BadMessage = 5,
    OpUnsupported = 8,
}
